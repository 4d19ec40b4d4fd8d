#include "inference/score_limits.hpp"

#include <cmath>

#include "inference/critical_value.hpp"
#include "inference/effective_size.hpp"
#include "inference/point_checks.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

ScoreLimits score_limits(const Point& point, std::string_view method, ConfidenceLevel level,
                         const IntervalOptions& options) {
  check_share(point, method);
  if (point.df <= 0.0 || point.n <= 0.0) return {0.0, Interval{0.0, 1.0}};
  const double trials = effective_size(point, level, false, options.truncate.value_or(false));
  if (std::isinf(trials)) return {0.0, Interval{point.value, point.value}};
  const double t = critical_value(point.df, level);
  const double u = t * (t / trials);
  if (std::isinf(u)) return {u, Interval{0.0, 1.0}};
  return {u, {}};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
