// What a design refuses, with the row; what it finds; and the weights that it makes from sampling fractions.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/design/design.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignDescription;
using irosurvey::DesignSpec;
using irosurvey::Error;
using irosurvey::ErrorCode;
using irosurvey::Index;
using irosurvey::SingletonRule;
using irosurvey::Stage;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// A few operations on small numbers.
constexpr double kRounding = 1e-14;

/// Two strata of three and two units; two rows in each unit but the last, which has one.
Table nine_rows() {
  Table table;
  table.add("w", Numbers{1, 2, 3, 1, 2, 3, 0, 1.5, 4});
  table.add("region", Texts{"N", "N", "N", "N", "N", "N", "S", "S", "S"});
  table.add("unit", Numbers{1, 1, 2, 2, 3, 3, 1, 1, 2});
  table.add("size", Numbers{6, 6, 6, 6, 6, 6, 4, 4, 4});
  return table;
}

std::optional<Error> refusal(const Table& table, const DesignSpec& spec) {
  return error_of([&] { (void)Design::declare(table.frame(), spec); });
}

void expect_refusal(const Table& table, const DesignSpec& spec, ErrorCode code, std::optional<Index> row,
                    const std::string& words) {
  const auto error = refusal(table, spec);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), code) << error->what();
  EXPECT_EQ(error->details().row, row) << error->what();
  EXPECT_TRUE(mentions(*error, words));
  EXPECT_FALSE(error->details().expected.empty()) << error->what();
  EXPECT_FALSE(error->details().found.empty()) << error->what();
}

// ---------------------------------------------------------------------------------------------------------- weights

TEST(Declare, RefusesAWeightThatIsMissingNegativeOrInfiniteWithItsRow) {
  for (const double wrong : {kNaN, -0.5, kInfinity}) {
    Table table = nine_rows();
    table.numbers("w")[4] = wrong;
    const auto error = refusal(table, {.weights = "w"});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->details().row, 4) << error->what();
    EXPECT_TRUE(mentions(*error, "'w'"));
    EXPECT_TRUE(error->code() == ErrorCode::design || std::isinf(wrong)) << error->what();
  }
}

TEST(Declare, AcceptsAWeightOfZero) {
  const Design design = Design::declare(nine_rows().frame(), {.weights = "w"});
  EXPECT_EQ(design.weights()[6], 0.0);
  EXPECT_EQ(design.weights().size(), 9U);
}

TEST(Declare, TakesWeightOneWhereNothingIsKnown) {
  const Design design = Design::declare(nine_rows().frame(), {.stages = {{"region", "unit", {}}}});
  for (const double weight : design.weights()) EXPECT_EQ(weight, 1.0);
}

TEST(Declare, MakesWeightsFromPopulationSizesAndFractionsOfEveryStage) {
  Table table = nine_rows();
  table.add("rows", Numbers{4, 4, 8, 8, 2, 2, 0.25, 0.25, 0.5});
  const Design design = Design::declare(table.frame(), {.stages = {{"region", "unit", "size"}, {"", "", "rows"}}});
  const std::vector<double> expected = {4, 4, 8, 8, 2, 2, 8, 8, 4};
  for (std::size_t row = 0; row < expected.size(); ++row)
    EXPECT_TRUE(agree(design.weights()[row], expected[row], kRounding)) << row;
}

TEST(Declare, LeavesStagesWithoutAFinitePopulationOutOfItsWeights) {
  Table table = nine_rows();
  table.add("rows", Numbers{4, 4, 8, 8, 2, 2, 0.25, 0.25, 0.5});
  const Design design = Design::declare(table.frame(), {.stages = {{"region", "unit", {}}, {"", "", "rows"}}});
  EXPECT_TRUE(agree(design.weights()[2], 4.0, kRounding));
}

TEST(Declare, TakesWeightsThatWereGivenBeforeFractions) {
  const Design design = Design::declare(nine_rows().frame(), {.weights = "w", .stages = {{"region", "unit", "size"}}});
  EXPECT_EQ(design.weights()[2], 3.0);
}

// ------------------------------------------------------------------------------------------------------- labels, shape

TEST(Declare, RefusesAMissingStratumOrClusterWithItsRow) {
  Table strata = nine_rows();
  strata.add("region", Texts{"N", "N", "N", std::nullopt, "N", "N", "S", "S", "S"});
  expect_refusal(strata, {.weights = "w", .stages = {{"region", "unit", {}}}}, ErrorCode::design, 3, "'region'");
  Table clusters = nine_rows();
  clusters.numbers("unit")[7] = kNaN;
  expect_refusal(clusters, {.weights = "w", .stages = {{"region", "unit", {}}}}, ErrorCode::design, 7, "'unit'");
}

