#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/inference/test_result.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// Tests one row against a number: t = (θ̂ − μ) / SE with the row's degrees of freedom; infinite ones: z.
///
/// With SE = 0 the statistic is infinite (p = 0), or NaN where θ̂ = μ. For df ≤ 0, and without an estimate, p is NaN.
/// @param hypothesis  in words
[[nodiscard]] IROSURVEY_EXPORT TestResult t_test(const Estimate& estimate, Index row, double mu,
                                                 Alternative alternative, std::string hypothesis);

/// How several differences are tested at once: W = d′V⁻¹d of k differences, ν degrees of freedom of the whole domain.
enum class WaldTest {
  adjusted,  ///< F = (ν − k + 1)/(ν k) W with k and ν − k + 1 (Korn and Graubard 1990) (default)
  plain,     ///< F = W/k with k and ν
};

/// "adjusted-wald", "wald".
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(WaldTest test) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT WaldTest wald_test_named(std::string_view name);

/// Tests that the rows named are all equal, each against the first. Rows without an estimate are left out, and a choice says how many.
/// Where differences have a covariance matrix of lower rank, k is its rank.
/// @throws Error(argument) if the estimate has no covariance, or fewer than two rows have an estimate.
[[nodiscard]] IROSURVEY_EXPORT TestResult equality_test(const Estimate& estimate, std::span<const Index> rows,
                                                        WaldTest test, std::string hypothesis);

/// Degrees of freedom of a difference between two independent samples.
enum class IndependentDf {
  sum,    ///< ν₁ + ν₂: units less strata of both samples together, as for one stacked design (default)
  welch,  ///< (V₁ + V₂)² / (V₁²/ν₁ + V₂²/ν₂) (Satterthwaite 1946; Welch 1947)
};

/// "sum", "welch".
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(IndependentDf rule) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT IndependentDf independent_df(std::string_view name);

/// Differences between the same rows of two answers from samples that were drawn independently, later − earlier: variances add up.
/// Rows are matched by statistic, level and group; a share of a level that nobody has in one is 0 there.
/// Samples that share units aren't independent: stack them in one design, and take differences between groups.
/// @throws Error(argument) for answers to different questions.
[[nodiscard]] IROSURVEY_EXPORT Estimate independent_differences(const Estimate& earlier, const Estimate& later,
                                                                IndependentDf df = IndependentDf::sum);

/// The same estimate with `less` degrees of freedom fewer, none below 0: R's t-tests take one less than the design has.
[[nodiscard]] IROSURVEY_EXPORT Estimate with_fewer_df(Estimate estimate, double less);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
