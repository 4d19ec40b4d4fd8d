#include <algorithm>
#include <cmath>
#include <numbers>

#include "inference/critical_value.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

double square(double x) { return x * x; }

/// arcsin √p has the standard error SE / (2 √(p (1 − p))), and 1 / (2 √n) for n independent answers whatever p is: that is what
/// stands in where p is 0 or 1.
double angle_error(const Point& point) {
  const double p = point.value;
  if (p == 0.0 || p == 1.0) return 0.5 / std::sqrt(point.n);
  return 0.5 * point.standard_error / std::sqrt(p) / std::sqrt(1.0 - p);
}

}  // namespace

Interval arcsine_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "arcsine");
  const double p = point.value;
  if (point.df <= 0.0 || point.n <= 0.0) return {0.0, 1.0};
  const double error = angle_error(point);
  if (error == 0.0) return {p, p};
  const double half_width = critical_value(point.df, level) * error;
  // Both angles from the nearer end of the scale: near 1 the sine has no digits left.
  const double from_zero = std::atan2(std::sqrt(p), std::sqrt(1.0 - p));
  const double from_one = std::atan2(std::sqrt(1.0 - p), std::sqrt(p));
  const double lower = from_zero <= half_width ? 0.0 : square(std::sin(from_zero - half_width));
  const double upper = from_one <= half_width ? 1.0 : square(std::cos(from_one - half_width));
  return {std::min(lower, p), std::max(upper, p)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