TEST(Declare, RefusesUnknownColumnsWithNamesThatAreNear) {
  for (const DesignSpec& spec :
       {DesignSpec{.weights = "regoin"}, DesignSpec{.stages = {{"regoin", "", {}}}},
        DesignSpec{.stages = {{"", "regoin", {}}}}, DesignSpec{.stages = {{"", "", "regoin"}}}}) {
    const auto error = refusal(nine_rows(), spec);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::column);
    EXPECT_EQ(error->details().candidates, std::vector<std::string>{"region"});
  }
}

TEST(Declare, RefusesTextForNumbers) {
  for (const DesignSpec& spec : {DesignSpec{.weights = "region"}, DesignSpec{.stages = {{"", "", "region"}}}}) {
    const auto error = refusal(nine_rows(), spec);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::column);
  }
}

TEST(Declare, RefusesAStageBelowRows) {
  expect_refusal(nine_rows(), {.weights = "w", .stages = {{"region", "", {}}, {"", "unit", {}}}}, ErrorCode::design,
                 std::nullopt, "stage 1");
}

TEST(Declare, RefusesDataWithoutRows) {
  Table table;
  table.add("w", Numbers{});
  expect_refusal(table, {.weights = "w"}, ErrorCode::design, std::nullopt, "rows");
}

// ------------------------------------------------------------------------------------------------- finite populations

TEST(Declare, RefusesAPopulationThatIsMissingOrNotPositive) {
  for (const double wrong : {kNaN, 0.0, -6.0}) {
    Table table = nine_rows();
    table.numbers("size")[2] = wrong;
    expect_refusal(table, {.weights = "w", .stages = {{"region", "unit", "size"}}}, ErrorCode::design, 2, "'size'");
  }
}

TEST(Declare, RefusesAPopulationThatVariesWithinAStratum) {
  Table table = nine_rows();
  table.numbers("size")[5] = 7.0;
  expect_refusal(table, {.weights = "w", .stages = {{"region", "unit", "size"}}}, ErrorCode::design, 5, "region = N");
}

TEST(Declare, RefusesAPopulationSmallerThanItsSample) {
  Table table = nine_rows();
  table.add("size", Numbers{2, 2, 2, 2, 2, 2, 4, 4, 4});
  expect_refusal(table, {.weights = "w", .stages = {{"region", "unit", "size"}}}, ErrorCode::design, 0, "region = N");
  expect_refusal(table, {.weights = "w", .stages = {{"region", "unit", 2.0}}}, ErrorCode::design, 0, "3 units");
}

TEST(Declare, RefusesANumberThatIsNoPopulation) {
  for (const double wrong : {0.0, -1.0, kInfinity, kNaN}) {
    const auto error = refusal(nine_rows(), {.weights = "w", .stages = {{"region", "unit", wrong}}});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::design);
  }
}

TEST(Declare, AcceptsSizesAndFractionsInOneColumnAndACensus) {
  Table table = nine_rows();
  table.add("size", Numbers{0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 2, 2, 2});
  const auto found =
      Design::declare(table.frame(), {.weights = "w", .stages = {{"region", "unit", "size"}}}).describe();
  EXPECT_EQ(found.stages[0].least_fraction, 0.5);
  EXPECT_EQ(found.stages[0].most_fraction, 1.0);
  EXPECT_EQ(found.stages[0].certainty_strata, 1);
  table.add("size", Numbers(9, 1.0));
  EXPECT_EQ(Design::declare(table.frame(), {.weights = "w", .stages = {{"region", "unit", "size"}}})
                .describe()
                .stages[0]
                .certainty_strata,
            2);
}

// ------------------------------------------------------------------------------------------------------- description

