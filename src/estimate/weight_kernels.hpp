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
/// Copies of every sum that a scattered pass adds to in turn, so that no addition waits for the one before it.
constexpr int kBanks = 4;

/// out[c] = Σ w_c[k], k < n, for each of `kSideBySide` columns
void sums(const double* const* w, Index n, double* out) noexcept;
/// The same, and dots[c] = Σ w_c[k] z[k]
void sums_and_dots(const double* const* w, const double* z, Index n, double* out, double* dots) noexcept;

/// sums[c] = Σ w_c[order_k], of rows that are apart
void gathered_sums(const double* const* w, const std::int32_t* order, Index n, double* sums) noexcept;
/// The same, and dots[c] = Σ w_c[order_k] z_k
void gathered_sums_and_dots(const double* const* w, const std::int32_t* order, const double* z, Index n, double* sums,
                            double* dots) noexcept;

/// Adds row i's weights at place p_i of `banks`: banks × places × columns.
void scattered_sums(const double* const* w, const std::int32_t* place, Index n, Index places, double* banks) noexcept;
/// Adds weights and, behind them, weights times z: banks × places × 2 × columns.
void scattered_sums_and_dots(const double* const* w, const std::int32_t* place, const double* z, Index n, Index places,
                             double* banks) noexcept;

/// Adds row i's weights to `sums` + offset_i. For places too many to have copies.
void far_sums(const double* const* w, const Index* offset, Index n, double* sums) noexcept;
/// Adds weights to `sums` + offset_i, and weights times z to `dots` + offset_i.
void far_sums_and_dots(const double* const* w, const Index* offset, const double* z, Index n, double* sums,
                       double* dots) noexcept;

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
