#include "irosurvey/inference/funnel.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/reference.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ConfidenceLevel;
using irosurvey::inference::dispersed_funnel_limits;
using irosurvey::inference::funnel_limits;
using irosurvey::inference::funnel_model;
using irosurvey::inference::funnel_spread;
using irosurvey::inference::FunnelLimits;
using irosurvey::inference::FunnelModel;
using irosurvey::inference::FunnelSpread;
using irosurvey::inference::name_of;
using irosurvey::inference::Overdispersion;
using irosurvey::inference::overdispersion;

// Two programs' distribution functions, and the difference of two of them over a mass as small as the tail.
constexpr double kDistributions = 1e-10;
// Sums of a score of squares, and of weights whose squares nearly cancel, in another order.
constexpr double kSums = 1e-12;

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

// ---- over-dispersion ----

std::vector<double> numbers_in(const std::string& field) {
  std::vector<double> numbers;
  for (const std::string& one : reference::listed(field)) numbers.push_back(std::stod(one));
  return numbers;
}

TEST(Overdispersion, IsThatOfR) {
  const std::vector<reference::Line> lines = reference::lines_of("r_overdispersion.csv");
  ASSERT_GT(lines.size(), 100U);
  for (const reference::Line& line : lines) {
    const FunnelModel model = funnel_model(line.at("model"));
    const double target = std::stod(line.at("target"));
    const Overdispersion found = overdispersion(model, target, numbers_in(line.at("values")),
                                                numbers_in(line.at("sizes")), std::stod(line.at("share")));
    EXPECT_EQ(found.winsorised, std::stol(line.at("winsorised")));
    EXPECT_TRUE(agree(found.factor, std::stod(line.at("factor")), kSums, 1.0));
    EXPECT_TRUE(agree(found.variance, std::stod(line.at("variance")), kSums, 1.0));
    const std::vector<double> at{std::stod(line.at("at"))};
    const ConfidenceLevel level{std::stod(line.at("level"))};
    for (const char* name : {"multiplicative", "additive"}) {
      const FunnelLimits limits = dispersed_funnel_limits(model, target, at, level, funnel_spread(name), found);
      EXPECT_TRUE(agree(limits.lower[0], std::stod(line.at(std::string{name} + "_lower")), kDistributions, 1.0));
      EXPECT_TRUE(agree(limits.upper[0], std::stod(line.at(std::string{name} + "_upper")), kDistributions, 1.0));
    }
  }
}

TEST(Overdispersion, ByHand) {
  // V = 1/4 / 25 = 0.1², so that z = −3, −1, 1, 3 and, with one winsorised at each end, −1, −1, 1, 1.
  const std::vector<double> values{0.2, 0.4, 0.6, 0.8};
  const std::vector<double> sizes(4, 25.0);
  const Overdispersion all = overdispersion(FunnelModel::binomial, 0.5, values, sizes, 0.0);
  EXPECT_NEAR(all.factor, 5.0, 1e-12);             // 20 / 4
  EXPECT_NEAR(all.variance, 17.0 / 300.0, 1e-12);  // (20 − 3) / (400 − 40000 / 400)
  const Overdispersion inner = overdispersion(FunnelModel::binomial, 0.5, values, sizes, 0.25);
  EXPECT_EQ(inner.winsorised, 1);
  EXPECT_EQ(inner.factor, 1.0);
  EXPECT_NEAR(inner.variance, 1.0 / 300.0, 1e-12);  // (4 − 3) / 300
}

TEST(Overdispersion, WidensLimitsOfLargeInstitutionsByTheVarianceAlone) {
  const Overdispersion found{.institutions = 20, .winsorised = 2, .factor = 4.0, .variance = 0.01};
  const std::vector<double> sizes{100.0, 1e12};
  const ConfidenceLevel level{0.95};
  const auto limits = [&](FunnelSpread spread) {
    return dispersed_funnel_limits(FunnelModel::binomial, 0.5, sizes, level, spread, found);
  };
  constexpr double kNormal = 1.959963984540054;  // its quantile at 0.975
  EXPECT_NEAR(limits(FunnelSpread::multiplicative).upper[0], 0.5 + 2.0 * kNormal * 0.05, 1e-12);
  EXPECT_NEAR(limits(FunnelSpread::multiplicative).upper[1], 0.5, 1e-5);
  EXPECT_NEAR(limits(FunnelSpread::additive).upper[1], 0.5 + kNormal * 0.1, 1e-5);
}

TEST(Overdispersion, RefusesWhatHasNoMeaning) {
  const auto refused = [](double target, std::vector<double> values, std::vector<double> sizes, double share,
                          const char* words) {
    const auto error = error_of([&] { (void)overdispersion(FunnelModel::binomial, target, values, sizes, share); });
    return error && mentions(*error, words);
  };
  EXPECT_TRUE(refused(0.0, {0.1, 0.2}, {10, 10}, 0.1, "leaves chance a part"));
  EXPECT_TRUE(refused(1.0, {0.1, 0.2}, {10, 10}, 0.1, "leaves chance a part"));
  EXPECT_TRUE(refused(0.5, {0.1, 0.2}, {10, 10, 10}, 0.1, "one for each of 3 sizes"));
  EXPECT_TRUE(refused(0.5, {0.1}, {10}, 0.1, "2 or more"));
  EXPECT_TRUE(refused(0.5, {0.1, 0.2}, {10, 10}, 0.5, "0 to below 0.5"));
  EXPECT_TRUE(refused(0.5, {0.1, std::numeric_limits<double>::quiet_NaN()}, {10, 10}, 0.1, "a number"));
  EXPECT_TRUE(error_of([] { (void)funnel_spread("wide"); }));
  EXPECT_EQ(name_of(FunnelSpread::additive), "additive");
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
