#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/core/strong_types.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// What chance alone would do to figures of institutions that all had the same target.
enum class FunnelModel {
  binomial,  ///< events among so many: a share of the size
  poisson,   ///< events for so much exposure: a rate
};

/// "binomial", "poisson".
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(FunnelModel model) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT FunnelModel funnel_model(std::string_view name);

/// Limits for each size, as events over the size.
struct FunnelLimits {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// Exact limits of a funnel plot: where a figure of this size falls with probability `level` if its truth is the target.
///
/// With R ~ Binomial(n, θ) or Poisson(n θ), F its distribution function, f its mass and p a tail, (1 ∓ level) / 2:
///     r_p = the smallest r with F(r) ≥ p,   limit = (r_p − (F(r_p) − p) / f(r_p)) / n,   no less than 0.
/// The interpolation makes the limits a curve of n instead of a saw.
///
/// Source: Spiegelhalter (2005), Statistics in Medicine 24, 1185–1202, appendix A.1.1.
/// @param target  θ: a share 0–1, or events per unit of size
/// @param sizes   n: above 0; of the binomial model 1 or more, and counted in whole numbers (an effective size is cut down)
/// @throws Error(argument) for a target or a size out of range.
[[nodiscard]] IROSURVEY_EXPORT FunnelLimits funnel_limits(FunnelModel model, double target,
                                                          std::span<const double> sizes, ConfidenceLevel level);

/// How far institutions differ beyond chance: for reasons that are neither chance nor anybody's fault.
struct Overdispersion {
  Index institutions = 0;  ///< I, that it rests on
  Index winsorised = 0;    ///< of them at each end, k
  double factor = 1.0;     ///< φ, of the variance; never below 1
  double variance = 0.0;   ///< τ², of the truths about the target; never below 0
};

/// Over-dispersion of figures y_i of sizes n_i about a target θ, from their winsorised z-scores.
///
/// With V_i = θ (1 − θ) / n_i, or θ / n_i of the Poisson model, and z_i = (y_i − θ) / √V_i, the k = ⌊q I⌋ lowest z are set
/// to the one above them and the k highest to the one below, so that the outliers that are looked for don't widen the limits:
///     φ = Σ z² / I,   τ² = (I φ − (I − 1)) / (Σ w − Σ w² / Σ w),   w_i = 1 / V_i.
///
/// Source: Spiegelhalter (2005), Quality and Safety in Health Care 14, 347–351 (winsorised scores, multiplicative and
/// additive models); τ² is that of DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177–188.
/// @param values            y: events over the size
/// @param winsorised_share  q of the scores at each end; 0 to below 1/2
/// @throws Error(argument) for a target or size out of range, values that aren't as many as sizes, a target that leaves
///         chance no part (0, or 1 of the binomial model), fewer than 2 institutions, or a share out of range.
[[nodiscard]] IROSURVEY_EXPORT Overdispersion overdispersion(FunnelModel model, double target,
                                                             std::span<const double> values,
                                                             std::span<const double> sizes,
                                                             double winsorised_share = 0.1);

/// How over-dispersion widens limits.
enum class FunnelSpread {
  multiplicative,  ///< θ ± z √(φ V): by the same factor at every size
  additive,        ///< θ ± z √(V + τ²): by the same variance, so that the limits of large institutions stay apart
};

/// "multiplicative", "additive".
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(FunnelSpread spread) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT FunnelSpread funnel_spread(std::string_view name);

/// Limits of a funnel plot that allow for over-dispersion: normal, cut off at 0 and, of shares, at 1.
///
/// Source: as for `overdispersion`.
/// @throws Error(argument) for a target or a size out of range.
[[nodiscard]] IROSURVEY_EXPORT FunnelLimits dispersed_funnel_limits(FunnelModel model, double target,
                                                                    std::span<const double> sizes,
                                                                    ConfidenceLevel level, FunnelSpread spread,
                                                                    const Overdispersion& dispersion);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