TEST(Describe, CountsRowsWeightsAndUnits) {
  const DesignDescription found =
      Design::declare(nine_rows().frame(), {.weights = "w", .stages = {{"region", "unit", "size"}}}).describe();
  EXPECT_EQ(found.rows, 9);
  EXPECT_EQ(found.zero_weights, 1);
  EXPECT_EQ(found.weight_sum, 17.5);
  EXPECT_EQ(found.weight_min, 1.0);
  EXPECT_EQ(found.weight_max, 4.0);
  double squares = 0.0;
  for (const double w : {1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.5, 4.0}) squares += w * w;
  const double mean = 17.5 / 8.0;
  const double cv = std::sqrt(squares / 8.0 - mean * mean) / mean;
  EXPECT_TRUE(agree(found.weight_cv, cv, 10.0 * kRounding));
  EXPECT_TRUE(agree(found.kish_effect, 8.0 * squares / (17.5 * 17.5), 10.0 * kRounding));
  EXPECT_EQ(found.degrees_of_freedom, 3);
  ASSERT_EQ(found.stages.size(), 1U);
  EXPECT_EQ(found.stages[0].strata, 2);
  EXPECT_EQ(found.stages[0].units, 5);
  EXPECT_EQ(found.stages[0].least_units, 2);
  EXPECT_EQ(found.stages[0].most_units, 3);
  EXPECT_FALSE(found.stages[0].with_replacement);
  EXPECT_EQ(found.stages[0].least_fraction, 0.5);
  EXPECT_EQ(found.stages[0].most_fraction, 0.5);
  EXPECT_TRUE(found.stages[0].singletons.empty());
}

TEST(Describe, LabelsReusedAcrossStrataAreDifferentUnits) {
  const auto found =
      Design::declare(nine_rows().frame(), {.weights = "w", .stages = {{"region", "unit", {}}}}).describe();
  EXPECT_EQ(found.stages[0].units, 5);
  const auto unstratified =
      Design::declare(nine_rows().frame(), {.weights = "w", .stages = {{"", "unit", {}}}}).describe();
  EXPECT_EQ(unstratified.stages[0].units, 3);
}

TEST(Describe, SameLabelsInAnyOrderOfRowsAreTheSameUnits) {
  const Table shuffled = nine_rows().rows({8, 0, 5, 6, 3, 2, 7, 1, 4});
  const auto found =
      Design::declare(shuffled.frame(), {.weights = "w", .stages = {{"region", "unit", "size"}}}).describe();
  EXPECT_EQ(found.stages[0].strata, 2);
  EXPECT_EQ(found.stages[0].units, 5);
  EXPECT_EQ(found.degrees_of_freedom, 3);
}

TEST(Describe, UnitsOfZeroWeightCountAsUnitsButNotForDegreesOfFreedom) {
  Table table = nine_rows();
  table.numbers("w")[0] = table.numbers("w")[1] = 0.0;
  const auto found = Design::declare(table.frame(), {.weights = "w", .stages = {{"region", "unit", {}}}}).describe();
  EXPECT_EQ(found.stages[0].units, 5);
  EXPECT_EQ(found.degrees_of_freedom, 2);
}

TEST(Describe, NamesSingletonsAndTheRuleForThem) {
  const Table table = nine_rows().rows({0, 1, 2, 3, 6, 7});
  for (const SingletonRule rule : {SingletonRule::fail, SingletonRule::adjust}) {
    const DesignSpec spec{.weights = "w", .stages = {{"region", "unit", {}}}, .singleton = rule};
    const auto found = Design::declare(table.frame(), spec).describe();
    EXPECT_EQ(found.stages[0].singletons, std::vector<std::string>{"region = S"});
    ASSERT_FALSE(found.problems.empty());
    EXPECT_NE(found.problems[0].find("region = S"), std::string::npos);
    EXPECT_NE(found.problems[0].find(name_of(rule)), std::string::npos);
  }
}

TEST(Describe, AUnitTakenWithCertaintyIsNoSingleton) {
  Table table = nine_rows().rows({0, 1, 2, 3, 6, 7});
  table.add("size", Numbers{6, 6, 6, 6, 1, 1});
  const auto found =
      Design::declare(table.frame(), {.weights = "w", .stages = {{"region", "unit", "size"}}}).describe();
  EXPECT_TRUE(found.stages[0].singletons.empty());
  EXPECT_EQ(found.stages[0].certainty_strata, 1);
}

TEST(Describe, LaterStagesOfADesignWithReplacementAddNothing) {
  const DesignSpec spec{.weights = "w", .stages = {{"region", "unit", {}}, {"", "", 0.5}}};
  EXPECT_EQ(Design::declare(nine_rows().frame(), spec).describe().stages.size(), 1U);
  const DesignSpec finite{
      .weights = "w", .stages = {{"region", "unit", "size"}, {"", "", {}}}, .singleton = SingletonRule::remove};
  const auto found = Design::declare(nine_rows().frame(), finite).describe();
  ASSERT_EQ(found.stages.size(), 2U);
  EXPECT_TRUE(found.stages[1].with_replacement);
  EXPECT_EQ(found.stages[1].strata, 5);
  EXPECT_EQ(found.stages[1].units, 9);
}

