// The meanings that a result has, one by one, on data small enough to check by hand: bases, domains, missing values, levels,
// groups, degrees of freedom, combinations.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Column;
using irosurvey::ColumnNotes;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::DfRule;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Frame;
using irosurvey::Index;
using irosurvey::Level;
using irosurvey::LevelValue;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::Query;
using irosurvey::Scale;
using irosurvey::SingletonRule;
using irosurvey::Status;
using irosurvey::T;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// A dozen operations on numbers of one digit.
constexpr double kByHand = 1e-14;

/// Two strata; units 1–3 in the first, 1–2 in the second; two rows each.
Table ten_rows() {
  Table table;
  table.add("stratum", Numbers{1, 1, 1, 1, 1, 1, 2, 2, 2, 2});
  table.add("unit", Numbers{1, 1, 2, 2, 3, 3, 1, 1, 2, 2});
  table.add("w", Numbers{1, 1, 1, 1, 1, 1, 2, 2, 2, 2});
  table.add("y", Numbers{1, 3, 5, 7, 9, 11, 2, 4, 6, 8});
  table.add("g", Numbers{1, 1, 1, 1, 2, 2, 1, 2, 2, 2});
  table.add("h", Texts{"a", "b", "a", "b", "a", "b", "a", "b", "a", "b"});
  return table;
}

DesignSpec stratified_units() { return {.weights = "w", .stages = {{"stratum", "unit", {}}}}; }

Estimate ask(const Table& table, const Query& query) {
  return estimate(Design::declare(table.frame(), stratified_units()), query);
}

const EstimateRow& only_row(const Estimate& estimate) {
  EXPECT_EQ(estimate.rows.size(), 1U);
  return estimate.rows.front();
}

void expect_bases(const EstimateRow& row, Index n, double weighted_n, Index units, Index strata, double df) {
  EXPECT_EQ(row.n, n);
  EXPECT_EQ(row.weighted_n, weighted_n);
  EXPECT_EQ(row.units, units);
  EXPECT_EQ(row.strata, strata);
  EXPECT_EQ(row.df, df);
}

// ------------------------------------------------------------------------------------------------------- by hand

TEST(Estimate, TotalAndItsVarianceByHand) {
  const EstimateRow row = only_row(ask(ten_rows(), {.statistics = {irosurvey::total("y")}}));
  // Units' totals: 4, 12, 20 in the first stratum, 12 and 28 in the second.
  EXPECT_TRUE(agree(row.value, 76.0, kByHand));
  EXPECT_TRUE(agree(row.variance, 3.0 / 2.0 * (64.0 + 0.0 + 64.0) + 2.0 / 1.0 * (64.0 + 64.0), kByHand));
  expect_bases(row, 10, 14.0, 5, 2, 3.0);
}

TEST(Estimate, MeanAndItsVarianceByHand) {
  const EstimateRow row = only_row(ask(ten_rows(), {.statistics = {irosurvey::mean("y")}}));
  const double mean = 76.0 / 14.0;
  // Residual totals of units: 4 − 2m, 12 − 2m, 20 − 2m; 12 − 4m, 28 − 4m. Within strata the means drop out.
  EXPECT_TRUE(agree(row.value, mean, kByHand));
  EXPECT_TRUE(agree(row.variance, (192.0 + 256.0) / (14.0 * 14.0), kByHand));
}

TEST(Estimate, RatioAndItsVarianceByHand) {
  Table table = ten_rows();
  table.add("x", Numbers{1, 1, 1, 3, 1, 1, 1, 1, 2, 2});
  const EstimateRow row = only_row(ask(table, {.statistics = {irosurvey::ratio("y", "x")}}));
  const double ratio = 76.0 / 20.0;
  const double z[3] = {4 - 2 * ratio, 12 - 4 * ratio, 20 - 2 * ratio};
  const double mean = (z[0] + z[1] + z[2]) / 3.0;
  double variance = 0.0;
  for (const double unit : z) variance += 1.5 * (unit - mean) * (unit - mean);
  const double difference = (28 - 8 * ratio) - (12 - 4 * ratio);
  variance += difference * difference;
  EXPECT_TRUE(agree(row.value, ratio, kByHand));
  EXPECT_TRUE(agree(row.variance, variance / 400.0, 10.0 * kByHand));
}

