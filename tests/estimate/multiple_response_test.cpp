// Questions with several answers against columns that are made by hand, and what must not change them.

#include "irosurvey/estimate/multiple_response.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/design/replicates.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::AnswerScale;
using irosurvey::Column;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::Frame;
using irosurvey::Index;
using irosurvey::Level;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::multiple_response;
using irosurvey::MultipleResponse;
using irosurvey::Query;
using irosurvey::ReplicateRequest;
using irosurvey::ReplicateType;
using irosurvey::Respondents;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The same sums through other columns of the same data, in the same order: only how totals are pivoted differs.
constexpr double kSums = 1e-12;

const std::vector<std::string> kMentioned = {"phone", "post", "visit", "never"};  // a column for each answer
const std::vector<std::string> kSlots = {"first", "second", "third"};             // a column for each answer given

/// Who mentions what, in both shapes; some columns are missing, some rows have none; nobody mentions "never".
Table survey(Random& random) {
  Table table;
  Numbers stratum, unit, weight, group;
  std::vector<Numbers> mentioned(kMentioned.size()), slots(kSlots.size());
  for (int row = 0; row < 240; ++row) {
    stratum.push_back(row % 4);
    unit.push_back(row % 24);
    weight.push_back(random.once_in(12) ? 0.0 : 0.5 + random.uniform());
    group.push_back(random.below(3));
    Numbers given;
    for (std::size_t k = 0; k < kMentioned.size(); ++k) {
      const bool chosen = k + 1 < kMentioned.size() && random.once_in(2 + static_cast<int>(k));
      mentioned[k].push_back(random.once_in(9) || row % 17 == 0 ? kNaN : chosen ? 1.0 : 0.0);
      if (mentioned[k].back() == 1.0) given.push_back(static_cast<double>(k + 1));
    }
    for (std::size_t slot = 0; slot < kSlots.size(); ++slot)
      slots[slot].push_back(slot < given.size() ? given[slot] : kNaN);
    if (!given.empty() && given.size() < kSlots.size() && random.once_in(4)) slots.back().back() = given.front();
  }
  table.add("h", stratum).add("u", unit).add("w", weight).add("g", group);
  for (std::size_t k = 0; k < kMentioned.size(); ++k) table.add(kMentioned[k], mentioned[k]);
  for (std::size_t slot = 0; slot < kSlots.size(); ++slot) table.add(kSlots[slot], slots[slot]);
  return table;
}

Design design_of(const Table& table) {
  return Design::declare(table.frame(), {.weights = "w", .stages = {{.strata = "h", .clusters = "u"}}});
}

MultipleResponse dichotomous(Respondents respondents = Respondents::any, AnswerScale scale = AnswerScale::respondents) {
  return {.columns = kMentioned, .counted = {Index{1}}, .respondents = respondents, .scale = scale};
}

MultipleResponse categorical(Respondents respondents = Respondents::any, AnswerScale scale = AnswerScale::respondents) {
  return {.columns = kSlots, .respondents = respondents, .scale = scale};
}

/// The same question with columns made by hand: y of each answer, their number, and who is a respondent.
struct ByHand {
  Table table;
  Mask respondents;
};

ByHand made_by_hand(const Table& from, Respondents rule) {
  ByHand made{from, {}};
  Numbers given(from.rows(), 0.0), known(from.rows(), 0.0);
  for (const std::string& name : kMentioned) {
    Numbers y;
    for (std::size_t row = 0; row < from.rows(); ++row) {
      const double value = from.numbers(name)[row];
      y.push_back(value == 1.0 ? 1.0 : 0.0);
      given[row] += y.back();
      known[row] += std::isnan(value) ? 0.0 : 1.0;
    }
    made.table.add("chose " + name, y);
  }
  made.table.add("given", given);
  for (std::size_t row = 0; row < from.rows(); ++row) {
    const bool is_one = rule == Respondents::any        ? given[row] > 0.0
                        : rule == Respondents::valid    ? known[row] > 0.0
                        : rule == Respondents::complete ? known[row] == static_cast<double>(kMentioned.size())
                                                        : true;
    made.respondents.push_back(is_one ? 1 : 0);
  }
  return made;
}

Query by_hand(const ByHand& made, AnswerScale scale, Query about) {
  about.where = made.respondents;
  for (const std::string& name : kMentioned) {
    const std::string y = "chose " + name;
    about.statistics.push_back(scale == AnswerScale::respondents ? irosurvey::mean(y)
                               : scale == AnswerScale::answers   ? irosurvey::ratio(y, "given")
                                                                 : irosurvey::total(y));
  }
  return about;
}

Query grouped() {
  Query about;
  about.by = {"g"};
  about.covariance = true;
  return about;
}

constexpr Respondents kRules[] = {Respondents::any, Respondents::valid, Respondents::complete, Respondents::all};
constexpr AnswerScale kScales[] = {AnswerScale::respondents, AnswerScale::answers, AnswerScale::count};

// ---------------------------------------------------------------------------------------------- what they are made of

