// Surveys large enough to be computed in several blocks, whose results are merged: strata that blocks cut through, singletons
// that wait for a mean over all units, counts of units. Against the textbook in long double, two passes and no merging.

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "estimate/exact_oracle.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Estimate;
using irosurvey::SingletonRule;

// 24,000 terms of a total, each right to 1e-16, in random directions; squares of their deviations likewise.
constexpr double kLargeSums = 1e-12;

/// 96,000 rows: five blocks, in strata of 400 units.
Table large_survey(std::uint64_t seed) {
  return synthetic_survey(seed, {.strata = 3, .units = 400, .subunits = 4, .rows = 20});
}

using Scores = std::vector<long double>;  ///< one a row, weighted

/// Labels and finite populations of a design, by row.
std::vector<exact::Stage> stages_of(const Table& table, const DesignSpec& spec) {
  const auto codes = [&](const std::string& column) {
    std::vector<int> result;
    for (const double value : table.numbers(column)) result.push_back(static_cast<int>(value));
    return result;
  };
  std::vector<exact::Stage> stages;
  for (const irosurvey::Stage& stage : spec.stages) {
    exact::Stage& own = stages.emplace_back();
    if (!stage.strata.empty()) own.strata = codes(stage.strata);
    if (!stage.clusters.empty()) own.clusters = codes(stage.clusters);
    if (const auto* column = std::get_if<std::string>(&stage.fpc)) {
      const Numbers& sizes = table.numbers(*column);
      own.fpc.assign(sizes.begin(), sizes.end());
    }
  }
  return stages;
}

/// Covariance of the totals of two scores.
class PlainCovariance {
 public:
  PlainCovariance(std::vector<exact::Stage> stages, SingletonRule rule) : stages_(std::move(stages)), rule_(rule) {}

  [[nodiscard]] double operator()(const Scores& a, const Scores& b) const {
    exact::Rows all;
    for (std::size_t row = 0; row < a.size(); ++row) all.push_back(row);
    return static_cast<double>(of_stage(0, all, a, b));
  }

 private:
  static std::vector<long double> unit_totals(const exact::Units& units, const Scores& scores) {
    std::vector<long double> totals;
    for (const exact::Rows& unit : units) {
      long double& total = totals.emplace_back(0.0L);
      for (const std::size_t row : unit) total += scores[row];
    }
    return totals;
  }

  /// Σ (a_i − centre_a)(b_i − centre_b)
  static long double products(const std::vector<long double>& a, const std::vector<long double>& b,
                              long double centre_a, long double centre_b) {
    long double sum = 0.0L;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - centre_a) * (b[i] - centre_b);
    return sum;
  }
  static long double sum_of(const std::vector<long double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0L);
  }

  [[nodiscard]] long double of_stage(std::size_t s, const exact::Rows& rows, const Scores& a, const Scores& b) const {
    const exact::Strata strata = strata_of(stages_[s], rows);
    long double units = 0.0L, all_a = 0.0L, all_b = 0.0L, own = 0.0L, below = 0.0L, singletons = 0.0L;
    for (const exact::Units& stratum : strata) {
      units += static_cast<long double>(stratum.size());
      all_a += sum_of(unit_totals(stratum, a));
      all_b += sum_of(unit_totals(stratum, b));
    }
    for (const exact::Units& stratum : strata) {
      const auto n = static_cast<long double>(stratum.size());
      const auto f = static_cast<long double>(exact::to_double(fraction_of(stages_[s], stratum)));
      const std::vector<long double> za = unit_totals(stratum, a);
      const std::vector<long double> zb = unit_totals(stratum, b);
      if (stratum.size() > 1) {
        own += (1.0L - f) * n / (n - 1.0L) * products(za, zb, sum_of(za) / n, sum_of(zb) / n);
      } else if (f < 1.0L) {
        singletons += 1.0L;
        if (rule_ == SingletonRule::adjust) own += (1.0L - f) * products(za, zb, all_a / units, all_b / units);
      }
      if (s + 1 == stages_.size() || f == 0.0L) continue;
      for (const exact::Rows& unit : stratum) below += f * of_stage(s + 1, unit, a, b);
    }
    const auto count = static_cast<long double>(strata.size());
    if (rule_ == SingletonRule::average) own *= count / (count - singletons);
    return own + below;
  }

  std::vector<exact::Stage> stages_;
  SingletonRule rule_;
};

