// Sums that arrive in pieces: however rows are cut, ordered, stored, written down and merged, the answer is the one that all
// rows together give.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "estimate/byte_hash.hpp"
#include "estimate/random_survey.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/unit_totals.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/printing.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Column;
using irosurvey::ColumnNotes;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Error;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::Frame;
using irosurvey::Index;
using irosurvey::Level;
using irosurvey::LevelValue;
using irosurvey::Mask;
using irosurvey::Query;
using irosurvey::SingletonRule;
using irosurvey::Statistic;
using irosurvey::StreamQuery;
using irosurvey::T;
using irosurvey::UnitTotals;

// Sums of the same numbers in another order: a few hundred of them, each rounded to 1e-16.
constexpr double kReordered = 1e-13;

using Rows = std::vector<std::size_t>;

/// Rows that reach a sum together.
using Parts = std::vector<Rows>;

Parts cut(const Rows& rows, std::size_t parts) {
  Parts result(parts);
  for (std::size_t i = 0; i < rows.size(); ++i) result[i * parts / rows.size()].push_back(rows[i]);
  return result;
}

std::optional<Mask> some_rows(const Table& table, bool wanted) {
  if (!wanted) return std::nullopt;
  Mask where;
  for (const double u : table.numbers("u")) where.push_back(u > -0.5 ? 1 : 0);
  return where;
}

struct Question {
  StreamQuery query;
  bool covariance = false;

  [[nodiscard]] bool has_domain() const { return !query.where.empty(); }
};

Estimate together(const Table& table, const DesignSpec& spec, const Question& asked) {
  Query query{.statistics = asked.query.statistics,
              .where = some_rows(table, asked.has_domain()),
              .by = asked.query.by,
              .covariance = asked.covariance,
              .design_effect = asked.query.design_effect};
  return estimate(Design::declare(table.frame(), spec), query);
}

UnitTotals summed(const Table& table, const DesignSpec& spec, const Question& asked, const Parts& parts) {
  UnitTotals totals(spec, asked.query);
  for (const Rows& rows : parts) {
    const Table part = table.rows(rows);
    totals.add(part.frame(), some_rows(part, asked.has_domain()));
  }
  return totals;
}

/// Each part summed by itself, written down and read back, and all of them merged.
UnitTotals merged(const Table& table, const DesignSpec& spec, const Question& asked, const Parts& parts) {
  UnitTotals all(spec, asked.query);
  for (const Rows& rows : parts) {
    all.merge(UnitTotals::from_bytes(summed(table, spec, asked, {rows}).to_bytes()));
  }
  return all;
}

Estimate finished(const UnitTotals& totals, const Question& asked, int threads = 1) {
  return totals.finish({.covariance = asked.covariance, .threads = threads});
}

/// Everything about an answer that isn't a number.
::testing::AssertionResult same_keys(const Estimate& a, const Estimate& b) {
  if (a.by != b.by) return ::testing::AssertionFailure() << "by";
  if (a.cells != b.cells) return ::testing::AssertionFailure() << "cells";
  if (a.statistics.size() != b.statistics.size()) return ::testing::AssertionFailure() << "statistics";
  for (std::size_t s = 0; s < a.statistics.size(); ++s) {
    const auto& x = a.statistics[s];
    const auto& y = b.statistics[s];
    const bool same = x.name == y.name && x.variables == y.variables && x.label == y.label && x.level == y.level &&
                      x.scale == y.scale && x.formula == y.formula && x.df == y.df;
    if (!same) return ::testing::AssertionFailure() << "statistic " << s << ": " << x.formula << ", " << y.formula;
  }
  for (std::size_t c = 0; c < a.choices.size(); ++c) {
    if (a.choices[c].value != b.choices[c].value)
      return ::testing::AssertionFailure()
             << a.choices[c].name << ": " << a.choices[c].value << " | " << b.choices[c].value;
  }
  return ::testing::AssertionSuccess();
}

void expect_same(const Estimate& whole, const Estimate& pieces, double tolerance = kReordered) {
  EXPECT_TRUE(same_keys(whole, pieces));
  EXPECT_TRUE(near_answer(whole, pieces, tolerance));
}

