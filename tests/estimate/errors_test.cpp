// Wrong questions are refused, and the message says what was expected, what was found, where, and how to mend it.

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/errors.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Error;
using irosurvey::ErrorCode;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::Query;
using irosurvey::SingletonRule;
using irosurvey::T;

std::optional<Error> refusal(const Query& query, const DesignSpec& spec = one_stage(),
                             const Table& table = synthetic_survey(51)) {
  const Design design = Design::declare(table.frame(), spec);
  return error_of([&] { (void)estimate(design, query); });
}

TEST(Refused, UnknownColumnWithNamesThatAreNear) {
  for (const Query& query :
       {Query{.statistics = {irosurvey::mean("anwser")}}, Query{.statistics = {irosurvey::proportion("anwser")}},
        Query{.statistics = {irosurvey::mean("y")}, .by = {"anwser"}},
        Query{.statistics = {irosurvey::statistic(T("anwser") / T(1))}}}) {
    const auto error = refusal(query);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::column);
    EXPECT_TRUE(mentions(*error, "anwser"));
    EXPECT_EQ(error->details().candidates, std::vector<std::string>{"answer"});
  }
}

TEST(Refused, MeanOfText) {
  for (const auto& statistic :
       {irosurvey::mean("answer"), irosurvey::total("answer"), irosurvey::ratio("y", "answer")}) {
    const auto error = refusal({.statistics = {statistic}});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::column);
    EXPECT_TRUE(mentions(*error, "answer"));
  }
}

TEST(Refused, InfiniteValueWithItsRow) {
  Table table = synthetic_survey(51);
  table.numbers("u")[17] = -std::numeric_limits<double>::infinity();
  const auto error = refusal({.statistics = {irosurvey::mean("u")}}, one_stage(), table);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::column);
  EXPECT_EQ(error->details().row, 17);
  EXPECT_TRUE(mentions(*error, "'u'"));
}

TEST(Refused, NoStatistic) {
  const auto error = refusal({});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
}

TEST(Refused, ExpressionWithoutATotal) {
  const auto error = refusal({.statistics = {irosurvey::statistic(irosurvey::Expr(2.0))}});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "total"));
}

TEST(Refused, DomainOfAnotherLength) {
  const auto error = refusal({.statistics = {irosurvey::mean("y")}, .where = Mask(7, 1)});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_EQ(error->details().found, "7");
  EXPECT_TRUE(mentions(*error, std::to_string(synthetic_survey(51).rows())));
}

TEST(Refused, DegreesOfFreedomThatAreNone) {
  for (const double df : {0.0, -4.0, std::numeric_limits<double>::quiet_NaN()}) {
    const auto error = refusal({.statistics = {irosurvey::mean("y")}, .df = df});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_TRUE(mentions(*error, "df"));
  }
}

TEST(Refused, LevelThatIsNeitherThereNorLabelled) {
  const auto number = refusal({.statistics = {irosurvey::proportion("g", {Index{1}, Index{7}})}});
  ASSERT_TRUE(number);
  EXPECT_EQ(number->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*number, "1, 2, 3, 4"));
  EXPECT_EQ(number->details().found, "7");
  const auto text = refusal({.statistics = {irosurvey::proportion("answer", {std::string("offten")})}});
  ASSERT_TRUE(text);
  EXPECT_TRUE(mentions(*text, "never, often, sometimes"));
}

TEST(Refused, ShareOfNoLevels) {
  const auto error = refusal({.statistics = {irosurvey::proportion("g", std::vector<irosurvey::LevelValue>{})}});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "'g'"));
}

TEST(Refused, NumbersWhoseSquaresDontFitInADouble) {
  // Neither a variance of 0 nor one of infinity.
  Table column = synthetic_survey(51);
  for (double& u : column.numbers("u")) u *= 1e200;
  Table weights = synthetic_survey(51);
  for (double& w : weights.numbers("w")) w *= 1e300;
  for (const Table& table : {column, weights}) {
    for (const auto& statistic : {irosurvey::mean("u"), irosurvey::total("u"), irosurvey::ratio("u", "x")}) {
      for (const bool covariance : {false, true}) {
        const auto error = refusal({.statistics = {statistic}, .covariance = covariance}, one_stage(), table);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), ErrorCode::numerical);
        EXPECT_TRUE(mentions(*error, "double precision"));
      }
    }
  }
}

