#pragma once

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// The loops over rows of a regression. Lanes are the same whatever the processor can do at a time: so are the bits.

/// out[k (k + 1)/2 + l] += Σ_i a_i x_k[i] x_l[i] for l ≤ k < columns. `products`: room for `rows` numbers.
void add_cross_products(const double* const* x, const double* a, int columns, int rows, double* products,
                        double* out) noexcept;
/// out[k] += Σ_i s_i x_k[i]
void add_dots(const double* const* x, const double* s, int columns, int rows, double* out) noexcept;
/// eta[i] += Σ_k b_k x_k[i]
void add_linear(const double* const* x, const double* b, int columns, int rows, double* eta) noexcept;

/// s = w (y − μ), a = w μ (1 − μ) with μ = 1/(1 + e^{−η})
void logistic_rows(const double* y, const double* eta, const double* w, int rows, double* s, double* a) noexcept;
/// s = w (y − μ), a = w μ with μ = e^η
void exponential_rows(const double* y, const double* eta, const double* w, int rows, double* s, double* a) noexcept;
/// Σ w (y log(1 + e^{−η}) + (1 − y) log(1 + e^η)), and Σ w (y − μ)²/(μ (1 − μ))
void logistic_misfit(const double* y, const double* eta, const double* w, int rows, double* likelihood,
                     double* pearson) noexcept;

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
