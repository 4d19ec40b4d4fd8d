#include <limits>

#include "inference/critical_value.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval t_interval(const Point& point, ConfidenceLevel level) {
  check_point(point, "t");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (point.df <= 0.0) return {-kInfinity, kInfinity};
  // Before the product: an infinite critical value times an error of 0 is no number.
  if (point.standard_error == 0.0) return {point.value, point.value};
  const double half_width = critical_value(point.df, level) * point.standard_error;
  return {point.value - half_width, point.value + half_width};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
