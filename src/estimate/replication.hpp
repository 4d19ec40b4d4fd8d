#pragma once

#include "estimate/plan.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Answers a query of a design with replicates: θ_r = f(T_r) for every replicate r, with θ_r − θ propagated through the
/// expression rather than subtracted. No statistic knows of it.
[[nodiscard]] Estimate estimate_by_replicates(const Design& design, const Query& query, Plan& plan);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
