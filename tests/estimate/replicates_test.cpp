// Variances from replicates: against the formula written out, against linearization where the two are one, and against every
// sample that a bootstrap could have drawn.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/replication.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::DfRule;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Expr;
using irosurvey::FailedReplicates;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::Query;
using irosurvey::ReplicateCentre;
using irosurvey::ReplicateRequest;
using irosurvey::Replicates;
using irosurvey::ReplicateType;
using irosurvey::ReplicateWeights;
using irosurvey::SingletonRule;
using irosurvey::Statistic;
using irosurvey::Status;
using irosurvey::T;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// The same numbers along another path.
constexpr double kSame = 1e-12;

/// Six strata of two units, some rows without y, some of weight 0.
Table pairs(std::uint64_t seed = 41) {
  return synthetic_survey(seed,
                          {.strata = 6, .units = 2, .subunits = 3, .rows = 4, .missing = true, .zero_weights = true});
}

Table many(std::uint64_t seed = 42) { return synthetic_survey(seed); }

Statistic product_of_everything() {
  return irosurvey::statistic(log(T("x")) * sqrt(T("yes") / T(1)) - pow(T("x") / T(1), 1.5) / exp(-T("yes") / T("x")));
}

Query question() {
  return {.statistics = {irosurvey::mean("y"), irosurvey::total("u"), irosurvey::ratio("y", "x"),
                         irosurvey::proportion("answer"), product_of_everything()},
          .by = {"sex"},
          .covariance = true,
          .threads = 1};
}

/// Totals of a column without missing values, and of a group.
Query totals() {
  return {.statistics = {irosurvey::total("u"), irosurvey::total("x")}, .by = {"sex"}, .covariance = true};
}

Design replicated(const Table& table, const DesignSpec& spec, const ReplicateRequest& request) {
  return Design::declare(table.frame(), spec).with_replicates(request);
}

::testing::AssertionResult same_variances(const Estimate& a, const Estimate& b, double tolerance) {
  for (std::size_t i = 0; i < a.covariance.size(); ++i) {
    const std::size_t rows = a.rows.size();
    const double scale = std::sqrt(a.rows[i / rows].variance * a.rows[i % rows].variance);
    const auto found = agree(a.covariance[i], b.covariance[i], tolerance, scale);
    if (!found) return ::testing::AssertionFailure() << "covariance " << i << ": " << found.message();
  }
  return ::testing::AssertionSuccess();
}

// ----------------------------------------------------------------------------- replicates that are linearization for totals

TEST(ReplicatesOfTotals, JackknifeIsLinearizationWithReplacement) {
  const Estimate linear = estimate(Design::declare(many().frame(), one_stage()), totals());
  for (const ReplicateCentre centre : {ReplicateCentre::estimate, ReplicateCentre::within_stratum}) {
    const Design design = replicated(many(), one_stage(), {.type = ReplicateType::jkn, .centre = centre});
    EXPECT_TRUE(same_variances(linear, estimate(design, totals()), kSame));
  }
}

TEST(ReplicatesOfTotals, JackknifeOfOneStratumToo) {
  DesignSpec spec = one_stage();
  spec.stages[0].strata.clear();
  Table table = many();
  Numbers units;
  for (std::size_t row = 0; row < table.rows(); ++row)
    units.push_back(10.0 * table.numbers("stratum")[row] + table.numbers("unit")[row]);
  table.add("unit", units);
  const Estimate linear = estimate(Design::declare(table.frame(), spec), totals());
  EXPECT_TRUE(same_variances(linear, estimate(replicated(table, spec, {.type = ReplicateType::jk1}), totals()), kSame));
}

TEST(ReplicatesOfTotals, PairedMethodsAreLinearization) {
  const Estimate linear = estimate(Design::declare(pairs().frame(), one_stage()), totals());
  const std::vector<ReplicateRequest> requests = {{.type = ReplicateType::brr},
                                                  {.type = ReplicateType::brr, .replicates = 12},
                                                  {.type = ReplicateType::fay, .fay_rho = 0.0},
                                                  {.type = ReplicateType::fay, .fay_rho = 0.7},
                                                  {.type = ReplicateType::jk2, .seed = 3},
                                                  {.type = ReplicateType::sdr}};
  for (const ReplicateRequest& request : requests) {
    EXPECT_TRUE(same_variances(linear, estimate(replicated(pairs(), one_stage(), request), totals()), kSame))
        << name_of(request.type);
  }
}

TEST(ReplicatesOfTotals, HonourFinitePopulationsOrIgnoreThem) {
  Table table = pairs();
  Numbers fractions;
  for (const double stratum : table.numbers("stratum")) fractions.push_back(0.1 + 0.15 * stratum);
  table.add("f", fractions);
  DesignSpec finite = one_stage();
  finite.stages[0].fpc = "f";
  const Estimate without_replacement = estimate(Design::declare(table.frame(), finite), totals());
  const Estimate with_replacement = estimate(Design::declare(table.frame(), one_stage()), totals());
  for (const ReplicateType type :
       {ReplicateType::brr, ReplicateType::fay, ReplicateType::jkn, ReplicateType::jk2, ReplicateType::sdr}) {
    const Estimate honoured = estimate(replicated(table, finite, {.type = type}), totals());
    EXPECT_TRUE(same_variances(without_replacement, honoured, kSame)) << name_of(type);
    const Estimate ignored = estimate(replicated(table, finite, {.type = type, .honour_fpc = false}), totals());
    EXPECT_TRUE(same_variances(with_replacement, ignored, kSame)) << name_of(type);
  }
}

