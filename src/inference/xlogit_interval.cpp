#include <cmath>

#include "inference/critical_value.hpp"
#include "inference/logit_limits.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval xlogit_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "xlogit");
  const double p = point.value;
  const double se = point.logit_standard_error;
  if (std::isnan(se) || point.df <= 0.0 || p == 0.0 || p == 1.0) return logit_interval(point, level);
  if (se == 0.0) return {p, p};
  if (std::isinf(se)) return {0.0, 1.0};
  return logit_limits(p, critical_value(point.df, level) * se);
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
