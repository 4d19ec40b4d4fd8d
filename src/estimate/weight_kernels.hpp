#pragma once

#include <cstdint>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Sums of weights, plain and times values. They always add in the same order, in a fixed number of lanes: the same bits
/// whatever the processor can do at a time.

/// Columns of weights that are summed side by side.
constexpr int kSideBySide = 4;

/// Σ w_k, k < n
[[nodiscard]] double sum_of(const double* w, Index n) noexcept;
/// Σ w_k z_k
[[nodiscard]] double dot_of(const double* w, const double* z, Index n) noexcept;

/// sums[c] = Σ w_c[order_k] for each of `kSideBySide` columns
void gathered_sums(const double* const* w, const std::int32_t* order, Index n, double* sums) noexcept;
/// The same, and dots[c] = Σ w_c[order_k] z_k
void gathered_sums_and_dots(const double* const* w, const std::int32_t* order, const double* z, Index n, double* sums,
                            double* dots) noexcept;

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
