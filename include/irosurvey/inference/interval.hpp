#pragma once

#include <string_view>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// Limits of a confidence interval. For df ≤ 0 the data say nothing about precision, and the limits are the ends of the
/// scale: [0, 1] for a share, (−∞, ∞) else.
struct Interval {
  double lower;
  double upper;
};

/// What an interval is made of.
struct Point {
  double value;           ///< a share is on the scale 0–1
  double standard_error;  ///< on the same scale
  double df;              ///< of the t distribution; infinity: normal
  double n;               ///< unweighted base
};

/// How an interval is made. Each method is one file of this room, and states its rule at 0 and 1.
enum class IntervalMethod {
  t,       ///< value ± t · SE: means, totals, ratios
  normal,  ///< value ± z · SE
  wald,    ///< of a share: value ± t · SE; not truncated to [0, 1]
  logit,   ///< of a share: symmetric on the log-odds scale
  beta,    ///< of a share: Korn and Graubard (1998), from the effective sample size
};

[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(IntervalMethod method) noexcept;
/// @throws Error(argument) that lists the methods.
[[nodiscard]] IROSURVEY_EXPORT IntervalMethod interval_method(std::string_view name);
/// `logit` for shares, `t` for everything else.
[[nodiscard]] IROSURVEY_EXPORT IntervalMethod default_method(Scale scale) noexcept;

/// @throws Error(argument) for a method of shares on a value outside [0, 1].
[[nodiscard]] IROSURVEY_EXPORT Interval interval(IntervalMethod method, const Point& point,
                                                 ConfidenceLevel level = ConfidenceLevel{0.95});

/// Of a row of an estimate; NaN limits where there is no estimate.
[[nodiscard]] IROSURVEY_EXPORT Interval interval(IntervalMethod method, const Estimate& estimate, Index row,
                                                 ConfidenceLevel level = ConfidenceLevel{0.95});

/// value ± t · SE. At SE = 0 the limits are the value.
[[nodiscard]] IROSURVEY_EXPORT Interval t_interval(const Point& point, ConfidenceLevel level);
/// value ± t · SE of a share, as many packages print it: limits may leave [0, 1], and at 0 and 1, where SE = 0, the
/// interval has no width.
[[nodiscard]] IROSURVEY_EXPORT Interval wald_interval(const Point& point, ConfidenceLevel level);
/// logit⁻¹(logit p ± t · SE / (p (1 − p))). At p = 0 and p = 1, where the log-odds are infinite, the limits of
/// `beta_interval`. At SE = 0 and 0 < p < 1 the limits are the value.
[[nodiscard]] IROSURVEY_EXPORT Interval logit_interval(const Point& point, ConfidenceLevel level);
/// Clopper–Pearson limits for x = p n* successes in n* trials, with n* = p (1 − p) / SE² · (t_{n−1} / t_df)², not truncated at n (Korn and
/// Graubard 1998, Survey Methodology 24, section 2). At p = 0 and p = 1 the effective sample size before the t ratio is n.
/// At SE = 0 and 0 < p < 1 the limits are the value; for n ≤ 1 they are 0 and 1.
[[nodiscard]] IROSURVEY_EXPORT Interval beta_interval(const Point& point, ConfidenceLevel level);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
