#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/parallel.hpp"
#include "design/calibration_margins.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// Calibrated weights, and how they were reached.
struct Calibrated {
  std::vector<double> weights;  ///< one a row
  int iterations = 0;
  double misfit = 0.0;  ///< greatest relative misfit
  double least_ratio = 1.0;
  double greatest_ratio = 1.0;
  std::string missed{};                 ///< targets that limits keep out of reach, in words
  std::vector<std::string> left_out{};  ///< targets of levels that no row of weight has (in a replicate)
};

/// Rows gathered by their levels in all margins.
struct Cells {
  std::vector<std::int32_t> of_row;
  Index count = 0;
  Auxiliaries x;  ///< of each cell
};

/// What becomes of a target that no row of positive weight can meet.
enum class EmptyTarget {
  refuse,    ///< Error(argument)
  leave_out  ///< nobody is left in this replicate: it isn't met, and the other levels of its margin share it if need be
};

/// Solves one calibration for one set of weights after another: the sample's own, and each replicate's.
class CalibrationSolver {
 public:
  /// Borrows the problem.
  CalibrationSolver(const CalibrationProblem& problem, const Calibration& calibration, Index rows);

  /// @throws Error(argument) for targets that contradict each other or the sample; Error(numerical), with the misfit of
  ///         the targets, if they can't be met; Error(interrupted).
  [[nodiscard]] Calibrated solve(std::span<const double> weights, EmptyTarget empty, int threads,
                                 StopSignal& stop) const;

  /// The auxiliaries that the weights were calibrated on: with equal ratios within clusters, the clusters' means.
  [[nodiscard]] Auxiliaries auxiliaries(std::span<const double> weights) const;

  /// The targets with the greatest misfit, in words.
  [[nodiscard]] std::string misfits(std::span<const double> achieved) const;

 private:
  const CalibrationProblem& problem_;
  const Calibration& calibration_;
  Index rows_;
  std::optional<Cells> cells_;  ///< absent: rows with the same levels may end with different ratios
};

/// Cuts weights to [low, high]; what was cut is shared out evenly.
struct Trimmed {
  std::vector<double> weights;
  Index cut = 0;
};

/// @throws Error(argument) for limits without meaning; Error(numerical) if the sum of weights can't be kept.
[[nodiscard]] Trimmed trim(std::span<const double> weights, double low, double high, bool strict);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