std::vector<Statistic> everything() {
  return {irosurvey::mean("y"),
          irosurvey::total("u"),
          irosurvey::ratio("y", "x"),
          irosurvey::proportion("g"),
          irosurvey::proportion("answer", {std::string("never"), std::string("often")}),
          irosurvey::proportion("answer"),
          irosurvey::proportion("answer", {std::string("often"), std::string("sometimes")}),
          irosurvey::statistic(log(T("x") / T(1)) - T("yes") / T("x")),
          irosurvey::statistic((T("y") / T("x")) * (T("u") / T("x")) + T("g", {LevelValue(Index{1})})),
          irosurvey::statistic((T("u") / T(1)).within("sex", {LevelValue(Index{1})}) -
                               (T("u") / T(1)).within("sex", {LevelValue(Index{2})}))};
}

std::vector<Question> questions() {
  std::vector<Question> all(4);
  for (Question& one : all) one.query.statistics = everything();
  all[1].query.by = {"answer"};
  all[1].covariance = true;
  all[2].query.by = {"region", "sex"};
  all[2].query.where = "u > -0.5";
  all[3].query.design_effect = false;
  return all;
}

std::vector<DesignSpec> designs() {
  DesignSpec sorted_out = two_stages();
  sorted_out.weights = "";
  return {one_stage(),
          two_stages(),
          {.weights = "w", .stages = {{"stratum", "", {}}}},
          {.weights = "w", .stages = {{"stratum", "unit", "units_in_population"}, {"", "", "subunits_in_population"}}},
          {},
          sorted_out};
}

// ---------------------------------------------------------------------------------------------------------- parts

class Pieces : public ::testing::TestWithParam<DesignSpec> {
 protected:
  Table table_ = synthetic_survey(101);
};

// Rows of a second stage that are units hold a population of their own; three rows lie in each second-stage unit here.
INSTANTIATE_TEST_SUITE_P(Designs, Pieces, ::testing::ValuesIn(designs()));

DesignSpec allowed(DesignSpec spec, Table& table) {
  // Twelve rows lie in each unit: as many as a population of rows must hold at least.
  if (spec.stages.size() == 2 && spec.stages[1].clusters.empty()) {
    Numbers sizes;
    for (const double unit : table.numbers("unit")) sizes.push_back(20.0 + unit);
    table.add("subunits_in_population", sizes);
  }
  return spec;
}

TEST_P(Pieces, InAnyOrderAnswerAsAllRowsTogether) {
  const DesignSpec spec = allowed(GetParam(), table_);
  Random random(102);
  for (const Question& asked : questions()) {
    const Estimate whole = together(table_, spec, asked);
    for (const std::size_t parts : {1U, 2U, 5U, 40U}) {
      const UnitTotals totals = summed(table_, spec, asked, cut(random.permutation(table_.rows()), parts));
      EXPECT_EQ(totals.rows(), static_cast<Index>(table_.rows()));
      expect_same(whole, finished(totals, asked));
    }
  }
}

TEST_P(Pieces, MergedFromBytesAnswerAsAllRowsTogether) {
  const DesignSpec spec = allowed(GetParam(), table_);
  Random random(103);
  for (const Question& asked : questions()) {
    const Estimate whole = together(table_, spec, asked);
    for (const std::size_t parts : {2U, 4U}) {
      expect_same(whole, finished(merged(table_, spec, asked, cut(random.permutation(table_.rows()), parts)), asked));
    }
  }
}

TEST_P(Pieces, AreTheSameToTheBitForAnyNumberOfThreads) {
  const DesignSpec spec = allowed(GetParam(), table_);
  Random random(104);
  for (const Question& asked : questions()) {
    const UnitTotals totals = merged(table_, spec, asked, cut(random.permutation(table_.rows()), 3));
    const Estimate alone = finished(totals, asked, 1);
    for (const int threads : {2, 7}) EXPECT_TRUE(same_answer(alone, finished(totals, asked, threads)));
  }
}

