#include <algorithm>
#include <cmath>

#include "inference/critical_value.hpp"
#include "inference/effective_size.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval agresti_coull_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  check_share(point, "Agresti-Coull");
  const double p = point.value;
  if (point.df <= 0.0 || point.n <= 0.0) return {0.0, 1.0};
  const double trials = effective_size(point, level, false, options.truncate.value_or(false));
  const double t = critical_value(point.df, level);
  if (std::isinf(trials)) return {p, p};
  const double u = t * (t / trials);
  if (std::isinf(u)) return {0.0, 1.0};
  const double centre = (p + 0.5 * u) / (1.0 + u);
  const double half_width = std::sqrt(u * centre * (1.0 - centre) / (1.0 + u));
  return {std::clamp(centre - half_width, 0.0, p), std::clamp(centre + half_width, p, 1.0)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
