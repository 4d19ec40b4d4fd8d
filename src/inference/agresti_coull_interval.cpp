#include <algorithm>
#include <cmath>

#include "inference/score_limits.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval agresti_coull_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  const ScoreLimits found = score_limits(point, "Agresti-Coull", level, options);
  if (found.interval) return *found.interval;
  const double p = point.value;
  const double u = found.u;
  const double centre = (p + 0.5 * u) / (1.0 + u);
  const double half_width = std::sqrt(u * centre * (1.0 - centre) / (1.0 + u));
  return {std::clamp(centre - half_width, 0.0, p), std::clamp(centre + half_width, p, 1.0)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
