#include <algorithm>
#include <cmath>

#include "inference/critical_value.hpp"
#include "inference/divergence.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval likelihood_exact_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "likelihood");
  const double p = point.value;
  if (point.df <= 0.0 || point.n <= 1.0) return {0.0, 1.0};
  const double t = critical_value(point.df, level);
  if (p == 0.0) return {0.0, -std::expm1(-0.5 * t * (t / point.n))};
  if (p == 1.0) return {std::exp(-0.5 * t * (t / point.n)), 1.0};
  if (point.standard_error == 0.0) return {p, p};
  // t² λ / (2 (n − 1)), λ = n SE² / (p (1 − p)).
  const double angle = t * point.standard_error;
  const double target = 0.5 * (angle / p) * (angle / (1.0 - p)) * (point.n / (point.n - 1.0));
  const double below = divergence_root_below(p, 1.0 - p, target);
  const double above = divergence_root_below(1.0 - p, p, target);
  // Failures have the mirror image: 1 − q = (1 − p) e^s, of which q = p − (1 − p) (e^s − 1) keeps the digits.
  return {std::min(p * std::exp(below), p), std::clamp(p - (1.0 - p) * std::expm1(above), p, 1.0)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
