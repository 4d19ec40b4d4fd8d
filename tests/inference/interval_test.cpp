#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "irosurvey/inference/interval.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ConfidenceLevel;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Index;
using irosurvey::Scale;
using irosurvey::Status;
using irosurvey::inference::beta_interval;
using irosurvey::inference::default_method;
using irosurvey::inference::Interval;
using irosurvey::inference::interval;
using irosurvey::inference::interval_method;
using irosurvey::inference::IntervalMethod;
using irosurvey::inference::logit_interval;
using irosurvey::inference::Point;
using irosurvey::inference::t_interval;
using irosurvey::inference::wald_interval;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Quantiles by Boost are good to a few units of the last digit; a formula around them adds a few more.
constexpr double kQuantile = 1e-13;

const std::vector<IntervalMethod> kMethods(irosurvey::inference::interval_methods().begin(),
                                           irosurvey::inference::interval_methods().end());
const std::vector<IntervalMethod> kShareMethods = [] {
  std::vector<IntervalMethod> methods;
  for (const IntervalMethod method : kMethods) {
    if (irosurvey::inference::is_for_shares(method)) methods.push_back(method);
  }
  return methods;
}();

ConfidenceLevel level_of_tail(double tail) { return ConfidenceLevel{1.0 - 2.0 * tail}; }

void expect_limits(const Interval& found, double lower, double upper, double tolerance) {
  EXPECT_TRUE(agree(found.lower, lower, tolerance));
  EXPECT_TRUE(agree(found.upper, upper, tolerance));
}

// ------------------------------------------------------------------------------------------------ critical values

TEST(TInterval, OneDegreeOfFreedomIsTheCauchyDistributionInEveryTail) {
  for (const double tail : {0.25, 0.025, 0x1p-20, 0x1p-52}) {
    const double t = 1.0 / std::tan(std::numbers::pi * tail);
    expect_limits(t_interval({0.0, 1.0, 1.0, 10.0}, level_of_tail(tail)), -t, t, kQuantile);
  }
}

TEST(TInterval, TwoAndFourDegreesOfFreedomHaveClosedForms) {
  for (const double tail : {0.25, 0.025, 0x1p-20, 0x1p-52}) {
    const double spread = 4.0 * tail * (1.0 - tail);
    const double two = (1.0 - 2.0 * tail) * std::sqrt(2.0 / spread);
    expect_limits(t_interval({0.0, 1.0, 2.0, 10.0}, level_of_tail(tail)), -two, two, kQuantile);
    // Shaw (2006): four degrees of freedom by the roots of a cubic. Its arc cosine loses the digits of a small tail.
    if (tail < 0.02) continue;
    const double root = std::sqrt(spread);
    const double four = 2.0 * std::sqrt(std::cos(std::acos(root) / 3.0) / root - 1.0);
    expect_limits(t_interval({0.0, 1.0, 4.0, 10.0}, level_of_tail(tail)), -four, four, kQuantile);
  }
}

TEST(TInterval, FractionalDegreesOfFreedomAsInR) {
  // R 4.2.2: qt(0.975, 14), qt(0.995, 3.5)
  EXPECT_TRUE(agree(t_interval({0.0, 1.0, 14.0, 15.0}, ConfidenceLevel{0.95}).upper, 2.1447866879178044, kQuantile));
  EXPECT_TRUE(agree(t_interval({0.0, 1.0, 3.5, 15.0}, ConfidenceLevel{0.99}).upper, 5.0857022230912561, 1e-12));
}

TEST(TInterval, InfiniteDegreesOfFreedomAreTheNormalDistributionInEveryTail) {
  for (const double tail : {0.25, 0.025, 0x1p-20, 0x1p-52}) {
    const double z = t_interval({0.0, 1.0, kInfinity, 10.0}, level_of_tail(tail)).upper;
    EXPECT_TRUE(agree(0.5 * std::erfc(z / std::numbers::sqrt2), tail, kQuantile * (1.0 + z * z)));
    EXPECT_EQ(z, interval(IntervalMethod::normal, {0.0, 1.0, 3.0, 10.0}, level_of_tail(tail)).upper);
  }
}