TEST(Estimate, FinitePopulationTakesItsShareOfTheVariance) {
  Table table = ten_rows();
  table.add("N", Numbers{4, 4, 4, 4, 4, 4, 10, 10, 10, 10});
  const Design design = Design::declare(table.frame(), {.weights = "w", .stages = {{"stratum", "unit", "N"}}});
  const EstimateRow row = only_row(estimate(design, {.statistics = {irosurvey::total("y")}}));
  EXPECT_TRUE(agree(row.variance, 0.25 * 192.0 + 0.8 * 256.0, kByHand));
}

TEST(Estimate, ShareIsTheMeanOfAnIndicator) {
  Table table = ten_rows();
  Numbers indicator;
  for (const double g : table.numbers("g")) indicator.push_back(g == 2.0 ? 1.0 : 0.0);
  table.add("is2", indicator);
  const Estimate found =
      ask(table, {.statistics = {irosurvey::proportion("g", {Index{2}}), irosurvey::mean("is2")}, .covariance = true});
  EXPECT_TRUE(agree(found.rows[0].value, found.rows[1].value, kByHand));
  EXPECT_TRUE(agree(found.rows[0].variance, found.rows[1].variance, kByHand));
  EXPECT_TRUE(agree(found.rows[0].srs_variance, found.rows[1].srs_variance, 10.0 * kByHand));
  EXPECT_TRUE(agree(found.covariance[1], found.rows[0].variance, kByHand));
}

TEST(Estimate, SharesOfAllLevelsAddUpToOneAndTheirCovarianceToZero) {
  const Estimate found = ask(ten_rows(), {.statistics = {irosurvey::proportion("g")}, .covariance = true});
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_NEAR(found.rows[0].value + found.rows[1].value, 1.0, kByHand);
  EXPECT_NEAR(found.covariance[0] + found.covariance[1], 0.0, kByHand);
  EXPECT_TRUE(agree(found.rows[0].variance, found.rows[1].variance, kByHand));
}

TEST(Estimate, ShareOfEverybodyIsExactlyOneWithoutError) {
  // Weights of which no sum is exact.
  Table table = ten_rows();
  table.add("w", Numbers{0.1, 0.2, 0.3, 0.7, 1.1, 1.3, 0.9, 0.6, 2.3, 1.7});
  const Estimate found = ask(table, {.statistics = {irosurvey::proportion("g", {Index{1}, Index{2}})}, .by = {"h"}});
  for (const EstimateRow& row : found.rows) {
    EXPECT_EQ(row.value, 1.0);
    EXPECT_EQ(row.variance, 0.0);
  }
}

TEST(Estimate, ConstantColumnHasItsMeanExactly) {
  Table table = ten_rows();
  table.add("w", Numbers{0.1, 0.2, 0.3, 0.7, 1.1, 1.3, 0.9, 0.6, 2.3, 1.7});
  table.add("y", Numbers(10, 0.1));
  const EstimateRow row = only_row(ask(table, {.statistics = {irosurvey::mean("y")}}));
  EXPECT_EQ(row.value, 0.1);
  EXPECT_EQ(row.variance, 0.0);
}

// --------------------------------------------------------------------------------------------------------- expressions

TEST(Expressions, AreAsTheyWouldBeTyped) {
  EXPECT_EQ((T("a") / T("b")).text(), "T(a) / T(b)");
  EXPECT_EQ((T("a") - (T("b") - T("c"))).text(), "T(a) - (T(b) - T(c))");
  EXPECT_EQ((2.0 * (T("a") + T(1))).text(), "2 * (T(a) + T(1))");
  EXPECT_EQ(pow(T("a") / T(1), 0.5).text(), "(T(a) / T(1)) ** 0.5");
  EXPECT_EQ(log(exp(sqrt(-T("g", {Index{1}, Index{3}})))).text(), "log(exp(sqrt(-T(g in {1, 3}))))");
  EXPECT_EQ((T("a") / T("b") + T("a")).columns(), (std::vector<std::string>{"a", "b"}));
}

