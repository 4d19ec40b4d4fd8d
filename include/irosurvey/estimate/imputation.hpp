#pragma once

#include <span>
#include <string_view>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {

/// Degrees of freedom of an estimate from M imputations; γ = (1 + 1/M) B/V is the share of variance that is between them.
enum class ImputationDf {
  barnard_rubin,  ///< 1/(1/ν_M + 1/ν_obs), ν_obs = (ν + 1)/(ν + 3) ν (1 − γ): never above those of complete data (default;
                  ///< Barnard and Rubin 1999, eq. 3)
  rubin,          ///< ν_M = (M − 1)/γ² (Rubin 1987, eq. 3.1.6): for large samples; infinite where imputations agree
  complete_data,  ///< ν, those of the first imputation's estimate
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(ImputationDf rule) noexcept;
/// @throws Error(argument) that lists the names: "barnard-rubin", "rubin-1987", "complete-data".
[[nodiscard]] IROSURVEY_EXPORT ImputationDf imputation_df_rule(std::string_view name);

/// One estimate from the same question asked of M imputed data sets: the mean θ̄, with covariance Ū + (1 + 1/M) B, Ū the mean of
/// the covariances, B the covariance of the M estimates with divisor M − 1 (Rubin 1987, eqs. 3.1.2–3.1.5).
///
/// Any estimate will do, differences and contrasts too. Rows are matched by statistic, level and group; a share of a level that
/// nobody has in one data set is 0 there.
/// @throws Error(argument) for fewer than two, or for answers to different questions.
[[nodiscard]] IROSURVEY_EXPORT Estimate pooled(std::span<const Estimate> estimates,
                                               ImputationDf df = ImputationDf::barnard_rubin);

}  // namespace v1
}  // namespace irosurvey
