#include "irosurvey/frame/views.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "handmade_arrow.hpp"
#include "irosurvey/frame/frame.hpp"
#include "irosurvey/frame/missing_tag.hpp"
#include "support/errors.hpp"

namespace {

using irosurvey::Column;
using irosurvey::ColumnNotes;
using irosurvey::ErrorCode;
using irosurvey::Factor;
using irosurvey::Index;
using irosurvey::Level;
using irosurvey::LevelRule;
using irosurvey::LevelValue;
using irosurvey::numbers;
using irosurvey::shared_factor;
using irosurvey::true_rows;
using irosurvey::UserMissingRule;
using irosurvey_tests::bits_of;
using irosurvey_tests::bytes_of;
using irosurvey_tests::column_of;
using irosurvey_tests::error_of;
using irosurvey_tests::HandmadeArray;
using irosurvey_tests::mentions;
using irosurvey_tests::text_bytes;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> values_of(const Column& column) {
  const auto view = numbers(column);
  return {view.values().begin(), view.values().end()};
}

// NaN equals NaN here.
void expect_same(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(found[i])) << "row " << i << " is " << found[i];
    } else {
      EXPECT_EQ(found[i], expected[i]) << "row " << i;
    }
  }
}

std::vector<LevelValue> level_values(const Factor& coded) {
  std::vector<LevelValue> result;
  for (const Level& level : coded.levels) result.push_back(level.value);
  return result;
}

std::vector<std::string> answers(const Column& column) {
  const Factor coded = *shared_factor(column);
  std::vector<std::string> texts;
  for (const std::int32_t code : coded.codes) {
    texts.push_back(code < 0 ? "-" : irosurvey::to_text(coded.levels[static_cast<std::size_t>(code)].value));
  }
  return texts;
}

using Answers = std::vector<std::string>;

// ── Numbers ────────────────────────────────────────────────────────────────────────────────────────────────────────────

TEST(Numbers, BorrowTheBufferWhereTheyCan) {
  std::vector<double> source = {1, 2, kMissing};
  const double* address = source.data();
  const Column column = Column::of_numbers("x", std::move(source));
  const auto view = numbers(column);
  EXPECT_EQ(view.values().data(), address);
  EXPECT_TRUE(view.has_missing());
  EXPECT_FALSE(numbers(Column::of_numbers("x", {1, 2})).has_missing());
}

TEST(Numbers, OutliveTheirColumn) {
  auto column = std::make_unique<Column>(Column::of_numbers("x", {1, 2, 3}));
  const auto view = numbers(*column);
  column.reset();
  EXPECT_EQ(std::accumulate(view.values().begin(), view.values().end(), 0.0), 6.0);
}

TEST(Numbers, RespectOffsetsBitmapsAndChunks) {
  const HandmadeArray first{.format = "g",
                            .length = 3,
                            .offset = 2,
                            .buffers = {bits_of({0, 0, 1, 0, 1}), bytes_of<double>({9, 9, 1, 77, 3})}};
  const HandmadeArray empty{.format = "g", .buffers = {nullptr, bytes_of<double>({})}};
  const HandmadeArray second{
      .format = "g", .length = 2, .null_count = 0, .buffers = {nullptr, bytes_of<double>({4, 5})}};
  expect_same(values_of(column_of({first, empty, second})), {1, kMissing, 3, 4, 5});
}

TEST(Numbers, DoNotBelieveAValueUnderANull) {
  const HandmadeArray array{.format = "g", .length = 2, .buffers = {bits_of({1, 0}), bytes_of<double>({1, kInfinity})}};
  expect_same(values_of(column_of({array})), {1, kMissing});
}

template <class T>
Column whole_numbers(const std::string& format) {
  return column_of({{.format = format,
                     .length = 3,
                     .offset = 1,
                     .buffers = {bits_of({1, 1, 1, 0}), bytes_of<T>({T{9}, T{0}, T{100}, T{7}})}}});
}

TEST(Numbers, OfEveryWidth) {
  const std::vector<double> expected = {0, 100, kMissing};
  expect_same(values_of(whole_numbers<std::int8_t>("c")), expected);
  expect_same(values_of(whole_numbers<std::uint8_t>("C")), expected);
  expect_same(values_of(whole_numbers<std::int16_t>("s")), expected);
  expect_same(values_of(whole_numbers<std::uint16_t>("S")), expected);
  expect_same(values_of(whole_numbers<std::int32_t>("i")), expected);
  expect_same(values_of(whole_numbers<std::uint32_t>("I")), expected);
  expect_same(values_of(whole_numbers<std::int64_t>("l")), expected);
  expect_same(values_of(whole_numbers<std::uint64_t>("L")), expected);
  expect_same(values_of(whole_numbers<float>("f")), expected);
}