TEST(Expressions, HaveTheVarianceOfTheirDerivative) {
  const Query query{
      .statistics = {irosurvey::mean("y"), irosurvey::statistic(log(T("y") / T(1))),
                     irosurvey::statistic(exp(T("y") / T(1) / 4.0)), irosurvey::statistic(sqrt(T("y") / T(1))),
                     irosurvey::statistic(pow(T("y") / T(1), -1.5)), irosurvey::statistic(3.0 - T("y") / T(1))}};
  const Estimate found = ask(ten_rows(), query);
  const double m = found.rows[0].value;
  const double v = found.rows[0].variance;
  const std::vector<double> values = {m, std::log(m), std::exp(m / 4.0), std::sqrt(m), std::pow(m, -1.5), 3.0 - m};
  const std::vector<double> slopes = {
      1.0, 1.0 / m, std::exp(m / 4.0) / 4.0, 0.5 / std::sqrt(m), -1.5 * std::pow(m, -2.5), -1.0};
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(agree(found.rows[i].value, values[i], kByHand)) << found.statistics[i].formula;
    EXPECT_TRUE(agree(found.rows[i].variance, slopes[i] * slopes[i] * v, 10.0 * kByHand))
        << found.statistics[i].formula;
  }
}

TEST(Expressions, WithoutAFiniteValueAreUndefinedNotAnError) {
  Table table = ten_rows();
  table.add("zero", Numbers(10, 0.0));
  const Estimate found = ask(table, {.statistics = {irosurvey::ratio("y", "zero"), irosurvey::statistic(log(-T("y"))),
                                                    irosurvey::statistic(sqrt(T("zero"))), irosurvey::mean("y")},
                                     .covariance = true});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found.rows[i].status, Status::undefined);
    EXPECT_TRUE(std::isnan(found.rows[i].value) && std::isnan(found.rows[i].variance));
    EXPECT_TRUE(std::isnan(found.standard_error(static_cast<Index>(i))));
    EXPECT_EQ(found.rows[i].n, 10) << "it has a base all the same";
    EXPECT_TRUE(std::isnan(found.covariance[i * 4 + 3]));
  }
  EXPECT_EQ(found.rows[3].status, Status::ok);
  EXPECT_FALSE(std::isnan(found.covariance[15]));
}

// ------------------------------------------------------------------------------------------------ zero weights, domains

TEST(Bases, ZeroWeightRowsKeepTheirUnitInTheVarianceAndAreInNoBase) {
  Table table = ten_rows();
  table.numbers("w")[4] = table.numbers("w")[5] = 0.0;  // all of unit 3
  const EstimateRow row = only_row(ask(table, {.statistics = {irosurvey::total("y")}}));
  // The unit's total is 0, and it is one of three: 4, 12, 0.
  EXPECT_TRUE(agree(row.value, 56.0, kByHand));
  const double mean = 16.0 / 3.0;
  const double first = 1.5 * ((4 - mean) * (4 - mean) + (12 - mean) * (12 - mean) + mean * mean);
  EXPECT_TRUE(agree(row.variance, first + 256.0, kByHand));
  expect_bases(row, 8, 12.0, 4, 2, 2.0);
}