TEST(ReplicatesOfTotals, SingletonsAreWhatTheRuleSays) {
  Table table = pairs();
  // The last stratum keeps one unit.
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.numbers("stratum")[row] < 5.0 || table.numbers("unit")[row] == 0.0) kept.push_back(row);
  }
  table = table.rows(kept);
  DesignSpec spec = one_stage();
  for (const SingletonRule rule : {SingletonRule::remove, SingletonRule::certainty, SingletonRule::average}) {
    spec.singleton = rule;
    const Estimate linear = estimate(Design::declare(table.frame(), spec), totals());
    for (const ReplicateType type : {ReplicateType::brr, ReplicateType::jkn, ReplicateType::jk2}) {
      EXPECT_TRUE(same_variances(linear, estimate(replicated(table, spec, {.type = type}), totals()), kSame))
          << name_of(rule) << ", " << name_of(type);
    }
  }
}

// Strata of one unit each, collapsed two by two, are the strata of two units that they were made of.
TEST(ReplicatesOfTotals, CollapsedStrataAreStrata) {
  const Table table = pairs();
  Table apart = table;
  Numbers strata;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    strata.push_back(2.0 * table.numbers("stratum")[row] + table.numbers("unit")[row]);
  }
  apart.add("stratum", strata);
  DesignSpec collapsed = one_stage();
  collapsed.singleton = SingletonRule::collapse;
  const Design design = Design::declare(apart.frame(), collapsed);
  EXPECT_EQ(design.describe().stages[0].collapsed.size(), 6U);
  const Estimate linear = estimate(Design::declare(table.frame(), one_stage()), totals());
  EXPECT_TRUE(same_variances(linear, estimate(design, totals()), kSame));
  for (const ReplicateType type :
       {ReplicateType::brr, ReplicateType::fay, ReplicateType::jkn, ReplicateType::jk2, ReplicateType::sdr}) {
    EXPECT_TRUE(same_variances(linear, estimate(design.with_replicates({.type = type}), totals()), kSame))
        << name_of(type);
  }
  const ReplicateRequest drawn{.type = ReplicateType::bootstrap, .replicates = 20, .seed = 4};
  EXPECT_TRUE(same_variances(estimate(replicated(table, one_stage(), drawn), totals()),
                             estimate(design.with_replicates(drawn), totals()), kSame));
}

TEST(ReplicatesOfTotals, SuccessiveDifferencesSquareNeighbours) {
  // ½ Σ over neighbours in the file, the last beside the first (Fay and Train 1995).
  const Numbers z = {3.0, 7.0, 4.0, 4.5, 1.0, 9.0, 2.0};
  Table table;
  table.add("z", z).add("w", Numbers(z.size(), 1.0));
  const Design design = replicated(table, {.weights = "w"}, {.type = ReplicateType::sdr});
  const Estimate found = estimate(design, {.statistics = {irosurvey::total("z")}});
  double expected = 0.0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double step = z[i] - z[(i + 1) % z.size()];
    expected += 0.5 * step * step;
  }
  EXPECT_TRUE(agree(found.rows[0].variance, expected, kSame));
}

