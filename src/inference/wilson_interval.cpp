#include <algorithm>
#include <cmath>

#include "inference/critical_value.hpp"
#include "inference/effective_size.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

/// The smaller root of (p − q)² = u q (1 − q). The product of the roots is p² / (1 + u): dividing by the larger one loses no
/// digits of a small limit.
double smaller_root(double p, double u) {
  const double larger = p + 0.5 * u + std::sqrt(u * (p * (1.0 - p) + 0.25 * u));
  return p == 0.0 ? 0.0 : p * (p / larger);
}

}  // namespace

Interval wilson_interval(const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  check_share(point, "Wilson");
  const double p = point.value;
  if (point.df <= 0.0 || point.n <= 0.0) return {0.0, 1.0};
  const double trials = effective_size(point, level, false, options.truncate.value_or(false));
  const double t = critical_value(point.df, level);
  if (std::isinf(trials)) return {p, p};
  const double u = t * (t / trials);
  if (std::isinf(u)) return {0.0, 1.0};
  // The share of failures has the mirror image.
  return {std::min(smaller_root(p, u), p), std::max(1.0 - smaller_root(1.0 - p, u), p)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
