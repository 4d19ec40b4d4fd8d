// What must not matter: the number of threads (to the bit); the order of rows, the names of units and strata, and how a
// column is stored (to rounding).

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/printing.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Column;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Estimate;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::Query;
using irosurvey::SingletonRule;
using irosurvey::T;

// Sums of the same numbers in another order: a few hundred of them, each rounded to 1e-16.
constexpr double kReordered = 1e-13;

std::vector<irosurvey::Statistic> everything() {
  return {irosurvey::mean("y"),
          irosurvey::total("u"),
          irosurvey::ratio("y", "x"),
          irosurvey::proportion("g"),
          irosurvey::proportion("answer", {std::string("never")}),
          irosurvey::statistic(log(T("x") / T(1)) - T("yes") / T("x"))};
}

Mask some_rows(const Table& table) {
  Mask where;
  for (const double u : table.numbers("u")) where.push_back(u > -0.5 ? 1 : 0);
  return where;
}

std::vector<Query> questions(const Table& table) {
  std::vector<Query> all(4);
  for (Query& query : all) query.statistics = everything();
  all[1].by = {"answer"};
  all[1].covariance = true;
  all[2].by = {"region", "sex"};
  all[2].where = some_rows(table);
  all[3].by = {"region"};
  all[3].missing = MissingRule::listwise;
  return all;
}

// ---------------------------------------------------------------------------------------------------------- threads

void expect_same_bits_for_all_threads(const Table& table, const DesignSpec& spec) {
  const Design design = Design::declare(table.frame(), spec);
  for (Query query : questions(table)) {
    query.threads = 1;
    const Estimate alone = estimate(design, query);
    for (const int threads : {2, 7, 0}) {
      query.threads = threads;
      EXPECT_TRUE(same_answer(alone, estimate(design, query))) << threads << " threads";
    }
  }
}

/// Enough rows for several blocks of work, in strata and units that blocks cut through.
Table large_survey(std::uint64_t seed) {
  return synthetic_survey(seed, {.strata = 3, .units = 400, .subunits = 4, .rows = 20});
}

TEST(Threads, ChangeNoBitOfATwoStageDesign) { expect_same_bits_for_all_threads(large_survey(1), two_stages()); }

TEST(Threads, ChangeNoBitWhereRowsAreUnits) {
  expect_same_bits_for_all_threads(large_survey(2), {.weights = "w", .stages = {{"stratum", "", {}}}});
}

TEST(Threads, ChangeNoBitOfShuffledRows) {
  const Table sorted = large_survey(3);
  Random random(4);
  expect_same_bits_for_all_threads(sorted.rows(random.permutation(sorted.rows())), two_stages());
}

TEST(Threads, ChangeNoBitUnderEverySingletonRule) {
  Table table = large_survey(5);
  // A stratum for each of the first 200 units, so that singletons lie in many blocks.
  Numbers strata = table.numbers("stratum");
  const Numbers& units = table.numbers("unit");
  for (std::size_t row = 0; row < strata.size(); ++row) {
    if (units[row] < 200.0) strata[row] = 10.0 + 1000.0 * strata[row] + units[row];
  }
  table.add("stratum", strata);
  for (const SingletonRule rule :
       {SingletonRule::remove, SingletonRule::certainty, SingletonRule::adjust, SingletonRule::average}) {
    DesignSpec spec = one_stage();
    spec.singleton = rule;
    expect_same_bits_for_all_threads(table, spec);
  }
}

TEST(Threads, CutBlocksByRowsNotByUnits) {
  // One unit holds most of the rows: blocks of even length would cut through it.
  Table table = large_survey(6);
  Numbers units = table.numbers("unit");
  for (double& unit : units) unit = unit < 350.0 ? 0.0 : unit;
  table.add("unit", units);
  expect_same_bits_for_all_threads(table, one_stage());
}

// ------------------------------------------------------------------------------------------------- order and labels

class Invariance : public ::testing::TestWithParam<DesignSpec> {
 protected:
  void expect_same(const Table& other, const Query& query, const Query& other_query) const {
    const Estimate own = estimate(Design::declare(table_.frame(), GetParam()), query);
    const Estimate changed = estimate(Design::declare(other.frame(), GetParam()), other_query);
    EXPECT_TRUE(near_answer(own, changed, kReordered));
  }
  void expect_same_for_all_questions(const Table& other) const {
    for (const Query& query : questions(table_)) expect_same(other, query, query);
  }
  Table table_ = synthetic_survey(11);
};

TEST_P(Invariance, OrderOfRows) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed);
    const Table shuffled = table_.rows(random.permutation(table_.rows()));
    const std::vector<Query> own = questions(table_);
    const std::vector<Query> theirs = questions(shuffled);
    for (std::size_t q = 0; q < own.size(); ++q) expect_same(shuffled, own[q], theirs[q]);
  }
}

TEST_P(Invariance, LabelsOfStrataAndUnits) {
  Table other = table_;
  // Text instead of numbers, and in another order.
  for (const std::string column : {"stratum", "unit", "subunit"}) {
    Texts labels;
    for (const double code : table_.numbers(column))
      labels.emplace_back("label " + std::to_string(static_cast<int>(97.0 * code) % 13));
    other.add(column, labels);
  }
  expect_same_for_all_questions(other);
}