TEST(Bases, ADomainLeavesUnitsInPlace) {
  Table table = ten_rows();
  const Mask where = {1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
  const EstimateRow row = only_row(ask(table, {.statistics = {irosurvey::total("y")}, .where = where}));
  // 4, 5, 0 in the first stratum; 0, 0 in the second.
  EXPECT_EQ(row.value, 9.0);
  EXPECT_TRUE(agree(row.variance, 1.5 * (1.0 + 4.0 + 9.0), kByHand));
  expect_bases(row, 3, 3.0, 2, 1, 1.0);
}

TEST(Bases, AnyByteOtherThanZeroIsInside) {
  const Mask ones = {1, 0, 1, 0, 1, 0, 1, 0, 1, 0};
  const Mask others = {255, 0, 2, 0, 128, 0, 1, 0, 7, 0};
  const std::vector<irosurvey::Statistic> statistics = {irosurvey::mean("y")};
  EXPECT_TRUE(same_answer(ask(ten_rows(), {.statistics = statistics, .where = ones}),
                          ask(ten_rows(), {.statistics = statistics, .where = others})));
}

TEST(Bases, DegreesOfFreedomByEveryRule) {
  Table table = ten_rows();
  table.numbers("w")[2] = table.numbers("w")[3] = 0.0;  // unit 2 of the first stratum weighs nothing
  const Mask where = {1, 0, 0, 1, 0, 1, 0, 0, 0, 0};    // units 1 and 3 of the first stratum
  Query query{.statistics = {irosurvey::mean("y")}, .where = where};
  const auto df = [&](irosurvey::DegreesOfFreedomChoice choice) {
    query.df = choice;
    return only_row(ask(table, query)).df;
  };
  EXPECT_EQ(df(DfRule::design), 1.0);         // 2 units with members − 1 stratum
  EXPECT_EQ(df(DfRule::domain_strata), 1.0);  // 2 units of positive weight in that stratum − 1
  EXPECT_EQ(df(DfRule::full_design), 2.0);    // 4 units of positive weight − 2 strata
  EXPECT_EQ(df(DfRule::n_minus_1), 1.0);      // rows 0 and 5
  EXPECT_EQ(df(DfRule::infinite), std::numeric_limits<double>::infinity());
  EXPECT_EQ(df(12.5), 12.5);
}

TEST(Bases, DomainStrataCountsUnitsWithoutMembersToo) {
  const Mask where = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  Query query{.statistics = {irosurvey::mean("y")}, .where = where, .df = DfRule::domain_strata};
  EXPECT_EQ(only_row(ask(ten_rows(), query)).df, 2.0);
  query.df = DfRule::design;
  EXPECT_EQ(only_row(ask(ten_rows(), query)).df, 0.0);
}

TEST(Bases, TheWholeDomainHasItsOwnDegreesOfFreedom) {
  const Estimate found = ask(ten_rows(), {.statistics = {irosurvey::mean("y")}, .by = {"g"}});
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[0].df, 1.0);  // units 1, 2 | 1
  EXPECT_EQ(found.rows[1].df, 1.0);  // unit 3 | 1, 2
  EXPECT_EQ(found.statistics[0].df, 3.0);
}

// ------------------------------------------------------------------------------------------------------- missing values

Table with_holes() {
  Table table = ten_rows();
  table.add("y", Numbers{1, kNaN, 5, 7, kNaN, kNaN, 2, 4, 6, 8});
  table.add("z", Numbers{1, 2, 3, 4, 5, 6, kNaN, kNaN, 9, 10});
  return table;
}

TEST(Missing, EachVariableHasItsOwnDomain) {
  const Estimate found = ask(with_holes(), {.statistics = {irosurvey::mean("y"), irosurvey::mean("z"),
                                                           irosurvey::ratio("y", "z"), irosurvey::statistic(T(1))}});
  expect_bases(found.rows[0], 7, 11.0, 4, 2, 2.0);
  expect_bases(found.rows[1], 8, 10.0, 4, 2, 2.0);
  expect_bases(found.rows[2], 5, 7.0, 3, 2, 1.0);
  expect_bases(found.rows[3], 10, 14.0, 5, 2, 3.0);
  EXPECT_TRUE(agree(found.rows[0].value, (13.0 + 40.0) / 11.0, kByHand));
}

TEST(Missing, IsTheDomainOfRowsWithAValue) {
  Table complete = with_holes();
  Mask where;
  for (double& y : complete.numbers("y")) {
    where.push_back(std::isnan(y) ? 0 : 1);
    if (std::isnan(y)) y = -1000.0;
  }
  EXPECT_TRUE(same_answer(ask(with_holes(), {.statistics = {irosurvey::mean("y")}}),
                          ask(complete, {.statistics = {irosurvey::mean("y")}, .where = where})));
}