TEST(Refused, ListwiseThatLeavesNoRow) {
  Table table = synthetic_survey(51);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    table.numbers(row % 2 == 0 ? "y" : "u")[row] = std::numeric_limits<double>::quiet_NaN();
  }
  const auto error =
      refusal({.statistics = {irosurvey::mean("y"), irosurvey::mean("u")}, .missing = MissingRule::listwise},
              one_stage(), table);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "listwise"));
  EXPECT_FALSE(error->details().remedy.empty());
}

// ------------------------------------------------------------------------------------------------------- singletons

/// Stratum 3 has lost all of its units but one.
Table with_a_singleton() {
  const Table table = synthetic_survey(52);
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.numbers("stratum")[row] != 3.0 || table.numbers("unit")[row] == 2.0) kept.push_back(row);
  }
  return table.rows(kept);
}

TEST(Refused, AStratumWithOneUnitIsNamedWithItsRowAndTheRules) {
  const Table table = with_a_singleton();
  const auto error = refusal({.statistics = {irosurvey::mean("y")}}, one_stage(), table);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::singleton);
  EXPECT_TRUE(mentions(*error, "stratum = 3"));
  ASSERT_TRUE(error->details().row.has_value());
  EXPECT_EQ(table.numbers("stratum")[static_cast<std::size_t>(*error->details().row)], 3.0);
  for (const std::string rule : {"remove", "certainty", "adjust", "average"}) EXPECT_TRUE(mentions(*error, rule));
}

TEST(Refused, ASingletonOfALaterStageIsNamedWithItsUnit) {
  Table table = synthetic_survey(53);
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const bool in_unit = table.numbers("stratum")[row] == 1.0 && table.numbers("unit")[row] == 4.0;
    if (!in_unit || table.numbers("subunit")[row] == 0.0) kept.push_back(row);
  }
  table = table.rows(kept);
  const auto error = refusal({.statistics = {irosurvey::mean("y")}}, two_stages(), table);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::singleton);
  EXPECT_TRUE(mentions(*error, "stage 2"));
  EXPECT_TRUE(mentions(*error, "unit = 4"));
}

TEST(Refused, AverageOfNothing) {
  DesignSpec spec{.weights = "w", .stages = {{"row", "", {}}}, .singleton = SingletonRule::average};
  Table table = synthetic_survey(54);
  Numbers rows;
  for (std::size_t row = 0; row < table.rows(); ++row) rows.push_back(static_cast<double>(row));
  table.add("row", rows);
  const auto error = refusal({.statistics = {irosurvey::mean("y")}}, spec, table);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::singleton);
  EXPECT_TRUE(mentions(*error, "average"));
}

// ---------------------------------------------------------------------------------------------------- interruption

/// One statistic of 80 columns, whose spread takes 3,240 products a row: tens of milliseconds even of a fast machine.
Query long_work(Table& table) {
  irosurvey::Expr sum = T("u");
  for (int i = 0; i < 80; ++i) {
    const std::string name = "column " + std::to_string(i);
    table.add(name, table.numbers("u"));
    sum = sum + T(name);
  }
  return {.statistics = {irosurvey::statistic(sum)}};
}

TEST(Interruption, EndsTheWorkWithItsOwnError) {
  Table table = synthetic_survey(55, {.strata = 4, .units = 400, .subunits = 5, .rows = 10});
  Query query = long_work(table);
  for (const int threads : {1, 2}) {
    int asked = 0;
    query.threads = threads;
    query.interrupt = [&] { return ++asked > 0; };
    const auto error = refusal(query, two_stages(), table);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::interrupted);
    EXPECT_EQ(asked, 1) << "whoever said stop isn't asked again";
  }
}

TEST(Interruption, ThatIsNotWantedChangesNothing) {
  const Design design = Design::declare(synthetic_survey(56).frame(), two_stages());
  const Query plain{.statistics = {irosurvey::mean("y")}};
  Query patient = plain;
  patient.interrupt = [] { return false; };
  EXPECT_EQ(estimate(design, plain).rows[0].value, estimate(design, patient).rows[0].value);
}

}  // namespace
}  // namespace irosurvey_tests
