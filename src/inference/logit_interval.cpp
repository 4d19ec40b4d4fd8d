#include <cmath>

#include "inference/critical_value.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

/// logit⁻¹, by the form whose exponential can't overflow.
double share_of(double log_odds) {
  if (log_odds >= 0.0) return 1.0 / (1.0 + std::exp(-log_odds));
  const double odds = std::exp(log_odds);
  return odds / (1.0 + odds);
}

}  // namespace

Interval logit_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "logit");
  const double p = point.value;
  if (point.df <= 0.0) return {0.0, 1.0};
  if (p == 0.0 || p == 1.0) return beta_interval(point, level);
  if (point.standard_error == 0.0) return {p, p};
  const double log_odds = std::log(p) - std::log1p(-p);
  const double half_width = critical_value(point.df, level) * point.standard_error / (p * (1.0 - p));
  return {share_of(log_odds - half_width), share_of(log_odds + half_width)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
