// Expressions of totals that have domains of their own, and combinations of the rows of a result.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/derivatives.hpp"
#include "support/errors.hpp"
#include "support/printing.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Column;
using irosurvey::ColumnNotes;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Expr;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::Query;
using irosurvey::Status;
using irosurvey::T;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// The same numbers along another path.
constexpr double kSame = 1e-12;
// Sums of the same numbers in another order.
constexpr double kReordered = 1e-13;

Expr mean_of(const std::string& y) { return T(y) / T(1); }

Estimate ask(const Table& table, const DesignSpec& spec, const Query& query) {
  return estimate(Design::declare(table.frame(), spec), query);
}

Query about(std::vector<Expr> expressions) {
  Query query{.covariance = true, .threads = 1};
  for (Expr& expression : expressions) query.statistics.push_back(irosurvey::statistic(std::move(expression)));
  return query;
}

Mask rows_with(const Table& table, const std::string& column, double value) {
  Mask mask;
  for (const double found : table.numbers(column)) mask.push_back(found == value ? 1 : 0);
  return mask;
}

std::vector<DesignSpec> designs() { return {{.weights = "w"}, one_stage(), two_stages()}; }

// ---------------------------------------------------------------------------------------------------------- as text

TEST(Expressions, AreWrittenAsTheyWouldBeTyped) {
  const Expr women = mean_of("y").within("sex", {2});
  EXPECT_EQ(women.text(), "T(y within sex = 2) / T(1 within sex = 2)");
  EXPECT_EQ(women.within("g", {1, 3}).text(),
            "T(y within sex = 2 and g in {1, 3}) / T(1 within sex = 2 and g in {1, 3})");
  EXPECT_EQ((T("answer", {std::string("never")}).within("late") - 2.0).text(), "T(answer = never within late) - 2");
  EXPECT_EQ(women.within("sex", {2}).text(), women.text());
  EXPECT_EQ(women.columns(), std::vector<std::string>{"y"});
  ASSERT_EQ(women.within("late").memberships().size(), 2U);
  EXPECT_EQ(women.within("late").memberships()[1].column, "late");
  const Expr change = log(Expr::row(1, "South") / Expr::row(0));
  EXPECT_EQ(change.text(), "log([South] / [0])");
  EXPECT_EQ(change.within("sex", {2}).text(), change.text());
}

// ------------------------------------------------------------------------------------------------- domains of totals

// All of a base in one domain: the same moments from the same rows. Units without members are totals of 0 in one, and are
// not there to be added in the other.
TEST(Expressions, AMeanWithinADomainIsTheMeanOfTheDomain) {
  const Table table = synthetic_survey(301);
  for (const MissingRule missing : {MissingRule::domain, MissingRule::listwise}) {
    for (const DesignSpec& spec : designs()) {
      // Listwise takes out rows that miss y in either sex if sex is the call's domain, but not if it is the total's own.
      const char* y = missing == MissingRule::domain ? "y" : "u";
      Query inside = about({mean_of(y).within("sex", {2}), T(y).within("sex", {2})});
      Query where = about({mean_of(y), T(y)});
      where.where = rows_with(table, "sex", 2.0);
      inside.missing = where.missing = missing;
      inside.by = where.by = {"region"};
      EXPECT_TRUE(near_answer(ask(table, spec, inside), ask(table, spec, where), kReordered));
    }
  }
}

TEST(Expressions, ADifferenceOverDomainsIsThatOfGroups) {
  const Table table = synthetic_survey(302);
  for (const DesignSpec& spec : designs()) {
    const Estimate difference =
        ask(table, spec, about({mean_of("y").within("sex", {1}) - mean_of("y").within("sex", {2})}));
    Query by = about({mean_of("y")});
    by.by = {"sex"};
    const Estimate groups = linear_combinations(ask(table, spec, by), {1.0, -1.0}, {"difference"});
    EXPECT_TRUE(agree(difference.rows[0].value, groups.rows[0].value, kSame));
    EXPECT_TRUE(agree(difference.rows[0].variance, groups.rows[0].variance, kSame));
    EXPECT_EQ(difference.rows[0].df, groups.rows[0].df);
    EXPECT_EQ(difference.rows[0].n, groups.rows[0].n);
  }
}