TEST(Numbers, OfHalfPrecision) {
  // 1.5, −2, the smallest subnormal, NaN (IEEE 754 binary16)
  const HandmadeArray array{
      .format = "e", .length = 4, .buffers = {nullptr, bytes_of<std::uint16_t>({0x3e00, 0xc000, 0x0001, 0x7e00})}};
  expect_same(values_of(column_of({array})), {1.5, -2.0, std::ldexp(1.0, -24), kMissing});
}

TEST(Numbers, OfDecimals) {
  const HandmadeArray wide{
      .format = "d:38,2", .length = 2, .buffers = {nullptr, bytes_of<std::int64_t>({12345, 0, -50, -1})}};
  expect_same(values_of(column_of({wide})), {123.45, -0.5});
  const HandmadeArray narrow{.format = "d:9,1,32", .length = 1, .buffers = {nullptr, bytes_of<std::int32_t>({15})}};
  expect_same(values_of(column_of({narrow})), {1.5});
}

TEST(Numbers, OfBooleansAndOfNothing) {
  const HandmadeArray truths{
      .format = "b", .length = 3, .offset = 1, .buffers = {bits_of({1, 1, 1, 0}), bits_of({0, 1, 0, 1})}};
  expect_same(values_of(column_of({truths})), {1, 0, kMissing});
  expect_same(values_of(column_of({{.format = "n", .length = 2, .null_count = 2}})), {kMissing, kMissing});
}

TEST(Numbers, ThroughADictionary) {
  const auto dictionary = std::make_shared<HandmadeArray>(
      HandmadeArray{.format = "g", .length = 3, .buffers = {bits_of({1, 1, 0}), bytes_of<double>({10, 20, 30})}});
  const HandmadeArray array{.format = "c",
                            .length = 4,
                            .buffers = {bits_of({1, 1, 1, 0}), bytes_of<std::int8_t>({1, 0, 2, 99})},
                            .dictionary = dictionary};
  expect_same(values_of(column_of({array})), {20, 10, kMissing, kMissing});
}

TEST(Numbers, RefuseTextAndInfinity) {
  const auto text = error_of([] { (void)numbers(Column::of_text("name", {"a"})); });
  ASSERT_TRUE(text);
  EXPECT_EQ(text->code(), ErrorCode::column);
  EXPECT_TRUE(mentions(*text, "column 'name': expected numbers or booleans, found text"));
  const auto infinite = error_of([] { (void)numbers(Column::of_numbers("x", {1, kMissing, -kInfinity})); });
  ASSERT_TRUE(infinite);
  EXPECT_EQ(infinite->details().row, 2);
  EXPECT_TRUE(mentions(*infinite, "found minus infinity"));
}

TEST(TrueRows, OfBooleansInChunks) {
  const HandmadeArray some{
      .format = "b", .length = 3, .offset = 1, .buffers = {bits_of({1, 1, 1, 0}), bits_of({0, 1, 0, 1})}};
  const HandmadeArray others{.format = "b", .length = 2, .buffers = {nullptr, bits_of({0, 1})}};
  EXPECT_EQ(*true_rows(column_of({some, others})), (std::vector<std::uint8_t>{1, 0, 0, 0, 1}));
  EXPECT_TRUE(true_rows(column_of({{.format = "b", .buffers = {nullptr, nullptr}}}))->empty());
}