TEST(ReplicatesOfTotals, SuccessiveDifferencesOfMoreUnitsThanRowsStayNear) {
  Random random(7);
  Numbers z;
  for (int i = 0; i < 5'000; ++i) z.push_back(random.uniform());
  Table table;
  table.add("z", z).add("w", Numbers(z.size(), 1.0));
  const Design design = replicated(table, {.weights = "w"}, {.type = ReplicateType::sdr});
  EXPECT_EQ(design.replicates(), 80);
  const double sdr = estimate(design, {.statistics = {irosurvey::total("z")}}).rows[0].variance;
  const double linear =
      estimate(Design::declare(table.frame(), {.weights = "w"}), {.statistics = {irosurvey::total("z")}})
          .rows[0]
          .variance;
  // Independent values: both estimate the same; 79 squares have a relative standard deviation of √(2/79), 0.16.
  EXPECT_NEAR(sdr / linear, 1.0, 0.64);
}

// --------------------------------------------------------------------------------- every sample that a bootstrap can draw

/// Every sequence of draws of `m` of `n` units, as times drawn.
std::vector<Numbers> all_draws(int n, int m) {
  std::vector<Numbers> all = {Numbers(static_cast<std::size_t>(n), 0.0)};
  for (int draw = 0; draw < m; ++draw) {
    std::vector<Numbers> longer;
    for (const Numbers& so_far : all) {
      for (int u = 0; u < n; ++u) {
        longer.push_back(so_far);
        longer.back()[static_cast<std::size_t>(u)] += 1.0;
      }
    }
    all = std::move(longer);
  }
  return all;
}

struct BootstrapCase {
  std::optional<Index> resample;
  double fraction = 0.0;
};

/// Two strata of 2 and 3 units, with every pair of draws as a replicate of its own.
std::vector<Numbers> every_factor(const BootstrapCase& of) {
  const std::vector<int> sizes = {2, 3};
  std::vector<Numbers> all = {Numbers{}};
  for (const int n : sizes) {
    const int m = of.resample ? static_cast<int>(*of.resample) : n - 1;
    const double spread = std::sqrt(m * (1.0 - of.fraction) / (n - 1.0));
    std::vector<Numbers> longer;
    for (const Numbers& so_far : all) {
      for (const Numbers& times : all_draws(n, m)) {
        longer.push_back(so_far);
        for (const double t : times) longer.back().push_back(1.0 + spread * (t * n / m - 1.0));
      }
    }
    all = std::move(longer);
  }
  return all;
}

Table five_units() {
  Table table;
  table.add("stratum", Numbers{1, 1, 2, 2, 2}).add("unit", Numbers{1, 2, 1, 2, 3}).add("w", Numbers{3, 3, 2, 2, 2});
  table.add("y", Numbers{5, 9, 2, 7, 4}).add("f", Numbers(5, 0.25));
  return table;
}

DesignSpec of_five(const BootstrapCase& of) {
  DesignSpec spec{.weights = "w", .stages = {{"stratum", "unit", {}}}};
  if (of.fraction > 0.0) spec.stages[0].fpc = "f";
  return spec;
}

TEST(Bootstrap, MeanOverEverySampleIsTheVarianceOfATotal) {
  for (const BootstrapCase& of :
       {BootstrapCase{{}, 0.0}, BootstrapCase{1, 0.0}, BootstrapCase{{}, 0.25}, BootstrapCase{1, 0.25}}) {
    const std::vector<Numbers> factors = every_factor(of);
    Table table = five_units();
    for (std::size_t r = 0; r < factors.size(); ++r) table.add("rep" + std::to_string(r), factors[r]);
    const Replicates all{
        .columns = {"rep*"}, .scale = 1.0 / static_cast<double>(factors.size()), .weights = ReplicateWeights::factor};
    const Query query{.statistics = {irosurvey::total("y")}};
    const Estimate every = estimate(Design::declare(table.frame(), {.weights = "w", .replicates = all}), query);
    const Estimate linear = estimate(Design::declare(table.frame(), of_five(of)), query);
    EXPECT_TRUE(agree(every.rows[0].variance, linear.rows[0].variance, kSame));
  }
}

TEST(Bootstrap, DrawsEverySampleAsOftenAsItShould) {
  for (const BootstrapCase& of : {BootstrapCase{{}, 0.0}, BootstrapCase{1, 0.25}}) {
    const std::vector<Numbers> factors = every_factor(of);
    constexpr Index kReplicates = 9'000;
    const Design design =
        replicated(five_units(), of_five(of),
                   {.type = ReplicateType::bootstrap, .replicates = kReplicates, .resample = of.resample, .seed = 11});
    std::vector<double> times(factors.size(), 0.0);
    for (Index r = 0; r < kReplicates; ++r) {
      const std::vector<double> weights = design.replicate_weights(r);
      std::vector<std::size_t> same;
      for (std::size_t f = 0; f < factors.size(); ++f) {
        bool equal = true;
        for (std::size_t i = 0; i < 5; ++i) {
          equal = equal && std::fabs(weights[i] / design.weights()[i] - factors[f][i]) < 1e-12;
        }
        if (equal) same.push_back(f);
      }
      ASSERT_FALSE(same.empty()) << "replicate " << r << " is none of the samples";
      for (const std::size_t f : same) times[f] += 1.0 / static_cast<double>(same.size());
    }
    const double expected = static_cast<double>(kReplicates) / static_cast<double>(factors.size());
    for (const double found : times) EXPECT_NEAR(found, expected, 5.0 * std::sqrt(expected));
  }
}

TEST(Bootstrap, OfTwoStagesHasTheVarianceOfBoth) {
  // Factors of a unit and of its subunit, F = 1/2: every pair of draws in two clusters of two, each with two of four rows.
  Table table;
  table.add("cluster", Numbers{1, 1, 2, 2}).add("clusters", Numbers(4, 4.0)).add("rows", Numbers(4, 4.0));
  table.add("w", Numbers(4, 4.0)).add("y", Numbers{1, 4, 2, 9});
  const DesignSpec spec{.weights = "w", .stages = {{"", "cluster", "clusters"}, {"", "", "rows"}}};
  const Query query{.statistics = {irosurvey::total("y")}};
  const double linear = estimate(Design::declare(table.frame(), spec), query).rows[0].variance;
  constexpr Index kReplicates = 20'000;
  const Design design =
      replicated(table, spec, {.type = ReplicateType::bootstrap, .replicates = kReplicates, .seed = 4});
  const double drawn = estimate(design, query).rows[0].variance;
  // The spread of squares about their mean: four standard deviations of kurtosis at most 3.
  EXPECT_NEAR(drawn / linear, 1.0, 4.0 * std::sqrt(2.0 / kReplicates));
  // The same in closed form: each of 2 × 2 × 2 samples is as likely, and the mean of squares is the variance.
  const double first = std::sqrt(0.5);                          // √(1 − f)
  const double second = std::sqrt(0.5 / 1.5) * std::sqrt(0.5);  // √(F/(2 − F)) √(1 − f)
  double mean = 0.0;
  for (const double a : {-1.0, 1.0}) {
    for (const double b : {-1.0, 1.0}) {
      for (const double c : {-1.0, 1.0}) {
        const double one = (1.0 + first * a) * ((1.0 + second * b) * 4.0 + (1.0 - second * b) * 16.0);
        const double two = (1.0 - first * a) * ((1.0 + second * c) * 8.0 + (1.0 - second * c) * 36.0);
        mean += (one + two - 64.0) * (one + two - 64.0) / 8.0;
      }
    }
  }
  EXPECT_TRUE(agree(mean, linear, kSame));
  // Every factor that was drawn is one of these.
  for (Index r = 0; r < 200; ++r) {
    const std::vector<double> weights = design.replicate_weights(r);
    const double of_cluster = (weights[0] + weights[1]) / 8.0;
    EXPECT_NEAR(std::fabs(of_cluster - 1.0), first, 1e-12);
    EXPECT_NEAR(std::fabs(weights[0] / (4.0 * of_cluster) - 1.0), second, 1e-12);
  }
  const Design first_stage =
      replicated(table, spec, {.type = ReplicateType::bootstrap, .replicates = 50, .later_stages = false});
  for (Index r = 0; r < 50; ++r) {
    const std::vector<double> weights = first_stage.replicate_weights(r);
    EXPECT_EQ(weights[0], weights[1]);
  }
}

TEST(Bootstrap, OfThreeStagesComesNearTheLinearizedVariance) {
  const Table table = synthetic_survey(
      46, {.strata = 3, .units = 3, .subunits = 3, .rows = 3, .missing = false, .zero_weights = false});
  DesignSpec spec = two_stages();
  spec.stages.push_back({"", "", 0.4});
  const Query query{.statistics = {irosurvey::total("u"), irosurvey::total("x")}};
  const Estimate linear = estimate(Design::declare(table.frame(), spec), query);
  constexpr Index kReplicates = 8'000;
  const Design design =
      replicated(table, spec, {.type = ReplicateType::bootstrap, .replicates = kReplicates, .seed = 12});
  const Estimate drawn = estimate(design, query);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(drawn.rows[i].variance / linear.rows[i].variance, 1.0, 4.0 * std::sqrt(2.0 / kReplicates));
  }
  for (const int threads : {1, 7}) {
    const Design again =
        replicated(table, spec, {.type = ReplicateType::bootstrap, .replicates = 40, .seed = 12, .threads = threads});
    EXPECT_EQ(again.replicate_weights(39), design.replicate_weights(39));
  }
  Query listwise = query;
  listwise.missing = MissingRule::listwise;
  EXPECT_TRUE(same_answer(drawn, estimate(design, listwise)));
}