TEST(Missing, ListwiseTakesRowsOutOfTheSampleFirst) {
  const Query query{.statistics = {irosurvey::mean("y"), irosurvey::mean("z")}, .missing = MissingRule::listwise};
  // What is left: rows 0, 2, 3 | 8, 9. The second stratum is left with one unit.
  const auto refused = error_of([&] { (void)ask(with_holes(), query); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code(), ErrorCode::singleton);
  DesignSpec spec = stratified_units();
  spec.singleton = SingletonRule::remove;
  const Estimate listwise = estimate(Design::declare(with_holes().frame(), spec), query);
  const Table kept = with_holes().rows({0, 2, 3, 8, 9});
  const Estimate alone = estimate(Design::declare(kept.frame(), spec), {.statistics = query.statistics});
  EXPECT_TRUE(near_answer(listwise, alone, kByHand));
  expect_bases(listwise.rows[0], 5, 7.0, 3, 2, 1.0);
}

TEST(Missing, ListwiseLeavesOutRowsThatMissAGroup) {
  Table table = ten_rows();
  table.add("h", Texts{std::nullopt, std::nullopt, "a", "b", "a", "b", "a", "b", "a", "b"});
  Query query{.statistics = {irosurvey::total("y")}, .by = {"h"}, .missing = MissingRule::listwise};
  const Estimate listwise = ask(table, query);
  // Unit 1 has left: two units, 5 and 9 in group a, 7 and 11 in b.
  EXPECT_TRUE(agree(listwise.rows[0].variance, 16.0 + 64.0, kByHand));
  query.missing = MissingRule::domain;
  const Estimate domain = ask(table, query);
  EXPECT_TRUE(agree(domain.rows[0].variance, 1.5 * (14.0 * 14.0 / 9.0 + 1.0 / 9.0 + 169.0 / 9.0) + 64.0, kByHand));
}

TEST(Missing, ListwiseWithoutMissingValuesIsTheSameAnswer) {
  Query query{.statistics = {irosurvey::mean("y")}, .by = {"h"}};
  const Estimate domain = ask(ten_rows(), query);
  query.missing = MissingRule::listwise;
  EXPECT_TRUE(same_answer(domain, ask(ten_rows(), query)));
}

TEST(Missing, ListwiseKeepsWeightsThatCameFromFractions) {
  Table table = with_holes();
  table.add("N", Numbers{6, 6, 6, 6, 6, 6, 4, 4, 4, 4});
  const Design design = Design::declare(table.frame(), {.stages = {{"stratum", "unit", "N"}}});
  const EstimateRow row =
      only_row(estimate(design, {.statistics = {irosurvey::total("y")}, .missing = MissingRule::listwise}));
  // Weights 6/3 and 4/2, as declared; unit totals 2 and 24 (unit 3 has left) | 12 and 28.
  EXPECT_TRUE(agree(row.value, 26.0 + 40.0, kByHand));
  // Of the first stratum's population of 6, two units are left in the sample; of the second's 4, two.
  EXPECT_TRUE(agree(row.variance, (1.0 - 2.0 / 6.0) * 22.0 * 22.0 + (1.0 - 2.0 / 4.0) * 16.0 * 16.0, kByHand));
}

TEST(Missing, UserMissingCodesAreMissingUnlessKept) {
  ColumnNotes notes;
  notes.value_labels = {{Index{1}, "yes"}, {Index{2}, "no"}, {Index{-9}, "not answered"}};
  notes.user_missing.codes = {Index{-9}};
  const Column answers = Column::of_numbers("q", {1, 2, -9, 1, 2, 1, -9, 1, 2, 2}, notes);
  const Frame frame = ten_rows().frame().with_column(answers);
  const Query query{.statistics = {irosurvey::proportion("q"), irosurvey::mean("q")}};
  const Estimate missing = estimate(Design::declare(frame, stratified_units()), query);
  ASSERT_EQ(missing.rows.size(), 3U);
  EXPECT_EQ(missing.rows[0].n, 8);
  EXPECT_EQ(missing.rows[2].n, 8);
  const Estimate kept =
      estimate(Design::declare(frame.with_user_missing(irosurvey::UserMissingRule::keep), stratified_units()), query);
  ASSERT_EQ(kept.rows.size(), 4U);
  EXPECT_EQ(kept.rows[0].n, 10);
  EXPECT_EQ(to_text(*kept.statistics[0].level), "not answered");
}

// ------------------------------------------------------------------------------------------------------ levels, groups

TEST(Levels, ComeInNaturalOrderWithTheirLabels) {
  ColumnNotes notes;
  notes.label = "How often?";
  notes.value_labels = {{Index{10}, "often"}, {Index{2}, "sometimes"}, {Index{1}, "never"}, {Index{3}, "once"}};
  const Column answers = Column::of_numbers("q", {10, 2, 1, 1, 10, 2, 1, 2, 1, 10}, notes);
  const Design design = Design::declare(ten_rows().frame().with_column(answers), stratified_units());
  const Estimate shares = estimate(design, {.statistics = {irosurvey::proportion("q")}});
  std::vector<std::string> labels;
  for (const auto& statistic : shares.statistics) labels.push_back(to_text(*statistic.level));
  // 3 is an answer that nobody gave.
  EXPECT_EQ(labels, (std::vector<std::string>{"never", "sometimes", "once", "often"}));
  EXPECT_EQ(shares.rows[2].value, 0.0);
  EXPECT_EQ(shares.rows[2].status, Status::ok);
  EXPECT_EQ(shares.rows[2].n, 10);
  EXPECT_EQ(shares.statistics[0].label, "How often?");
  const Estimate groups = estimate(design, {.statistics = {irosurvey::mean("y")}, .by = {"q"}});
  ASSERT_EQ(groups.cells.size(), 4U);
  EXPECT_EQ(groups.cells[2], (std::vector<Level>{{Index{3}, "once"}}));
  EXPECT_EQ(groups.rows[2].status, Status::empty);
  EXPECT_EQ(groups.rows[2].n, 0);
}

TEST(Levels, LabelsOnSomeValuesOfANumberMakeNoLevels) {
  ColumnNotes notes;
  notes.value_labels = {{Index{99}, "99 or more"}};
  const Column ages = Column::of_numbers("age", {10, 20, 10, 20, 10, 20, 10, 20, 10, 20}, notes);
  const Design design = Design::declare(ten_rows().frame().with_column(ages), stratified_units());
  EXPECT_EQ(estimate(design, {.statistics = {irosurvey::proportion("age")}}).rows.size(), 2U);
}

TEST(Levels, DontDependOnTheDomain) {
  const Mask where = {1, 1, 1, 1, 0, 0, 1, 0, 0, 0};  // g is 1 throughout
  const Estimate found = ask(ten_rows(), {.statistics = {irosurvey::proportion("g")}, .where = where});
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[1].value, 0.0);
  EXPECT_EQ(found.rows[1].n, 5);
}

