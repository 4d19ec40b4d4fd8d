#include <boost/math/distributions/beta.hpp>
#include <cmath>

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
  const double trials = p == 0.0 || p == 1.0
                            ? point.n
                            : p * (1.0 - p) / (point.standard_error * point.standard_error);
  const double t_ratio =
      critical_value(point.n - 1.0, level) / critical_value(point.df, level);
  return trials * t_ratio * t_ratio;
}

}  // namespace

Interval beta_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "beta");
  const double p = point.value;
  // A single answer has no t value of its own: it says as little as no degrees of freedom.
  if (point.df <= 0.0 || point.n <= 1.0) return {0.0, 1.0};
  const bool at_an_end = p == 0.0 || p == 1.0;
  if (point.standard_error == 0.0 && !at_an_end) return {p, p};
  const double trials = effective_size(point, level);
  const double successes = p * trials;
  const double failures = (1.0 - p) * trials;
  using Beta = boost::math::beta_distribution<double>;
  const double lower = p == 0.0 ? 0.0 : quantile(Beta(successes, failures + 1.0), level.tail());
  const double upper =
      p == 1.0 ? 1.0 : quantile(complement(Beta(successes + 1.0, failures), level.tail()));
  return {lower, upper};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
