#pragma once

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// The x that a beta variable with parameters a, b > 0 falls below with probability `tail` (0 < tail <= 1/2).
/// Parameters of any size: an effective sample size of 10^30, from a standard error that is rounding noise, is one.
[[nodiscard]] double beta_lower_quantile(double a, double b, double tail);

/// The x that it exceeds with probability `tail`.
[[nodiscard]] double beta_upper_quantile(double a, double b, double tail);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