// ------------------------------------------------------------------------------------------ any statistic, by brute force

struct Brute {
  Estimate full;
  std::vector<Estimate> of_replicates;
};

/// The question asked anew with every replicate's weights in the place of the full ones.
Brute brute_force(const Table& table, const Design& design, const Query& query) {
  Brute brute;
  const auto ask = [&](const Numbers& weights) {
    Table changed = table;
    changed.add("w", weights);
    return estimate(Design::declare(changed.frame(), {.weights = "w"}), query);
  };
  brute.full = ask({design.weights().begin(), design.weights().end()});
  for (Index r = 0; r < design.replicates(); ++r) brute.of_replicates.push_back(ask(design.replicate_weights(r)));
  return brute;
}

double deviation(const Brute& brute, std::size_t r, std::size_t row) {
  return brute.of_replicates[r].rows[row].value - brute.full.rows[row].value;
}

// θ_r − θ by subtraction: each value has 15 digits, their difference fewer.
constexpr double kSubtracted = 1e-9;

TEST(AnyStatistic, ThroughReplicatesIsTheFormulaWrittenOut) {
  const Table table = many();
  const Design design = replicated(table, one_stage(), {.type = ReplicateType::jkn});
  const Estimate found = estimate(design, question());
  const Brute brute = brute_force(table, design, question());
  const std::size_t rows = found.rows.size();
  for (std::size_t a = 0; a < rows; ++a) {
    EXPECT_TRUE(agree(found.rows[a].value, brute.full.rows[a].value, kSame));
    EXPECT_TRUE(agree(found.rows[a].srs_variance, brute.full.rows[a].srs_variance, kSame));
    EXPECT_TRUE(agree(found.rows[a].weighted_n, brute.full.rows[a].weighted_n, kSame));
    EXPECT_EQ(found.rows[a].n, brute.full.rows[a].n);
    EXPECT_EQ(found.rows[a].df, 24.0);
    for (std::size_t b = 0; b < rows; ++b) {
      double expected = 0.0;
      for (std::size_t r = 0; r < brute.of_replicates.size(); ++r) {
        expected += 0.8 * deviation(brute, r, a) * deviation(brute, r, b);  // (n_h − 1)/n_h, n_h = 5
      }
      const double scale = std::sqrt(found.rows[a].variance * found.rows[b].variance);
      EXPECT_TRUE(agree(found.covariance[a * rows + b], expected, kSubtracted, scale)) << a << ", " << b;
    }
  }
}