TEST(Levels, MayBeAskedForInAnyStorage) {
  const auto share = [&](const std::vector<LevelValue>& levels) {
    return only_row(ask(ten_rows(), {.statistics = {irosurvey::proportion("g", levels)}})).value;
  };
  EXPECT_EQ(share({Index{2}}), share({2.0}));
  EXPECT_EQ(share({Index{2}, 2.0}), share({Index{2}})) << "the same level twice counts once";
}

TEST(Groups, OfOneColumnAreItsLevelsAndOfSeveralTheCombinationsThatOccur) {
  Table table = ten_rows();
  const Estimate one = ask(table, {.statistics = {irosurvey::mean("y")}, .by = {"h"}});
  EXPECT_EQ(one.cells.size(), 2U);
  table.add("k", Numbers{3, 3, 3, 3, 3, 3, 4, 4, 4, 4});
  const Estimate several = ask(table, {.statistics = {irosurvey::mean("y"), irosurvey::total("y")}, .by = {"k", "g"}});
  ASSERT_EQ(several.cells.size(), 4U);
  EXPECT_EQ(several.cells[0], (std::vector<Level>{{Index{3}, ""}, {Index{1}, ""}}));
  EXPECT_EQ(several.cells[1], (std::vector<Level>{{Index{3}, ""}, {Index{2}, ""}}));
  EXPECT_EQ(several.cells[3], (std::vector<Level>{{Index{4}, ""}, {Index{2}, ""}}));
  ASSERT_EQ(several.rows.size(), 8U);
  EXPECT_EQ(several.rows[5].statistic, 1);
  EXPECT_EQ(several.rows[5].cell, 1);
  EXPECT_EQ(several.rows[5].value, 20.0);
  table.numbers("g")[6] = kNaN;  // the only row of (4, 1)
  EXPECT_EQ(ask(table, {.statistics = {irosurvey::mean("y")}, .by = {"k", "g"}}).cells.size(), 3U);
}

