#include "irosurvey/inference/funnel.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/reference.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ConfidenceLevel;
using irosurvey::inference::funnel_limits;
using irosurvey::inference::funnel_model;
using irosurvey::inference::FunnelLimits;
using irosurvey::inference::FunnelModel;
using irosurvey::inference::name_of;

// Two programs' distribution functions, and the difference of two of them over a mass as small as the tail.
constexpr double kDistributions = 1e-10;

TEST(FunnelLimits, AreThoseOfRsDistributions) {
  const std::vector<reference::Line> lines = reference::lines_of("r_funnel.csv");
  ASSERT_GT(lines.size(), 100U);
  for (const reference::Line& line : lines) {
    const std::vector<double> size{std::stod(line.at("size"))};
    const FunnelLimits found = funnel_limits(funnel_model(line.at("model")), std::stod(line.at("target")), size,
                                             ConfidenceLevel{std::stod(line.at("level"))});
    EXPECT_TRUE(agree(found.lower[0], std::stod(line.at("lower")), kDistributions, 1.0 / size[0]))
        << line.at("model") << " " << line.at("target") << " of " << size[0];
    EXPECT_TRUE(agree(found.upper[0], std::stod(line.at("upper")), kDistributions, 1.0 / size[0]))
        << line.at("model") << " " << line.at("target") << " of " << size[0];
  }
}

TEST(FunnelLimits, ByHand) {
  // Binomial(2, 1/2): F = 1/4, 3/4, 1. A tail of 1/4 is reached exactly at 0; one of 1/4 above exactly at 1.
  const FunnelLimits half = funnel_limits(FunnelModel::binomial, 0.5, std::vector<double>{2.0}, ConfidenceLevel{0.5});
  EXPECT_NEAR(half.lower[0], 0.0, 1e-14);
  EXPECT_NEAR(half.upper[0], 0.5, 1e-14);
  // A tail of 1/2 lies half-way through the mass at 1.
  const FunnelLimits middle =
      funnel_limits(FunnelModel::binomial, 0.5, std::vector<double>{2.0}, ConfidenceLevel{1e-12});
  EXPECT_NEAR(middle.lower[0], 0.25, 1e-10);
  EXPECT_NEAR(middle.upper[0], 0.25, 1e-10);
}

TEST(FunnelLimits, NarrowAsSizesGrowAndLevelsFall) {
  const std::vector<double> sizes{10, 100, 1000, 10000, 1e7};
  for (const FunnelModel model : {FunnelModel::binomial, FunnelModel::poisson}) {
    const FunnelLimits inner = funnel_limits(model, 0.3, sizes, ConfidenceLevel{0.95});
    const FunnelLimits outer = funnel_limits(model, 0.3, sizes, ConfidenceLevel{0.998});
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      EXPECT_LT(outer.lower[i], inner.lower[i] + 1e-15);
      EXPECT_GT(outer.upper[i], inner.upper[i]);
      EXPECT_LT(inner.lower[i], 0.3);
      EXPECT_GT(inner.upper[i], 0.3);
      if (i > 0) {
        EXPECT_LT(inner.upper[i] - inner.lower[i], inner.upper[i - 1] - inner.lower[i - 1]);
      }
    }
  }
}

TEST(FunnelLimits, OfWhatCannotVaryAreTheTarget) {
  const std::vector<double> sizes{1, 50};
  for (const double target : {0.0, 1.0}) {
    const FunnelLimits found = funnel_limits(FunnelModel::binomial, target, sizes, ConfidenceLevel{0.95});
    EXPECT_EQ(found.lower, std::vector<double>(2, target));
    EXPECT_EQ(found.upper, std::vector<double>(2, target));
  }
  EXPECT_EQ(funnel_limits(FunnelModel::poisson, 0.0, sizes, ConfidenceLevel{0.95}).upper, std::vector<double>(2, 0.0));
}

TEST(FunnelLimits, AnEffectiveSizeIsCutDown) {
  const ConfidenceLevel level{0.95};
  EXPECT_EQ(funnel_limits(FunnelModel::binomial, 0.4, std::vector<double>{37.9}, level).upper,
            funnel_limits(FunnelModel::binomial, 0.4, std::vector<double>{37.0}, level).upper);
}

TEST(FunnelLimits, RefuseWhatHasNoMeaning) {
  const ConfidenceLevel level{0.95};
  const auto refused = [&](FunnelModel model, double target, double size, const char* words) {
    const auto error = error_of([&] { (void)funnel_limits(model, target, std::vector<double>{size}, level); });
    return error && mentions(*error, words);
  };
  EXPECT_TRUE(refused(FunnelModel::binomial, 1.5, 10.0, "a share from 0 to 1"));
  EXPECT_TRUE(refused(FunnelModel::poisson, -1.0, 10.0, "0 or above"));
  EXPECT_TRUE(refused(FunnelModel::binomial, 0.5, 0.5, "1 or more"));
  EXPECT_TRUE(refused(FunnelModel::poisson, 0.5, 0.0, "above 0"));
  EXPECT_TRUE(error_of([] { (void)funnel_model("normal"); }));
  EXPECT_EQ(name_of(FunnelModel::poisson), "poisson");
}

}  // namespace
}  // namespace irosurvey_tests