TEST(Expressions, AMissingValueOutsideATotalsDomainIsNotMissed) {
  Table table = synthetic_survey(303, {.missing = false});
  const Query query = about({T("y").within("sex", {1}) / T(1), mean_of("y").within("sex", {1})});
  const Estimate complete = ask(table, two_stages(), query);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.numbers("sex")[row] == 2.0) table.numbers("y")[row] = kNaN;
  }
  for (const MissingRule missing : {MissingRule::domain, MissingRule::listwise}) {
    Query holes = query;
    holes.missing = missing;
    EXPECT_TRUE(same_answer(complete, ask(table, two_stages(), holes)));
  }
  EXPECT_LT(complete.rows[1].n, complete.rows[0].n) << "only the first counts all rows in its denominator";
}

TEST(Expressions, ARowThatMissesTheDomainsColumnIsOutside) {
  Table table = synthetic_survey(304, {.missing = false});
  const Table whole = table;
  for (std::size_t row = 0; row < table.rows(); row += 5) table.numbers("sex")[row] = kNaN;
  const Estimate found = ask(table, one_stage(), about({T(1).within("sex", {1}) / T(1)}));
  double inside = 0.0;
  double all = 0.0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    all += table.numbers("w")[row];
    inside += table.numbers("sex")[row] == 1.0 ? table.numbers("w")[row] : 0.0;
  }
  EXPECT_TRUE(agree(found.rows[0].value, inside / all, kSame));
  EXPECT_EQ(found.rows[0].n, ask(whole, one_stage(), about({T(1)})).rows[0].n);
}

// 10⁹ and 10¹² are added exactly; what is left of the numbers' own digits is 2⁻¹⁰ and 2⁻¹⁰ still.
TEST(Expressions, AnOffsetChangesNoStandardErrorOfADifferenceOverDomains) {
  const Table table = synthetic_survey(305);
  const Expr gap = mean_of("u").within("sex", {1}) - mean_of("u").within("sex", {2});
  const Expr other = log(T("x").within("sex", {1}) / T("x").within("sex", {2}));
  for (const double offset : {1e9, 1e12}) {
    Table shifted = table;
    for (double& u : shifted.numbers("u")) u += offset;
    for (const DesignSpec& spec : designs()) {
      const Query query = about({gap, mean_of("u").within("sex", {2}), other});
      const Estimate plain = ask(table, spec, query);
      const Estimate found = ask(shifted, spec, query);
      for (std::size_t row = 0; row < plain.rows.size(); ++row) {
        EXPECT_TRUE(agree(found.rows[row].variance, plain.rows[row].variance, kSame)) << row << ", " << offset;
        // A design effect of the difference has rows outside each domain in its spread, which are 0.
        if (row == 0) continue;
        EXPECT_TRUE(agree(found.rows[row].srs_variance, plain.rows[row].srs_variance, kSame)) << row;
      }
    }
  }
}

TEST(Expressions, AGroupWithoutOneOfTheDomainsHasNoValue) {
  Table table = synthetic_survey(306, {.missing = false});
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.numbers("g")[row] == 3.0) table.numbers("sex")[row] = 1.0;
  }
  Query query =
      about({mean_of("y").within("sex", {1}) - mean_of("y").within("sex", {2}), mean_of("y").within("sex", {2})});
  query.by = {"g"};
  const Estimate found = ask(table, one_stage(), query);
  EXPECT_EQ(found.rows[2].status, Status::undefined);
  EXPECT_EQ(found.rows[6].status, Status::empty) << "nobody is in the base";
  EXPECT_EQ(found.rows[1].status, Status::ok);
}

TEST(Expressions, DomainsAreNamedByCodesOrLabels) {
  ColumnNotes notes;
  notes.value_labels = {{Index{1}, "man"}, {Index{2}, "woman"}};
  Table table = synthetic_survey(307);
  const auto frame = table.frame().with_column(Column::of_numbers("sex", table.numbers("sex"), notes));
  const Design design = Design::declare(frame, one_stage());
  const Estimate codes = estimate(design, about({mean_of("y").within("sex", {2}), T("sex", {Index{2}})}));
  const Estimate labels =
      estimate(design, about({mean_of("y").within("sex", {std::string("woman")}), T("sex", {std::string("woman")})}));
  EXPECT_TRUE(same_answer(codes, labels));
}