TEST(TrueRows, OfNumbersAreRefused) {
  const auto error = error_of([] { (void)true_rows(Column::of_numbers("x", {0, 1})); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::column);
  EXPECT_TRUE(mentions(*error, "column 'x': expected booleans, found numbers"));
}

TEST(Numbers, OfNoRows) {
  EXPECT_TRUE(numbers(Column::of_numbers("x", {})).values().empty());
  EXPECT_TRUE(numbers(column_of({{.format = "i", .buffers = {nullptr, nullptr}}})).values().empty());
}

// ── Factors ────────────────────────────────────────────────────────────────────────────────────────────────────────────

TEST(Factor, LevelsAreInNaturalOrder) {
  const Factor coded = *shared_factor(Column::of_numbers("x", {3, 1, kMissing, 2.5, 3}));
  EXPECT_EQ(level_values(coded), (std::vector<LevelValue>{Index{1}, 2.5, Index{3}}));
  EXPECT_EQ(coded.codes, (std::vector<std::int32_t>{2, 0, -1, 1, 2}));
  EXPECT_TRUE(coded.has_missing);
  EXPECT_FALSE(shared_factor(Column::of_integers("x", {1}))->has_missing);
}

TEST(Factor, CodesLargeNumbersApart) {
  const Index large = Index{1} << 53;
  EXPECT_EQ(level_values(*shared_factor(Column::of_integers("x", {large + 1, large, -large}))),
            (std::vector<LevelValue>{-large, large, large + 1}));
  const HandmadeArray unsigned_array{
      .format = "L", .length = 2, .buffers = {nullptr, bytes_of<std::uint64_t>({~std::uint64_t{0}, 5})}};
  EXPECT_EQ(level_values(*shared_factor(column_of({unsigned_array}))),
            (std::vector<LevelValue>{Index{5}, 18446744073709551615.0}));
}

TEST(Factor, OneLevelWhateverTheStorage) {
  EXPECT_EQ(level_values(*shared_factor(Column::of_numbers("x", {1.0, 0.0, -0.0}))),
            level_values(*shared_factor(Column::of_integers("x", {0, 1}))));
}

TEST(Factor, OfManyValuesAgreesWithAMap) {
  std::mt19937_64 random(20130611);
  std::vector<double> values(50'000);
  for (double& value : values) {
    const auto draw = random();
    value = static_cast<double>(static_cast<Index>(draw % 40'000) - 20'000) * (draw % 3 == 0 ? 0.5 : 1e6);
  }
  std::map<double, std::int32_t> places;
  for (const double value : values) places[value] = 0;
  std::int32_t place = 0;
  for (auto& [value, code] : places) code = place++;
  const Factor coded = *shared_factor(Column::of_numbers("x", values));
  ASSERT_EQ(coded.levels.size(), places.size());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(coded.codes[i], places[values[i]]) << "row " << i;
}

TEST(Factor, OfManyTextsAgreesWithAMap) {
  std::mt19937_64 random(20130611);
  std::vector<std::optional<std::string>> values(20'000);
  for (auto& value : values) {
    const auto draw = random() % 6'000;
    if (draw != 0) value = std::string(draw % 40, 'x') + std::to_string(draw);
  }
  std::map<std::string, std::int32_t> places;
  for (const auto& value : values) {
    if (value) places[*value] = 0;
  }
  std::int32_t place = 0;
  for (auto& [value, code] : places) code = place++;
  const Factor coded = *shared_factor(Column::of_text("x", values));
  ASSERT_EQ(coded.levels.size(), places.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(coded.codes[i], values[i] ? places[*values[i]] : -1) << "row " << i;
  }
}

TEST(Factor, OfBooleansHasBooleanLevels) {
  const HandmadeArray truths{.format = "b", .length = 2, .buffers = {nullptr, bits_of({1, 0})}};
  EXPECT_EQ(level_values(*shared_factor(column_of({truths}))), (std::vector<LevelValue>{false, true}));
}

TEST(Factor, OfBooleansThatAreAllAlikeHasBothLevels) {
  const Column no = column_of({{.format = "b", .length = 2, .buffers = {nullptr, bits_of({0, 0})}}});
  EXPECT_EQ(level_values(*shared_factor(no)), (std::vector<LevelValue>{false, true}));
  EXPECT_EQ(level_values(*shared_factor(no, LevelRule::observed)), (std::vector<LevelValue>{false}));
}

TEST(Factor, OfTextInEveryLayout) {
  const HandmadeArray small{
      .format = "u",
      .length = 3,
      .offset = 1,
      .buffers = {bits_of({1, 1, 0, 1}), bytes_of<std::int32_t>({0, 2, 3, 5, 5}), text_bytes("zzbxx")}};
  EXPECT_EQ(answers(column_of({small})), (Answers{"b", "-", ""}));
  const HandmadeArray large{
      .format = "U", .length = 2, .buffers = {nullptr, bytes_of<std::int64_t>({0, 1, 3}), text_bytes("abb")}};
  EXPECT_EQ(answers(column_of({large, large})), (Answers{"a", "bb", "a", "bb"}));
}

std::string view_of(const std::string& text, std::int32_t buffer, std::int32_t offset) {
  std::string entry(16, '\0');
  const auto size = static_cast<std::int32_t>(text.size());
  std::memcpy(entry.data(), &size, 4);
  std::memcpy(entry.data() + 4, text.data(), std::min<std::size_t>(text.size(), text.size() <= 12 ? 12 : 4));
  if (text.size() > 12) {
    std::memcpy(entry.data() + 8, &buffer, 4);
    std::memcpy(entry.data() + 12, &offset, 4);
  }
  return entry;
}

TEST(Factor, OfTextViews) {
  const std::string long_text = "North East of England";
  const std::string longer = "somewhere else altogether";
  const std::string views = view_of("twelve bytes", 0, 0) + view_of(long_text, 1, 3) + view_of("", 0, 0) +
                            view_of(longer, 0, 0) + view_of("never seen", 0, 0);
  const HandmadeArray array{.format = "vu",
                            .length = 5,
                            .buffers = {bits_of({1, 1, 1, 1, 0}), text_bytes(views), text_bytes(longer),
                                        text_bytes("___" + long_text), bytes_of<std::int64_t>({25, 24})}};
  EXPECT_EQ(answers(column_of({array})), (Answers{"twelve bytes", long_text, "", longer, "-"}));
}

TEST(Factor, OfDictionariesThatDifferByChunk) {
  const auto words = [](const std::string& bytes) {
    return std::make_shared<HandmadeArray>(
        HandmadeArray{.format = "u",
                      .length = 2,
                      .offset = 1,
                      .buffers = {nullptr, bytes_of<std::int32_t>({0, 1, 2, 3}), text_bytes(bytes)}});
  };
  const HandmadeArray first{.format = "C",
                            .length = 3,
                            .buffers = {bits_of({1, 1, 0}), bytes_of<std::uint8_t>({1, 0, 200})},
                            .dictionary = words("?ab")};
  const HandmadeArray second{
      .format = "C", .length = 2, .buffers = {nullptr, bytes_of<std::uint8_t>({0, 0})}, .dictionary = words("?bz")};
  const Column column = column_of({first, second});
  EXPECT_EQ(answers(column), (Answers{"b", "a", "-", "b", "b"}));
  EXPECT_EQ(shared_factor(column)->levels.size(), 2U) << "'z' is in a dictionary, and nobody said it";
}

ColumnNotes yes_no() {
  return {.label = "Any other duty?",
          .value_labels = {{Index{1}, "Yes"}, {2.0, "No"}, {Index{3}, "Unsure"}, {Index{-9}, "Not answered"}},
          .user_missing = {.codes = {Index{-9}}, .range = {}}};
}

TEST(Factor, AnAnswerThatNobodyGaveIsAnAnswer) {
  const Factor coded = *shared_factor(Column::of_numbers("duty", {2, 2, -9, kMissing}, yes_no()));
  EXPECT_EQ(coded.levels, (std::vector<Level>{{Index{1}, "Yes"}, {Index{2}, "No"}, {Index{3}, "Unsure"}}));
  EXPECT_EQ(coded.codes, (std::vector<std::int32_t>{1, 1, -1, -1}));
}

TEST(Factor, LabelsOfSomeValuesAddNone) {
  const Factor coded = *shared_factor(Column::of_numbers("hours", {2, 40}, yes_no()));
  EXPECT_EQ(coded.levels, (std::vector<Level>{{Index{2}, "No"}, {Index{40}, ""}}));
}

TEST(Factor, ObservedLevelsOnlyOnRequest) {
  const Factor coded = *shared_factor(Column::of_numbers("duty", {2}, yes_no()), LevelRule::observed);
  EXPECT_EQ(coded.levels, (std::vector<Level>{{Index{2}, "No"}}));
}

TEST(Factor, AKeptCodeIsALevel) {
  const Column column = Column::of_numbers("duty", {2, -9}, yes_no()).with_user_missing(UserMissingRule::keep);
  const Factor coded = *shared_factor(column, LevelRule::observed);
  EXPECT_EQ(coded.levels, (std::vector<Level>{{Index{-9}, "Not answered"}, {Index{2}, "No"}}));
  EXPECT_FALSE(coded.has_missing);
}

TEST(Factor, LabelsOfText) {
  const Factor coded = *shared_factor(Column::of_text(
      "sex", {"m", "f", std::nullopt},
      {.value_labels = {{std::string("f"), "female"}, {std::string("m"), "male"}, {std::string("x"), "other"}}}));
  EXPECT_EQ(coded.levels, (std::vector<Level>{
                              {std::string("f"), "female"}, {std::string("m"), "male"}, {std::string("x"), "other"}}));
}

TEST(Factor, RefusesWhatHasNoLevels) {
  const auto error = error_of([] {
    (void)shared_factor(
        column_of({{.format = "tdD", .length = 1, .buffers = {nullptr, bytes_of<std::int32_t>({0})}}}, "born"));
  });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "column 'born': expected numbers, booleans or text, found dates"));
}

// ── User-missing codes, tags ───────────────────────────────────────────────────────────────────────────────────────────

TEST(UserMissing, IsTheSameBufferSeenByAnotherRule) {
  std::vector<double> source = {1, -9, kMissing, -1, 2};
  const double* address = source.data();
  const Column column =
      Column::of_numbers("x", std::move(source), {.user_missing = {.codes = {Index{2}}, .range = {{-9.0, -1.0}}}});
  expect_same(values_of(column), {1, kMissing, kMissing, kMissing, kMissing});
  const Column kept = column.with_user_missing(UserMissingRule::keep);
  expect_same(values_of(kept), {1, -9, kMissing, -1, 2});
  EXPECT_EQ(numbers(kept).values().data(), address);
  EXPECT_FALSE(column.is_missing(0));
  EXPECT_TRUE(column.is_missing(1));
  EXPECT_FALSE(kept.is_missing(1));
  EXPECT_TRUE(kept.is_missing(2));
}

TEST(UserMissing, RangesMayBeOpen) {
  const double lowest = -std::numeric_limits<double>::infinity();
  const Column column =
      Column::of_numbers("x", {-1e300, -1, 0}, {.user_missing = {.codes = {}, .range = {{lowest, -1.0}}}});
  expect_same(values_of(column), {kMissing, kMissing, 0});
}

TEST(UserMissing, InTextAndInOffsetChunks) {
  const Column text = Column::of_text("t", {"a", "NA", std::nullopt}, {.user_missing = {.codes = {std::string("NA")}}});
  EXPECT_EQ(answers(text), (Answers{"a", "-", "-"}));
  const HandmadeArray array{.format = "s",
                            .length = 3,
                            .offset = 3,
                            .buffers = {bits_of({1, 1, 1, 1, 1, 0}), bytes_of<std::int16_t>({-9, -9, -9, 1, -9, 2})}};
  const Column column = column_of({array, array}).with_notes({.user_missing = {.codes = {Index{-9}}, .range = {}}});
  expect_same(values_of(column), {1, kMissing, kMissing, 1, kMissing, kMissing});
  expect_same(values_of(column.with_user_missing(UserMissingRule::keep)), {1, -9, kMissing, 1, -9, kMissing});
}

TEST(UserMissing, InADictionary) {
  const auto words = std::make_shared<HandmadeArray>(HandmadeArray{
      .format = "u", .length = 2, .buffers = {nullptr, bytes_of<std::int32_t>({0, 1, 3}), text_bytes("aNA")}});
  const HandmadeArray array{.format = "i",
                            .length = 3,
                            .buffers = {bits_of({1, 1, 0}), bytes_of<std::int32_t>({0, 1, -5})},
                            .dictionary = words};
  const Column column = column_of({array}).with_notes({.user_missing = {.codes = {std::string("NA")}}});
  EXPECT_EQ(answers(column), (Answers{"a", "-", "-"}));
}

TEST(MissingTag, StaysWithItsValue) {
  const Column column =
      Column::of_numbers("x", {1, irosurvey::tagged_missing('a'), irosurvey::tagged_missing('_'), kMissing});
  EXPECT_EQ(column.missing_tag(0), 0);
  EXPECT_EQ(column.missing_tag(1), 'a');
  EXPECT_EQ(column.missing_tag(2), '_');
  EXPECT_EQ(column.missing_tag(3), 0);
  EXPECT_EQ(column.missing_tags(), (std::vector<std::pair<Index, char>>{{1, 'a'}, {2, '_'}}));
  expect_same(values_of(column), {1, kMissing, kMissing, kMissing});
  const auto error = error_of([&] { (void)column.missing_tag(4); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
}

}  // namespace