TEST(Groups, RowsThatMissAGroupAreInNoneOfThem) {
  Table table = ten_rows();
  table.add("h", Texts{std::nullopt, "b", "a", "b", "a", "b", "a", "b", "a", std::nullopt});
  const Estimate found = ask(table, {.statistics = {irosurvey::total("y")}, .by = {"h"}});
  EXPECT_EQ(found.rows[0].n + found.rows[1].n, 8);
  EXPECT_TRUE(agree(found.rows[0].value + found.rows[1].value, 76.0 - 1.0 - 16.0, kByHand));
  EXPECT_EQ(found.statistics[0].df, 3.0);
}

TEST(Groups, MeetTheDomain) {
  const Mask where = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const Estimate found = ask(ten_rows(), {.statistics = {irosurvey::total("y")}, .where = where, .by = {"h"}});
  EXPECT_EQ(found.rows[0].value, 5.0 + 9.0 + 4.0 + 12.0);
  EXPECT_EQ(found.rows[0].n, 4);
}

TEST(Groups, AreIndependentWhereTheyShareNoUnit) {
  Table table = ten_rows();
  const Estimate found = ask(table, {.statistics = {irosurvey::mean("y")}, .by = {"stratum"}, .covariance = true});
  EXPECT_EQ(found.covariance[1], 0.0);
  EXPECT_EQ(found.covariance[2], 0.0);
}

// ------------------------------------------------------------------------------------------------ the result's own words

TEST(Result, NamesEveryChoice) {
  DesignSpec spec = stratified_units();
  spec.singleton = SingletonRule::adjust;
  const Estimate found =
      estimate(Design::declare(ten_rows().frame(), spec),
               {.statistics = {irosurvey::mean("y")}, .missing = MissingRule::listwise, .df = DfRule::domain_strata});
  const auto choice = [&](const std::string& name) {
    for (const irosurvey::Choice& made : found.choices) {
      if (made.name == name) return made.value;
    }
    return std::string("not named");
  };
  EXPECT_EQ(choice("singleton strata"), "adjust");
  EXPECT_EQ(choice("missing values"), "listwise");
  EXPECT_EQ(choice("degrees of freedom"), "domain-strata");
  EXPECT_NE(choice("variance"), "not named");
}

