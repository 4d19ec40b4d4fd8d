#include <algorithm>
#include <cmath>

#include "inference/critical_value.hpp"
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
  const double half_width = critical_value(point.df, level) * point.standard_error / p / (1.0 - p);
  // logit⁻¹(logit p ± h) is p / (p + (1 − p) e^∓h): no logarithm loses digits, and an e^h that overflows gives 0.
  const double lower = p / (p + (1.0 - p) * std::exp(half_width));
  const double upper = p / (p + (1.0 - p) * std::exp(-half_width));
  // Rounding in the last digit may not put the share outside its own interval.
  return {std::min(lower, p), std::max(upper, p)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
