// Calibrated weights against their definitions: targets met, ratios of the form that the distance says, nothing that
// depends on the order of rows or the units of measurement; and every replicate calibrated like the sample.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "irosurvey/design/design.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Adjustment;
using irosurvey::BoundsOn;
using irosurvey::Calibration;
using irosurvey::CalibrationMethod;
using irosurvey::Design;
using irosurvey::ErrorCode;
using irosurvey::Index;
using irosurvey::Margin;
using irosurvey::Replicates;
using irosurvey::ReplicateType;
using irosurvey::Standardization;
using irosurvey::Trimming;

// Targets are met to the default tolerance, 1e-10.
constexpr double kMet = 2e-10;
constexpr double kSame = 1e-12;

Table people(std::uint64_t seed, int rows) {
  Random random(seed);
  Numbers w, sex, region, age;
  for (int i = 0; i < rows; ++i) {
    w.push_back(1.0 + 9.0 * random.uniform());
    sex.push_back(1 + random.below(2));
    region.push_back(1 + random.below(5));
    age.push_back(18.0 + random.below(70));
  }
  Table table;
  return table.add("w", w).add("sex", sex).add("region", region).add("age", age);
}

double sum(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

Margin shares_of(const std::string& variable, const std::vector<double>& shares) {
  Margin margin{.variables = {variable}};
  for (std::size_t i = 0; i < shares.size(); ++i) margin.targets.push_back({{static_cast<Index>(i) + 1}, shares[i]});
  return margin;
}

const std::vector<double> kSexes = {0.51, 0.49};
const std::vector<double> kRegions = {0.3, 0.15, 0.2, 0.1, 0.25};

Calibration two_margins(CalibrationMethod method) {
  return {.method = method, .margins = {shares_of("sex", kSexes), shares_of("region", kRegions)}, .shares = true};
}

double share_in(const Table& table, std::span<const double> weights, const std::string& variable, double level) {
  double inside = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) inside += table.numbers(variable)[i] == level ? weights[i] : 0.0;
  return inside / sum(weights);
}

void expect_targets(const Table& table, std::span<const double> weights) {
  for (std::size_t i = 0; i < kSexes.size(); ++i) {
    EXPECT_TRUE(agree(share_in(table, weights, "sex", static_cast<double>(i + 1)), kSexes[i], kMet));
  }
  for (std::size_t i = 0; i < kRegions.size(); ++i) {
    EXPECT_TRUE(agree(share_in(table, weights, "region", static_cast<double>(i + 1)), kRegions[i], kMet));
  }
}

TEST(Calibrate, EveryMethodMeetsItsTargets) {
  const Table table = people(1, 500);
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  for (const auto method : {CalibrationMethod::rake, CalibrationMethod::linear, CalibrationMethod::raking}) {
    expect_targets(table, design.calibrate({two_margins(method)}).weights());
  }
  Calibration logit = two_margins(CalibrationMethod::logit);
  logit.bounds = {0.3, 3.0};
  const Design bounded = design.calibrate({logit});
  expect_targets(table, bounded.weights());
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const double ratio = bounded.weights()[i] / design.weights()[i];
    EXPECT_GT(ratio, 0.3);
    EXPECT_LT(ratio, 3.0);
  }
}

/// A ratio is F(λ_sex + λ_region): its inverse is additive, so second differences over a 2 × 5 table are 0.
void expect_additive(const Table& table, const Design& before, const Design& after, double (*inverse)(double)) {
  double u[3][6] = {};
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const auto sex = static_cast<std::size_t>(table.numbers("sex")[i]);
    const auto region = static_cast<std::size_t>(table.numbers("region")[i]);
    u[sex][region] = inverse(after.weights()[i] / before.weights()[i]);
  }
  for (std::size_t region = 2; region <= 5; ++region) {
    EXPECT_NEAR(u[1][region] - u[2][region], u[1][1] - u[2][1], 1e-9);
  }
}

TEST(Calibrate, RatiosHaveTheFormOfTheirDistance) {
  const Table table = people(2, 400);
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  expect_additive(table, design, design.calibrate({two_margins(CalibrationMethod::linear)}),
                  [](double g) { return g - 1.0; });
  for (const auto method : {CalibrationMethod::raking, CalibrationMethod::rake}) {
    expect_additive(table, design, design.calibrate({two_margins(method)}), [](double g) { return std::log(g); });
  }
  Calibration logit = two_margins(CalibrationMethod::logit);
  logit.bounds = {0.25, 4.0};
  // g = (L(U−1) + U(1−L)e) / (U−1 + (1−L)e) turned round
  expect_additive(table, design, design.calibrate({logit}),
                  [](double g) { return std::log((g - 0.25) * 3.0 / ((4.0 - g) * 0.75)); });
}