TEST(Result, NamesOfRulesGoBothWays) {
  for (const DfRule rule :
       {DfRule::design, DfRule::domain_strata, DfRule::full_design, DfRule::infinite, DfRule::n_minus_1}) {
    EXPECT_EQ(irosurvey::df_rule(name_of(rule)), rule);
  }
  for (const MissingRule rule : {MissingRule::domain, MissingRule::listwise}) {
    EXPECT_EQ(irosurvey::missing_rule(name_of(rule)), rule);
  }
  for (const SingletonRule rule : {SingletonRule::fail, SingletonRule::remove, SingletonRule::certainty,
                                   SingletonRule::adjust, SingletonRule::average}) {
    EXPECT_EQ(irosurvey::singleton_rule(name_of(rule)), rule);
  }
  const auto error = error_of([] { (void)irosurvey::df_rule("desing"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_EQ(error->details().candidates, std::vector<std::string>{"design"});
}

TEST(Result, DerivedNumbers) {
  const Estimate found = ask(ten_rows(), {.statistics = {irosurvey::mean("y"), irosurvey::statistic(T("y") - T("y"))}});
  const EstimateRow& row = found.rows[0];
  EXPECT_TRUE(agree(found.standard_error(0), std::sqrt(row.variance), kByHand));
  EXPECT_TRUE(agree(found.cv(0), std::sqrt(row.variance) / row.value, kByHand));
  EXPECT_TRUE(agree(found.design_effect(0), row.variance / row.srs_variance, kByHand));
  EXPECT_TRUE(agree(found.effective_n(0) * found.design_effect(0), 10.0, kByHand));
  const double wor = row.variance / (row.srs_variance * (1.0 - 10.0 / 14.0));
  EXPECT_TRUE(agree(found.design_effect(0, irosurvey::DesignEffectReference::wor), wor, kByHand));
  EXPECT_TRUE(std::isnan(found.cv(1))) << "an estimate of 0 has no coefficient of variation";
}

TEST(Result, CvIsPositiveForANegativeEstimate) {
  const Estimate found = ask(ten_rows(), {.statistics = {irosurvey::statistic(-T("y") / T(1))}});
  EXPECT_LT(found.rows[0].value, 0.0);
  EXPECT_GT(found.cv(0), 0.0);
}

// -------------------------------------------------------------------------------------------------- linear combinations

Estimate by_group() {
  return ask(ten_rows(),
             {.statistics = {irosurvey::mean("y"), irosurvey::total("y")}, .by = {"g"}, .covariance = true});
}

TEST(LinearCombinations, AreLThetaAndLVL) {
  const Estimate base = by_group();
  const std::vector<double> weights = {1, -1, 0, 0, 0.5, 0.5, 2, 0};
  const Estimate found = linear_combinations(base, weights, {"difference", "mixture"});
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_TRUE(agree(found.rows[0].value, base.rows[0].value - base.rows[1].value, kByHand));
  for (std::size_t a = 0; a < 2; ++a) {
    EXPECT_EQ(found.statistics[a].name, a == 0 ? "difference" : "mixture");
    for (std::size_t b = 0; b < 2; ++b) {
      double expected = 0.0;
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < 4; ++j)
          expected += weights[a * 4 + i] * weights[b * 4 + j] * base.covariance[i * 4 + j];
      }
      EXPECT_TRUE(agree(found.covariance[a * 2 + b], expected, 10.0 * kByHand, 1.0));
    }
    EXPECT_TRUE(agree(found.rows[a].variance, found.covariance[a * 2 + a], 10.0 * kByHand));
    EXPECT_EQ(found.rows[a].df, 3.0) << "of all cells together";
    EXPECT_TRUE(std::isnan(found.design_effect(static_cast<Index>(a))));
  }
}

TEST(LinearCombinations, OfWhatDoesntVaryHaveNoVariance) {
  const Estimate shares = ask(ten_rows(), {.statistics = {irosurvey::proportion("g")}, .covariance = true});
  const Estimate sum = linear_combinations(shares, {1, 1}, {"everybody"});
  EXPECT_TRUE(agree(sum.rows[0].value, 1.0, kByHand));
  EXPECT_EQ(sum.rows[0].variance, 0.0);
}

TEST(LinearCombinations, OfAnEmptyCellAreEmptyUnlessItsWeightIsZero) {
  const Mask where = {1, 1, 1, 1, 0, 0, 1, 0, 0, 0};  // nobody with g = 2
  const Estimate base =
      ask(ten_rows(), {.statistics = {irosurvey::mean("y")}, .where = where, .by = {"g"}, .covariance = true});
  const Estimate found = linear_combinations(base, {1, -1, 1, 0}, {"difference", "first"});
  EXPECT_EQ(found.rows[0].status, Status::empty);
  EXPECT_TRUE(std::isnan(found.rows[0].value) && std::isnan(found.rows[0].variance));
  EXPECT_EQ(found.rows[1].status, Status::ok);
  EXPECT_EQ(found.rows[1].value, base.rows[0].value);
}

TEST(LinearCombinations, NeedACovarianceAndAWeightForEveryRow) {
  const auto shape = error_of([] { (void)linear_combinations(by_group(), {1, -1}, {"difference"}); });
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->code(), ErrorCode::argument);
  Estimate without = by_group();
  without.covariance.clear();
  const auto covariance = error_of([&] { (void)linear_combinations(without, {1, -1, 0, 0}, {"difference"}); });
  ASSERT_TRUE(covariance);
  EXPECT_EQ(covariance->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*covariance, "covariance"));
}

}  // namespace
}  // namespace irosurvey_tests