TEST(UnitTotals, AreTheSameToTheBitForAnyNumberOfThreadsInManyBlocks) {
  const Table table = synthetic_survey(105, {.strata = 3, .units = 4000, .subunits = 3, .rows = 3});
  const Question asked{{.statistics = {irosurvey::mean("y"), irosurvey::ratio("y", "x")}, .by = {"answer"}}, true};
  Random random(106);
  const DesignSpec spec{.weights = "w", .stages = {{"stratum", "", {}}}};
  const UnitTotals totals = summed(table, spec, asked, cut(random.permutation(table.rows()), 4));
  const Estimate alone = finished(totals, asked, 1);
  for (const int threads : {2, 7}) EXPECT_TRUE(same_answer(alone, finished(totals, asked, threads)));
  expect_same(together(table, spec, asked), alone);
}

TEST(UnitTotals, OfRandomDesignsAnswerAsAllRowsTogether) {
  Random random(107);
  SurveyMaker make(random);
  int answered = 0;
  // Of few rows a pivot may be many deviations off.
  constexpr double kFewRows = 1e-12;
  for (int round = 0; round < 400; ++round) {
    RandomSurvey survey = make();
    for (double& y : survey.table.numbers("y")) y += 16.0;  // a mean of 0 has no digits to agree in
    Question asked;
    asked.query.statistics = {irosurvey::mean("y"), irosurvey::total("y"), irosurvey::ratio("y", "u"),
                              irosurvey::proportion("g")};
    if (random.once_in(2)) asked.query.by = {"by1"};
    if (random.once_in(3)) asked.query.by = {"by2", "by1"};
    asked.covariance = random.once_in(2);
    const auto parts = cut(random.permutation(survey.table.rows()), static_cast<std::size_t>(random.between(1, 3)));
    std::optional<Error> refused;
    Estimate whole;
    try {
      whole = together(survey.table, survey.spec, asked);
    } catch (const Error& error) {
      refused = error;
    }
    SCOPED_TRACE(round);
    if (refused) {
      const auto error = error_of([&] { (void)finished(merged(survey.table, survey.spec, asked, parts), asked); });
      ASSERT_TRUE(error);
      EXPECT_EQ(error->code(), refused->code());
      EXPECT_EQ(error->details().expected, refused->details().expected);
      EXPECT_EQ(error->details().row, std::nullopt);
      continue;
    }
    ++answered;
    expect_same(whole, finished(summed(survey.table, survey.spec, asked, parts), asked), kFewRows);
    expect_same(whole, finished(merged(survey.table, survey.spec, asked, parts), asked), kFewRows);
  }
  EXPECT_GT(answered, 200);
}

/// Stratum 2 and the last one have one unit, at both ends of a part or in one; a unit of stratum 1 has one of the first
/// stratum of its second stage.
Table with_singletons_at_both_stages() {
  const Table table = synthetic_survey(120);
  Rows kept;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double stratum = table.numbers("stratum")[row];
    const double unit = table.numbers("unit")[row];
    if ((stratum == 2.0 && unit != 3.0) || (stratum == 5.0 && unit != 1.0)) continue;
    const bool first = stratum == 1.0 && unit == 3.0 && table.numbers("sex")[row] == 1.0;
    if (first && table.numbers("subunit")[row] != 2.0) continue;
    kept.push_back(row);
  }
  return table.rows(kept);
}

// A part's singletons may be none of the whole, and the whole's may lie in several parts: strata are merged at the end.
TEST(UnitTotals, CollapseStrataWhenAllPartsAreIn) {
  const Table table = with_singletons_at_both_stages();
  const DesignSpec spec{.weights = "w",
                        .stages = {{"stratum", "unit", "units_in_population"}, {"sex", "subunit", 0.25}},
                        .singleton = SingletonRule::collapse};
  Rows in_order(table.rows());
  for (std::size_t row = 0; row < in_order.size(); ++row) in_order[row] = row;
  Random random(121);
  for (const Question& asked : questions()) {
    const Estimate whole = together(table, spec, asked);
    EXPECT_EQ(whole.choices[1].name, "singleton strata");
    EXPECT_NE(whole.choices[1].value.find("stratum = 2 with stratum = 3"), std::string::npos);
    EXPECT_NE(whole.choices[1].value.find("stratum = 4 with stratum = 5"), std::string::npos);
    EXPECT_NE(whole.choices[1].value.find("unit = 3, sex = 1 with"), std::string::npos);
    for (const Rows& rows : {in_order, random.permutation(table.rows())}) {
      expect_same(whole, finished(summed(table, spec, asked, cut(rows, 7)), asked));
      expect_same(whole, finished(merged(table, spec, asked, cut(rows, 3)), asked));
    }
  }
}

