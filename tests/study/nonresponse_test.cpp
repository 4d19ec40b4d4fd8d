#include "irosurvey/study/nonresponse.hpp"

#include <algorithm>
#include <limits>

#include "study/support.hpp"

namespace irosurvey::study {
namespace {

using inference::Interval;
using study_test::error_of;

// Sums of a few products of shares.
constexpr double kRounding = 1e-14;

TEST(NonresponseBounds, AreAllNoAndAllYesInWholeNumbers) {
  // 36 of 60 directors said yes; 92 of the 152 said nothing.
  const Interval bounds = nonresponse_bounds(36.0 / 60.0, 60.0 / 152.0);
  EXPECT_NEAR(bounds.lower, 36.0 / 152.0, kRounding);
  EXPECT_NEAR(bounds.upper, (36.0 + 92.0) / 152.0, kRounding);
}

TEST(NonresponseBounds, OfAStatedDifferenceStayWithinWhatAShareCanBe) {
  const Interval bounds = nonresponse_bounds(0.05, 0.4, 0.2);
  EXPECT_NEAR(bounds.lower, 0.4 * 0.05, kRounding);  // nobody below none
  EXPECT_NEAR(bounds.upper, 0.4 * 0.05 + 0.6 * 0.25, kRounding);
  const Interval same = nonresponse_bounds(0.3, 0.4, 0.0);
  EXPECT_NEAR(same.lower, 0.3, kRounding);
  EXPECT_NEAR(same.upper, 0.3, kRounding);
}

TEST(NonresponseBounds, VanishWhereEverybodyAnswered) {
  const Interval bounds = nonresponse_bounds(0.62, 1.0);
  EXPECT_EQ(bounds.lower, 0.62);
  EXPECT_EQ(bounds.upper, 0.62);
}

TEST(NonresponseBounds, OfAnIntervalHoldWhateverTheNonRespondentsSay) {
  const Interval known{0.42, 0.55};
  const Interval bounds = nonresponse_bounds(known, 0.33, 0.15);
  for (double p = known.lower; p <= known.upper; p += 0.01) {
    for (double q = std::max(0.0, p - 0.15); q <= std::min(1.0, p + 0.15); q += 0.01) {
      const double share = 0.33 * p + 0.67 * q;
      EXPECT_LE(bounds.lower, share + kRounding);
      EXPECT_GE(bounds.upper, share - kRounding);
    }
  }
}

TEST(TippingPoint, TakesTheShareToTheEndOfTheWords) {
  // 49% of a third answered; "about half" is taken to be 45 to 55.
  const TippingPoint point = tipping_point(0.49, 0.33, {0.45, 0.55});
  ASSERT_TRUE(point.fits);
  ASSERT_TRUE(point.below.has_value());
  ASSERT_TRUE(point.above.has_value());
  EXPECT_NEAR(0.33 * 0.49 + 0.67 * (0.49 - *point.below), 0.45, kRounding);
  EXPECT_NEAR(0.33 * 0.49 + 0.67 * (0.49 + *point.above), 0.55, kRounding);
  EXPECT_EQ(point.smallest(), point.below);
}

TEST(TippingPoint, IsAbsentWhereNobodyCouldChangeTheWords) {
  const TippingPoint point = tipping_point(0.8, 0.9, {0.5, 1.0});
  EXPECT_TRUE(point.fits);
  EXPECT_FALSE(point.smallest().has_value());                          // 0.72 if all others say no
  EXPECT_TRUE(tipping_point(0.8, 0.6, {0.5, 1.0}).below.has_value());  // 0.48
}

TEST(TippingPoint, IsNothingWhereTheWordsDontFitThoseWhoAnswered) {
  const TippingPoint point = tipping_point(0.3, 0.5, {0.5, 1.0});
  EXPECT_FALSE(point.fits);
  EXPECT_EQ(point.smallest(), 0.0);
}

TEST(Nonresponse, RefusesWhatIsNoShare) {
  EXPECT_NE(error_of(ErrorCode::argument, [] { return nonresponse_bounds(49.0, 0.3); }).find("0 and 1"),
            std::string::npos);
  EXPECT_NE(error_of(ErrorCode::argument, [] { return nonresponse_bounds(0.49, 0.0); }).find("above 0"),
            std::string::npos);
  EXPECT_NE(error_of(ErrorCode::argument, [] { return tipping_point(0.4, 0.3, {0.6, 0.5}); }).find("lower end"),
            std::string::npos);
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(error_of(ErrorCode::argument, [] { return nonresponse_bounds(kNaN, 0.3); }).find("share"),
            std::string::npos);
}

}  // namespace
}  // namespace irosurvey::study
