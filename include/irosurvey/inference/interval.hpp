#pragma once

#include <limits>
#include <optional>
#include <span>
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
  /// Of logit p, where replicates gave it; NaN: by the delta method, SE / (p (1 − p)). `xlogit` alone uses it.
  double logit_standard_error = std::numeric_limits<double>::quiet_NaN();
};

/// How an interval is made. Each method is one file of this room, and states its rule at 0 and 1, at SE = 0, and for df ≤ 0.
enum class IntervalMethod {
  t,                 ///< value ± t · SE: means, totals, ratios
  normal,            ///< value ± z · SE
  log,               ///< of a positive number: symmetric on the log scale (totals, rates)
  wald,              ///< of a share: value ± t · SE; not truncated to [0, 1]
  logit,             ///< of a share: symmetric on the log-odds scale
  xlogit,            ///< the same, with replicates of the log-odds where the design has replicates
  beta,              ///< of a share: Korn and Graubard (1998), from the effective sample size
  beta_nchs,         ///< the same with an effective sample size of at most n
  wilson,            ///< of a share: score test inverted, with the effective sample size
  agresti_coull,     ///< of a share: Wald's about a share moved towards one half
  jeffreys,          ///< of a share: equal tails of the posterior under Jeffreys' prior
  arcsine,           ///< of a share: symmetric on the scale of the arcsine of the root
  likelihood,        ///< of a share: scaled working likelihood, read off a coarse profile as R does
  likelihood_exact,  ///< of a share: the same likelihood, solved exactly
};

