#include "inference/effective_size.hpp"

#include <algorithm>

#include "inference/critical_value.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

double t_ratio(const Point& point, ConfidenceLevel level) {
  const double t_of_rows = critical_value(point.n - 1.0, level);
  const double t_of_design = critical_value(point.df, level);
  // A level below 1e-16 has both at 0, one too near to 1 has both infinite: then neither corrects the other.
  return t_of_rows == t_of_design ? 1.0 : t_of_rows / t_of_design;
}

}  // namespace

double effective_size(const Point& point, ConfidenceLevel level, bool df_adjusted, bool truncated) {
  const double p = point.value;
  const double se = point.standard_error;
  double trials = p == 0.0 || p == 1.0 ? point.n : (p / se) * ((1.0 - p) / se);
  if (df_adjusted) {
    const double ratio = t_ratio(point, level);
    trials *= ratio * ratio;
  }
  return truncated ? std::min(trials, point.n) : trials;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
