#include "irosurvey/frame/frame.hpp"

#include <gtest/gtest.h>

#include "irosurvey/frame/text_builder.hpp"
#include "irosurvey/frame/views.hpp"
#include "support/errors.hpp"

namespace {

using irosurvey::Column;
using irosurvey::ErrorCode;
using irosurvey::Frame;
using irosurvey::Index;
using irosurvey::TextBuilder;
using irosurvey::UserMissingRule;
using irosurvey_tests::error_of;
using irosurvey_tests::mentions;

Frame two_columns() {
  return Frame({Column::of_numbers("caseload", {70, 60}), Column::of_text("region", {"London", std::nullopt})}, "IROs");
}

TEST(Frame, FindsColumnsByName) {
  const Frame frame = two_columns();
  EXPECT_EQ(frame.rows(), 2);
  EXPECT_EQ(frame.label(), "IROs");
  EXPECT_EQ(frame.names(), (std::vector<std::string>{"caseload", "region"}));
  EXPECT_TRUE(frame.has("region"));
  EXPECT_EQ(frame.column("region").name(), "region");
}

TEST(Frame, ListsNearNamesForOneThatItHasNot) {
  const auto error = error_of([] { (void)two_columns().column("Case_load"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::column);
  EXPECT_EQ(error->details().candidates, (std::vector<std::string>{"caseload"}));
}

TEST(Frame, RefusesColumnsOfDifferentLengthsOrOfOneName) {
  const auto lengths = error_of([] { (void)two_columns().with_column(Column::of_numbers("x", {1})); });
  ASSERT_TRUE(lengths);
  EXPECT_TRUE(mentions(*lengths, "column 'x': expected 2 rows, as in column 'caseload', found 1"));
  const auto names = error_of([] { (void)Frame({Column::of_numbers("x", {1}), Column::of_numbers("x", {1})}); });
  ASSERT_TRUE(names);
  EXPECT_TRUE(mentions(*names, "column 'x': expected names that differ, found the name twice"));
}

TEST(Frame, WithColumnReplacesInPlaceOrAdds) {
  const Frame frame = two_columns();
  EXPECT_EQ(frame.with_column(Column::of_numbers("caseload", {1, 2})).names(), frame.names());
  EXPECT_EQ(frame.with_column(Column::of_numbers("fte", {1, 1})).names().back(), "fte");
  EXPECT_EQ(frame.names().size(), 2U) << "the frame itself never changes";
}

TEST(Frame, WithUserMissingReachesEveryColumn) {
  const Frame frame({Column::of_numbers("x", {-9}, {.user_missing = {.codes = {Index{-9}}, .range = {}}})});
  EXPECT_TRUE(frame.column("x").is_missing(0));
  EXPECT_FALSE(frame.with_user_missing(UserMissingRule::keep).column("x").is_missing(0));
}

TEST(TextBuilder, WritesWhatItIsGiven) {
  TextBuilder builder;
  for (int i = 0; i < 20; ++i) {
    if (i % 3 == 0) {
      builder.append_missing();
    } else {
      builder.append(std::string(static_cast<std::size_t>(i), 'x'));
    }
  }
  EXPECT_EQ(builder.length(), 20);
  const Column column = builder.finish("t");
  ASSERT_EQ(column.length(), 20);
  const auto coded = *irosurvey::shared_factor(column);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(column.is_missing(i), i % 3 == 0);
    if (i % 3 == 0) continue;
    const auto code = static_cast<std::size_t>(coded.codes[static_cast<std::size_t>(i)]);
    EXPECT_EQ(irosurvey::to_text(coded.levels[code].value).size(), static_cast<std::size_t>(i));
  }
  EXPECT_EQ(builder.length(), 0) << "the builder is empty afterwards";
}

}  // namespace