TEST(MultipleResponses, OfADichotomousSetAreRatiosOfItsColumns) {
  Random random(41);
  const Table table = survey(random);
  for (const Respondents rule : kRules) {
    const ByHand made = made_by_hand(table, rule);
    for (const AnswerScale scale : kScales) {
      const Estimate found = multiple_response(design_of(table), dichotomous(rule, scale), grouped());
      const Estimate plain = estimate(design_of(made.table), by_hand(made, scale, grouped()));
      EXPECT_TRUE(near_answer(found, plain, kSums)) << name_of(rule) << ", " << name_of(scale);
      EXPECT_EQ(found.cells, plain.cells);
    }
  }
}

TEST(MultipleResponses, OfACategoricalSetAreThoseOfTheDichotomousOneThatSaysTheSame) {
  Random random(42);
  const Table table = survey(random);
  for (const Respondents rule : {Respondents::any, Respondents::all}) {
    for (const AnswerScale scale : kScales) {
      MultipleResponse same = dichotomous(rule, scale);
      same.columns.pop_back();  // a code that nobody gave is no level of columns without labels
      const Estimate columns = multiple_response(design_of(table), same, grouped());
      const Estimate codes = multiple_response(design_of(table), categorical(rule, scale), grouped());
      EXPECT_TRUE(same_answer(columns, codes)) << name_of(rule) << ", " << name_of(scale);
    }
  }
}

TEST(MultipleResponses, GoThroughReplicatesAndCalibrationLikeAnyRatio) {
  Random random(43);
  const Table table = survey(random);
  const ByHand made = made_by_hand(table, Respondents::any);
  const ReplicateRequest request{.type = ReplicateType::jkn};
  const irosurvey::Calibration sizes{
      .margins = {{.variables = {"g"}, .targets = {{{Index{0}}, 90.0}, {{Index{1}}, 70.0}, {{Index{2}}, 80.0}}}}};
  for (const AnswerScale scale : kScales) {
    EXPECT_TRUE(near_answer(multiple_response(design_of(table).with_replicates(request), dichotomous({}, scale), {}),
                            estimate(design_of(made.table).with_replicates(request), by_hand(made, scale, {})), kSums));
    const auto calibrated = [&](const Table& data) { return design_of(data).calibrate({sizes}); };
    EXPECT_TRUE(near_answer(multiple_response(calibrated(table), dichotomous({}, scale), {}),
                            estimate(calibrated(made.table), by_hand(made, scale, {})), kSums));
  }
}

TEST(MultipleResponses, ListwiseDropsRowsThatMissAColumnFromTheSample) {
  Random random(44);
  const Table table = survey(random);
  Query about;
  about.missing = MissingRule::listwise;
  const Estimate found = multiple_response(design_of(table), dichotomous(), about);
  std::vector<std::size_t> complete;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    bool all = true;
    for (const std::string& name : kMentioned) all = all && !std::isnan(table.numbers(name)[row]);
    if (all) complete.push_back(row);
  }
  const Table left = table.rows(complete);
  EXPECT_TRUE(near_answer(found, multiple_response(design_of(left), dichotomous(), {}), kSums));
  EXPECT_LT(found.rows[0].n, multiple_response(design_of(table), dichotomous(), {}).rows[0].n);
}

TEST(MultipleResponses, AShareOfAnswersAddsUpToOneWithoutAnyVariance) {
  Random random(45);
  Query about;
  about.covariance = true;
  const Estimate found =
      multiple_response(design_of(survey(random)), dichotomous(Respondents::valid, AnswerScale::answers), about);
  double sum = 0.0, variance = 0.0, largest = 0.0;
  for (const auto& row : found.rows) {
    sum += row.value;
    largest = std::max(largest, row.variance);
  }
  for (const double one : found.covariance) variance += one;
  EXPECT_TRUE(agree(sum, 1.0, kSums));
  EXPECT_NEAR(variance, 0.0, kSums * largest);
}

TEST(MultipleResponses, AnAnswerGivenTwiceCountsOnce) {
  Table table;
  table.add("first", Numbers{1, 2, 2}).add("second", Numbers{1, 1, kNaN});
  MultipleResponse set{.columns = {"first", "second"}, .scale = AnswerScale::answers};
  const Estimate answers = multiple_response(Design::declare(table.frame(), {}), set, {});
  EXPECT_DOUBLE_EQ(answers.rows[0].value, 0.5);
  set.scale = AnswerScale::count;
  EXPECT_EQ(multiple_response(Design::declare(table.frame(), {}), set, {}).rows[0].value, 2.0);
}

TEST(MultipleResponses, NamedAnswersComeInTheirOrderAndOthersCountForNothing) {
  Random random(46);
  const Table table = survey(random);
  MultipleResponse some = categorical(Respondents::valid);
  const Estimate all = multiple_response(design_of(table), some, {});
  some.answers = {Index{3}, Index{1}, 3.0};
  const Estimate two = multiple_response(design_of(table), some, {});
  ASSERT_EQ(two.rows.size(), 2U);
  EXPECT_EQ(two.rows[0].value, all.rows[2].value);
  EXPECT_EQ(two.rows[1].value, all.rows[0].value);
  some.respondents = Respondents::any;
  EXPECT_LT(multiple_response(design_of(table), some, {}).rows[0].n, two.rows[0].n);
}

