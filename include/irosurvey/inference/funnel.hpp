#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
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

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