TEST(TInterval, ManyDegreesOfFreedomApproachTheNormalLimitsByTheirSeries) {
  const double z = t_interval({0.0, 1.0, kInfinity, 10.0}, ConfidenceLevel{0.95}).upper;
  for (const double df : {1e5, 1e8, 1e12, 1e18, 1e300}) {
    // Abramowitz and Stegun (1964), 26.7.5, two terms; the third is below 1e-14 here.
    const double series =
        z + (z * z * z + z) / (4.0 * df) + (5.0 * std::pow(z, 5) + 16.0 * z * z * z + 3.0 * z) / (96.0 * df) / df;
    EXPECT_TRUE(agree(t_interval({0.0, 1.0, df, 10.0}, ConfidenceLevel{0.95}).upper, series, kQuantile)) << df;
  }
}

TEST(TInterval, TinyDegreesOfFreedomGiveInfiniteLimitsNotAnException) {
  const Interval wide = t_interval({5.0, 1.0, 1e-5, 10.0}, ConfidenceLevel{0.95});
  EXPECT_EQ(wide.lower, -kInfinity);
  EXPECT_EQ(wide.upper, kInfinity);
}

TEST(TInterval, IsCentredAndScalesWithTheError) {
  const double t = t_interval({0.0, 1.0, 9.0, 10.0}, ConfidenceLevel{0.9}).upper;
  expect_limits(t_interval({-7.0, 2.5, 9.0, 10.0}, ConfidenceLevel{0.9}), -7.0 - 2.5 * t, -7.0 + 2.5 * t, 1e-15);
}

// ---------------------------------------------------------------------------------------------- published figures

TEST(LogitInterval, YouthRiskBehaviorSurveySeatBelts) {
  // The documentation of R survey's yrbs data gives p, SE and these limits as equal to those of SUDAAN and SPSS, on 41
  // degrees of freedom. Inputs are printed to seven digits, and so are the limits.
  const Interval found = logit_interval({0.8136225, 0.0200890, 41.0, 13583.0}, ConfidenceLevel{0.95});
  EXPECT_NEAR(found.lower, 0.7696221, 5e-7);
  EXPECT_NEAR(found.upper, 0.8508478, 5e-7);
}

TEST(BetaInterval, StataKornGraubard) {
  // Stata 18 with the macro of Ward (2019), which prints the share and the adjusted effective sample size n*. With
  // n − 1 = df the t ratio is 1, and n* is p (1 − p) / SE².
  struct Printed {
    double p, n, lower, upper;
  };
  for (const Printed& printed : {Printed{0.5073, 852.88, 0.4732, 0.5414}, Printed{0.4720, 197.79, 0.4008, 0.5441}}) {
    const double se = std::sqrt(printed.p * (1.0 - printed.p) / printed.n);
    const Interval found = beta_interval({printed.p, se, 56.0, 57.0}, ConfidenceLevel{0.95});
    // Half a unit of the last printed digit, for the share and for the limit.
    EXPECT_NEAR(found.lower, printed.lower, 1e-4);
    EXPECT_NEAR(found.upper, printed.upper, 1e-4);
  }
}

TEST(BetaInterval, QuantilesAsInR) {
  // R 4.2.2: qbeta(0.025, 3.7, 12.2), qbeta(0.995, 4.7, 11.2): 3.7 successes in 14.9 trials.
  const double p = 3.7 / 14.9;
  const double se = std::sqrt(p * (1.0 - p) / 14.9);
  EXPECT_TRUE(agree(beta_interval({p, se, 20.0, 21.0}, ConfidenceLevel{0.95}).lower, 0.067306556384793215, 1e-12));
  EXPECT_TRUE(agree(beta_interval({p, se, 20.0, 21.0}, ConfidenceLevel{0.99}).upper, 0.61084094253845411, 1e-12));
}

// -------------------------------------------------------------------------------------------------- effective size

TEST(BetaInterval, HasClosedFormsForOneEffectiveSuccess) {
  // Beta(1, n) and Beta(n, 1) are powers.
  for (const double n : {2.0, 7.5, 40.0, 1e4}) {
    const double p = 1.0 / n;
    const double se = std::sqrt(p * (1.0 - p) / n);
    const Interval rare = beta_interval({p, se, 30.0, 31.0}, ConfidenceLevel{0.95});
    EXPECT_TRUE(agree(rare.lower, -std::expm1(std::log1p(-0.025) / n), 1e-12)) << n;
    const Interval common = beta_interval({1.0 - p, se, 30.0, 31.0}, ConfidenceLevel{0.95});
    EXPECT_TRUE(agree(common.upper, std::exp(std::log1p(-0.025) / n), 1e-12)) << n;
  }
}