TEST(Calibrate, OrderOfRowsAndUnitsOfMeasurementDontMatter) {
  const Table table = people(3, 300);
  const auto order = Random(4).permutation(table.rows());
  Table shuffled = table.rows(order);
  for (double& age : shuffled.numbers("age")) age = 1e6 * age;
  const auto calibrated = [](const Table& data, double unit) {
    Calibration asked{.method = CalibrationMethod::raking};
    asked.margins = {shares_of("sex", {1000, 1100}), Margin{.variables = {"age"}, .total = unit * 110000.0}};
    return Design::declare(data.frame(), {.weights = "w"}).calibrate({asked});
  };
  const Design one = calibrated(table, 1.0);
  const Design other = calibrated(shuffled, 1e6);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_TRUE(agree(other.weights()[i], one.weights()[order[i]], 1e-9));
  }
}

TEST(Calibrate, BoundsOnWeightsHoldForEveryRow) {
  const Table table = people(5, 400);
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  for (const auto method : {CalibrationMethod::linear, CalibrationMethod::raking}) {
    Calibration asked = two_margins(method);
    asked.bounds = {1.5, 12.0};
    asked.bounds_on = BoundsOn::weight;
    const Design bounded = design.calibrate({asked});
    expect_targets(table, bounded.weights());
    const auto [least, most] = std::minmax_element(bounded.weights().begin(), bounded.weights().end());
    EXPECT_GE(*least, 1.5 * (1.0 - kSame));
    EXPECT_LE(*most, 12.0 * (1.0 + kSame));
  }
}

TEST(Calibrate, ManyLevelsAreGatheredSparsely) {
  Random random(8);
  Numbers w, a, b;
  for (int i = 0; i < 20'000; ++i) {
    w.push_back(1.0 + random.uniform());
    a.push_back(1 + random.below(400));
    b.push_back(1 + random.below(300));
  }
  Table table;
  table.add("w", w).add("a", a).add("b", b);
  Calibration asked{.method = CalibrationMethod::rake, .shares = true, .tolerance = 1e-8};
  asked.margins = {shares_of("a", std::vector<double>(400, 1.0)), shares_of("b", std::vector<double>(300, 1.0))};
  const Design raked = Design::declare(table.frame(), {.weights = "w"}).calibrate({asked});
  for (const double level : {1.0, 77.0, 400.0}) {
    EXPECT_TRUE(agree(share_in(table, raked.weights(), "a", level), 1.0 / 400.0, 2e-8));
  }
  EXPECT_TRUE(agree(share_in(table, raked.weights(), "b", 300.0), 1.0 / 300.0, 2e-8));
}

TEST(Calibrate, RedundantMarginsAreNoHindrance) {
  const Table table = people(9, 200);
  Calibration asked = two_margins(CalibrationMethod::linear);
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  asked.margins.push_back(Margin{.total = sum(design.weights())});
  asked.margins.push_back(asked.margins.front());
  expect_targets(table, design.calibrate({asked}).weights());
}

TEST(Calibrate, AWeightOfZeroStaysZero) {
  Table table = people(10, 200);
  for (const std::size_t row : {3U, 50U, 199U}) table.numbers("w")[row] = 0.0;
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  for (const auto method : {CalibrationMethod::rake, CalibrationMethod::linear, CalibrationMethod::raking}) {
    const Design calibrated = design.calibrate({two_margins(method)});
    for (const std::size_t row : {3U, 50U, 199U}) EXPECT_EQ(calibrated.weights()[row], 0.0);
    expect_targets(table, calibrated.weights());
  }
}

TEST(Trim, KeepsTheSumOfWeights) {
  const Table table = people(11, 300);
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  for (const bool strict : {false, true}) {
    const Design trimmed = design.calibrate({Trimming{.low = 2.0, .high = 7.0, .strict = strict}});
    EXPECT_TRUE(agree(sum(trimmed.weights()), sum(design.weights()), kSame));
    EXPECT_GT(trimmed.adjustments().front().trimmed, 0);
    if (!strict) continue;
    for (const double w : trimmed.weights()) {
      EXPECT_GE(w, 2.0 * (1.0 - kSame));
      EXPECT_LE(w, 7.0 * (1.0 + kSame));
    }
  }
}

