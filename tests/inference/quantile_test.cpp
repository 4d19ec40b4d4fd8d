// Quantiles of designs: what their limits and standard errors are made of, and what must not change them.

#include "irosurvey/inference/quantile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "irosurvey/estimate/distribution.hpp"
#include "irosurvey/estimate/replication.hpp"
#include "irosurvey/inference/interval.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ConfidenceLevel;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::ErrorCode;
using irosurvey::EstimateRow;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::QuantileRule;
using irosurvey::Query;
using irosurvey::ReplicateRequest;
using irosurvey::ReplicateType;
using irosurvey::Status;
using irosurvey::weighted_quantiles;
using irosurvey::inference::Interval;
using irosurvey::inference::IntervalMethod;
using irosurvey::inference::LimitsOutside;
using irosurvey::inference::Point;
using irosurvey::inference::QuantileCentre;
using irosurvey::inference::QuantileEstimate;
using irosurvey::inference::QuantileInterval;
using irosurvey::inference::QuantileQuery;
using irosurvey::inference::quantiles;
using irosurvey::inference::t_interval;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Two ways to the same sums of some thousand numbers.
constexpr double kSums = 1e-12;

/// Units of a few rows in strata, two groups, a value in one row of ten that is missing, a weight in one of twenty that is 0.
Table survey(Random& random, int strata, int units, bool whole = false) {
  Numbers stratum, unit, group, y, z, w;
  for (int h = 0; h < strata; ++h) {
    for (int u = 0; u < units; ++u) {
      const double effect = random.uniform();
      const int rows = random.between(1, 8);
      for (int row = 0; row < rows; ++row) {
        stratum.push_back(h);
        unit.push_back(u);
        group.push_back(random.below(3));
        const double value = 10.0 * (effect + random.uniform());
        y.push_back(random.once_in(10) ? kNaN : whole ? std::floor(value) : value);
        z.push_back(random.once_in(10) ? kNaN : random.uniform());
        w.push_back(random.once_in(20) ? 0.0 : 0.5 + random.uniform());
      }
    }
  }
  Table table;
  table.add("h", stratum).add("u", unit).add("g", group).add("y", y).add("z", z).add("w", w);
  return table;
}

DesignSpec spec_of() { return {.weights = "w", .stages = {{.strata = "h", .clusters = "u"}}}; }
Design design_of(const Table& table) { return Design::declare(table.frame(), spec_of()); }

QuantileQuery asking(std::vector<double> probs) {
  QuantileQuery query;
  query.variables = {"y"};
  query.probs = std::move(probs);
  return query;
}

/// The quantile of the rows in which `inside` is true and y isn't missing.
template <class Inside>
double plain_quantile(const Table& table, double p, QuantileRule rule, const Inside& inside) {
  Numbers values, weights;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (!inside(row) || std::isnan(table.numbers("y")[row])) continue;
    values.push_back(table.numbers("y")[row]);
    weights.push_back(table.numbers("w")[row]);
  }
  return weighted_quantiles(values, weights, std::vector<double>{p}, rule).front();
}

::testing::AssertionResult same(const QuantileEstimate& a, const QuantileEstimate& b) {
  if (auto found = same_answer(a.estimate, b.estimate); !found) return found;
  for (std::size_t i = 0; i < a.lower.size(); ++i) {
    if (!same_bits(a.lower[i], b.lower[i]) || !same_bits(a.upper[i], b.upper[i])) {
      return ::testing::AssertionFailure() << "limits of row " << i << " differ";
    }
  }
  return ::testing::AssertionSuccess();
}

// ---------------------------------------------------------------------------------------------- what they are made of