TEST(BetaInterval, AdjustsTheEffectiveSizeForTheDegreesOfFreedom) {
  const ConfidenceLevel level{0.95};
  const auto t = [&](double df) { return t_interval({0.0, 1.0, df, 10.0}, level).upper; };
  const double ratio = t(182.0) / t(14.0);
  const Interval adjusted = beta_interval({0.3, 0.05, 14.0, 183.0}, level);
  // The same limits from an error that already holds the ratio, and no ratio left to apply.
  expect_limits(beta_interval({0.3, 0.05 / ratio, 182.0, 183.0}, level), adjusted.lower, adjusted.upper, 1e-12);
}

TEST(BetaInterval, DoesNotTruncateTheEffectiveSizeAtTheBase) {
  // SE far below that of a simple random sample of 20: Korn and Graubard's own rule for the default would stop at 20.
  const Interval precise = beta_interval({0.5, 0.001, 19.0, 20.0}, ConfidenceLevel{0.95});
  EXPECT_LT(precise.upper - precise.lower, 0.005);
}

TEST(BetaInterval, AtZeroAndOneTheBaseIsTheEffectiveSize) {
  for (const double n : {2.0, 10.0, 295.0, 1e9}) {
    const Interval none = beta_interval({0.0, 0.0, n - 1.0, n}, ConfidenceLevel{0.95});
    EXPECT_EQ(none.lower, 0.0);
    EXPECT_TRUE(agree(none.upper, -std::expm1(std::log(0.025) / n), 1e-12)) << n;
    const Interval all = beta_interval({1.0, 0.0, n - 1.0, n}, ConfidenceLevel{0.95});
    EXPECT_EQ(all.upper, 1.0);
    EXPECT_TRUE(agree(all.lower, std::exp(std::log(0.025) / n), 1e-12)) << n;
  }
}

TEST(BetaInterval, FewDegreesOfFreedomWidenTheLimitsAtZero) {
  const double design = beta_interval({0.0, 0.0, 5.0, 100.0}, ConfidenceLevel{0.95}).upper;
  const double rows = beta_interval({0.0, 0.0, 99.0, 100.0}, ConfidenceLevel{0.95}).upper;
  EXPECT_GT(design, rows);
}

TEST(BetaInterval, ComesBackForEffectiveSizesOfAnyMagnitude) {
  // An error that is rounding noise makes n* as large as 1e30; the quantile function that it goes to doesn't come back.
  for (const double p : {1e-12, 0.01, 0.3, 0.5, 0.999}) {
    for (const double se : {1e-300, 1e-170, 1e-30, 1e-16, 1e-12, 1e-9, 1e-6}) {
      const Interval found = beta_interval({p, se, 30.0, 1000.0}, ConfidenceLevel{0.95});
      const double half_width = 3.0 * se + 40.0 * se * se / (p * (1.0 - p));
      EXPECT_LE(found.lower, p);
      EXPECT_GE(found.upper, p);
      EXPECT_GE(found.lower, p - half_width - 1e-15);
      EXPECT_LE(found.upper, p + half_width + 1e-15);
    }
  }
}

TEST(BetaInterval, LimitLawsJoinTheExactQuantilesWithoutASeam) {
  // Effective sizes on both sides of where the method of computation changes (one parameter near 1e8, or near 1e16).
  for (const double p : {0.5, 0.01}) {
    double last_width = 1.0;
    for (const double trials : {0.9e8, 0.99e8, 1.01e8, 1.1e8, 2.1e8, 0.99e10, 1.01e10}) {
      const double se = std::sqrt(p * (1.0 - p) / trials);
      const Interval found = beta_interval({p, se, 50.0, 51.0}, ConfidenceLevel{0.95});
      const double width = found.upper - found.lower;
      EXPECT_LT(width, last_width);
      last_width = width;
      // Clopper–Pearson limits are the Wald limits, 1/n* wider, up to terms of order (n*)^-1 in the width.
      const double wald = 2.0 * 1.9599639845400545 * se + 1.0 / trials;
      EXPECT_NEAR(width / wald, 1.0, 30.0 / (trials * p * (1.0 - p)) + 1e-11 / width * 1e-5) << p << " " << trials;
    }
  }
}