TEST(AnyStatistic, ColumnsFactorsAndUnitsAreTheSameReplicates) {
  const Table plain = pairs();
  const Design by_unit = replicated(plain, one_stage(), {.type = ReplicateType::brr});
  Table combined = plain;
  Table factors = plain;
  for (Index r = 0; r < by_unit.replicates(); ++r) {
    const std::vector<double> weights = by_unit.replicate_weights(r);
    Numbers ratio;
    for (std::size_t row = 0; row < weights.size(); ++row) {
      const double w = plain.numbers("w")[row];
      ratio.push_back(w == 0.0 ? 1.0 : weights[row] / w);
    }
    combined.add("rep" + std::to_string(r), weights);
    factors.add("rep" + std::to_string(r), ratio);
  }
  Replicates spec{.type = ReplicateType::brr, .columns = {"rep*"}};
  Query query = question();
  for (const MissingRule missing : {MissingRule::domain, MissingRule::listwise}) {
    query.missing = missing;
    const Estimate expected = estimate(by_unit, query);
    spec.weights = ReplicateWeights::combined;
    EXPECT_TRUE(near_answer(
        expected, estimate(Design::declare(combined.frame(), {.weights = "w", .replicates = spec}), query), kSame));
    spec.weights = ReplicateWeights::factor;
    EXPECT_TRUE(near_answer(
        expected, estimate(Design::declare(factors.frame(), {.weights = "w", .replicates = spec}), query), kSame));
  }
}