TEST(UnitTotals, GrowWithUnitsAndCellsNotWithRows) {
  const Question asked{{.statistics = {irosurvey::mean("y")}, .by = {"sex"}}};
  const Table table = synthetic_survey(108);
  UnitTotals totals = summed(table, one_stage(), asked, {Random(109).permutation(table.rows())});
  const std::size_t bytes = totals.to_bytes().size();
  EXPECT_EQ(totals.units(), 30);
  EXPECT_EQ(totals.records(), 60);
  for (int again = 0; again < 5; ++again) totals.add(table.frame());
  EXPECT_EQ(totals.rows(), 6 * static_cast<Index>(table.rows()));
  EXPECT_EQ(totals.records(), 60);
  EXPECT_EQ(totals.to_bytes().size(), bytes);
}

// ---------------------------------------------------------------------------------------------------------- numbers

TEST(UnitTotals, KeepTheDigitsOfAnOffsetThroughMerges) {
  Table table = synthetic_survey(110);
  const Question asked{
      {.statistics = {irosurvey::mean("y"), irosurvey::ratio("y", "x"), irosurvey::ratio("u", "y")}, .by = {"sex"}}};
  const DesignSpec spec = two_stages();
  const Parts parts = cut(Random(111).permutation(table.rows()), 4);
  const Estimate near = finished(merged(table, spec, asked, parts), asked);
  for (double& y : table.numbers("y")) y += 1e9;
  const Estimate whole = together(table, spec, asked);
  const Estimate far = finished(merged(table, spec, asked, parts), asked);
  // y + 10⁹ is exact. What is lost is what pivots and sums of y itself lose: 2⁻⁵³ of 10⁹ in deviations of about 1.
  constexpr double kOffset = 1e-6;
  for (std::size_t row = 0; row < 2; ++row) {
    EXPECT_TRUE(agree(far.rows[row].variance, near.rows[row].variance, kOffset));
    EXPECT_TRUE(agree(far.rows[row].srs_variance, near.rows[row].srs_variance, kOffset));
  }
  for (std::size_t row = 0; row < far.rows.size(); ++row) {
    EXPECT_TRUE(agree(far.rows[row].value, whole.rows[row].value, kReordered));
    EXPECT_TRUE(agree(far.rows[row].variance, whole.rows[row].variance, kOffset));
    EXPECT_TRUE(agree(far.rows[row].srs_variance, whole.rows[row].srs_variance, kOffset));
  }
}

TEST(UnitTotals, MovePivotsThatAreFarApart) {
  // The first part's pivots are 1000 times as far from those of the second as rows are from each other.
  Table table = synthetic_survey(112, {.missing = false, .zero_weights = false});
  Rows low;
  Rows high;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    (row % 2 == 0 ? low : high).push_back(row);
    if (row % 2 != 0) {
      table.numbers("y")[row] += 4096.0;
      table.numbers("x")[row] += 64.0;
    }
  }
  // One of the two pivots stays: a pivot 10³ deviations off leaves 10 digits of a variance.
  constexpr double kFarPivot = 1e-10;
  const Question asked{{.statistics = everything(), .by = {"sex"}}, true};
  const Estimate whole = together(table, one_stage(), asked);
  expect_same(whole, finished(merged(table, one_stage(), asked, {low, high}), asked), kFarPivot);
  expect_same(whole, finished(merged(table, one_stage(), asked, {high, low}), asked), kFarPivot);
}

// ---------------------------------------------------------------------------------------------------------- levels

Frame with_notes(const Table& table, const std::string& name, const ColumnNotes& notes) {
  const Frame frame = table.frame();
  return frame.with_column(frame.column(name).with_notes(notes));
}

