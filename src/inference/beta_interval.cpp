#include <algorithm>
#include <cmath>

#include "inference/beta_quantile.hpp"
#include "inference/critical_value.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

/// n*: how many independent answers would bear as much information about the share.
double effective_size(const Point& point, ConfidenceLevel level) {
  const double p = point.value;
  const double se = point.standard_error;
  const double trials = p == 0.0 || p == 1.0 ? point.n : (p / se) * ((1.0 - p) / se);
  const double t_of_rows = critical_value(point.n - 1.0, level);
  const double t_of_design = critical_value(point.df, level);
  // A level below 1e-16 has both at 0, one too near to 1 has both infinite: then neither corrects the other.
  if (t_of_rows == t_of_design) return trials;
  const double ratio = t_of_rows / t_of_design;
  return trials * ratio * ratio;
}

/// Clopper and Pearson (1934) with a fractional number of trials.
Interval exact_limits(double p, double trials, double tail) {
  const double successes = p * trials;
  const double failures = (1.0 - p) * trials;
  const double lower = successes > 0.0 ? beta_lower_quantile(successes, failures + 1.0, tail) : 0.0;
  const double upper = failures > 0.0 ? beta_upper_quantile(successes + 1.0, failures, tail) : 1.0;
  // Rounding in the last digit may not put the share outside its own interval.
  return {std::min(lower, p), std::max(upper, p)};
}

}  // namespace

Interval beta_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "beta");
  const double p = point.value;
  // A single answer has no t value of its own: it says as little as no degrees of freedom.
  if (point.df <= 0.0 || point.n <= 1.0) return {0.0, 1.0};
  if (point.standard_error == 0.0 && p > 0.0 && p < 1.0) return {p, p};
  const double trials = effective_size(point, level);
  if (std::isinf(trials)) return {p, p};
  return exact_limits(p, trials, level.tail());
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
