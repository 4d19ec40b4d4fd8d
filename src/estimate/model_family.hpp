#pragma once

#include <span>

#include "irosurvey/estimate/regression.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// A family and a link: everything about μ that the estimating equations need.
struct MeanModel {
  Family family = Family::gaussian;
  Link link = Link::identity;

  [[nodiscard]] bool is_binomial() const { return family == Family::binomial || family == Family::quasibinomial; }
  [[nodiscard]] bool is_poisson() const { return family == Family::poisson || family == Family::quasipoisson; }
  /// A line by least squares: one step is all.
  [[nodiscard]] bool is_linear() const { return family == Family::gaussian && link == Link::identity; }

  [[nodiscard]] double mean(double eta) const;       ///< μ = g⁻¹(η)
  [[nodiscard]] double slope(double eta) const;      ///< dμ/dη
  [[nodiscard]] double curvature(double eta) const;  ///< d²μ/dη²
  [[nodiscard]] double linear(double mu) const;      ///< η = g(μ)
  [[nodiscard]] double variance(double mu) const;    ///< V(μ)
  /// A row's part of the deviance: 2 (ℓ(y; y) − ℓ(y; μ)) φ.
  [[nodiscard]] double deviance(double y, double mu) const;
  /// A mean near y that g can take: where iterations begin. `w`: the row's weight, of mean 1.
  [[nodiscard]] double first_mean(double y, double w) const;
  /// Whether y can be a response; what would be, in words.
  [[nodiscard]] bool admits(double y) const {
    if (is_binomial()) return y >= 0.0 && y <= 1.0;
    if (is_poisson()) return y >= 0.0;
    return family == Family::gaussian || y > 0.0;
  }
  [[nodiscard]] bool admits_all(const double* y, Index count) const;
  [[nodiscard]] const char* admitted() const;
  /// Whether η gives a mean that the family knows.
  [[nodiscard]] bool is_valid(double mu) const;
};

/// Σ w d(y, μ), and Σ w (y − μ)²/V(μ).
struct Misfit {
  double deviance = 0.0;
  double pearson = 0.0;
  double size = 0.0;  ///< greatest |η| where μ is next to the end of its range, else 0
};

/// What rows add to the estimating equations, s = w (y − μ) μ′/V, and to A, a = w μ′²/V.
void evaluate_rows(const MeanModel& model, std::span<const double> y, std::span<const double> eta,
                   std::span<const double> w, double* s, double* a);
/// The same, and how far the rows are from their means.
[[nodiscard]] Misfit evaluate_rows_and_misfit(const MeanModel& model, std::span<const double> y,
                                              std::span<const double> eta, std::span<const double> w, double* s,
                                              double* a);

/// The same at the first means, with the working response in the place of y − μ: s = a (η₁ − offset + (y − μ₁)/μ′).
void begin_rows(const MeanModel& model, std::span<const double> y, std::span<const double> offset,
                std::span<const double> w, double mean_weight, double* s, double* a);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
