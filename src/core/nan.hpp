#pragma once

#include <limits>

namespace irosurvey {
inline namespace v1 {

/// What stands for a number that there is none of.
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace v1
}  // namespace irosurvey
