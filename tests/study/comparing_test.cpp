#include "irosurvey/study/comparing.hpp"

#include <cmath>
#include <limits>

#include "study/support.hpp"

namespace irosurvey::study {
namespace {

using inference::Interval;
using study_test::error_of;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-14;

TEST(Standing, IsWithinAcrossOrBeyond) {
  const Interval guidance{50.0, 70.0};
  EXPECT_EQ(standing_of({52.0, 69.0}, guidance), Standing::within);
  EXPECT_EQ(standing_of({50.0, 70.0}, guidance), Standing::within);
  EXPECT_EQ(standing_of({65.0, 75.0}, guidance), Standing::across);
  EXPECT_EQ(standing_of({40.0, 90.0}, guidance), Standing::across);
  EXPECT_EQ(standing_of({70.0, 75.0}, guidance), Standing::across);
  EXPECT_EQ(standing_of({70.1, 75.0}, guidance), Standing::beyond);
  EXPECT_EQ(standing_of({30.0, 49.9}, guidance), Standing::beyond);
  EXPECT_EQ(standing_of({20.0, 60.0}, {-kInfinity, 60.0}), Standing::within);
  EXPECT_NE(error_of(ErrorCode::argument, [] { return standing_of({2.0, 1.0}, {0.0, 1.0}); }).find("lower"),
            std::string::npos);
}

TEST(PrintedDifference, IsThatOfTheLimitsOfBothShares) {
  const PrintedDifference found = printed_difference({100, 40, 40}, {60, 33, 33});
  const Interval first = evidence_interval({100, 40, 40}, {});
  const Interval second = evidence_interval({60, 33, 33}, {});
  const double d = 33.0 / 60.0 - 0.4;
  EXPECT_NEAR(found.least, d, kRounding);
  EXPECT_NEAR(found.most, d, kRounding);
  EXPECT_NEAR(found.limits.lower, d - std::hypot(0.55 - second.lower, first.upper - 0.4), kRounding);
  EXPECT_NEAR(found.limits.upper, d + std::hypot(second.upper - 0.55, 0.4 - first.lower), kRounding);
}

TEST(PrintedDifference, HoldsThatOfEveryCountBehindTheFigures) {
  const CountRange first{295, 135, 137};
  const CountRange second{180, 130, 132};
  const PrintedDifference whole = printed_difference(first, second);
  for (Index a = first.least; a <= first.most; ++a) {
    for (Index b = second.least; b <= second.most; ++b) {
      const PrintedDifference one = printed_difference({295, a, a}, {180, b, b});
      EXPECT_LE(whole.least, one.least + kRounding);
      EXPECT_GE(whole.most, one.most - kRounding);
      EXPECT_LE(whole.limits.lower, one.limits.lower + kRounding);
      EXPECT_GE(whole.limits.upper, one.limits.upper - kRounding);
    }
  }
}

TEST(PrintedDifference, TurnsItsSignWithTheOrder) {
  const PrintedDifference forth = printed_difference({295, 135, 137}, {56, 40, 41});
  const PrintedDifference back = printed_difference({56, 40, 41}, {295, 135, 137});
  EXPECT_NEAR(forth.limits.lower, -back.limits.upper, kRounding);
  EXPECT_NEAR(forth.least, -back.most, kRounding);
}

TEST(BaseThatTellsApart, IsTheFirstFromWhichChanceIsRuledOut) {
  const CountRange first{295, 135, 137};                                 // 46%
  const Bounds seventy_three{{725, 1}, {735, 1}, BoundsKind::rounding};  // 73%
  const std::optional<Index> base = base_that_tells_apart(first, seventy_three);
  ASSERT_TRUE(base.has_value());
  bool before = false;
  for (Index n = 1; n < 300; ++n) {
    const CountRange second = counts_of(seventy_three, n);
    if (!second.possible()) continue;
    const Interval limits = printed_difference(first, second).limits;
    const bool apart = limits.lower > 0.0 || limits.upper < 0.0;
    if (n >= *base) {
      EXPECT_TRUE(apart) << n;
    }
    if (n < *base) before = apart;
  }
  EXPECT_FALSE(before) << "the last base before it";
}

TEST(BaseThatTellsApart, IsAbsentForTheSameShare) {
  const Bounds same{{455, 1}, {465, 1}, BoundsKind::rounding};
  EXPECT_FALSE(base_that_tells_apart({295, 135, 137}, same).has_value());
}

}  // namespace
}  // namespace irosurvey::study
