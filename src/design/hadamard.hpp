#pragma once

#include <cstdint>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// A square matrix of +1 and −1 with orthogonal rows, H H′ = n I. The first row and the first column hold +1.
struct Hadamard {
  Index order = 0;
  std::vector<std::int8_t> entries;  ///< row-major

  [[nodiscard]] int operator()(Index row, Index column) const {
    return entries[static_cast<std::size_t>(row * order + column)];
  }
};

/// Whether an order can be made here: 1, 2, q + 1 for prime powers q ≡ 3 mod 4 and 2(q + 1) for q ≡ 1 mod 4 (Paley 1933), and
/// products of such (Sylvester 1867). Of the multiples of 4 up to 512 that leaves out 92, 116, 156, 172, 184, 188, 232, 236,
/// 260, 268, 292, 324, 356, 372, 376, 404, 412, 428, 436, 452, 472, 476 and 508.
[[nodiscard]] IROSURVEY_EXPORT bool has_hadamard(Index order);

/// The smallest order of at least `least` that can be made.
[[nodiscard]] IROSURVEY_EXPORT Index next_hadamard_order(Index least);

/// @throws Error(argument) unless `has_hadamard(order)`.
[[nodiscard]] IROSURVEY_EXPORT Hadamard hadamard(Index order);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
