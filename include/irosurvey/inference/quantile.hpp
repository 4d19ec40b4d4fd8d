#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/quantile.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// How limits and standard error of a quantile q̂ are made. F̂ is the share of the rows at or below q̂, SE(F̂) its standard
/// error under the design, t the critical value.
///
/// The first three read the quantile function at the limits of an interval for the share (Woodruff 1952, JASA 47,
/// 635–646), and their standard error is the width ÷ 2t (Francisco and Fuller 1991, Annals of Statistics 19, 454–469, section 3).
enum class QuantileInterval {
  woodruff,   ///< limits of the share F̂ ± t · SE(F̂) (default)
  logit,      ///< those of `logit_interval`
  beta,       ///< those of `beta_interval`
  symmetric,  ///< q̂ ± t · SE, the standard error that of `woodruff`
  replicate,  ///< q̂ ± t · SE, the standard error from the quantile of every replicate; needs a design with replicates
};

/// About what the interval for the share is centred.
enum class QuantileCentre {
  estimate,  ///< F̂, the share at or below the estimate (default)
  prob,      ///< the probability that was asked for
};

/// What becomes of a limit for the share that leaves [0, 1]: the data hold no value there.
enum class LimitsOutside {
  extreme,  ///< the smallest or the largest value is the limit (default)
  missing,  ///< there is no limit, and no standard error (R)
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(QuantileInterval interval) noexcept;
[[nodiscard]] IROSURVEY_EXPORT QuantileInterval quantile_interval(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(QuantileCentre centre) noexcept;
[[nodiscard]] IROSURVEY_EXPORT QuantileCentre quantile_centre(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(LimitsOutside rule) noexcept;
[[nodiscard]] IROSURVEY_EXPORT LimitsOutside limits_outside(std::string_view name);

/// Quantiles of variables, asked of a domain and of groups in it.
struct QuantileQuery {
  std::vector<std::string> variables{};
  std::vector<double> probs{0.5};  ///< on the scale 0–1
  QuantileRule rule = QuantileRule::math;
  QuantileInterval interval = QuantileInterval::woodruff;
  QuantileCentre centre = QuantileCentre::estimate;
  LimitsOutside outside = LimitsOutside::extreme;
  ConfidenceLevel level{0.95};  ///< limits are made at this level, and the standard error depends on it a little
  Query about{};  ///< domain, groups, missing values, degrees of freedom, covariance; its statistics aren't looked at
};

/// Quantiles with their limits. Rows run variable by variable, probability by probability, cell by cell; a statistic's
/// level is its probability.
struct QuantileEstimate {
  Estimate estimate;           ///< the variance is the square of the standard error above
  std::vector<double> shares;  ///< of each row: the share at or below the estimate; empty for `replicate`
  std::vector<double> lower;   ///< of each row; NaN where there is no estimate
  std::vector<double> upper;
};

/// Quantiles, their standard errors and limits; the variance of F̂ is that of `estimate`, by linearization or replicates.
///
/// Covariances (all intervals but `replicate`): SE_a SE_b times the correlation of the shares at or below a and b, as the
/// linearization q̂ − q ≈ −(F̂(q) − p) ÷ f(q) has it (Bahadur 1966). Design effects are those of the shares. Without degrees
/// of freedom there is no standard error and the limits are infinite.
/// @throws Error(argument) for no variable, no probability or one outside [0, 1]; else as `estimate`.
[[nodiscard]] IROSURVEY_EXPORT QuantileEstimate quantiles(const Design& design, const QuantileQuery& query);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