TEST(AnyStatistic, EveryWayOfAddingRowsUpGivesTheSame) {
  // Rows of one cell, of few and of many cells, sorted and not, whole and with holes, and of a domain of few rows: columns of
  // weights are added up in different ways, units in one.
  Table table = synthetic_survey(44, {.strata = 5, .units = 60, .subunits = 4, .rows = 8});
  Numbers many, blocks;
  Random random(45);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    many.push_back(random.below(300));
    blocks.push_back(static_cast<double>(row / 1'111));
  }
  table.add("many", many).add("blocks", blocks);
  const Design by_unit = replicated(table, one_stage(), {.type = ReplicateType::bootstrap, .replicates = 7});
  Table columns = table;
  for (Index r = 0; r < by_unit.replicates(); ++r) columns.add("rep" + std::to_string(r), by_unit.replicate_weights(r));
  const Design by_row = Design::declare(
      columns.frame(),
      {.weights = "w", .replicates = Replicates{.type = ReplicateType::bootstrap, .columns = {"rep*"}}});
  Query query{.statistics = {irosurvey::mean("u"), irosurvey::ratio("x", "u"), irosurvey::total("y"),
                             irosurvey::mean("x"), irosurvey::proportion("answer")}};
  for (const std::vector<std::string>& by :
       {std::vector<std::string>{}, {"sex"}, {"blocks"}, {"many"}, {"sex", "region"}, {"many", "sex"}}) {
    query.by = by;
    for (const int one_in : {1, 2, 50}) {
      query.where = Mask(table.rows(), 0);
      for (std::size_t row = 0; row < table.rows(); ++row) (*query.where)[row] = random.once_in(one_in) ? 1 : 0;
      if (by.size() < 2 && one_in < 50 && by != std::vector<std::string>{"many"}) {
        EXPECT_TRUE(near_answer(estimate(by_unit, query), estimate(by_row, query), kSame)) << by.size();
        continue;
      }
      // Groups so small that a replicate may leave one out: totals have a value all the same.
      Query totals = query;
      totals.statistics = {irosurvey::total("u"), irosurvey::total("x"), irosurvey::total("y")};
      EXPECT_TRUE(near_answer(estimate(by_unit, totals), estimate(by_row, totals), kSame)) << by.size();
    }
  }
}

TEST(AnyStatistic, CentresAreWhatTheySay) {
  const Table table = many();
  for (const ReplicateCentre centre :
       {ReplicateCentre::estimate, ReplicateCentre::replicate_mean, ReplicateCentre::within_stratum}) {
    const Design design = replicated(table, one_stage(), {.type = ReplicateType::jkn, .centre = centre});
    const Query query{.statistics = {irosurvey::ratio("u", "x")}};
    const Estimate found = estimate(design, query);
    const Brute brute = brute_force(table, design, query);
    double expected = 0.0;
    for (std::size_t r = 0; r < 30; ++r) {
      const std::size_t first = centre == ReplicateCentre::within_stratum ? r / 5 * 5 : 0;
      const std::size_t last = centre == ReplicateCentre::within_stratum ? first + 5 : 30;
      double mean = 0.0;
      for (std::size_t other = first; other < last; ++other)
        mean += deviation(brute, other, 0) / static_cast<double>(last - first);
      const double step = deviation(brute, r, 0) - (centre == ReplicateCentre::estimate ? 0.0 : mean);
      expected += 0.8 * step * step;
    }
    EXPECT_TRUE(agree(found.rows[0].variance, expected, kSubtracted)) << name_of(centre);
  }
}

TEST(AnyStatistic, ReplicatesOfNoWeightHaveNoSayInTheirMean) {
  // R leaves replicates with an rscale of 0 out of the mean.
  Table table;
  table.add("w", Numbers{1, 1, 1})
      .add("y", Numbers{2, 4, 9})
      .add("rep1", Numbers{2, 0, 1})
      .add("rep2", Numbers{0, 2, 1});
  table.add("rep3", Numbers{50, 0, 0});
  const Replicates spec{.columns = {"rep*"}, .rscales = {1.0, 1.0, 0.0}, .centre = ReplicateCentre::replicate_mean};
  const Estimate found = estimate(Design::declare(table.frame(), {.weights = "w", .replicates = spec}),
                                  {.statistics = {irosurvey::total("y")}});
  EXPECT_TRUE(agree(found.rows[0].variance, 8.0, kSame));  // totals 13 and 17 about 15
}

// -------------------------------------------------------------------------------------------------------------- digits

TEST(ReplicateDigits, AnOffsetOfABillionChangesNoStandardError) {
  for (const double offset : {1e9, -1e12}) {
    const Table plain = many();
    Table shifted = plain;
    for (double& y : shifted.numbers("y")) y += offset;
    Table columns = shifted;
    Replicates spec{.type = ReplicateType::jkn, .columns = {"rep*"}, .rscales = {0.8}};
    const Design by_unit = replicated(plain, one_stage(), {.type = ReplicateType::jkn});
    for (Index r = 0; r < by_unit.replicates(); ++r)
      columns.add("rep" + std::to_string(r), by_unit.replicate_weights(r));
    for (const std::vector<std::string>& by : {std::vector<std::string>{}, std::vector<std::string>{"sex", "region"}}) {
      const Query query{.statistics = {irosurvey::mean("y")}, .by = by};
      const Estimate expected = estimate(by_unit, query);
      const Estimate units = estimate(replicated(shifted, one_stage(), {.type = ReplicateType::jkn}), query);
      const Estimate rows = estimate(Design::declare(columns.frame(), {.weights = "w", .replicates = spec}), query);
      for (std::size_t i = 0; i < expected.rows.size(); ++i) {
        EXPECT_TRUE(agree(units.rows[i].variance, expected.rows[i].variance, kSame));
        EXPECT_TRUE(agree(rows.rows[i].variance, expected.rows[i].variance, kSame));
      }
    }
  }
}

TEST(ReplicateDigits, WhatDoesntVaryHasNoStandardError) {
  Table table = many();
  table.add("constant", Numbers(table.rows(), 1e9 + 0.1));
  const Design design = replicated(table, one_stage(), {.type = ReplicateType::jkn});
  const Estimate found = estimate(design, {.statistics = {irosurvey::mean("constant")}, .by = {"sex"}});
  for (const EstimateRow& row : found.rows) EXPECT_EQ(row.variance, 0.0);
  // A domain within one unit: every replicate multiplies all of its weights alike.
  Mask one_unit;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    one_unit.push_back(table.numbers("stratum")[row] == 2.0 && table.numbers("unit")[row] == 1.0 ? 1 : 0);
  }
  const Design dropping =
      replicated(table, one_stage(), {.type = ReplicateType::jkn, .failed = FailedReplicates::drop});
  const Estimate alone = estimate(
      dropping,
      {.statistics = {irosurvey::mean("u"), irosurvey::proportion("answer")}, .where = one_unit, .covariance = true});
  for (const EstimateRow& row : alone.rows) EXPECT_EQ(row.variance, 0.0);
}

TEST(ReplicateDigits, ThreadsChangeNoBit) {
  const Table table = synthetic_survey(51, {.strata = 4, .units = 200, .subunits = 5, .rows = 12});
  const Design by_unit = replicated(table, one_stage(), {.type = ReplicateType::bootstrap, .replicates = 21});
  Table columns = table;
  for (Index r = 0; r < by_unit.replicates(); ++r) columns.add("rep" + std::to_string(r), by_unit.replicate_weights(r));
  const Design by_row = Design::declare(
      columns.frame(),
      {.weights = "w", .replicates = Replicates{.type = ReplicateType::bootstrap, .columns = {"rep*"}}});
  for (const Design& design : {by_unit, by_row}) {
    for (const std::vector<std::string>& by :
         {std::vector<std::string>{}, std::vector<std::string>{"g", "region"}, std::vector<std::string>{"u"}}) {
      Query query{.statistics = {irosurvey::mean("y"), irosurvey::proportion("answer")},
                  .by = by,
                  .covariance = by.size() != 1,
                  .threads = 1};
      // With a group for nearly every row, some replicate leaves out all of it.
      const Design asked = by == std::vector<std::string>{"u"} ? design.with_frame(columns.frame()) : design;
      if (by == std::vector<std::string>{"u"}) query.statistics = {irosurvey::total("x")};
      const Estimate once = estimate(asked, query);
      for (const int threads : {2, 7}) {
        query.threads = threads;
        EXPECT_TRUE(same_answer(once, estimate(asked, query))) << threads << " threads";
      }
    }
  }
}

