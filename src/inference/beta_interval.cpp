#include <algorithm>
#include <cmath>

#include "inference/beta_quantile.hpp"
#include "inference/effective_size.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

/// Clopper and Pearson (1934) with a fractional number of trials.
Interval exact_limits(double p, double trials, double tail) {
  const double successes = p * trials;
  const double failures = (1.0 - p) * trials;
  const double lower = successes > 0.0 ? beta_lower_quantile(successes, failures + 1.0, tail) : 0.0;
  const double upper = failures > 0.0 ? beta_upper_quantile(successes + 1.0, failures, tail) : 1.0;
  // Rounding in the last digit may not put the share outside its own interval.
  return {std::min(lower, p), std::max(upper, p)};
}

Interval by_effective_size(const Point& point, ConfidenceLevel level, bool df_adjusted, bool truncated) {
  const double p = point.value;
  // A single answer has no t value of its own: it says as little as no degrees of freedom.
  if (point.df <= 0.0 || point.n <= 1.0) return {0.0, 1.0};
  const double trials = effective_size(point, level, df_adjusted, truncated);
  if (std::isinf(trials)) return {p, p};
  return exact_limits(p, trials, level.tail());
}

}  // namespace

Interval beta_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  check_share(point, "beta");
  return by_effective_size(point, level, options.df_adjust.value_or(true), options.truncate.value_or(false));
}

Interval beta_nchs_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  check_share(point, "beta-nchs");
  return by_effective_size(point, level, options.df_adjust.value_or(true), options.truncate.value_or(true));
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
