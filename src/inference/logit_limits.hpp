#pragma once

#include <algorithm>
#include <cmath>

#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// logit⁻¹(logit p ± h), 0 < p < 1, h ≥ 0.
[[nodiscard]] inline Interval logit_limits(double p, double half_width) {
  // p / (p + (1 − p) e^∓h): no logarithm loses digits, and an e^h that overflows gives 0.
  const double lower = p / (p + (1.0 - p) * std::exp(half_width));
  const double upper = p / (p + (1.0 - p) * std::exp(-half_width));
  // Rounding in the last digit may not put the share outside its own interval.
  return {std::min(lower, p), std::max(upper, p)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