TEST(Expressions, SayWhatIsWrongWithADomain) {
  const Table table = synthetic_survey(308);
  const auto refusal = [&](const Expr& expr) {
    return error_of([&] { (void)ask(table, one_stage(), about({expr})); });
  };
  const auto level = refusal(mean_of("y").within("sex", {3}));
  ASSERT_TRUE(level);
  EXPECT_EQ(level->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*level, "levels of column 'sex'"));
  EXPECT_EQ(level->details().found, "3");
  const auto column = refusal(mean_of("y").within("sexx", {1}));
  ASSERT_TRUE(column);
  EXPECT_EQ(column->code(), ErrorCode::column);
  EXPECT_EQ(column->details().candidates, std::vector<std::string>{"sex"});
  const auto no_boolean = refusal(mean_of("y").within("g"));
  ASSERT_TRUE(no_boolean);
  EXPECT_TRUE(mentions(*no_boolean, "Name the levels"));
  const auto none = error_of([] { (void)T("y").within("sex", {}); });
  ASSERT_TRUE(none);
  EXPECT_TRUE(mentions(*none, "at least one level"));
  const auto rows = refusal(Expr::row(0) / T(1));
  ASSERT_TRUE(rows);
  EXPECT_TRUE(mentions(*rows, "totals of columns, not rows of a result"));
}

// -------------------------------------------------------------------------------------- gradients, kind by kind of node

/// Positive totals near 1, so that every function has a value and derivatives of moderate size.
std::vector<Expr> every_kind() {
  const Expr a = T("x") / T(1);
  const Expr b = T("x").within("sex", {1}) / T(1).within("sex", {1});
  return {T("x") / 500.0,
          T("x").within("sex", {1}) / 500.0,
          T("g", {Index{1}, Index{2}}).within("sex", {2}) / 500.0,
          a + b,
          a - 2.0 * b,
          a * b,
          (a + 1.0) / (b + 2.0),
          T("x").within("sex", {2}) / T("u_positive"),
          -b,
          log(b),
          exp(a - b),
          sqrt(a * b),
          pow(b, 2.5),
          pow(a, -1.0)};
}

Table positive_survey(std::uint64_t seed) {
  Table table = synthetic_survey(seed, {.strata = 3, .units = 3, .subunits = 2, .rows = 3, .zero_weights = false});
  Numbers positive;
  for (const double u : table.numbers("u")) positive.push_back(1.0 + std::fabs(u));
  return table.add("u_positive", positive);
}

TEST(Expressions, GradientsOfEveryKindOfNodeAreNumericalDerivatives) {
  Table table = positive_survey(309);
  Query query = about(every_kind());
  const std::vector<Numbers> scores = scores_by_differences(table, query);
  for (const DesignSpec& spec : designs()) {
    const Estimate found = ask(table, spec, query);
    for (std::size_t r = 0; r < found.rows.size(); ++r) {
      ASSERT_EQ(found.rows[r].status, Status::ok);
      table.add("score", scores[r]);
      const Estimate total = ask(table, spec, {.statistics = {irosurvey::total("score")}});
      EXPECT_TRUE(agree(found.rows[r].variance, total.rows[0].variance, kNumericalDerivative))
          << found.statistics[r].formula;
    }
  }
}

// ----------------------------------------------------------------------------------------------- combinations of rows

std::vector<Expr> every_kind_of_rows() {
  const Expr a = Expr::row(0, "a");
  const Expr b = Expr::row(2);
  const Expr c = Expr::row(3);
  return {a, a + b, a - 2.0 * c, a * b * c, a / (b + c), -c, log(a / b), exp(a - c), sqrt(b * c), pow(c, 2.5)};
}

TEST(Combinations, AreThoseOfExpressionsOfTheSameTotals) {
  const Table table = positive_survey(310);
  const Expr a = mean_of("x").within("sex", {1});
  const Expr b = mean_of("x").within("sex", {2});
  for (const DesignSpec& spec : designs()) {
    Query query = about({mean_of("x"), T("u_positive") / T("x")});
    query.by = {"sex"};
    const Estimate rows = ask(table, spec, query);
    const auto result = nonlinear_combinations(rows, {log(Expr::row(0) / Expr::row(1)), Expr::row(0) * Expr::row(3)},
                                               {"log ratio", "product"});
    const Expr ratio = (T("u_positive") / T("x")).within("sex", {2});
    const Estimate direct = ask(table, spec, about({log(a / b), a * ratio}));
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(agree(result.rows[i].value, direct.rows[i].value, kSame));
      EXPECT_TRUE(agree(result.rows[i].variance, direct.rows[i].variance, kSame));
      EXPECT_EQ(result.rows[i].n, direct.rows[i].n);
      EXPECT_EQ(result.rows[i].df, direct.rows[i].df);
    }
    const double scale = std::sqrt(direct.rows[0].variance * direct.rows[1].variance);
    EXPECT_NEAR(result.covariance[1], direct.covariance[1], kSame * scale);
    EXPECT_EQ(result.covariance[0], result.rows[0].variance);
    EXPECT_EQ(result.statistics[0].name, "log ratio");
    EXPECT_EQ(result.statistics[1].formula, "[0] * [3]");
  }
}

