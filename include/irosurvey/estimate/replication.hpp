#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {

/// Computes numbers from weights, one a row of the data; always as many.
using WeightFunction = std::function<std::vector<double>(std::span<const double> weights)>;

/// Any function of the weights, computed from the full weights and from every replicate's: scale Σ_r rscale_r
/// (θ_r − c)(θ_r − c)′.
/// @param names  one for each number
/// @param interrupt  asked before each replicate
/// @throws Error(argument) if the design has no replicates, or numbers and names differ in count; Error(numerical) by the
///         rule for failed replicates; Error(interrupted).
[[nodiscard]] IROSURVEY_EXPORT Estimate replicate(const Design& design, const WeightFunction& function,
                                                  const std::vector<std::string>& names,
                                                  const Interrupt& interrupt = {});

/// Which plausible values' sampling variances count.
enum class SamplingVariance {
  all,    ///< the mean over all (default)
  first,  ///< the first's alone
};

/// Degrees of freedom of an estimate from plausible values.
enum class PlausibleDf {
  sampling,  ///< those of the first plausible value's estimate: what OECD and IEA do (default)
  rubin,     ///< Barnard and Rubin (1999), eq. 3: fewer where plausible values differ much
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(SamplingVariance rule) noexcept;
[[nodiscard]] IROSURVEY_EXPORT SamplingVariance sampling_variance(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(PlausibleDf rule) noexcept;
[[nodiscard]] IROSURVEY_EXPORT PlausibleDf plausible_df(std::string_view name);

/// One estimate from those of M plausible values: their mean, with covariance U + (1 + 1/M) B. U is the sampling covariance,
/// B the covariance of the M estimates, divisor M − 1 (Rubin 1987, eq. 3.1.5; PISA Data Analysis Manual, 2nd ed., 2009, chapter 8).
///
/// Rows are matched by statistic, level and group. A share that one plausible value has no row for is 0 there.
/// @throws Error(argument) for fewer than two, or for answers to different questions.
[[nodiscard]] IROSURVEY_EXPORT Estimate plausible_values(std::span<const Estimate> estimates,
                                                         SamplingVariance sampling = SamplingVariance::all,
                                                         PlausibleDf df = PlausibleDf::sampling);

}  // namespace v1
}  // namespace irosurvey
