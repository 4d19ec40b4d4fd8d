#pragma once

#include <cstddef>
#include <cstdint>

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// The loops over rows of a regression. Lanes are the same whatever the processor can do at a time: so are the bits.

constexpr std::int32_t kColumnOfNumbers = -1;
constexpr std::int32_t kColumnOfOnes = -2;

/// out[k (k + 1)/2 + l] += Σ_i a_i x_k[i] x_l[i] for l ≤ k < columns
/// @param factor  of each column: kColumnOfNumbers, kColumnOfOnes, or a number for the factor of which it indicates a level.
///                Products of two levels of one factor are 0, and skipped
void add_cross_products(const double* const* x, const std::int32_t* factor, const double* a, int columns, int rows,
                        double* out) noexcept;
/// out[k] += Σ_i s_i x_k[i]
void add_dots(const double* const* x, const double* s, int columns, int rows, double* out) noexcept;
/// The same of the rows [begin, end) alone.
void add_dots_between(const double* const* x, const double* s, int columns, int begin, int end, double* out) noexcept;
/// Adds s_i x_k[i], and after these 1, to record unit_i of `records`, each `stride` > columns numbers long, a multiple of four.
/// `rows` needn't be one.
void scatter_scores(const double* const* x, const double* s, int columns, int rows, const std::int32_t* unit,
                    int stride, double* records) noexcept;
/// eta[i] += Σ_k b_k x_k[i]
void add_linear(const double* const* x, const double* b, int columns, int rows, double* eta) noexcept;

/// s = w (y − μ), a = w μ (1 − μ) with μ = 1/(1 + e^{−η})
void logistic_rows(const double* y, const double* eta, const double* w, int rows, double* s, double* a) noexcept;
/// s = w (y − μ), a = w μ with μ = e^η
void exponential_rows(const double* y, const double* eta, const double* w, int rows, double* s, double* a) noexcept;
/// `logistic_rows`, and of responses of 0 and 1 besides: Σ w (y log(1 + e^{−η}) + (1 − y) log(1 + e^η)), and
/// Σ w (y − μ)²/(μ (1 − μ)).
void logistic_rows_and_misfit(const double* y, const double* eta, const double* w, int rows, double* s, double* a,
                              double* likelihood, double* pearson) noexcept;
/// to[i] = from[i] − pivot
void copy_less(const double* from, double pivot, int rows, double* to) noexcept;
/// to[i] = 1 where codes[i] is the level, else 0
void indicate(const std::int32_t* codes, std::int32_t level, int rows, double* to) noexcept;
[[nodiscard]] bool all_zero_or_one(const double* y, std::ptrdiff_t rows) noexcept;
[[nodiscard]] bool all_nonzero(const double* numbers, std::ptrdiff_t rows) noexcept;
/// NaN is not between.
[[nodiscard]] bool all_between(const double* numbers, double low, double high, std::ptrdiff_t rows) noexcept;
/// moments[k] += Σ w (y − centre)ᵏ, k = 0, 1, 2
void add_moments(const double* w, const double* y, double centre, std::ptrdiff_t rows, double* moments) noexcept;
/// max |x|; NaN aside
[[nodiscard]] double largest_size(const double* numbers, int rows) noexcept;

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