// ------------------------------------------------------------------------------------------------------- symmetry

TEST(ShareIntervals, MirrorTheShareOfTheComplement) {
  for (const IntervalMethod method : kShareMethods) {
    for (const double p : {0.0, 0x1p-10, 0.125, 0.25, 0.5}) {  // 1 − p is exact
      for (const double se : {0.0, 0.001, 0.04}) {
        const Interval own = interval(method, {p, se, 12.0, 80.0});
        const Interval complement = interval(method, {1.0 - p, se, 12.0, 80.0});
        EXPECT_NEAR(complement.lower, 1.0 - own.upper, 1e-14) << name_of(method) << " " << p;
        EXPECT_NEAR(complement.upper, 1.0 - own.lower, 1e-14) << name_of(method) << " " << p;
      }
    }
  }
}

TEST(LogitInterval, IsSymmetricOnTheLogOddsScale) {
  const auto log_odds = [](double p) { return std::log(p / (1.0 - p)); };
  const Interval found = logit_interval({0.2, 0.03, 25.0, 100.0}, ConfidenceLevel{0.95});
  const double t = t_interval({0.0, 1.0, 25.0, 100.0}, ConfidenceLevel{0.95}).upper;
  EXPECT_TRUE(agree(log_odds(0.2) - log_odds(found.lower), t * 0.03 / 0.16, kQuantile));
  EXPECT_TRUE(agree(log_odds(found.upper) - log_odds(0.2), t * 0.03 / 0.16, kQuantile));
}

TEST(Intervals, WidenWithTheLevelAndNarrowWithDegreesOfFreedom) {
  for (const IntervalMethod method : kMethods) {
    for (const double p : {0.0, 0.03, 0.5, 1.0}) {
      const double se = p > 0.0 && p < 1.0 ? 0.02 : 0.0;
      Interval narrower = interval(method, {p, se, 8.0, 40.0}, ConfidenceLevel{0.05});
      for (const double level : {0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.999999}) {
        const Interval wider = interval(method, {p, se, 8.0, 40.0}, ConfidenceLevel{level});
        EXPECT_LE(wider.lower, narrower.lower) << name_of(method) << " " << p << " " << level;
        EXPECT_GE(wider.upper, narrower.upper) << name_of(method) << " " << p << " " << level;
        narrower = wider;
      }
      const Interval few = interval(method, {p, se, 2.0, 40.0});
      const Interval many = interval(method, {p, se, 39.0, 40.0});
      EXPECT_LE(few.lower, many.lower) << name_of(method) << " " << p;
      EXPECT_GE(few.upper, many.upper) << name_of(method) << " " << p;
    }
  }
}

TEST(ShareIntervals, AllButWaldStayBetweenZeroAndOneAndHoldTheShare) {
  for (const IntervalMethod method : kShareMethods) {
    if (method == IntervalMethod::wald) continue;
    for (const double p : {0.0, 1e-300, 1e-12, 0.001, 0.5, 0.999, 1.0 - 0x1p-53, 1.0}) {
      for (const double se : {0.0, 1e-300, 1e-17, 1e-6, 0.1, 0.5, 1e10, 1e308}) {
        for (const double df : {1e-3, 1.0, 30.0, 1e9, kInfinity}) {
          const Interval found = interval(method, {p, se, df, 50.0});
          EXPECT_TRUE(0.0 <= found.lower && found.lower <= p && p <= found.upper && found.upper <= 1.0)
              << name_of(method) << " p " << p << " se " << se << " df " << df << ": " << found.lower << ", "
              << found.upper;
        }
      }
    }
  }
}

// --------------------------------------------------------------------------------------------------- rules at ends

