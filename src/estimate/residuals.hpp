#pragma once

#include <vector>

#include "estimate/plan.hpp"
#include "estimate/vary.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Variances of estimates from calibrated weights: each that of a total of residuals.
struct ResidualVariances {
  std::vector<double> variances;   ///< of each evaluated statistic; NaN where there is no estimate
  std::vector<double> covariance;  ///< evaluated × evaluated, row-major; empty unless the query asks for it
};

/// Whether the design's weights met totals: then a linearized variable varies only by what is left of it when the
/// auxiliaries are taken out.
[[nodiscard]] bool has_auxiliaries(const Design& design);

/// A statistic with gradient ∇f has the score u = ∇f′z in its cell and 0 elsewhere. Every adjustment k of the weights takes
/// x_k′B_k out of it, B_k the weighted regression of what is left on x_k, in the order that the design's last calibration
/// names; V is that of the sampling units' totals of w e (Deville and Särndal 1992, section 3; Särndal, Swensson and Wretman
/// 1992, result 6.6.1).
/// @throws Error(singleton) as `accumulate`; Error(numerical) for a variance that isn't finite; Error(interrupted).
[[nodiscard]] ResidualVariances residual_variances(const Design& design, const Plan& plan, const Query& query,
                                                   const std::vector<Evaluated>& evaluated);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