TEST(ReplicateDigits, AChangeIsExactWhereADifferenceWouldLoseIt) {
  // Replicates that move a weight by 10⁻¹²: θ_r − θ of a value near 10⁶ would keep four digits.
  Table table;
  table.add("w", Numbers{1, 1, 1, 1}).add("y", Numbers{1e6, 1e6 + 1, 1e6 + 5, 1e6 + 2}).add("x", Numbers{1, 2, 3, 1});
  constexpr double kStep = 0x1.0p-40;
  for (std::size_t r = 0; r < 4; ++r) {
    Numbers weights(4, 1.0);
    weights[r] += kStep;
    table.add("rep" + std::to_string(r), weights);
  }
  const Design design = Design::declare(
      table.frame(), {.weights = "w", .replicates = Replicates{.columns = {"rep*"}, .scale = 1.0 / (kStep * kStep)}});
  const auto variance_of = [&](const Expr& expr) {
    return estimate(design, {.statistics = {irosurvey::statistic(expr)}}).rows[0].variance;
  };
  // Σ (∂θ/∂w_i)² of the mean of y: (y_i − ȳ)/4, ȳ = 10⁶ + 2.
  EXPECT_TRUE(agree(variance_of(T("y") / T(1)), (4.0 + 1.0 + 9.0 + 0.0) / 16.0, 1e-9));
  // Of its logarithm, times (1/ȳ)²; of its square, times (2ȳ)².
  const double mean = 1e6 + 2.0;
  EXPECT_TRUE(agree(variance_of(log(T("y") / T(1))), 14.0 / 16.0 / (mean * mean), 1e-9));
  EXPECT_TRUE(agree(variance_of(pow(T("y") / T(1), 2.0)), 14.0 / 16.0 * 4.0 * mean * mean, 1e-9));
  EXPECT_TRUE(agree(variance_of(sqrt(T("y") / T(1))), 14.0 / 16.0 / (4.0 * mean), 1e-9));
}

// ------------------------------------------------------------------------------------------------- failed replicates

/// Group 2 has no weight in the third replicate.
Table with_a_failure() {
  Table table;
  table.add("w", Numbers{1, 1, 1, 1, 1}).add("y", Numbers{1, 4, 2, 6, 3}).add("g", Numbers{1, 1, 1, 2, 2});
  table.add("rep1", Numbers{2, 0, 1, 2, 1}).add("rep2", Numbers{0, 2, 1, 1, 2}).add("rep3", Numbers{1, 1, 2, 0, 0});
  return table;
}

Design failing(FailedReplicates rule, ReplicateCentre centre = ReplicateCentre::estimate) {
  return Design::declare(
      with_a_failure().frame(),
      {.weights = "w", .replicates = Replicates{.columns = {"rep*"}, .scale = 0.25, .centre = centre, .failed = rule}});
}