TEST(UnitTotals, KnowLabelledLevelsThatNobodyGave) {
  Table table;
  table.add("school", Numbers{1, 1, 2, 2, 3, 3})
      .add("a", Numbers{1, 1, 1, 2, 2, 2})
      .add("y", Numbers{1, 2, 3, 4, 5, 7});
  const ColumnNotes notes{.label = "An answer",
                          .value_labels = {{Index{1}, "yes"}, {Index{2}, "no"}, {Index{9}, "never"}}};
  const DesignSpec spec{.stages = {{"", "school", {}}}};
  const std::vector<Statistic> asked = {irosurvey::proportion("a"), irosurvey::mean("y"),
                                        irosurvey::statistic(T("a", {LevelValue(std::string("no"))}) / T(1))};
  UnitTotals totals(spec, {.statistics = asked, .by = {"a"}});
  for (const Rows& rows : Parts{{0, 1, 2}, {3, 4, 5}}) totals.add(with_notes(table.rows(rows), "a", notes));
  const Query query{.statistics = asked, .by = {"a"}};
  const Estimate whole = estimate(Design::declare(with_notes(table, "a", notes), spec), query);
  expect_same(whole, totals.finish());
  expect_same(whole, UnitTotals::from_bytes(totals.to_bytes()).finish());
}

TEST(UnitTotals, RefuseALevelThatNoPartShows) {
  const Table table = synthetic_survey(113);
  const Question asked{{.statistics = {irosurvey::proportion("answer", {std::string("always")})}}};
  const UnitTotals totals = summed(table, one_stage(), asked, cut(Random(114).permutation(table.rows()), 2));
  const auto here = error_of([&] { (void)finished(totals, asked); });
  const auto whole = error_of([&] { (void)together(table, one_stage(), asked); });
  ASSERT_TRUE(here && whole);
  EXPECT_STREQ(here->what(), whole->what());
}

TEST(UnitTotals, TakeAPartThatMissesAColumnThroughout) {
  Table table = synthetic_survey(115, {.zero_weights = false});
  Rows bare;
  Rows full;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    (row < 60 ? bare : full).push_back(row);
    if (row < 60) table.numbers("y")[row] = table.numbers("g")[row] = std::numeric_limits<double>::quiet_NaN();
  }
  const Question asked{{.statistics = everything(), .by = {"g"}}};
  expect_same(together(table, one_stage(), asked), finished(summed(table, one_stage(), asked, {bare, full}), asked));
  expect_same(together(table, one_stage(), asked), finished(merged(table, one_stage(), asked, {full, bare}), asked));
  expect_same(together(table, one_stage(), asked), finished(merged(table, one_stage(), asked, {bare, full}), asked));
}

TEST(UnitTotals, TakeStrataThatAreGroupsAndVariablesToo) {
  const Table table = synthetic_survey(116);
  const Question asked{
      {.statistics = {irosurvey::mean("stratum"), irosurvey::proportion("unit")}, .by = {"stratum", "unit"}}, true};
  const Parts parts = cut(Random(117).permutation(table.rows()), 3);
  expect_same(together(table, one_stage(), asked), finished(merged(table, one_stage(), asked, parts), asked));
}

// ---------------------------------------------------------------------------------------------------------- errors

Table small() {
  Table table;
  table.add("s", Numbers{1, 1, 2, 2}).add("c", Numbers{1, 2, 1, 2}).add("w", Numbers{1, 1, 1, 1});
  table.add("N", Numbers{5, 5, 6, 6}).add("y", Numbers{1, 2, 4, 8});
  return table;
}

const DesignSpec kSmall{.weights = "w", .stages = {{"s", "c", "N"}}};
const StreamQuery kMean{.statistics = {irosurvey::mean("y")}};