TEST(ShareIntervals, AreNeverNaNAtZeroAndOne) {
  for (const IntervalMethod method : kMethods) {
    for (const double p : {0.0, 1.0}) {
      for (const double df : {-1.0, 0.0, 1e-9, 1.0, 5.0, kInfinity}) {
        for (const double n : {0.0, 1.0, 2.0, 500.0}) {
          const Interval found = interval(method, {p, 0.0, df, n});
          EXPECT_FALSE(std::isnan(found.lower) || std::isnan(found.upper)) << name_of(method);
          EXPECT_LE(found.lower, found.upper);
        }
      }
    }
  }
}

TEST(LogitInterval, AtZeroAndOneIsTheBetaInterval) {
  for (const double p : {0.0, 1.0}) {
    const Point point{p, 0.0, 11.0, 60.0};
    EXPECT_EQ(logit_interval(point, ConfidenceLevel{0.9}).lower, beta_interval(point, ConfidenceLevel{0.9}).lower);
    EXPECT_EQ(logit_interval(point, ConfidenceLevel{0.9}).upper, beta_interval(point, ConfidenceLevel{0.9}).upper);
  }
}

TEST(WaldInterval, MayLeaveTheScaleAndHasNoWidthAtItsEnds) {
  EXPECT_LT(wald_interval({0.02, 0.03, 20.0, 40.0}, ConfidenceLevel{0.95}).lower, 0.0);
  EXPECT_GT(wald_interval({0.98, 0.03, 20.0, 40.0}, ConfidenceLevel{0.95}).upper, 1.0);
  expect_limits(wald_interval({0.0, 0.0, 20.0, 40.0}, ConfidenceLevel{0.95}), 0.0, 0.0, 0.0);
  expect_limits(wald_interval({1.0, 0.0, 20.0, 40.0}, ConfidenceLevel{0.95}), 1.0, 1.0, 0.0);
}

TEST(Intervals, WithoutStandardErrorAreTheValueWithinTheScale) {
  for (const IntervalMethod method : kMethods) {
    if (method == IntervalMethod::beta_nchs) continue;  // n* is n there
    expect_limits(interval(method, {0.4, 0.0, 20.0, 40.0}), 0.4, 0.4, 0.0);
  }
  const Interval cut = interval(IntervalMethod::beta_nchs, {0.4, 0.0, 20.0, 40.0});
  EXPECT_TRUE(cut.lower < 0.4 && cut.upper > 0.4);
}

TEST(Intervals, WithoutDegreesOfFreedomAreTheWholeScale) {
  for (const double df : {0.0, -3.0}) {
    for (const double se : {0.0, 0.1}) {
      for (const double p : {0.0, 0.4, 1.0}) {
        for (const IntervalMethod method : kShareMethods) {
          expect_limits(interval(method, {p, se, df, 40.0}), 0.0, 1.0, 0.0);
        }
        for (const IntervalMethod method : {IntervalMethod::t, IntervalMethod::normal}) {
          expect_limits(interval(method, {p, se, df, 40.0}), -kInfinity, kInfinity, 0.0);
        }
      }
    }
  }
}

TEST(BetaInterval, OfOneRowIsTheWholeScale) {
  // Under df = "infinite" one row still has no t value of its own.
  for (const double p : {0.0, 0.4, 1.0})
    expect_limits(beta_interval({p, 0.0, kInfinity, 1.0}, ConfidenceLevel{0.95}), 0.0, 1.0, 0.0);
}

// --------------------------------------------------------------------------------------------------------- errors

TEST(ShareIntervals, RefuseWhatIsNoShareAndSayWhatWasFound) {
  for (const IntervalMethod method : kShareMethods) {
    for (const double value : {-0.01, 1.0000000000000002, 46.0}) {
      const auto error = error_of([&] { (void)interval(method, {value, 0.1, 5.0, 20.0}); });
      ASSERT_TRUE(error);
      EXPECT_EQ(error->code(), ErrorCode::argument);
      EXPECT_TRUE(mentions(*error, "between 0 and 1"));
      EXPECT_EQ(std::stod(error->details().found), value);
    }
  }
}