// ---------------------------------------------------------------------------------------------- names and labels

TEST(MultipleResponses, AnswersAreNamedByLabels) {
  const Frame frame({Column::of_numbers("q1", {1, 0, 1}, {.label = "By phone"}), Column::of_numbers("q2", {0, 1, 1})});
  const MultipleResponse set{.columns = {"q1", "q2"}, .counted = {1.0}, .title = "How they were reached"};
  const Estimate found = multiple_response(Design::declare(frame, {}), set, {});
  EXPECT_EQ(found.statistics[0].level, (Level{std::string("q1"), "By phone"}));
  EXPECT_EQ(found.statistics[1].level, (Level{std::string("q2"), ""}));
  EXPECT_EQ(found.statistics[0].label, "How they were reached");
  EXPECT_EQ(found.statistics[0].variables, set.columns);
  EXPECT_NE(found.statistics[0].formula, found.statistics[1].formula);
}

TEST(MultipleResponses, LabelledAnswersThatNobodyGaveHaveTheShareZero) {
  const std::vector<Level> labels = {{Index{1}, "phone"}, {Index{2}, "post"}, {Index{3}, "visit"}};
  const Frame frame({Column::of_numbers("a", {1, 1, 2}, {.value_labels = labels}),
                     Column::of_numbers("b", {2, kNaN, kNaN}, {.value_labels = labels})});
  const Estimate found = multiple_response(Design::declare(frame, {}), {.columns = {"a", "b"}}, {});
  ASSERT_EQ(found.rows.size(), 3U);
  EXPECT_EQ(found.rows[2].value, 0.0);
  EXPECT_EQ(found.statistics[2].level, labels[2]);
  // A label stands for its code, as a counted value too.
  const MultipleResponse counted{.columns = {"a", "b"}, .counted = {std::string("post")}};
  EXPECT_EQ(multiple_response(Design::declare(frame, {}), counted, {}).rows[0].value, 0.5);
}

TEST(MultipleResponses, OneIsTrueOfABooleanColumnAndTextCounts) {
  Table table;
  table.add("a", Texts{"yes", "no", std::nullopt}).add("b", Texts{"no", "yes", "yes"});
  const MultipleResponse set{.columns = {"a", "b"}, .counted = {std::string("yes")}};
  EXPECT_DOUBLE_EQ(multiple_response(Design::declare(table.frame(), {}), set, {}).rows[1].value, 2.0 / 3.0);
}

// ---------------------------------------------------------------------------------------------- odd questions

TEST(MultipleResponses, OfNobodyAreEmpty) {
  Table table;
  table.add("a", Numbers{1, 0, 0}).add("b", Numbers{0, 0, 1}).add("g", Numbers{1, 2, 1});
  Query about;
  about.by = {"g"};
  const Estimate found =
      multiple_response(Design::declare(table.frame(), {}), {.columns = {"a", "b"}, .counted = {Index{1}}}, about);
  EXPECT_EQ(found.rows[1].status, irosurvey::Status::empty);
  EXPECT_EQ(found.rows[0].value, 0.5);
}

TEST(MultipleResponses, ThreadsChangeNoBit) {
  Random random(47);
  const Table table = survey(random);
  Query about = grouped();
  about.threads = 1;
  const Estimate one = multiple_response(design_of(table), dichotomous(), about);
  for (const int threads : {2, 7}) {
    about.threads = threads;
    EXPECT_TRUE(same_answer(one, multiple_response(design_of(table), dichotomous(), about)));
  }
}

TEST(MultipleResponses, RefuseWhatHasNoMeaning) {
  Random random(48);
  const Design design = design_of(survey(random));
  MultipleResponse twice = dichotomous();
  twice.columns.emplace_back("phone");
  MultipleResponse other_value = dichotomous();
  other_value.counted = {Index{7}};
  MultipleResponse both = dichotomous();
  both.answers = {Index{1}};
  MultipleResponse other_answer = categorical();
  other_answer.answers = {Index{9}};
  for (const MultipleResponse& wrong :
       {MultipleResponse{}, twice, other_value, both, other_answer, categorical(Respondents::complete)}) {
    const auto error = error_of([&] { (void)multiple_response(design, wrong, {}); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_FALSE(error->details().expected.empty());
  }
  MultipleResponse unknown = dichotomous();
  unknown.columns = {"phon"};
  const auto error = error_of([&] { (void)multiple_response(design, unknown, {}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::column);
  Query wrong;
  wrong.where = Mask(3, 1);
  EXPECT_TRUE(error_of([&] { (void)multiple_response(design, dichotomous(), wrong); }));
}

}  // namespace
}  // namespace irosurvey_tests