/// What a method with an effective sample size may be told.
struct IntervalOptions {
  /// `beta`, `beta-nchs`, `jeffreys`: whether it is multiplied by (t_{n−1} / t_df)²; their default is yes.
  std::optional<bool> df_adjust{};
  /// `beta`, `beta-nchs`, `wilson`, `agresti-coull`, `jeffreys`: whether it is at most n; the default is yes of `beta-nchs` alone.
  std::optional<bool> truncate{};
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(IntervalMethod method) noexcept;
/// @throws Error(argument) that lists the methods.
[[nodiscard]] IROSURVEY_EXPORT IntervalMethod interval_method(std::string_view name);
/// Every method.
[[nodiscard]] IROSURVEY_EXPORT std::span<const IntervalMethod> interval_methods() noexcept;
/// Whether the method is for shares alone.
[[nodiscard]] IROSURVEY_EXPORT bool is_for_shares(IntervalMethod method) noexcept;
/// `logit` for shares, `t` for everything else.
[[nodiscard]] IROSURVEY_EXPORT IntervalMethod default_method(Scale scale) noexcept;

/// @throws Error(argument) for a method of shares on a value outside [0, 1]; for an option that the method doesn't have.
[[nodiscard]] IROSURVEY_EXPORT Interval interval(IntervalMethod method, const Point& point,
                                                 ConfidenceLevel level = ConfidenceLevel{0.95},
                                                 const IntervalOptions& options = {});

/// Of a row of an estimate; NaN limits where there is no estimate.
[[nodiscard]] IROSURVEY_EXPORT Interval interval(IntervalMethod method, const Estimate& estimate, Index row,
                                                 ConfidenceLevel level = ConfidenceLevel{0.95},
                                                 const IntervalOptions& options = {});

/// value ± t · SE. At SE = 0 the limits are the value.
[[nodiscard]] IROSURVEY_EXPORT Interval t_interval(const Point& point, ConfidenceLevel level);
/// exp(log θ ± t · SE / θ). At SE = 0 the limits are the value; for df ≤ 0 they are 0 and ∞.
/// @throws Error(argument) for a value that isn't above 0, unless it is 0 with SE = 0 (nobody has any): then [0, 0].
[[nodiscard]] IROSURVEY_EXPORT Interval log_interval(const Point& point, ConfidenceLevel level);
/// value ± t · SE of a share, as many packages print it: limits may leave [0, 1], and at 0 and 1, where SE = 0, the
/// interval has no width.
[[nodiscard]] IROSURVEY_EXPORT Interval wald_interval(const Point& point, ConfidenceLevel level);
/// logit⁻¹(logit p ± t · SE / (p (1 − p))). At p = 0 and p = 1, where the log-odds are infinite, the limits of
/// `beta_interval`. At SE = 0 and 0 < p < 1 the limits are the value.
[[nodiscard]] IROSURVEY_EXPORT Interval logit_interval(const Point& point, ConfidenceLevel level);
/// logit⁻¹(logit p ± t · SE(logit p)): from replicates SE(logit p) is that of the replicated log-odds, else SE / (p (1 − p)) as in
/// `logit_interval`, whose rules hold. Where a replicate's share is 0 or 1 the log-odds have no finite variance: [0, 1].
[[nodiscard]] IROSURVEY_EXPORT Interval xlogit_interval(const Point& point, ConfidenceLevel level);
/// Clopper–Pearson limits for x = p n* successes in n* trials, with n* = p (1 − p) / SE² · (t_{n−1} / t_df)², not truncated at n (Korn and
/// Graubard 1998, Survey Methodology 24, section 2). At p = 0 and p = 1 the effective sample size before the t ratio is n.
/// At SE = 0 and 0 < p < 1 the limits are the value; for n ≤ 1 they are 0 and 1.
/// @param options  n* without the t ratio; n* at most n, which leaves a width at SE = 0 too
[[nodiscard]] IROSURVEY_EXPORT Interval beta_interval(const Point& point, ConfidenceLevel level,
                                                      const IntervalOptions& options = {});
/// `beta_interval` with n* at most n (Parker et al. 2017, Vital and Health Statistics 2(175)).
[[nodiscard]] IROSURVEY_EXPORT Interval beta_nchs_interval(const Point& point, ConfidenceLevel level,
                                                           const IntervalOptions& options = {});
/// The q with (p − q)² = t² q (1 − q) / n*, n* = p (1 − p) / SE² (Wilson 1927; Dean and Pagano 2015). At p = 0 and 1, n* = n.
[[nodiscard]] IROSURVEY_EXPORT Interval wilson_interval(const Point& point, ConfidenceLevel level,
                                                        const IntervalOptions& options = {});
/// p̃ ± t √(p̃ (1 − p̃) / (n* + t²)), p̃ = (n* p + t²/2) / (n* + t²), cut to [0, 1] (Agresti and Coull 1998). n* as in `wilson_interval`.
[[nodiscard]] IROSURVEY_EXPORT Interval agresti_coull_interval(const Point& point, ConfidenceLevel level,
                                                               const IntervalOptions& options = {});
/// Quantiles of Beta(x + ½, n* − x + ½), x = p n*, n* as in `beta_interval`; 0 at p = 0 and 1 at p = 1 (Brown, Cai and DasGupta 2001).
[[nodiscard]] IROSURVEY_EXPORT Interval jeffreys_interval(const Point& point, ConfidenceLevel level,
                                                          const IntervalOptions& options = {});
/// sin²(arcsin √p ± t · SE / (2 √(p (1 − p)))), angles cut to [0, π/2]. At p = 0 and 1 the angle's SE is 1 / (2 √n).
[[nodiscard]] IROSURVEY_EXPORT Interval arcsine_interval(const Point& point, ConfidenceLevel level);
/// The q with 2 (n − 1) KL(p, q) = t² λ, KL(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), λ = n SE² / (p (1 − p)) (Rao and Scott 1984):
/// the working likelihood of n answers, its deviance over the dispersion n/(n − 1), scaled by design over model variance.
/// At p = 0 and 1, λ = 1 and dispersion 1: 1 − exp(−t²/2n). At SE = 0 the value; for n ≤ 1, [0, 1].
[[nodiscard]] IROSURVEY_EXPORT Interval likelihood_exact_interval(const Point& point, ConfidenceLevel level);
/// The same, as R's `svyciprop(method = "likelihood")` reads it off: the root of the scaled deviance at up to nine steps to
/// either side, a cubic spline through them, straight lines between its values on a grid. It misses `likelihood_exact_interval` by up to
/// a few per cent of the limit, and equals it where R's profile doesn't reach.
[[nodiscard]] IROSURVEY_EXPORT Interval likelihood_interval(const Point& point, ConfidenceLevel level);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
