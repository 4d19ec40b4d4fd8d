#include "inference/critical_value.hpp"
#include "inference/logit_limits.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval logit_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "logit");
  const double p = point.value;
  if (point.df <= 0.0) return {0.0, 1.0};
  if (p == 0.0 || p == 1.0) return beta_interval(point, level);
  if (point.standard_error == 0.0) return {p, p};
  return logit_limits(p, critical_value(point.df, level) * point.standard_error / p / (1.0 - p));
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
