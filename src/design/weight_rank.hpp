#pragma once

#include <span>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// A tall matrix that is read, not held: replicate weights, a column for each replicate.
class TallMatrix {
 public:
  TallMatrix() = default;
  virtual ~TallMatrix() = default;
  TallMatrix(const TallMatrix&) = delete;
  TallMatrix& operator=(const TallMatrix&) = delete;

  [[nodiscard]] virtual Index rows() const = 0;
  [[nodiscard]] virtual Index columns() const = 0;
  /// One row.
  virtual void read_row(Index row, std::span<double> out) const = 0;
  /// Rows [begin, begin + size of product) times `x`, and the sum of the squares of their entries.
  [[nodiscard]] virtual double multiply(Index begin, std::span<const double> x, std::span<double> product) const = 0;
};

/// Rank: directions in which the matrix is longer than `tolerance` of the root mean square of its columns' lengths.
///
/// A sample of rows gives a rank by a pivoted QR decomposition, and so a space of directions that the sampled rows don't reach.
/// One direction of it, drawn at random, is then multiplied by all rows: rows that reach it join the sample. Each round
/// reads the matrix once.
[[nodiscard]] Index rank_of(const TallMatrix& matrix, double tolerance);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