TEST(Combinations, GradientsOfEveryKindOfNodeAreNumericalDerivatives) {
  Query query = about({mean_of("u_positive"), T("x") / 500.0});
  query.by = {"sex"};
  const Estimate rows = ask(positive_survey(311), two_stages(), query);
  const std::vector<Expr> functions = every_kind_of_rows();
  const std::vector<std::string> names(functions.size(), "f");
  const Estimate found = nonlinear_combinations(rows, functions, names);
  constexpr double kStep = 1e-5;  // truncated at 1e-10, rounded at 1e-11
  std::vector<double> jacobian(functions.size() * 4);
  for (std::size_t j = 0; j < 4; ++j) {
    Estimate shifted[2] = {rows, rows};
    const double step = kStep * rows.rows[j].value;
    shifted[0].rows[j].value -= step;
    shifted[1].rows[j].value += step;
    const Estimate low = nonlinear_combinations(shifted[0], functions, names);
    const Estimate high = nonlinear_combinations(shifted[1], functions, names);
    for (std::size_t i = 0; i < functions.size(); ++i) {
      jacobian[i * 4 + j] = (high.rows[i].value - low.rows[i].value) / (2.0 * step);
    }
  }
  const Estimate linear = linear_combinations(rows, jacobian, names);
  for (std::size_t i = 0; i < functions.size() * functions.size(); ++i) {
    const double scale =
        std::sqrt(linear.rows[i / functions.size()].variance * linear.rows[i % functions.size()].variance);
    EXPECT_NEAR(found.covariance[i], linear.covariance[i], kNumericalDerivative * scale) << i;
  }
}

TEST(Combinations, CountRowsOfAGroupOnce) {
  Query query = about({mean_of("x"), mean_of("y")});
  query.by = {"sex"};
  const Estimate rows = ask(synthetic_survey(312), one_stage(), query);
  const Estimate found = nonlinear_combinations(rows, {Expr::row(0) - Expr::row(2), Expr::row(0) / Expr::row(3)},
                                                {"of one group", "of two groups"});
  EXPECT_EQ(found.rows[0].n, rows.rows[0].n) << "the larger base of the two";
  EXPECT_EQ(found.rows[1].n, rows.rows[0].n + rows.rows[3].n);
  EXPECT_TRUE(agree(found.rows[1].weighted_n, rows.rows[0].weighted_n + rows.rows[3].weighted_n, kSame));
  EXPECT_EQ(found.rows[0].units, std::max(rows.rows[0].units, rows.rows[2].units));
  EXPECT_GT(found.rows[0].strata, 0);
  EXPECT_EQ(found.rows[1].units, 0) << "a unit may hold members of both groups: how many hold any can't be told";
  EXPECT_EQ(found.rows[1].strata, 0);
}

TEST(Combinations, WeighSomethingByNumbers) {
  Query query = about({mean_of("x")});
  query.by = {"sex"};
  const Estimate rows = ask(synthetic_survey(315), one_stage(), query);
  const auto refusal = [&](const std::vector<double>& weights) {
    return error_of([&] { (void)linear_combinations(rows, weights, {"difference"}); });
  };
  const double none = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& weights : {std::vector{none, 1.0}, {1.0, infinite}, {0.0, 0.0}}) {
    const auto error = refusal(weights);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_TRUE(mentions(*error, "difference"));
  }
  EXPECT_NO_THROW((void)linear_combinations(rows, {0.0, 1.0}, {"one alone"}));
}

TEST(Combinations, OfNothingThereHaveNoValue) {
  Query query = about({mean_of("x") - mean_of("x"), mean_of("x")});
  query.by = {"sex"};
  query.where = rows_with(synthetic_survey(313), "sex", 1.0);
  const Estimate rows = ask(synthetic_survey(313), one_stage(), query);
  const Estimate found = nonlinear_combinations(
      rows, {Expr::row(2) / Expr::row(0), Expr::row(2) + Expr::row(3), log(Expr::row(2)), sqrt(Expr::row(0))},
      {"by zero", "with an empty row", "fine", "infinite slope"});
  EXPECT_EQ(found.rows[0].status, Status::undefined);
  EXPECT_EQ(found.rows[1].status, Status::empty);
  EXPECT_EQ(found.rows[2].status, Status::ok);
  EXPECT_EQ(found.rows[3].status, Status::undefined);
  EXPECT_TRUE(std::isnan(found.rows[0].value) && std::isnan(found.rows[0].variance));
  EXPECT_TRUE(std::isnan(found.covariance[0]) && std::isnan(found.covariance[2]));
  EXPECT_EQ(found.covariance[10], found.rows[2].variance);
}