TEST(Quantiles, LimitsAreTheQuantilesAtTheLimitsOfTheShareAtOrBelow) {
  Random random(11);
  const Table table = survey(random, 6, 5);
  const Design design = design_of(table);
  const auto everyone = [](std::size_t) { return true; };
  for (const auto& [kind, method] : {std::pair{QuantileInterval::woodruff, IntervalMethod::wald},
                                     std::pair{QuantileInterval::logit, IntervalMethod::logit},
                                     std::pair{QuantileInterval::beta, IntervalMethod::beta}}) {
    for (const QuantileRule rule : {QuantileRule::math, QuantileRule::hf7, QuantileRule::sas}) {
      QuantileQuery query = asking({0.3});
      query.rule = rule;
      query.interval = kind;
      const QuantileEstimate found = quantiles(design, query);
      const double q = plain_quantile(table, 0.3, rule, everyone);
      EXPECT_EQ(found.estimate.rows[0].value, q);
      Numbers below = table.numbers("y");
      for (double& value : below) value = std::isnan(value) ? kNaN : value <= q ? 1.0 : 0.0;
      Table with = table;
      with.add("below", below);
      const auto share = estimate(design_of(with), {.statistics = {irosurvey::mean("below")}});
      EXPECT_TRUE(agree(found.shares[0], share.rows[0].value, kSums));
      const Interval limits = interval(method, Point{share.rows[0].value, share.standard_error(0), share.rows[0].df,
                                                     static_cast<double>(share.rows[0].n)});
      const double lower = plain_quantile(table, limits.lower, rule, everyone);
      const double upper = plain_quantile(table, limits.upper, rule, everyone);
      EXPECT_TRUE(agree(found.lower[0], lower, 1e-9));
      EXPECT_TRUE(agree(found.upper[0], upper, 1e-9));
      EXPECT_EQ(found.estimate.rows[0].n, share.rows[0].n);
      EXPECT_EQ(found.estimate.rows[0].df, share.rows[0].df);
      EXPECT_TRUE(agree(found.estimate.design_effect(0), share.design_effect(0), 1e-9));
    }
  }
}

TEST(Quantiles, OfGroupsAreThoseOfTheirDomains) {
  Random random(12);
  const Table table = survey(random, 8, 4, true);
  const Design design = design_of(table);
  QuantileQuery grouped = asking({0.75, 0.1, 0.5});
  grouped.about.by = {"g"};
  const QuantileEstimate found = quantiles(design, grouped);
  ASSERT_EQ(found.estimate.rows.size(), 9U);
  for (Index g = 0; g < 3; ++g) {
    QuantileQuery domain = asking({0.75, 0.1, 0.5});
    Mask inside;
    for (const double code : table.numbers("g")) inside.push_back(code == static_cast<double>(g) ? 1 : 0);
    domain.about.where = inside;
    const QuantileEstimate alone = quantiles(design, domain);
    for (std::size_t p = 0; p < 3; ++p) {
      const auto row = p * 3 + static_cast<std::size_t>(g);
      EXPECT_TRUE(same_bits(found.estimate.rows[row].value, alone.estimate.rows[p].value));
      EXPECT_TRUE(agree(found.estimate.rows[row].variance, alone.estimate.rows[p].variance, kSums));
      EXPECT_TRUE(same_bits(found.lower[row], alone.lower[p]));
      EXPECT_TRUE(same_bits(found.upper[row], alone.upper[p]));
    }
  }
}

TEST(Quantiles, ListwiseLeavesOutRowsThatMissAnyVariable) {
  Random random(13);
  const Table table = survey(random, 6, 5);
  QuantileQuery query = asking({0.5});
  query.variables = {"y", "z"};
  query.about.missing = MissingRule::listwise;
  const QuantileEstimate found = quantiles(design_of(table), query);
  const auto complete = [&](std::size_t row) { return !std::isnan(table.numbers("z")[row]); };
  EXPECT_EQ(found.estimate.rows[0].value, plain_quantile(table, 0.5, QuantileRule::math, complete));
  EXPECT_EQ(found.estimate.rows[0].n, found.estimate.rows[1].n);
  query.about.missing = MissingRule::domain;
  const QuantileEstimate each = quantiles(design_of(table), query);
  EXPECT_EQ(each.estimate.rows[0].value,
            plain_quantile(table, 0.5, QuantileRule::math, [](std::size_t) { return true; }));
  EXPECT_GT(each.estimate.rows[0].n, found.estimate.rows[0].n);
}