TEST(UnitTotals, CountRowsOfErrorsOverAllParts) {
  UnitTotals totals(kSmall, kMean);
  totals.add(small().frame());
  Table bad = small();
  bad.numbers("w")[1] = -2.0;
  const auto error = error_of([&] { totals.add(bad.frame()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::design);
  EXPECT_EQ(error->details().row, 5);
  EXPECT_TRUE(mentions(*error, "-2"));
  EXPECT_EQ(totals.rows(), 4);
  EXPECT_TRUE(same_answer(totals.finish(), [] {
    UnitTotals same(kSmall, kMean);
    same.add(small().frame());
    return same.finish();
  }()));
}

TEST(UnitTotals, RefuseAnFpcThatVariesBetweenParts) {
  UnitTotals totals(kSmall, kMean);
  totals.add(small().frame());
  Table other = small();
  other.numbers("N")[2] = other.numbers("N")[3] = 7.0;
  const auto added = error_of([&] { totals.add(other.frame()); });
  ASSERT_TRUE(added);
  EXPECT_EQ(added->code(), ErrorCode::design);
  EXPECT_EQ(added->details().row, 6);
  UnitTotals apart(kSmall, kMean);
  apart.add(other.frame());
  const auto united = error_of([&] { totals.merge(apart); });
  ASSERT_TRUE(united);
  EXPECT_EQ(united->code(), ErrorCode::design);
  EXPECT_EQ(totals.rows(), 4);
}

TEST(UnitTotals, RefuseAPopulationSmallerThanAllParts) {
  UnitTotals totals(kSmall, kMean);
  for (int part = 0; part < 2; ++part) {
    Table table = small();
    for (double& c : table.numbers("c")) c += 10.0 * part;
    for (double& size : table.numbers("N")) size = 3.0;
    totals.add(table.frame());
  }
  const auto error = error_of([&] { (void)totals.finish(); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "a population of at least the 4 units"));
  EXPECT_EQ(error->details().row, std::nullopt);
}

TEST(UnitTotals, AreMergedOnlyWithAnswersToTheSameQuestion) {
  UnitTotals totals(kSmall, kMean);
  totals.add(small().frame());
  const std::vector<std::pair<UnitTotals, std::string>> others = {
      {UnitTotals(kSmall, {.statistics = {irosurvey::total("y")}}), "total"},
      {UnitTotals(kSmall, {.statistics = {irosurvey::mean("y")}, .by = {"s"}}), "by: s"},
      {UnitTotals(kSmall, {.statistics = {irosurvey::mean("y")}, .where = "y > 1"}), "where: y > 1"},
      {UnitTotals({.weights = "w", .stages = {{"s", "c", {}}}}, kMean), "fpc none"},
  };
  for (const auto& [other, words] : others) {
    EXPECT_NE(other.fingerprint(), totals.fingerprint());
    const auto error = error_of([&, &theirs = other] { totals.merge(theirs); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_TRUE(mentions(*error, words));
  }
  EXPECT_EQ(UnitTotals(kSmall, kMean).fingerprint(), totals.fingerprint());
}

TEST(UnitTotals, RefuseReplicatesAndEmptyQuestions) {
  DesignSpec replicated;
  replicated.replicates = irosurvey::Replicates{};
  const auto replicates = error_of([&] { (void)UnitTotals(replicated, kMean); });
  ASSERT_TRUE(replicates);
  EXPECT_TRUE(mentions(*replicates, "replicates"));
  EXPECT_TRUE(error_of([] { (void)UnitTotals({}, {}); }));
  EXPECT_TRUE(error_of([] { (void)UnitTotals(kSmall, kMean).finish(); }));
}

TEST(UnitTotals, NameASingletonStratumButNoRow) {
  Table table = small();
  table.numbers("s")[3] = 3.0;
  table.numbers("N")[3] = 9.0;
  UnitTotals totals(kSmall, kMean);
  totals.add(table.frame());
  const auto error = error_of([&] { (void)totals.finish(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::singleton);
  EXPECT_TRUE(mentions(*error, "s = 2; s = 3"));
  EXPECT_EQ(error->details().row, std::nullopt);
}

TEST(UnitTotals, CanBeMergedWithThemselves) {
  UnitTotals totals(kSmall, kMean);
  totals.add(small().frame());
  totals.merge(totals);
  EXPECT_EQ(totals.rows(), 8);
  EXPECT_EQ(totals.finish().rows[0].n, 8);
  EXPECT_EQ(totals.finish().rows[0].units, 4);
}

// ---------------------------------------------------------------------------------------------------------- bytes

std::string some_bytes() {
  const Table table = synthetic_survey(118, {.strata = 2, .units = 3});
  const Question asked{{.statistics = everything(), .by = {"region", "sex"}}};
  return summed(table, two_stages(), asked, {Random(119).permutation(table.rows())}).to_bytes();
}

void expect_refused(const std::string& bytes) {
  const auto error = error_of([&] { (void)UnitTotals::from_bytes(bytes); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::read);
}

TEST(UnitTotalsBytes, ComeBackAsTheyWere) {
  const std::string bytes = some_bytes();
  const UnitTotals back = UnitTotals::from_bytes(bytes);
  EXPECT_EQ(back.to_bytes(), bytes);
}

TEST(UnitTotalsBytes, OfAnotherVersionAreRefused) {
  std::string bytes = some_bytes();
  bytes[8] = 1;
  const auto error = error_of([&] { (void)UnitTotals::from_bytes(bytes); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "version 3"));
  EXPECT_TRUE(mentions(*error, "version 1"));
}

TEST(UnitTotalsBytes, CutShortAreRefused) {
  const std::string bytes = some_bytes();
  Random random(120);
  for (std::size_t length = 0; length < 64; ++length) expect_refused(bytes.substr(0, length));
  for (int round = 0; round < 300; ++round) {
    expect_refused(bytes.substr(0, static_cast<std::size_t>(random.below(static_cast<int>(bytes.size())))));
  }
  expect_refused(bytes + '\0');
}

TEST(UnitTotalsBytes, WithAChangedBitAreRefused) {
  const std::string bytes = some_bytes();
  Random random(121);
  for (int round = 0; round < 500; ++round) {
    std::string changed = bytes;
    const auto place = static_cast<std::size_t>(random.below(static_cast<int>(bytes.size())));
    changed[place] = static_cast<char>(changed[place] ^ (1 << random.below(8)));
    expect_refused(changed);
  }
}

/// Bytes whose header agrees with what follows, whatever that is.
std::string sealed(std::string bytes) {
  constexpr std::size_t kLength = 12;
  constexpr std::size_t kHash = 20;
  constexpr std::size_t kPayload = 28;
  const std::uint64_t length = bytes.size() - kPayload;
  const std::uint64_t hash = irosurvey::estimation::hash_of_bytes(std::string_view(bytes).substr(kPayload));
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[kLength + i] = static_cast<char>(length >> (8 * i));
    bytes[kHash + i] = static_cast<char>(hash >> (8 * i));
  }
  return bytes;
}

TEST(UnitTotalsBytes, CountNoMoreRowsThanTheyHave) {
  const Table table = synthetic_survey(123, {.strata = 2, .units = 3, .subunits = 5, .rows = 11, .missing = false});
  const Question asked{{.statistics = {irosurvey::mean("u")}}};
  const UnitTotals totals = summed(table, one_stage(), asked, {Random(124).permutation(table.rows())});
  const std::string bytes = totals.to_bytes();
  const auto rows = std::string("\x4a\x01", 2) + std::string(6, '\0');  // 330, and nowhere else
  const std::size_t place = bytes.find(rows);
  ASSERT_NE(place, std::string::npos);
  ASSERT_EQ(bytes.find(rows, place + 1), std::string::npos);
  EXPECT_EQ(totals.rows(), 330);
  std::string fewer = bytes;
  fewer[place] = '\x20';
  expect_refused(sealed(fewer));
  for (const int top : {0x20, 0x7f}) {
    std::string many = bytes;
    many[place + 6] = many[place + 7] = static_cast<char>(top);
    expect_refused(sealed(many));
  }
}

TEST(UnitTotalsBytes, OfIllWillNeverCrash) {
  // Whoever knows the format can write anything: it is refused, or it is an answer to something.
  const std::string bytes = some_bytes();
  ASSERT_EQ(sealed(bytes), bytes);
  Random random(122);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string changed = bytes;
    const int changes = random.between(1, 3);
    for (int c = 0; c < changes; ++c) {
      const auto place = 28U + static_cast<std::size_t>(random.below(static_cast<int>(bytes.size() - 28)));
      changed[place] = random.once_in(2) ? static_cast<char>(random.below(256)) : '\xFF';
    }
    if (random.once_in(4)) changed.resize(28U + static_cast<std::size_t>(random.below(static_cast<int>(bytes.size()))));
    try {
      UnitTotals totals = UnitTotals::from_bytes(sealed(changed));
      totals.merge(UnitTotals::from_bytes(bytes));
      (void)totals.finish({.threads = 1});
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace irosurvey_tests
