#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// The distribution that a test's statistic is compared with, if the hypothesis holds.
enum class TestDistribution {
  normal,      ///< no degrees of freedom
  t,           ///< df1
  chi_square,  ///< df1
  f,           ///< df1 and df2; an infinite df2 is a chi-square variable divided by df1
  mixture,     ///< Σ λ_i χ²₁, or that over an independent χ²_df2 / df2; df1 is the number of λ
};

/// Which differences from the hypothesis count against it.
enum class Alternative { two_sided, less, greater };

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(TestDistribution distribution) noexcept;
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Alternative alternative) noexcept;
/// @throws Error(argument) that lists the names: "two-sided", "less", "greater".
[[nodiscard]] IROSURVEY_EXPORT Alternative alternative_named(std::string_view name);

/// What every test of this library answers.
///
/// Degrees of freedom that a distribution doesn't have are NaN. A test that can't be made (no degrees of freedom, a
/// covariance of no rank) has a NaN statistic or a NaN p, and a choice that says why.
struct TestResult {
  std::string method;      ///< "Pearson chi-square, Rao-Scott second order"
  std::string hypothesis;  ///< what is tested, in words: "rows and columns are independent"
  TestDistribution distribution = TestDistribution::f;
  Alternative alternative = Alternative::two_sided;  ///< of normal and t; the others have one tail
  double statistic = 0.0;
  double df1 = 0.0;
  double df2 = 0.0;
  double p = 0.0;  ///< by the distribution's complement, with all its digits however small it is
  std::vector<Choice> choices{};
};

/// P(χ²_df ≥ x). 1 for x ≤ 0; NaN for a NaN and for df ≤ 0.
///
/// The probabilities here come from the upper tail itself, never from 1 − P: 1e-300 has as many digits as 0.1, and below
/// the smallest double they are 0.
[[nodiscard]] IROSURVEY_EXPORT double chi_square_p(double x, double df);
/// P(F_{df1, df2} ≥ x); an infinite df2 is χ²_df1 / df1. 1 for x ≤ 0; NaN for a NaN and for df ≤ 0.
[[nodiscard]] IROSURVEY_EXPORT double f_p(double x, double df1, double df2);
/// P(|T_df| ≥ |t|), P(T_df ≤ t) or P(T_df ≥ t); an infinite df is the normal distribution. NaN for a NaN and for df ≤ 0.
[[nodiscard]] IROSURVEY_EXPORT double t_p(double t, double df, Alternative alternative = Alternative::two_sided);
/// The same of the normal distribution.
[[nodiscard]] IROSURVEY_EXPORT double normal_p(double z, Alternative alternative = Alternative::two_sided);

/// A result of one of these distributions, its p computed.
[[nodiscard]] IROSURVEY_EXPORT TestResult chi_square_result(std::string method, std::string hypothesis,
                                                            double statistic, double df);
[[nodiscard]] IROSURVEY_EXPORT TestResult f_result(std::string method, std::string hypothesis, double statistic,
                                                   double df1, double df2);
/// An infinite df gives a result of the normal distribution.
[[nodiscard]] IROSURVEY_EXPORT TestResult t_result(std::string method, std::string hypothesis, double statistic,
                                                   double df, Alternative alternative = Alternative::two_sided);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