TEST(Intervals, RefuseNaNAndNamePart) {
  for (const IntervalMethod method : kMethods) {
    const auto value = error_of([&] { (void)interval(method, {kNaN, 0.1, 5.0, 20.0}); });
    ASSERT_TRUE(value);
    EXPECT_TRUE(mentions(*value, "value"));
    EXPECT_EQ(value->details().found, "nan");
    const auto se = error_of([&] { (void)interval(method, {0.5, kNaN, 5.0, 20.0}); });
    ASSERT_TRUE(se);
    EXPECT_TRUE(mentions(*se, "standard error"));
    const auto negative = error_of([&] { (void)interval(method, {0.5, -0.1, 5.0, 20.0}); });
    ASSERT_TRUE(negative);
    EXPECT_TRUE(mentions(*negative, "standard error"));
    const auto df = error_of([&] { (void)interval(method, {0.5, 0.1, kNaN, 20.0}); });
    ASSERT_TRUE(df);
    EXPECT_TRUE(mentions(*df, "degrees of freedom"));
  }
  for (const IntervalMethod method : kShareMethods) {
    for (const double n : {kNaN, -1.0}) {
      const auto base = error_of([&] { (void)interval(method, {0.5, 0.1, 5.0, n}); });
      ASSERT_TRUE(base);
      EXPECT_TRUE(mentions(*base, "base"));
    }
  }
}

TEST(WilsonInterval, SchoolsWithoutLearnersAsInRSurvey45) {
  // R survey 4.5, svyciprop(~I(ell == 0), method = "wilson"): four schools of 183 in 15 districts.
  const Interval found = interval(IntervalMethod::wilson, {4.0 / 183.0, 0.0226224510, 14.0, 183.0});
  EXPECT_NEAR(found.lower, 0.003179, 5e-7);
  EXPECT_NEAR(found.upper, 0.135391, 5e-7);
}

TEST(JeffreysInterval, ThreeOfTenAsInR) {
  // R 4.2.2: qbeta(c(0.025, 0.975), 3.5, 7.5).
  const double se = std::sqrt(0.3 * 0.7 / 10.0);
  const Interval found = interval(IntervalMethod::jeffreys, {0.3, se, 9.0, 10.0});
  expect_limits(found, 0.092694593938153214, 0.60581831814867115, 1e-12);
}

TEST(LikelihoodInterval, SolvesItsEquation) {
  for (const double p : {1e-6, 0.02, 0.5, 0.97}) {
    for (const double relative : {1e-9, 0.01, 0.3, 2.0}) {
      const double se = relative * p * (1.0 - p);
      const Interval found = interval(IntervalMethod::likelihood_exact, {p, se, kInfinity, 400.0});
      const double t = t_interval({0.0, 1.0, kInfinity, 400.0}, ConfidenceLevel{0.95}).upper;
      const double target = t * t * se * se / (p * (1.0 - p)) * 400.0 / 399.0;
      for (const double q : {found.lower, found.upper}) {
        const double x = (q - p) / p;
        const double y = (p - q) / (1.0 - p);
        // Twice the divergence; to second order where the logarithms have no digits left.
        const double twice =
            std::abs(x) < 1e-6 ? p * x * x / (1.0 - p) : -2.0 * (p * std::log1p(x) + (1.0 - p) * std::log1p(y));
        EXPECT_NEAR(twice / target, 1.0, 1e-5) << p << " " << relative;
      }
    }
  }
}

TEST(LikelihoodInterval, ReadOffAProfileIsNearTheRoot) {
  for (const double p : {0.05, 0.3, 0.5, 0.9}) {
    const Point point{p, 0.2 * p * (1.0 - p), 40.0, 300.0};
    const Interval read_off = interval(IntervalMethod::likelihood, point);
    const Interval exact = interval(IntervalMethod::likelihood_exact, point);
    EXPECT_NEAR(read_off.lower, exact.lower, 0.002 * p);
    EXPECT_NEAR(read_off.upper, exact.upper, 0.002 * p);
  }
}

TEST(LogInterval, IsForPositiveNumbers) {
  const Interval found = interval(IntervalMethod::log, {200.0, 50.0, kInfinity, 9.0}, level_of_tail(0.025));
  const double half = t_interval({0.0, 0.25, kInfinity, 9.0}, ConfidenceLevel{0.95}).upper;
  EXPECT_TRUE(agree(found.lower, 200.0 * std::exp(-half), kQuantile));
  EXPECT_TRUE(agree(found.upper, 200.0 * std::exp(half), kQuantile));
  EXPECT_EQ(interval(IntervalMethod::log, {200.0, 50.0, 0.0, 9.0}).lower, 0.0);
  EXPECT_EQ(interval(IntervalMethod::log, {200.0, 50.0, 0.0, 9.0}).upper, kInfinity);
  EXPECT_TRUE(error_of([] { (void)interval(IntervalMethod::log, {-1.0, 50.0, 3.0, 9.0}); }));
}

