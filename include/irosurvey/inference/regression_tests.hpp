#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/regression.hpp"
#include "irosurvey/inference/test_result.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// How terms of a model are tested. λ are the eigenvalues of V₀⁻¹V, V₀ the working covariance of the coefficients, and G² is the
/// difference of the deviances with and without the terms. With b the k coefficients of the terms, V their covariance and ν the model's degrees of freedom:
enum class TermTest {
  adjusted_wald,  ///< F = (ν − k + 1)/(ν k) b′V⁻¹b with k and ν − k + 1 degrees of freedom (Korn and Graubard 1990) (default)
  wald,           ///< F = b′V⁻¹b/k with k and ν
  working_likelihood,  ///< G²/Σλ with (Σλ)²/Σλ² and ν, second order of Rao and Scott (Lumley and Scott 2014, section 3)
  working_likelihood_lincom,       ///< G² with the distribution itself, Σ λ_i χ²₁ ÷ (χ²_ν/ν), exact
  working_likelihood_saddlepoint,  ///< the same by the approximation of Barndorff-Nielsen (1990), as R's regTermTest does
};
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(TermTest test) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT TermTest term_test_named(std::string_view name);

/// Whether the coefficients of these terms are all 0. Coefficients that others determine aren't counted.
/// @param terms  by name; none: all but the intercept
/// @throws Error(argument) for a term that the model doesn't have, or for a model without any to test.
[[nodiscard]] IROSURVEY_EXPORT TestResult term_test(const Regression& model, std::span<const std::string> terms,
                                                    TermTest test = TermTest::adjusted_wald);

/// P(|T_df| ≥ |b/SE|) of every row of an estimate.
[[nodiscard]] IROSURVEY_EXPORT std::vector<double> p_values(const Estimate& estimate);

/// −2ℓ̂ + 2 Σδ, δ the eigenvalues of the design effect matrix V₀⁻¹V of the coefficients but the intercept (Lumley and Scott 2015,
/// section 3). ℓ̂ is the likelihood with weights scaled to mean 1; of binomial and Poisson models −2ℓ̂ is the deviance.
struct InformationCriterion {
  double value = 0.0;
  double effective_parameters = 0.0;  ///< Σδ; of gaussian models that of the variance too
};
/// @throws Error(argument) for a family without a likelihood, or of unknown dispersion.
[[nodiscard]] IROSURVEY_EXPORT InformationCriterion aic(const Regression& model);

/// Of a model within a larger one: W + p log n + log|Δ| + the larger one's deviance, W the Wald statistic of the coefficients that the
/// model leaves out and Δ their design effect matrix (Lumley and Scott 2015, section 4).
/// @throws Error(argument) if the model has coefficients that the larger one hasn't.
[[nodiscard]] IROSURVEY_EXPORT double bic(const Regression& model, const Regression& maximal);

/// How much of the response a model explains, of binomial and Poisson models by the estimated likelihood of the population (Lumley
/// 2017).
struct PseudoR2 {
  double deviance = 0.0;  ///< 1 − D/D₀; of a linear model R²
  double cox_snell = 0.0;
  double nagelkerke = 0.0;
};
[[nodiscard]] IROSURVEY_EXPORT PseudoR2 pseudo_r2(const Regression& model);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