TEST(Quantiles, TheCentreMayBeTheProbability) {
  // hf4 of 1 … 6 is 6p: at p = 0.6 it is 3.6, at or below which half of the rows are.
  Table table;
  table.add("y", Numbers{1, 2, 3, 4, 5, 6});
  QuantileQuery query = asking({0.6});
  query.rule = QuantileRule::hf4;
  query.level = ConfidenceLevel{0.5};
  const double se = std::sqrt(0.25 / 5.0);
  for (const auto& [centre, share] : {std::pair{QuantileCentre::estimate, 0.5}, std::pair{QuantileCentre::prob, 0.6}}) {
    query.centre = centre;
    const QuantileEstimate found = quantiles(Design::declare(table.frame(), {}), query);
    const Interval limits = t_interval(Point{share, se, 5.0, 6.0}, query.level);
    EXPECT_TRUE(agree(found.shares[0], 0.5, kSums));
    EXPECT_TRUE(agree(found.lower[0], 6.0 * limits.lower, kSums));
    EXPECT_TRUE(agree(found.upper[0], 6.0 * limits.upper, kSums));
  }
}

TEST(Quantiles, LimitsOutsideTheDataFollowTheRule) {
  Table table;
  table.add("y", Numbers{1, 2, 3, 4, 5, 6});
  const Design design = Design::declare(table.frame(), {});
  QuantileQuery query = asking({0.1});
  const QuantileEstimate extreme = quantiles(design, query);
  EXPECT_EQ(extreme.lower[0], 1.0);
  EXPECT_GT(extreme.estimate.standard_error(0), 0.0);
  query.outside = LimitsOutside::missing;
  const QuantileEstimate missing = quantiles(design, query);
  EXPECT_TRUE(std::isnan(missing.lower[0]));
  EXPECT_TRUE(std::isnan(missing.estimate.standard_error(0)));
  EXPECT_EQ(missing.upper[0], extreme.upper[0]);
}

/// Every sample of four of eight: a variance estimate's average over samples isn't the variance of a quantile, which has no
/// unbiased estimate. Two things hold exactly, and in every design with them: shares at or below a point are right on average
/// where the size of the population is known, and a limit passes the population's quantile if and only if the share there does.
TEST(Quantiles, OfEverySampleInvertTheDistributionFunction) {
  const Numbers population = {3, 5, 5, 8, 9, 9, 9, 14};
  const double p = 0.4;
  const double truth = 8.0;  // the smallest value with a share of 0.4 at or below it
  double average = 0.0;
  int samples = 0;
  int covered = 0;
  for (unsigned chosen = 0; chosen < 256; ++chosen) {
    Numbers drawn;
    for (std::size_t i = 0; i < population.size(); ++i) {
      if ((chosen >> i & 1U) != 0) drawn.push_back(population[i]);
    }
    if (drawn.size() != 4) continue;
    Table table;
    table.add("y", drawn);
    const Design design = Design::declare(table.frame(), {.stages = {{.fpc = 8.0}}});
    QuantileQuery query = asking({p});
    query.centre = QuantileCentre::prob;
    query.level = ConfidenceLevel{0.5};
    const QuantileEstimate found = quantiles(design, query);
    // The limits' shares p ∓ t SE(F̂), with the standard error of the share at or below the estimate.
    const double share = found.shares.front();
    const double se = std::sqrt((1.0 - 4.0 / 8.0) * share * (1.0 - share) / 3.0);
    const Interval limits = t_interval(Point{p, se, 3.0, 4.0}, query.level);
    const auto below = [&](bool or_at) {
      return static_cast<double>(
                 std::count_if(drawn.begin(), drawn.end(), [&](double y) { return or_at ? y <= truth : y < truth; })) /
             4.0;
    };
    EXPECT_EQ(found.lower.front() <= truth, below(true) >= limits.lower) << "sample " << chosen;
    EXPECT_EQ(found.upper.front() >= truth, below(false) < limits.upper) << "sample " << chosen;
    covered += found.lower.front() <= truth && found.upper.front() >= truth ? 1 : 0;
    average += irosurvey::distribution(design, "y", std::vector<double>{truth}, {}).rows[0].value;
    ++samples;
  }
  EXPECT_EQ(samples, 70);
  EXPECT_TRUE(agree(average / samples, 4.0 / 8.0, kSums));
  // Some intervals hold the truth and some don't, or nothing would have been tested.
  EXPECT_GT(covered, 20);
  EXPECT_LT(covered, samples);
}

// ---------------------------------------------------------------------------------------------- replicates

