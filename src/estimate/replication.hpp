#pragma once

#include <vector>

#include "estimate/plan.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Answers a query of a design with replicates: θ_r = f(T_r) for every replicate r, with θ_r − θ propagated through the
/// expression rather than subtracted. No statistic knows of it.
/// @param changes  if given: takes θ_r − θ as they come, rows × R, before they are centred; NaN where there is no estimate
[[nodiscard]] Estimate estimate_by_replicates(const Design& design, const Query& query, Plan& plan,
                                              std::vector<double>* changes = nullptr);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
