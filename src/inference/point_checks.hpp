#pragma once

#include <string_view>

#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// @throws Error(argument) for a NaN, an infinite value or standard error, or a negative standard error.
void check_point(const Point& point, std::string_view method);

/// The same, and the value has to lie in [0, 1] and the base to be at least 0.
void check_share(const Point& point, std::string_view method);

/// As check_point, and the value has to be above 0, or 0 with a standard error of 0.
void check_positive(const Point& point, std::string_view method);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