/// θ_r by the definition: all rows, each replicate's weights.
double replicated_variance(const Design& design, const Table& table, double p, QuantileRule rule) {
  const auto quantile_of = [&](std::span<const double> weights) {
    Numbers values, kept;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (std::isnan(table.numbers("y")[row])) continue;
      values.push_back(table.numbers("y")[row]);
      kept.push_back(weights[row]);
    }
    return weighted_quantiles(values, kept, std::vector<double>{p}, rule);
  };
  return irosurvey::replicate(design, quantile_of, {"q"}).rows[0].variance;
}

TEST(Quantiles, ReplicatesAreQuantilesUnderTheirWeights) {
  Random random(14);
  for (const bool whole : {false, true}) {
    const Table table = survey(random, 40, 6, whole);
    const ReplicateRequest request{.type = ReplicateType::bootstrap, .replicates = 30};
    const Design design = design_of(table).with_replicates(request);
    for (const QuantileRule rule : {QuantileRule::math, QuantileRule::school, QuantileRule::hf6, QuantileRule::sas}) {
      QuantileQuery query = asking({0.2, 0.9});
      query.rule = rule;
      query.interval = QuantileInterval::replicate;
      query.about.covariance = true;
      const QuantileEstimate found = quantiles(design, query);
      for (std::size_t i = 0; i < 2; ++i) {
        const EstimateRow& row = found.estimate.rows[i];
        EXPECT_TRUE(agree(row.variance, replicated_variance(design, table, query.probs[i], rule), 1e-10));
        EXPECT_EQ(found.estimate.covariance[3 * i], row.variance);
        const Interval limits = t_interval({row.value, std::sqrt(row.variance), row.df, 1.0}, ConfidenceLevel{});
        EXPECT_EQ(found.lower[i], limits.lower);
      }
    }
  }
}

TEST(Quantiles, ReplicateWeightsBelowZeroAreCumulatedAsTheyAre) {
  Random random(15);
  Table table = survey(random, 30, 4);
  irosurvey::Replicates replicates{.type = ReplicateType::other};
  for (int r = 0; r < 6; ++r) {
    Numbers weights = table.numbers("w");
    for (double& w : weights) w *= random.uniform() * 2.2 - 0.2;
    table.add("r" + std::to_string(r), weights);
  }
  replicates.columns = {"r*"};
  const Design design = Design::declare(table.frame(), {.weights = "w", .replicates = replicates});
  QuantileQuery query = asking({0.35});
  query.interval = QuantileInterval::replicate;
  EXPECT_TRUE(agree(quantiles(design, query).estimate.rows[0].variance,
                    replicated_variance(design, table, 0.35, QuantileRule::math), 1e-10));
}

