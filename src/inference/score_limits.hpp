#pragma once

#include <optional>
#include <string_view>

#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// What Wilson's interval and Agresti and Coull's are made of: u = t² / n*; or the limits themselves, where there is nothing to
/// compute: no degrees of freedom, a share that doesn't vary, or one that says nothing.
struct ScoreLimits {
  double u = 0.0;
  std::optional<Interval> interval{};
};

/// @throws Error(argument) for a point that is no share; `method` names the interval in it.
[[nodiscard]] ScoreLimits score_limits(const Point& point, std::string_view method, ConfidenceLevel level,
                                       const IntervalOptions& options);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