/// T(y)/T(x) in one group of `sex`, and the scores of its rows.
struct PlainRatio {
  long double value = 0.0L;
  Scores scores;
  long double srs_variance = 0.0L;
  irosurvey::Index n = 0;
  std::set<std::pair<double, double>> units;
  std::set<double> strata;

  PlainRatio(const Table& table, const Numbers& y, const Numbers& x, double sex, bool rows_are_units) {
    const Numbers& w = table.numbers("w");
    const auto inside = [&](std::size_t row) {
      return table.numbers("sex")[row] == sex && w[row] > 0.0 && !std::isnan(y[row]) && !std::isnan(x[row]);
    };
    long double total_y = 0.0L, total_x = 0.0L;
    for (std::size_t row = 0; row < w.size(); ++row) {
      if (!inside(row)) continue;
      total_y += static_cast<long double>(w[row]) * y[row];
      total_x += static_cast<long double>(w[row]) * x[row];
      ++n;
      strata.insert(table.numbers("stratum")[row]);
      units.insert(
          {table.numbers("stratum")[row], rows_are_units ? static_cast<double>(row) : table.numbers("unit")[row]});
    }
    value = total_y / total_x;
    long double weight = 0.0L, squares = 0.0L;
    for (std::size_t row = 0; row < w.size(); ++row) {
      const long double residual = inside(row) ? (y[row] - value * x[row]) / total_x : 0.0L;
      scores.push_back(static_cast<long double>(w[row]) * residual);
      squares += scores.back() * residual;
      weight += inside(row) ? w[row] : 0.0;
    }
    // Residuals of a ratio have a mean of 0.
    srs_variance = weight * squares / static_cast<long double>(n - 1);
  }
};

/// First-stage units of positive weight, minus their strata; in the strata that `wanted` holds.
double design_df(const Table& table, const std::set<double>& wanted) {
  std::set<std::pair<double, double>> units;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double stratum = table.numbers("stratum")[row];
    if (table.numbers("w")[row] == 0.0 || !wanted.contains(stratum)) continue;
    units.insert({stratum, table.numbers("unit")[row]});
  }
  return static_cast<double>(units.size()) - static_cast<double>(wanted.size());
}

void expect_as_in_the_textbook(const Table& table, const DesignSpec& spec) {
  const Numbers ones(table.rows(), 1.0);
  const bool rows_are_units = spec.stages.front().clusters.empty();
  std::vector<PlainRatio> expected;
  for (const double sex : {1.0, 2.0}) expected.emplace_back(table, table.numbers("y"), ones, sex, rows_are_units);
  for (const double sex : {1.0, 2.0}) {
    expected.emplace_back(table, table.numbers("u"), table.numbers("x"), sex, rows_are_units);
  }
  const PlainCovariance covariance_of(stages_of(table, spec), spec.singleton);
  for (const bool covariance : {false, true}) {
    const Estimate found = estimate(
        Design::declare(table.frame(), spec),
        {.statistics = {irosurvey::mean("y"), irosurvey::ratio("u", "x")}, .by = {"sex"}, .covariance = covariance});
    ASSERT_EQ(found.rows.size(), expected.size());
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
      const irosurvey::EstimateRow& row = found.rows[i];
      EXPECT_TRUE(agree(row.value, static_cast<double>(expected[i].value), kLargeSums));
      EXPECT_TRUE(agree(row.variance, covariance_of(expected[i].scores, expected[i].scores), kLargeSums));
      EXPECT_TRUE(agree(row.srs_variance, static_cast<double>(expected[i].srs_variance), kLargeSums));
      EXPECT_EQ(row.n, expected[i].n);
      EXPECT_EQ(row.units, static_cast<irosurvey::Index>(expected[i].units.size()));
      EXPECT_EQ(row.strata, static_cast<irosurvey::Index>(expected[i].strata.size()));
      EXPECT_EQ(row.df, static_cast<double>(row.units - row.strata));
    }
    if (!covariance) continue;
    const double between = covariance_of(expected[0].scores, expected[3].scores);
    EXPECT_NEAR(found.covariance[3], between, kLargeSums * std::sqrt(found.rows[0].variance * found.rows[3].variance));
  }
}