TEST(IntervalOptions, AreRefusedByMethodsWithoutThem) {
  for (const IntervalMethod method : {IntervalMethod::t, IntervalMethod::logit, IntervalMethod::likelihood}) {
    EXPECT_TRUE(
        error_of([&] { (void)interval(method, {0.4, 0.1, 5.0, 20.0}, ConfidenceLevel{0.95}, {.truncate = true}); }));
  }
  EXPECT_TRUE(error_of([&] {
    (void)interval(IntervalMethod::wilson, {0.4, 0.1, 5.0, 20.0}, ConfidenceLevel{0.95}, {.df_adjust = true});
  }));
}

TEST(IntervalMethods, HaveNamesBothWays) {
  for (const IntervalMethod method : kMethods) EXPECT_EQ(interval_method(name_of(method)), method);
  const auto error = error_of([] { (void)interval_method("logti"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "'beta'"));
  EXPECT_EQ(error->details().candidates, (std::vector<std::string>{"log", "logit"}));
}

TEST(IntervalMethods, DefaultToLogitForSharesOnly) {
  EXPECT_EQ(default_method(Scale::share), IntervalMethod::logit);
  for (const Scale scale : {Scale::total, Scale::mean, Scale::ratio, Scale::other}) {
    EXPECT_EQ(default_method(scale), IntervalMethod::t);
  }
}

// ------------------------------------------------------------------------------------------------ rows of estimates

Estimate one_row(Scale scale, EstimateRow row) {
  Estimate estimate;
  estimate.cells.emplace_back();
  estimate.statistics.push_back(
      {.name = "x", .variables = {}, .label = {}, .level = {}, .scale = scale, .formula = {}, .df = row.df});
  estimate.rows.push_back(row);
  return estimate;
}

TEST(IntervalOfARow, TakesValueErrorAndBaseFromTheEstimate) {
  EstimateRow row;
  row.value = 0.3;
  row.variance = 0.05 * 0.05;
  row.df = 14.0;
  row.n = 183;
  for (const IntervalMethod method : kMethods) {
    const Interval expected = interval(method, {0.3, 0.05, 14.0, 183.0}, ConfidenceLevel{0.9});
    expect_limits(interval(method, one_row(Scale::share, row), 0, ConfidenceLevel{0.9}), expected.lower, expected.upper,
                  1e-15);
  }
}

TEST(IntervalOfARow, IsNaNWhereThereIsNoEstimate) {
  EstimateRow row;
  row.value = kNaN;
  row.variance = kNaN;
  for (const Status status : {Status::empty, Status::undefined}) {
    row.status = status;
    for (const IntervalMethod method : kMethods) {
      const Interval found = interval(method, one_row(Scale::share, row), 0);
      EXPECT_TRUE(std::isnan(found.lower) && std::isnan(found.upper));
    }
  }
}

TEST(IntervalOfARow, WithoutDegreesOfFreedomEndsWhereItsScaleEnds) {
  EstimateRow row;
  row.value = 0.3;
  row.df = 0.0;
  row.n = 5;
  for (const IntervalMethod method : kMethods)
    expect_limits(interval(method, one_row(Scale::share, row), 0), 0.0, 1.0, 0.0);
  expect_limits(interval(IntervalMethod::t, one_row(Scale::mean, row), 0), -kInfinity, kInfinity, 0.0);
}

TEST(IntervalOfARow, RefusesARowThatIsNotThere) {
  const Estimate estimate = one_row(Scale::mean, {});
  for (const Index row : {Index{-1}, Index{1}}) {
    const auto error = error_of([&] { (void)interval(IntervalMethod::t, estimate, row); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_EQ(error->details().found, std::to_string(row));
  }
}

}  // namespace
}  // namespace irosurvey_tests
