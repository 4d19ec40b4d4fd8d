#include <algorithm>
#include <cmath>

#include "inference/beta_quantile.hpp"
#include "inference/effective_size.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval jeffreys_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  check_share(point, "Jeffreys");
  const double p = point.value;
  if (point.df <= 0.0 || point.n <= 1.0) return {0.0, 1.0};
  const double trials =
      effective_size(point, level, options.df_adjust.value_or(true), options.truncate.value_or(false));
  if (std::isinf(trials)) return {p, p};
  const double successes = p * trials;
  const double failures = (1.0 - p) * trials;
  const double tail = level.tail();
  const double lower = successes > 0.0 ? beta_lower_quantile(successes + 0.5, failures + 0.5, tail) : 0.0;
  const double upper = failures > 0.0 ? beta_upper_quantile(successes + 0.5, failures + 0.5, tail) : 1.0;
  // The prior draws towards one half; with next to no information it would draw the interval away from the share.
  return {std::min(lower, p), std::max(upper, p)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