TEST(Combinations, SayWhatIsMissingOrWrong) {
  Query query = about({mean_of("x")});
  query.by = {"sex"};
  const Table table = synthetic_survey(314);
  const Estimate rows = ask(table, one_stage(), query);
  query.covariance = false;
  const Estimate variances = ask(table, one_stage(), query);
  const auto refusal = [](const Estimate& from, const Expr& expr) {
    return error_of([&] { (void)nonlinear_combinations(from, {expr}, {"it"}); });
  };
  const auto none = refusal(variances, Expr::row(0));
  ASSERT_TRUE(none);
  EXPECT_TRUE(mentions(*none, "covariance = true"));
  const auto totals = refusal(rows, T("x") / Expr::row(0));
  ASSERT_TRUE(totals);
  EXPECT_TRUE(mentions(*totals, "rows of the estimate, not totals of columns"));
  for (const Index row : {Index{2}, Index{-1}}) {
    const auto outside = refusal(rows, Expr::row(row));
    ASSERT_TRUE(outside);
    EXPECT_TRUE(mentions(*outside, "a row from 0 to 1"));
  }
  const auto constant = refusal(rows, Expr(2.0));
  ASSERT_TRUE(constant);
  EXPECT_TRUE(mentions(*constant, "at least one row"));
}

// --------------------------------------------------------------------------------- one question, several statistics

TEST(Covariance, OfDifferentStatisticsComesFromOneQuestion) {
  // cov(a, b) = (V(a + b) − V(a − b)) / 4, with sums and differences as expressions of their own.
  const Table table = synthetic_survey(315, {.missing = false});
  const Expr ratio = T("u") / T("x");
  for (const DesignSpec& spec : designs()) {
    Query query = about({});
    query.statistics = {irosurvey::mean("y"), irosurvey::ratio("u", "x"), irosurvey::total("x"),
                        irosurvey::proportion("answer").titled("how often")};
    const Estimate found = ask(table, spec, query);
    ASSERT_EQ(found.rows.size(), 6U);
    const Estimate sums = ask(table, spec, about({mean_of("y") + ratio, mean_of("y") - ratio}));
    const double scale = std::sqrt(found.rows[0].variance * found.rows[1].variance);
    EXPECT_NEAR(found.covariance[1], (sums.rows[0].variance - sums.rows[1].variance) / 4.0, kSame * scale);
    EXPECT_EQ(found.statistics[3].name, "how often");
    EXPECT_EQ(found.statistics[5].question, 3);
    EXPECT_EQ(found.statistics[2].question, 2);
  }
}

// ------------------------------------------------------------------------------------------------------ nobody answered

TEST(Levels, AColumnMissingInEveryRowIsARowWithBaseZero) {
  Table table = synthetic_survey(316);
  table.add("never asked", Numbers(table.rows(), kNaN));
  table.add("never said", Texts(table.rows(), std::nullopt));
  const Query query{.statistics = {irosurvey::proportion("never asked"), irosurvey::proportion("never said"),
                                   irosurvey::mean("never asked"), irosurvey::mean("x")}};
  const Estimate found = ask(table, one_stage(), query);
  ASSERT_EQ(found.rows.size(), 4U);
  for (std::size_t row = 0; row < 3; ++row) {
    EXPECT_EQ(found.rows[row].status, Status::empty);
    EXPECT_EQ(found.rows[row].n, 0);
    EXPECT_FALSE(found.statistics[row].level);
  }
  EXPECT_EQ(found.rows[3].status, Status::ok);
}

TEST(Levels, GroupsByAColumnMissingInEveryRowAreRefused) {
  Table table = synthetic_survey(317);
  table.add("never said", Texts(table.rows(), std::nullopt));
  for (const std::vector<std::string>& by : {std::vector<std::string>{"never said"}, {"sex", "never said"}}) {
    const auto error =
        error_of([&] { (void)ask(table, one_stage(), {.statistics = {irosurvey::mean("x")}, .by = by}); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_TRUE(mentions(*error, "'never said'"));
    EXPECT_TRUE(mentions(*error, "there is no group"));
  }
}

}  // namespace
}  // namespace irosurvey_tests
