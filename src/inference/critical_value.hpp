#pragma once

#include "irosurvey/core/strong_types.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// The t such that a t variable with `df` degrees of freedom exceeds it with probability (1 − level) / 2.
/// Infinite df: the normal distribution. Infinite where the true value is above the largest double (tiny df).
/// Expects df > 0.
[[nodiscard]] double critical_value(double df, ConfidenceLevel level);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