TEST(Standardize, GroupsKeepTheirSumsAndGetOneMix) {
  const Table table = people(12, 500);
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  const Standardization asked{.variable = "sex", .shares = {{Index{1}, 30.0}, {Index{2}, 10.0}}, .within = {"region"}};
  const Design standard = design.calibrate({asked});
  for (double region = 1; region <= 5; ++region) {
    double before = 0.0;
    double after = 0.0;
    double first = 0.0;
    for (std::size_t i = 0; i < table.rows(); ++i) {
      if (table.numbers("region")[i] != region) continue;
      before += design.weights()[i];
      after += standard.weights()[i];
      first += table.numbers("sex")[i] == 1.0 ? standard.weights()[i] : 0.0;
    }
    EXPECT_TRUE(agree(after, before, kSame));
    EXPECT_TRUE(agree(first / after, 0.75, kSame));
  }
}

TEST(CalibrateReplicates, EachMeetsTheTargetsAndZeroStaysZero) {
  Table table = people(13, 240);
  for (int r = 0; r < 6; ++r) {
    Numbers weights = table.numbers("w");
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= static_cast<int>(i % 6) == r ? 0.0 : 1.2;
    table.add("rep" + std::to_string(r), weights);
  }
  Replicates replicates{.type = ReplicateType::jk1, .columns = {"rep*"}};
  const Design design = Design::declare(table.frame(), {.weights = "w", .replicates = replicates});
  for (const auto method : {CalibrationMethod::rake, CalibrationMethod::linear, CalibrationMethod::raking}) {
    const Design calibrated = design.calibrate({two_margins(method)});
    for (Index r = 0; r < 6; ++r) {
      const std::vector<double> weights = calibrated.replicate_weights(r);
      expect_targets(table, weights);
      EXPECT_TRUE(agree(sum(weights), sum(design.weights()), kMet));
      for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_EQ(weights[i] == 0.0, static_cast<Index>(i % 6) == r);
    }
    Calibration alone = two_margins(method);
    alone.replicates = false;
    const Design kept = design.calibrate({alone});
    EXPECT_EQ(kept.replicate_weights(2), design.replicate_weights(2));
  }
}

TEST(CalibrateReplicates, ALevelThatNobodyIsLeftInIsSaid) {
  Table table;
  table.add("w", Numbers{1, 1, 1, 1}).add("g", Numbers{1, 1, 1, 2});
  table.add("r1", Numbers{0, 2, 1, 1}).add("r2", Numbers{2, 2, 0, 0});
  const Design design = Design::declare(
      table.frame(), {.weights = "w", .replicates = Replicates{.type = ReplicateType::other, .columns = {"r*"}}});
  Calibration asked{.method = CalibrationMethod::poststratify, .margins = {shares_of("g", {30, 10})}};
  const Design calibrated = design.calibrate({asked});
  EXPECT_EQ(calibrated.replicate_weights(0), (std::vector<double>{0, 20, 10, 10}));
  EXPECT_EQ(calibrated.replicate_weights(1), (std::vector<double>{15, 15, 0, 0}));
  ASSERT_EQ(calibrated.adjustments().front().notes.size(), 1U);
  EXPECT_NE(calibrated.adjustments().front().notes.front().find("1 of 2 replicates"), std::string::npos);
}

TEST(Calibrate, NamesTheMarginsThatConflictAndByHowMuch) {
  const Table table = people(14, 100);
  const Design design = Design::declare(table.frame(), {.weights = "w"});
  Calibration asked{.method = CalibrationMethod::raking};
  asked.margins = {shares_of("sex", {50, 50}), shares_of("region", {30, 30, 30, 10, 20})};
  const auto unequal = error_of([&] { (void)design.calibrate({asked}); });
  ASSERT_TRUE(unequal);
  EXPECT_EQ(unequal->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*unequal, "'sex' and 'region'"));
  EXPECT_TRUE(mentions(*unequal, "apart by 20"));
  asked = two_margins(CalibrationMethod::raking);
  asked.bounds = {0.99, 1.01};
  const auto tight = error_of([&] { (void)design.calibrate({asked}); });
  ASSERT_TRUE(tight);
  EXPECT_EQ(tight->code(), ErrorCode::numerical);
  EXPECT_TRUE(mentions(*tight, "region = "));
  EXPECT_TRUE(mentions(*tight, "off by"));
}

}  // namespace
}  // namespace irosurvey_tests
