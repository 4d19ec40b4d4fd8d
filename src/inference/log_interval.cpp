#include <algorithm>
#include <cmath>
#include <limits>

#include "inference/critical_value.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval log_interval(const Point& point, ConfidenceLevel level) {
  check_positive(point, "log");
  if (point.df <= 0.0) return {0.0, std::numeric_limits<double>::infinity()};
  if (point.standard_error == 0.0) return {point.value, point.value};
  const double half_width = critical_value(point.df, level) * (point.standard_error / point.value);
  const double lower = point.value * std::exp(-half_width);
  const double upper = point.value * std::exp(half_width);
  return {std::min(lower, point.value), std::max(upper, point.value)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