TEST(Describe, SaysThatNothingCanBeEstimated) {
  Table table = nine_rows();
  table.add("w", Numbers(9, 0.0));
  const auto found = Design::declare(table.frame(), {.weights = "w"}).describe();
  EXPECT_EQ(found.zero_weights, 9);
  EXPECT_EQ(found.weight_sum, 0.0);
  EXPECT_EQ(found.degrees_of_freedom, 0);
  EXPECT_FALSE(found.problems.empty());
}

// ------------------------------------------------------------------------------------------------- collapsed strata

/// Strata 10, 9 … 1 in the order of rows, of one row each but where `pairs` names them.
Table ten_strata(const std::vector<double>& pairs, const Numbers& certain = {}) {
  Numbers stratum, size;
  for (double label = 10.0; label >= 1.0; label -= 1.0) {
    const bool pair = std::find(pairs.begin(), pairs.end(), label) != pairs.end();
    const bool whole = std::find(certain.begin(), certain.end(), label) != certain.end();
    for (int row = 0; row < (pair ? 2 : 1); ++row) {
      stratum.push_back(label);
      size.push_back(whole ? 1.0 : 8.0);
    }
  }
  Table table;
  return table.add("stratum", stratum).add("size", size).add("w", Numbers(stratum.size(), 8.0));
}

DesignDescription collapsed(const Table& table, irosurvey::Fpc fpc = "size") {
  const DesignSpec spec{
      .weights = "w", .stages = {{"stratum", "", std::move(fpc)}}, .singleton = SingletonRule::collapse};
  return Design::declare(table.frame(), spec).describe();
}

TEST(Collapse, MergesASingletonWithTheNextStratumInTheOrderOfLabelsAndTheLastWithTheOneBefore) {
  const auto found = collapsed(ten_strata({1, 2, 4, 5, 7, 8, 9}));
  EXPECT_EQ(found.stages[0].collapsed,
            (std::vector<std::string>{"stratum = 3 with stratum = 4", "stratum = 6 with stratum = 7",
                                      "stratum = 9 with stratum = 10"}));
  EXPECT_TRUE(found.stages[0].singletons.empty());
  EXPECT_EQ(found.stages[0].strata, 7);
  // 17 rows less 7 strata; 7 under any other rule.
  EXPECT_EQ(found.degrees_of_freedom, 10);
  ASSERT_FALSE(found.problems.empty());
  EXPECT_NE(found.problems[0].find("stratum = 9 with stratum = 10"), std::string::npos) << found.problems[0];
}

TEST(Collapse, SingletonsInARowMakePairsAndAThirdJoinsThem) {
  EXPECT_EQ(collapsed(ten_strata({4, 5, 6, 7, 8, 9, 10})).stages[0].collapsed,
            (std::vector<std::string>{"stratum = 1 with stratum = 2", "stratum = 3 with stratum = 4"}));
  EXPECT_EQ(collapsed(ten_strata({1, 2, 3, 4, 5, 6, 7})).stages[0].collapsed,
            (std::vector<std::string>{"stratum = 8 with stratum = 9 with stratum = 10"}));
}

TEST(Collapse, LeavesStrataTakenWithCertaintyAlone) {
  const auto found = collapsed(ten_strata({1, 2, 3, 5, 6, 7, 8}, {4, 10}));
  EXPECT_EQ(found.stages[0].collapsed, std::vector<std::string>{"stratum = 8 with stratum = 9"});
  EXPECT_EQ(found.stages[0].certainty_strata, 2);
}

