#include "irosurvey/core/strong_types.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/errors.hpp"

namespace {

using irosurvey::ConfidenceLevel;
using irosurvey::ErrorCode;
using irosurvey_tests::error_of;
using irosurvey_tests::mentions;

TEST(ConfidenceLevel, SplitsWhatIsLeftBetweenTheTails) {
  EXPECT_DOUBLE_EQ(ConfidenceLevel{0.9}.tail(), 0.05);
  EXPECT_DOUBLE_EQ(ConfidenceLevel{}.value(), 0.95);
}

TEST(ConfidenceLevel, RefusesPercentagesAndEnds) {
  for (const double level : {95.0, 0.0, 1.0, -0.5, std::numeric_limits<double>::quiet_NaN()}) {
    const auto error = error_of([&] { (void)ConfidenceLevel{level}; });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_TRUE(mentions(*error, "Write 0.95 for 95 per cent"));
  }
}

}  // namespace