TEST(FailedReplicates, AreAnErrorThatNamesThem) {
  const Query query{.statistics = {irosurvey::mean("y")}, .by = {"g"}};
  const auto error = error_of([&] { (void)estimate(failing(FailedReplicates::fail), query); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::numerical);
  EXPECT_TRUE(mentions(*error, "replicate 3 of 3"));
  EXPECT_TRUE(mentions(*error, "g = 2"));
  EXPECT_TRUE(mentions(*error, "drop"));
  // A total has a value in every replicate: 0.
  EXPECT_NO_THROW(
      (void)estimate(failing(FailedReplicates::fail), {.statistics = {irosurvey::total("y")}, .by = {"g"}}));
}

TEST(FailedReplicates, AreLeftOutAndSaidSo) {
  const Query query{.statistics = {irosurvey::mean("y")}, .by = {"g"}, .covariance = true};
  // Group 2: mean 4.5; 5 and 4 in the replicates that have one.
  const Estimate dropped = estimate(failing(FailedReplicates::drop), query);
  EXPECT_TRUE(agree(dropped.rows[1].variance, 0.25 * 0.5, kSame));
  const Estimate rescaled = estimate(failing(FailedReplicates::rescale), query);
  EXPECT_TRUE(agree(rescaled.rows[1].variance, 0.25 * 1.5 * 0.5, kSame));
  EXPECT_TRUE(agree(rescaled.rows[0].variance, dropped.rows[0].variance, kSame));
  const Estimate centred = estimate(failing(FailedReplicates::drop, ReplicateCentre::replicate_mean), query);
  EXPECT_TRUE(agree(centred.rows[1].variance, 0.25 * 0.5, kSame));
  const auto choice = [](const Estimate& found) {
    for (const irosurvey::Choice& each : found.choices) {
      if (each.name == "failed replicates") return each.value;
    }
    return std::string();
  };
  EXPECT_EQ(choice(dropped), "drop: up to 1 of 3 replicates left out, in 1 estimate; scale as it was");
  EXPECT_EQ(choice(rescaled), "rescale: up to 1 of 3 replicates left out, in 1 estimate; scale times all ÷ those left");
  EXPECT_EQ(choice(estimate(failing(FailedReplicates::drop), {.statistics = {irosurvey::total("y")}})),
            "drop (none did)");
}

// ------------------------------------------------------------------------------------------------ bases, df, functions

TEST(ReplicateBases, EmptyGroupsAreEmptyAndDfAreNeverRecomputed) {
  const Design design = replicated(many(), one_stage(), {.type = ReplicateType::jkn});
  Query query = question();
  query.where = Mask(many().rows(), 0);
  for (const EstimateRow& row : estimate(design, query).rows) {
    EXPECT_EQ(row.status, Status::empty);
    EXPECT_TRUE(std::isnan(row.variance));
    EXPECT_EQ(row.n, 0);
  }
  for (std::size_t row = 0; row < query.where->size(); row += 3) (*query.where)[row] = 1;
  query.statistics = {irosurvey::total("x")};
  for (const DfRule rule : {DfRule::design, DfRule::domain_strata, DfRule::full_design}) {
    query.df = rule;
    for (const EstimateRow& row : estimate(design, query).rows) EXPECT_EQ(row.df, 24.0);
  }
  query.df = DfRule::infinite;
  EXPECT_TRUE(std::isinf(estimate(design, query).rows[0].df));
  query.df = DfRule::n_minus_1;
  const Estimate found = estimate(design, query);
  EXPECT_EQ(found.rows[0].df, static_cast<double>(found.rows[0].n - 1));
  query.df = 17.0;
  EXPECT_EQ(estimate(design, query).rows[0].df, 17.0);
}

TEST(ReplicateBases, NegativeWeightsAreWeights) {
  // Calibration and the generalized bootstrap make them; a total doesn't mind.
  Table table;
  table.add("w", Numbers{1, 2, 3})
      .add("y", Numbers{1, 1, 2})
      .add("rep1", Numbers{-1, 3, 3})
      .add("rep2", Numbers{3, 1, 3});
  const Design design = Design::declare(table.frame(), {.weights = "w", .replicates = Replicates{.columns = {"rep*"}}});
  EXPECT_TRUE(agree(estimate(design, {.statistics = {irosurvey::total("y")}}).rows[0].variance, 2.0, kSame));
}

TEST(ReplicateDigits, AStandardErrorIsFiniteOrRefused) {
  Table table;
  table.add("w", Numbers{1e300, 2e300, 3e300}).add("y", Numbers{1, 5, 2});
  const Design design = Design::declare(table.frame(), {.weights = "w"}).with_replicates({.type = ReplicateType::jk1});
  const auto error = error_of([&] { (void)estimate(design, {.statistics = {irosurvey::total("y")}}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::numerical);
  EXPECT_TRUE(mentions(*error, "fits in double precision"));
  EXPECT_TRUE(std::isfinite(estimate(design, {.statistics = {irosurvey::mean("y")}}).rows[0].variance));
}

TEST(ReplicateFunctions, ReturnAtLeastOneNumber) {
  const Design design = replicated(many(), one_stage(), {.type = ReplicateType::jkn});
  const auto nothing = [](std::span<const double>) { return std::vector<double>{}; };
  const auto error = error_of([&] { (void)replicate(design, nothing, {}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
}

TEST(ReplicateFunctions, AreTheStatisticThatTheyCompute) {
  const Table table = many();
  const Design design = replicated(table, one_stage(), {.type = ReplicateType::jkn});
  const auto ratio = [&](std::span<const double> w) {
    double u = 0.0, x = 0.0;
    for (std::size_t row = 0; row < w.size(); ++row)
      u += w[row] * table.numbers("u")[row], x += w[row] * table.numbers("x")[row];
    return std::vector<double>{u / x, u};
  };
  const Estimate found = replicate(design, ratio, {"ratio", "total"});
  const Estimate same =
      estimate(design, {.statistics = {irosurvey::ratio("u", "x"), irosurvey::total("u")}, .covariance = true});
  ASSERT_EQ(found.rows.size(), 2U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(agree(found.covariance[i], same.covariance[i], kSubtracted));
  EXPECT_EQ(found.rows[0].n, same.rows[0].n);
  EXPECT_EQ(found.rows[0].df, same.rows[0].df);
  const auto stopped = error_of([&] { (void)replicate(design, ratio, {"ratio", "total"}, [] { return true; }); });
  EXPECT_EQ(stopped->code(), ErrorCode::interrupted);
  const Estimate nothing =
      replicate(design, [](std::span<const double>) { return std::vector<double>{kNaN}; }, {"none"});
  EXPECT_EQ(nothing.rows[0].status, Status::undefined);
}

}  // namespace
}  // namespace irosurvey_tests
