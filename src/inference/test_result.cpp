#include "irosurvey/inference/test_result.hpp"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <utility>

#include "core/names.hpp"
#include "core/nan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

// From here on an F variable is a chi-square variable over its degrees of freedom, and a t variable is normal, to a
// double's digits even at p = 1e-300; Boost's incomplete beta function stops converging a little later.
constexpr double kAsInfinite = 1e20;

constexpr NamedValue<TestDistribution> kDistributions[] = {
    {TestDistribution::normal, "normal"},
    {TestDistribution::t, "t"},
    {TestDistribution::chi_square, "chi-square"},
    {TestDistribution::f, "F"},
    {TestDistribution::mixture, "mixture of chi-squares"},
};
constexpr NamedValue<Alternative> kAlternatives[] = {
    {Alternative::two_sided, "two-sided"}, {Alternative::less, "less"}, {Alternative::greater, "greater"}};

/// Of a symmetric distribution: `upper` is P(T ≥ x) for x ≥ 0.
template <class Upper>
double by_alternative(double statistic, Alternative alternative, Upper upper) {
  const double tail = upper(std::abs(statistic));
  if (alternative == Alternative::two_sided) return 2.0 * tail;
  const bool in_tail = (alternative == Alternative::greater) == (statistic > 0.0);
  return in_tail ? tail : 1.0 - tail;
}

}  // namespace

std::string_view name_of(TestDistribution distribution) noexcept { return name_in(kDistributions, distribution); }
std::string_view name_of(Alternative alternative) noexcept { return name_in(kAlternatives, alternative); }
Alternative alternative_named(std::string_view name) { return value_in(kAlternatives, "alternative", name); }

double chi_square_p(double x, double df) {
  if (std::isnan(x) || !(df > 0.0)) return kNaN;
  if (x <= 0.0) return 1.0;
  if (std::isinf(x)) return 0.0;
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared_distribution<double>(df), x));
}

double f_p(double x, double df1, double df2) {
  if (std::isnan(x) || !(df1 > 0.0) || !(df2 > 0.0)) return kNaN;
  if (x <= 0.0) return 1.0;
  if (std::isinf(x)) return 0.0;
  if (df2 > kAsInfinite) return chi_square_p(x * df1, df1);
  return boost::math::cdf(boost::math::complement(boost::math::fisher_f_distribution<double>(df1, df2), x));
}

double t_p(double t, double df, Alternative alternative) {
  if (std::isnan(t) || !(df > 0.0)) return kNaN;
  if (df > kAsInfinite) return normal_p(t, alternative);
  return by_alternative(t, alternative, [df](double x) {
    if (std::isinf(x)) return 0.0;
    return boost::math::cdf(boost::math::complement(boost::math::students_t_distribution<double>(df), x));
  });
}

double normal_p(double z, Alternative alternative) {
  if (std::isnan(z)) return kNaN;
  return by_alternative(z, alternative, [](double x) {
    if (std::isinf(x)) return 0.0;
    return boost::math::cdf(boost::math::complement(boost::math::normal_distribution<double>(), x));
  });
}

TestResult chi_square_result(std::string method, std::string hypothesis, double statistic, double df) {
  return {.method = std::move(method),
          .hypothesis = std::move(hypothesis),
          .distribution = TestDistribution::chi_square,
          .statistic = statistic,
          .df1 = df,
          .df2 = kNaN,
          .p = chi_square_p(statistic, df)};
}

TestResult f_result(std::string method, std::string hypothesis, double statistic, double df1, double df2) {
  return {.method = std::move(method),
          .hypothesis = std::move(hypothesis),
          .distribution = TestDistribution::f,
          .statistic = statistic,
          .df1 = df1,
          .df2 = df2,
          .p = f_p(statistic, df1, df2)};
}

TestResult t_result(std::string method, std::string hypothesis, double statistic, double df, Alternative alternative) {
  const bool normal = std::isinf(df) && df > 0.0;
  return {.method = std::move(method),
          .hypothesis = std::move(hypothesis),
          .distribution = normal ? TestDistribution::normal : TestDistribution::t,
          .alternative = alternative,
          .statistic = statistic,
          .df1 = normal ? kNaN : df,
          .df2 = kNaN,
          .p = t_p(statistic, df, alternative)};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
