#include <algorithm>
#include <cmath>

#include "inference/critical_value.hpp"
#include "inference/effective_size.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
Interval wilson_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  check_share(point, "Wilson");
  const double p = point.value;
  if (point.df <= 0.0 || point.n <= 0.0) return {0.0, 1.0};
  const double trials = effective_size(point, level, false, options.truncate.value_or(false));
  const double t = critical_value(point.df, level);
  if (std::isinf(trials)) return {p, p};
  const double u = t * (t / trials);
  if (std::isinf(u)) return {0.0, 1.0};
  // The roots of (p − q)² = u q (1 − q). Their product is p² / (1 + u): dividing by the larger loses no digits of a small limit.
  const double larger = p + 0.5 * u + std::sqrt(u * (p * (1.0 - p) + 0.25 * u));
  const double lower = p == 0.0 ? 0.0 : p * (p / larger);
  return {std::min(lower, p), std::clamp(larger / (1.0 + u), p, 1.0)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
