#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "irosurvey/inference/test_result.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ErrorCode;
using irosurvey::inference::Alternative;
using irosurvey::inference::alternative_named;
using irosurvey::inference::chi_square_p;
using irosurvey::inference::chi_square_result;
using irosurvey::inference::f_p;
using irosurvey::inference::f_result;
using irosurvey::inference::normal_p;
using irosurvey::inference::t_p;
using irosurvey::inference::t_result;
using irosurvey::inference::TestDistribution;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Boost's tails are good to some tens of units of the last digit; at p = 1e-300 the exponent −690 costs three digits.
constexpr double kTail = 1e-12;

TEST(ChiSquareP, ClosedFormsFarIntoTheTail) {
  for (const double x : {1e-9, 0.5, 3.0, 80.0, 700.0, 1380.0}) {
    EXPECT_TRUE(agree(chi_square_p(x, 2.0), std::exp(-x / 2.0), kTail)) << x;
    EXPECT_TRUE(agree(chi_square_p(x, 4.0), std::exp(-x / 2.0) * (1.0 + x / 2.0), kTail)) << x;
    EXPECT_TRUE(agree(chi_square_p(x, 1.0), std::erfc(std::sqrt(x / 2.0)), kTail)) << x;
  }
}

TEST(ChiSquareP, ATinyProbabilityIsNotZero) {
  // R 4.2.2: pchisq(1400, 5, lower = FALSE)
  EXPECT_TRUE(agree(chi_square_p(1400.0, 5.0), 1.3765875143944421e-300, kTail));
}

TEST(FP, TwoNumeratorDegreesOfFreedomHaveAClosedForm) {
  for (const double df2 : {0.5, 3.0, 29.5, 1e4, 1e8}) {
    for (const double x : {1e-6, 0.7, 4.0, 60.0}) {
      const double expected = std::exp(-df2 / 2.0 * std::log1p(2.0 * x / df2));
      // At df2 = 1e8 the continued fraction leaves nine digits' worth of rounding less.
      EXPECT_TRUE(agree(f_p(x, 2.0, df2), expected, df2 < 1e6 ? kTail : 1e-9)) << df2 << " " << x;
    }
  }
}

TEST(FP, AsInR) {
  // R 4.2.2: pf(x, df1, df2, lower = FALSE)
  EXPECT_TRUE(agree(f_p(25.1, 4.5, 300.5), 1.4271784941898817e-19, kTail));
  EXPECT_TRUE(agree(f_p(500.0, 3.25, 200.0), 1.7585233111128326e-95, kTail));
  EXPECT_TRUE(agree(f_p(3.1, 2.5, 1e6), 3.3909774268406141e-02, 1e-9));
  EXPECT_TRUE(agree(f_p(200.0, 5.0, 1e7), 6.1612913496839224e-214, 1e-9));
}

TEST(FP, InfiniteDenominatorsAreChiSquares) {
  EXPECT_EQ(f_p(7.0, 3.0, kInfinity), chi_square_p(21.0, 3.0));
  EXPECT_EQ(f_p(7.0, 3.0, 1e25), chi_square_p(21.0, 3.0));
  EXPECT_TRUE(agree(f_p(7.0, 3.0, 1e14), chi_square_p(21.0, 3.0), 1e-9));
}

TEST(TP, OneDegreeOfFreedomIsTheCauchyDistribution) {
  for (const double t : {1e-3, 1.0, 12.5, 1e8, 1e100}) {
    const double upper = std::atan(1.0 / t) / std::numbers::pi;
    EXPECT_TRUE(agree(t_p(t, 1.0), 2.0 * upper, kTail));
    EXPECT_TRUE(agree(t_p(t, 1.0, Alternative::greater), upper, kTail));
    EXPECT_TRUE(agree(t_p(-t, 1.0, Alternative::less), upper, kTail));
    EXPECT_TRUE(agree(t_p(t, 1.0, Alternative::less), 1.0 - upper, kTail));
  }
}

TEST(TP, AsInR) {
  // R 4.2.2: pt(-8.5, 12.5); 2 * pt(36, 500, lower = FALSE); pnorm(36, lower = FALSE)
  EXPECT_TRUE(agree(t_p(-8.5, 12.5, Alternative::less), 7.5541969941093104e-07, kTail));
  EXPECT_TRUE(agree(t_p(36.0, 500.0), 6.1471448370682557e-141, kTail));
  EXPECT_TRUE(agree(normal_p(36.0, Alternative::greater), 4.1826240657972830e-284, kTail));
}

TEST(PValues, ItsSquareIsAnF) {
  for (const double df : {0.7, 5.0, 1000.0}) {
    EXPECT_TRUE(agree(t_p(3.3, df), f_p(3.3 * 3.3, 1.0, df), kTail));
  }
  EXPECT_TRUE(agree(normal_p(3.3), chi_square_p(3.3 * 3.3, 1.0), kTail));
}

TEST(PValues, EndsOfTheScale) {
  EXPECT_EQ(chi_square_p(0.0, 3.0), 1.0);
  EXPECT_EQ(f_p(-1e-9, 3.0, 4.0), 1.0);
  EXPECT_EQ(t_p(0.0, 4.0), 1.0);
  EXPECT_EQ(chi_square_p(kInfinity, 3.0), 0.0);
  EXPECT_EQ(f_p(kInfinity, 3.0, 4.0), 0.0);
  EXPECT_EQ(t_p(-kInfinity, 3.0), 0.0);
  EXPECT_EQ(t_p(-kInfinity, 3.0, Alternative::greater), 1.0);
}

TEST(PValues, WithoutDegreesOfFreedomThereIsNone) {
  for (const double df : {0.0, -1.0, kNaN}) {
    EXPECT_TRUE(std::isnan(chi_square_p(3.0, df)));
    EXPECT_TRUE(std::isnan(f_p(3.0, 2.0, df)));
    EXPECT_TRUE(std::isnan(f_p(3.0, df, 2.0)));
    EXPECT_TRUE(std::isnan(t_p(3.0, df)));
  }
  EXPECT_TRUE(std::isnan(chi_square_p(kNaN, 2.0)));
  EXPECT_TRUE(std::isnan(normal_p(kNaN)));
}

TEST(TestResults, SayWhatTheyAreComparedWith) {
  const auto f = f_result("m", "h", 2.5, 3.0, 20.0);
  EXPECT_EQ(f.distribution, TestDistribution::f);
  EXPECT_EQ(f.p, f_p(2.5, 3.0, 20.0));
  const auto chi = chi_square_result("m", "h", 2.5, 3.0);
  EXPECT_EQ(chi.distribution, TestDistribution::chi_square);
  EXPECT_TRUE(std::isnan(chi.df2));
  const auto z = t_result("m", "h", 2.5, kInfinity, Alternative::greater);
  EXPECT_EQ(z.distribution, TestDistribution::normal);
  EXPECT_TRUE(std::isnan(z.df1));
  EXPECT_EQ(z.p, normal_p(2.5, Alternative::greater));
}

TEST(TestResults, AnUnknownAlternativeIsRefused) {
  EXPECT_EQ(alternative_named("less"), Alternative::less);
  const auto error = error_of([] { (void)alternative_named("lesser"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "'two-sided', 'less', 'greater'"));
}

}  // namespace
}  // namespace irosurvey_tests
