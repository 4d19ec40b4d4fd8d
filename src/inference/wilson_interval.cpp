#include <algorithm>
#include <cmath>

#include "inference/score_limits.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval wilson_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  const ScoreLimits found = score_limits(point, "Wilson", level, options);
  if (found.interval) return *found.interval;
  const double p = point.value;
  const double u = found.u;
  // The roots of (p − q)² = u q (1 − q). Their product is p² / (1 + u): dividing by the larger loses no digits of a small limit.
  const double larger = p + 0.5 * u + std::sqrt(u * (p * (1.0 - p) + 0.25 * u));
  const double lower = p == 0.0 ? 0.0 : p * (p / larger);
  return {std::min(lower, p), std::clamp(larger / (1.0 + u), p, 1.0)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
