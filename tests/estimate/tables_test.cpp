// Units written out as tables (lanes of shuffled rows, rows fetched in the order of units, tables of which few records are
// touched, rows that lie in order) against the pass that keeps every unit for the covariances: two ways of summing and of
// folding that share nothing but the rows.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/printing.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Estimate;
using irosurvey::Mask;
using irosurvey::Query;
using irosurvey::Statistic;

// Sums of a few hundred rows, and squares of a few hundred units about pivots near their mean, in two orders: each is
// rounded to 1e-16, in random directions.
constexpr double kReordered = 2e-14;

/// 60,000 rows in 300 units. Of 20 groups a unit has many rows, and lanes of units × groups are small beside the rows; of
/// 300, a unit has some of most, and of 900 it touches few.
Table survey(std::uint64_t seed, bool zero_weights) {
  Table table = synthetic_survey(
      seed, {.strata = 15, .units = 20, .subunits = 1, .rows = 200, .missing = true, .zero_weights = zero_weights});
  Random random(seed + 1);
  for (const auto& [name, groups] :
       std::vector<std::pair<std::string, int>>{{"g20", 20}, {"g300", 300}, {"g900", 900}}) {
    Numbers group;
    for (std::size_t row = 0; row < table.rows(); ++row) group.push_back(random.below(groups));
    table.add(name, group);
  }
  Numbers common;  // most cells are touched by few units, and three by nearly all
  for (std::size_t row = 0; row < table.rows(); ++row) common.push_back(random.below(random.below(2) == 0 ? 3 : 900));
  table.add("g900 common", common);
  if (!zero_weights) return table;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const bool whole_unit = table.numbers("stratum")[row] == 2.0 && table.numbers("unit")[row] == 3.0;
    if (whole_unit) table.numbers("w")[row] = 0.0;
  }
  return table;
}

std::vector<Statistic> numbers() { return {irosurvey::mean("u"), irosurvey::total("u"), irosurvey::ratio("u", "x")}; }

std::vector<Statistic> of_all_kinds() {
  return {irosurvey::mean("y"), irosurvey::ratio("y", "x"), irosurvey::total("u"), irosurvey::proportion("answer"),
          irosurvey::proportion("g")};
}

struct Question {
  std::string what;
  std::vector<Statistic> statistics;
  std::vector<std::string> by{};
};

std::vector<Question> questions() {
  return {{"one column", {irosurvey::mean("u")}},
          {"numbers", numbers()},
          {"all kinds", of_all_kinds()},
          {"many levels", {irosurvey::proportion("g300")}},
          {"one column by 20", {irosurvey::mean("u")}, {"g20"}},
          {"all kinds by 20", of_all_kinds(), {"g20"}},
          {"levels by 2", {irosurvey::proportion("g20")}, {"sex"}},
          {"one column by 300", {irosurvey::mean("u")}, {"g300"}},
          {"with missing values by 300", {irosurvey::mean("y")}, {"g300"}},
          {"one column by 900", {irosurvey::mean("u")}, {"g900"}},
          {"a ratio by 900, of which three are common", {irosurvey::ratio("u", "x")}, {"g900 common"}}};
}

class Tables : public ::testing::TestWithParam<bool> {
 protected:
  Table table_ = survey(201, GetParam());

  void expect_as_covariance_pass(const Table& table, const DesignSpec& spec, bool in_domain) const {
    const Design design = Design::declare(table.frame(), spec);
    Mask some;
    for (const double u : table.numbers("u")) some.push_back(u > 1.0 ? 1 : 0);
    for (const Question& asked : questions()) {
      SCOPED_TRACE(asked.what);
      Query query{.statistics = asked.statistics, .by = asked.by};
      if (in_domain) query.where = some;
      query.design_effect = asked.what == "all kinds";
      const Estimate tables = estimate(design, query);
      query.covariance = true;
      Estimate kept = estimate(design, query);
      kept.covariance.clear();
      EXPECT_TRUE(near_answer(tables, kept, kReordered));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(ZeroWeights, Tables, ::testing::Bool());

TEST_P(Tables, OfRowsInOrderAgreeWithTheCovariancePass) {
  expect_as_covariance_pass(table_, one_stage(), false);
  expect_as_covariance_pass(table_, one_stage(), true);
}

TEST_P(Tables, OfShuffledRowsAgreeWithTheCovariancePass) {
  const Table shuffled = table_.rows(Random(202).permutation(table_.rows()));
  expect_as_covariance_pass(shuffled, one_stage(), false);
  expect_as_covariance_pass(shuffled, one_stage(), true);
}

// Lists of what units touch are cut by rows: a stratum of all of them has several.
TEST_P(Tables, OfOneStratumAgreeWithTheCovariancePass) {
  Table table = table_;
  Numbers unit = table.numbers("stratum");
  for (std::size_t row = 0; row < table.rows(); ++row) unit[row] = 1000.0 * unit[row] + table.numbers("unit")[row];
  table.add("own unit", unit);
  const DesignSpec spec{.weights = "w", .stages = {{{}, "own unit", {}}}};
  expect_as_covariance_pass(table.rows(Random(204).permutation(table.rows())), spec, true);
}

// Of a cell that all units touch among many that few do. Each unit has two rows in it, so that 10⁹ more in each row moves no
// unit from the mean; all numbers are exact.
TEST(TablesOfFewTouchedCells, KeepTheDigitsOfACellThatAllUnitsTouch) {
  constexpr double kFar = 1e9;
  constexpr double kOfTheMean =
      1e-12;  // rounded to 1e-16 of 10⁹: 1e-7 of a deviation, of which squares feel the square
  Random random(205);
  Numbers stratum, unit, group, near, far, w;
  for (int u = 0; u < 400; ++u) {
    for (int row = 0; row < 7; ++row) {
      stratum.push_back(u / 40);
      unit.push_back(u);
      group.push_back(row < 2 ? 0 : 1 + random.below(60));
      near.push_back(random.below(4096) / 1024.0);
      far.push_back(near.back() + kFar);
      w.push_back(1.0);
    }
  }
  Table table;
  table.add("stratum", stratum).add("unit", unit).add("group", group).add("near", near).add("far", far).add("w", w);
  const Design design = Design::declare(table.frame(), one_stage());
  const Estimate one = estimate(design, {.statistics = {irosurvey::total("near")}, .by = {"group"}});
  const Estimate other = estimate(design, {.statistics = {irosurvey::total("far")}, .by = {"group"}});
  EXPECT_NEAR(other.standard_error(0) / one.standard_error(0), 1.0, kOfTheMean);
}

TEST_P(Tables, OfShuffledRowsAreTheSameToTheBitForAnyNumberOfThreads) {
  const Table shuffled = table_.rows(Random(203).permutation(table_.rows()));
  const Design design = Design::declare(shuffled.frame(), one_stage());
  for (const Question& asked : questions()) {
    SCOPED_TRACE(asked.what);
    Query query{.statistics = asked.statistics, .by = asked.by, .threads = 1};
    const Estimate alone = estimate(design, query);
    for (const int threads : {2, 7}) {
      query.threads = threads;
      EXPECT_TRUE(same_answer(alone, estimate(design, query)));
    }
  }
}

}  // namespace
}  // namespace irosurvey_tests