TEST(Collapse, TakesAllUnitsOverAllOfThePopulation) {
  const auto found = collapsed(ten_strata({1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(found.stages[0].least_fraction, 3.0 / 16.0);
  EXPECT_EQ(found.stages[0].most_fraction, 2.0 / 8.0);
  EXPECT_TRUE(collapsed(ten_strata({1, 2}), std::monostate{}).stages[0].with_replacement);
}

TEST(Collapse, ChangesNoWeightsThatComeFromFractions) {
  const Table table = ten_strata({1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Design design =
      Design::declare(table.frame(), {.stages = {{"stratum", "", "size"}}, .singleton = SingletonRule::collapse});
  EXPECT_EQ(design.weights()[0], 8.0);
  EXPECT_EQ(design.weights()[1], 4.0);
}

TEST(Collapse, WithNothingToMergeWithIsASingletonStill) {
  const auto found = collapsed(ten_strata({}, {1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(found.stages[0].singletons, std::vector<std::string>{"stratum = 10"});
  EXPECT_TRUE(found.stages[0].collapsed.empty());
}

// ------------------------------------------------------------------------------------------------ a sentence for each

bool says(const DesignDescription& found, const std::string& words) {
  return std::any_of(found.problems.begin(), found.problems.end(),
                     [&](const std::string& sentence) { return sentence.find(words) != std::string::npos; });
}

DesignDescription described(const Table& table, const Stage& stage) {
  return Design::declare(table.frame(), {.weights = "w", .stages = {stage}}).describe();
}

TEST(Problems, AnOrdinaryDesignHasNone) {
  Table table = nine_rows();
  table.numbers("w")[6] = 1.5;
  EXPECT_TRUE(described(table, {"region", "unit", "size"}).problems.empty());
}

TEST(Problems, AnFpcThatIsTheSampleIsNoticed) {
  Table table = nine_rows();
  table.add("size", Numbers{3.1, 3.1, 3.1, 3.1, 3.1, 3.1, 4, 4, 4});
  const auto found = described(table, {"region", "unit", "size"});
  EXPECT_TRUE(says(found, "more than 90% of the population (region = N)"));
}

TEST(Problems, ACompleteStratumIsNamed) {
  Table table = nine_rows();
  table.add("size", Numbers{1, 1, 1, 1, 1, 1, 4, 4, 4});
  EXPECT_TRUE(says(described(table, {"region", "unit", "size"}), "One stratum of stage 1 was taken completely"));
}

TEST(Problems, FractionsFarApartAreNoticed) {
  Table table = nine_rows();
  table.add("size", Numbers{6, 6, 6, 6, 6, 6, 5000, 5000, 5000});
  EXPECT_TRUE(says(described(table, {"region", "unit", "size"}), "from 0.04% to 50%"));
  EXPECT_FALSE(says(described(nine_rows(), {"region", "unit", "size"}), "far apart"));
}

TEST(Problems, WeightsFarApartAreNoticed) {
  Table table = nine_rows();
  table.numbers("w")[0] = 1001.0;
  EXPECT_TRUE(says(described(table, {"region", "unit", "size"}), "from 1 to 1001"));
  table.numbers("w")[0] = 999.0;
  EXPECT_FALSE(says(described(table, {"region", "unit", "size"}), "far apart"));
}

TEST(Problems, ClustersOfOneRowAreNoticed) {
  Table table = nine_rows();
  table.add("unit", Numbers{1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_TRUE(says(described(table, {"region", "unit", {}}), "'unit' names rows, not clusters"));
  EXPECT_FALSE(says(described(nine_rows(), {"region", "unit", {}}), "names rows"));
}

TEST(Problems, WeightsThatDisagreeWithTheFpcAreNoticed) {
  Table table = nine_rows();
  table.add("w", Numbers{2, 2, 2, 2, 2, 2, 3, 3, 3}).add("size", Numbers{12, 12, 12, 12, 12, 12, 6, 6, 6});
  const auto found = described(table, {"region", "", "size"});
  EXPECT_TRUE(says(found, "(region = S: weights of 9, fpc of 6)"));
  table.add("w", Numbers{2, 2, 2, 2, 2, 2, 2.1, 2.1, 2.1});
  EXPECT_FALSE(says(described(table, {"region", "", "size"}), "add up to something else"));
  // Weights of rows and a population of clusters aren't comparable.
  EXPECT_FALSE(says(described(nine_rows(), {"region", "unit", "size"}), "add up to something else"));
}

// ------------------------------------------------------------------------------------------------------------- frames

TEST(WithFrame, KeepsTheDesignOverOtherColumns) {
  const Design design = Design::declare(nine_rows().frame(), {.weights = "w", .stages = {{"region", "unit", {}}}});
  const irosurvey::Frame more = design.frame().with_column(irosurvey::Column::of_numbers("y", Numbers(9, 1.0)));
  const Design other = design.with_frame(more);
  EXPECT_TRUE(other.frame().has("y"));
  EXPECT_FALSE(design.frame().has("y"));
  EXPECT_EQ(other.weights().data(), design.weights().data());
  EXPECT_EQ(other.describe().degrees_of_freedom, 3);
}

TEST(WithFrame, RefusesOtherRows) {
  const Design design = Design::declare(nine_rows().frame(), {.weights = "w"});
  const auto error = error_of([&] { (void)design.with_frame(nine_rows().rows({0, 1}).frame()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::design);
}

TEST(SingletonRules, AreListedWhereAnUnknownOneIsAskedFor) {
  const auto error = error_of([] { (void)irosurvey::singleton_rule("ajust"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "certainty"));
  EXPECT_EQ(error->details().candidates, std::vector<std::string>{"adjust"});
}

}  // namespace
}  // namespace irosurvey_tests