TEST(Blocks, CountUnitsOfPositiveWeightForDegreesOfFreedom) {
  Table table = large_survey(87);
  irosurvey::Mask where;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    where.push_back(table.numbers("stratum")[row] != 1.0 && table.numbers("unit")[row] < 7.0 ? 1 : 0);
    if (table.numbers("unit")[row] > 390.0) table.numbers("w")[row] = 0.0;
  }
  const Design design = Design::declare(table.frame(), one_stage());
  const auto df = [&](irosurvey::DfRule rule) {
    return estimate(design, {.statistics = {irosurvey::mean("u")}, .where = where, .df = rule}).rows[0].df;
  };
  EXPECT_EQ(df(irosurvey::DfRule::domain_strata), design_df(table, {0.0, 2.0}));
  EXPECT_EQ(df(irosurvey::DfRule::full_design), design_df(table, {0.0, 1.0, 2.0}));
  EXPECT_EQ(design.describe().degrees_of_freedom, static_cast<irosurvey::Index>(design_df(table, {0.0, 1.0, 2.0})));
}

TEST(Blocks, OfAOneStageDesign) { expect_as_in_the_textbook(large_survey(81), one_stage()); }

TEST(Blocks, OfATwoStageDesignWithFinitePopulations) { expect_as_in_the_textbook(large_survey(82), two_stages()); }

TEST(Blocks, OfShuffledRows) {
  const Table sorted = large_survey(83);
  Random random(84);
  expect_as_in_the_textbook(sorted.rows(random.permutation(sorted.rows())), one_stage());
}

TEST(Blocks, OfShuffledRowsInTwoStages) {
  const Table sorted = large_survey(88);
  Random random(89);
  expect_as_in_the_textbook(sorted.rows(random.permutation(sorted.rows())), two_stages());
}

// Shares of many levels are summed in another way than those of a few: both are means of indicators.
TEST(Blocks, OfAColumnWithManyLevels) {
  for (const bool shuffled : {false, true}) {
    Table table = large_survey(90);
    Random random(91);
    if (shuffled) table = table.rows(random.permutation(table.rows()));
    Numbers area, first;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      area.push_back(random.once_in(30) ? std::nan("") : 1.0 + random.below(40));
      first.push_back(std::isnan(area.back()) ? area.back() : area.back() == 1.0 ? 1.0 : 0.0);
    }
    table.add("area", area);
    table.add("first", first);
    const Design design = Design::declare(table.frame(), one_stage());
    for (const std::vector<std::string>& by : {std::vector<std::string>{}, {"sex"}}) {
      const Estimate shares = estimate(design, {.statistics = {irosurvey::proportion("area")}, .by = by});
      const Estimate indicator = estimate(design, {.statistics = {irosurvey::mean("first")}, .by = by});
      ASSERT_EQ(shares.rows.size(), 40 * indicator.rows.size());
      for (std::size_t i = 0; i < indicator.rows.size(); ++i) {
        EXPECT_TRUE(agree(shares.rows[i].value, indicator.rows[i].value, kLargeSums));
        EXPECT_TRUE(agree(shares.rows[i].variance, indicator.rows[i].variance, kLargeSums));
        EXPECT_TRUE(agree(shares.rows[i].srs_variance, indicator.rows[i].srs_variance, kLargeSums));
        EXPECT_EQ(shares.rows[i].n, indicator.rows[i].n);
        EXPECT_EQ(shares.rows[i].df, indicator.rows[i].df);
      }
    }
  }
}

TEST(Blocks, OfRowsAsUnits) {
  expect_as_in_the_textbook(large_survey(85), {.weights = "w", .stages = {{"stratum", "", {}}}});
}

TEST(Blocks, WithSingletonsInMostOfThem) {
  Table table = large_survey(86);
  const Numbers& units = table.numbers("unit");
  Numbers strata = table.numbers("stratum");
  for (std::size_t row = 0; row < strata.size(); ++row) {
    if (units[row] < 200.0) strata[row] = 10.0 + 1000.0 * strata[row] + units[row];
  }
  table.add("stratum", strata);
  for (const SingletonRule rule : {SingletonRule::adjust, SingletonRule::average}) {
    DesignSpec spec = one_stage();
    spec.singleton = rule;
    expect_as_in_the_textbook(table, spec);
  }
}

}  // namespace
}  // namespace irosurvey_tests