TEST(Quantiles, ReplicatesNeedADesignThatHasThem) {
  Random random(16);
  QuantileQuery query = asking({0.5});
  query.interval = QuantileInterval::replicate;
  const auto error = error_of([&] { (void)quantiles(design_of(survey(random, 4, 3)), query); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
}

// ---------------------------------------------------------------------------------------------- what changes nothing

TEST(Quantiles, ThreadsChangeNoBit) {
  Random random(17);
  const Table table = survey(random, 400, 12);
  const Design plain = design_of(table);
  const Design replicated = plain.with_replicates(ReplicateRequest{.type = ReplicateType::bootstrap, .replicates = 12});
  for (const bool by : {false, true}) {
    QuantileQuery query = asking({0.25, 0.5, 0.75});
    if (by) query.about.by = {"g"};
    query.about.covariance = true;
    for (const Design* design : {&plain, &replicated}) {
      query.interval = design == &plain ? QuantileInterval::woodruff : QuantileInterval::replicate;
      query.about.threads = 1;
      const QuantileEstimate one = quantiles(*design, query);
      for (const int threads : {2, 7}) {
        query.about.threads = threads;
        EXPECT_TRUE(same(one, quantiles(*design, query)));
      }
    }
  }
}

TEST(Quantiles, AnOffsetMovesThemAndNothingElse) {
  Random random(18);
  Table table = survey(random, 10, 5, true);
  const QuantileEstimate here = quantiles(design_of(table), asking({0.1, 0.5, 0.8}));
  for (double& value : table.numbers("y")) value += 1e9;
  const QuantileEstimate there = quantiles(design_of(table), asking({0.1, 0.5, 0.8}));
  for (std::size_t row = 0; row < 3; ++row) {
    EXPECT_EQ(there.estimate.rows[row].value, here.estimate.rows[row].value + 1e9);
    EXPECT_EQ(there.estimate.rows[row].variance, here.estimate.rows[row].variance);
    EXPECT_EQ(there.lower[row], here.lower[row] + 1e9);
  }
}

TEST(Quantiles, TheOrderOfRowsChangesNothingBeyondRounding) {
  Random random(19);
  const Table table = survey(random, 10, 5);
  const Table mixed = table.rows(random.permutation(table.rows()));
  const QuantileEstimate one = quantiles(design_of(table), asking({0.1, 0.5}));
  const QuantileEstimate other = quantiles(design_of(mixed), asking({0.1, 0.5}));
  EXPECT_TRUE(near_answer(one.estimate, other.estimate, kSums));
  EXPECT_EQ(one.lower, other.lower);
}

// ---------------------------------------------------------------------------------------------- odd data

TEST(Quantiles, OfNobodyAreNone) {
  Table table;
  table.add("y", Numbers{1, 2, 3, 4}).add("w", Numbers{1, 1, 0, 0}).add("g", Numbers{1, 1, 2, 2});
  QuantileQuery query = asking({0.5});
  query.about.by = {"g"};
  const QuantileEstimate found = quantiles(Design::declare(table.frame(), {.weights = "w"}), query);
  EXPECT_EQ(found.estimate.rows[1].status, Status::empty);
  EXPECT_TRUE(std::isnan(found.estimate.rows[1].value));
  EXPECT_TRUE(std::isnan(found.lower[1]));
  EXPECT_EQ(found.estimate.rows[0].value, 1.0);
}

TEST(Quantiles, OfOneRowHaveNoStandardError) {
  Table table;
  table.add("y", Numbers{7, 8}).add("g", Numbers{1, 2});
  QuantileQuery query = asking({0.5});
  query.about.by = {"g"};
  const QuantileEstimate found = quantiles(Design::declare(table.frame(), {}), query);
  EXPECT_EQ(found.estimate.rows[0].value, 7.0);
  EXPECT_EQ(found.estimate.rows[0].df, 0.0);
  EXPECT_TRUE(std::isnan(found.estimate.standard_error(0)));
  EXPECT_EQ(found.lower[0], -kInfinity);
  EXPECT_EQ(found.upper[0], kInfinity);
}

TEST(Quantiles, OfAConstantHaveNoError) {
  Table table;
  table.add("y", Numbers(50, 3.5));
  for (const QuantileInterval kind : {QuantileInterval::woodruff, QuantileInterval::logit, QuantileInterval::beta}) {
    QuantileQuery query = asking({0.0, 0.5, 1.0});
    query.interval = kind;
    const QuantileEstimate found = quantiles(Design::declare(table.frame(), {}), query);
    for (std::size_t row = 0; row < 3; ++row) {
      EXPECT_EQ(found.estimate.rows[row].value, 3.5);
      EXPECT_EQ(found.estimate.rows[row].variance, 0.0);
      EXPECT_EQ(found.lower[row], 3.5);
    }
  }
}

TEST(Quantiles, AnInfiniteValueIsNamedWithItsRow) {
  Table table;
  table.add("y", Numbers{1.0, kInfinity, 2.0});
  const auto error = error_of([&] { (void)quantiles(Design::declare(table.frame(), {}), asking({0.5})); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->details().row, 1);
}

TEST(Quantiles, RefuseWhatHasNoMeaning) {
  Random random(20);
  const Design design = design_of(survey(random, 4, 3));
  QuantileQuery nothing = asking({0.5});
  nothing.variables.clear();
  QuantileQuery unknown = asking({0.5});
  unknown.variables = {"yy"};
  for (const auto& [query, code] :
       {std::pair{asking({}), ErrorCode::argument}, std::pair{asking({50.0}), ErrorCode::argument},
        std::pair{asking({kNaN}), ErrorCode::argument}, std::pair{nothing, ErrorCode::argument},
        std::pair{unknown, ErrorCode::column}}) {
    const auto error = error_of([&] { (void)quantiles(design, query); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), code);
  }
}

}  // namespace
}  // namespace irosurvey_tests