TEST_P(Invariance, LabelsReusedAcrossStrataAreDifferentUnits) {
  // The survey numbers its units from 0 in every stratum, and its second-stage units in every unit. Numbers that don't
  // begin anew say the same.
  Table other = table_;
  Numbers units = table_.numbers("unit");
  Numbers subunits = table_.numbers("subunit");
  const Numbers& strata = table_.numbers("stratum");
  for (std::size_t row = 0; row < units.size(); ++row) {
    units[row] += 100.0 * strata[row];
    subunits[row] += 10000.0 * units[row];
  }
  other.add("unit", units).add("subunit", subunits);
  expect_same_for_all_questions(other);
}

TEST_P(Invariance, StorageOfCodes) {
  std::vector<Index> whole;
  for (const double code : table_.numbers("sex")) whole.push_back(static_cast<Index>(code));
  const irosurvey::Frame stored = table_.frame().with_column(Column::of_integers("sex", whole));
  for (const Query& query : questions(table_)) {
    const Estimate own = estimate(Design::declare(table_.frame(), GetParam()), query);
    EXPECT_TRUE(same_answer(own, estimate(Design::declare(stored, GetParam()), query)));
  }
}

TEST_P(Invariance, OrderOfStatisticsInAQuestion) {
  Query query{.statistics = {irosurvey::mean("y"), irosurvey::ratio("y", "x")}, .by = {"answer"}, .covariance = true};
  const Design design = Design::declare(table_.frame(), GetParam());
  const Estimate own = estimate(design, query);
  std::swap(query.statistics[0], query.statistics[1]);
  const Estimate turned = estimate(design, query);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(agree(own.rows[i].variance, turned.rows[i + 3].variance, kReordered));
    EXPECT_TRUE(agree(own.rows[i + 3].value, turned.rows[i].value, kReordered));
  }
}

TEST_P(Invariance, CovarianceAskedForOrNot) {
  Query query{.statistics = everything(), .by = {"region"}};
  const Design design = Design::declare(table_.frame(), GetParam());
  const Estimate alone = estimate(design, query);
  query.covariance = true;
  Estimate full = estimate(design, query);
  const std::size_t rows = full.rows.size();
  ASSERT_EQ(full.covariance.size(), rows * rows);
  for (std::size_t a = 0; a < rows; ++a) {
    EXPECT_TRUE(same_bits(full.covariance[a * rows + a], full.rows[a].variance));
    for (std::size_t b = 0; b < rows; ++b) {
      EXPECT_TRUE(same_bits(full.covariance[a * rows + b], full.covariance[b * rows + a]));
      const double bound = std::sqrt(full.rows[a].variance * full.rows[b].variance);
      EXPECT_LE(std::fabs(full.covariance[a * rows + b]), bound * (1.0 + 1e-10));
    }
  }
  full.covariance.clear();
  EXPECT_TRUE(near_answer(alone, full, kReordered));
}

TEST_P(Invariance, DesignEffectsAskedForOrNot) {
  Query query{.statistics = everything(), .by = {"region"}};
  const Design design = Design::declare(table_.frame(), GetParam());
  Estimate with = estimate(design, query);
  query.design_effect = false;
  const Estimate without = estimate(design, query);
  for (std::size_t i = 0; i < with.rows.size(); ++i) {
    EXPECT_TRUE(std::isnan(without.rows[i].srs_variance));
    EXPECT_TRUE(std::isnan(without.design_effect(static_cast<Index>(i))));
    with.rows[i].srs_variance = without.rows[i].srs_variance;
  }
  EXPECT_TRUE(same_answer(with, without));
}

TEST_P(Invariance, OtherStatisticsInTheSameQuestion) {
  const Design design = Design::declare(table_.frame(), GetParam());
  const Estimate together = estimate(design, {.statistics = everything(), .by = {"answer"}});
  std::size_t row = 0;
  for (const irosurvey::Statistic& statistic : everything()) {
    const Estimate alone = estimate(design, {.statistics = {statistic}, .by = {"answer"}});
    for (const irosurvey::EstimateRow& own : alone.rows) {
      EXPECT_TRUE(agree(together.rows[row].value, own.value, kReordered));
      EXPECT_TRUE(agree(together.rows[row].variance, own.variance, kReordered));
      EXPECT_EQ(together.rows[row].n, own.n);
      EXPECT_EQ(together.rows[row].df, own.df);
      ++row;
    }
  }
  EXPECT_EQ(row, together.rows.size());
}

std::string design_name(const ::testing::TestParamInfo<DesignSpec>& info) {
  const std::vector<std::string> names = {"Rows", "StratifiedRows", "OneStage", "TwoStages"};
  return names.at(info.index);
}

INSTANTIATE_TEST_SUITE_P(Designs, Invariance,
                         ::testing::Values(DesignSpec{.weights = "w"},
                                           DesignSpec{.weights = "w", .stages = {{"stratum", "", {}}}}, one_stage(),
                                           two_stages()),
                         design_name);

}  // namespace
}  // namespace irosurvey_tests
