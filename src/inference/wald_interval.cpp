#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

Interval wald_interval(const Point& point, ConfidenceLevel level) {
  check_share(point, "Wald");
  if (point.df <= 0.0) return {0.0, 1.0};
  return t_interval(point, level);
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
