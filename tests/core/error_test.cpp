#include "irosurvey/core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using irosurvey::Error;
using irosurvey::ErrorCode;
using irosurvey::near_names;

TEST(Error, SaysWhatWasExpectedWhatWasFoundWhereAndHowToMendIt) {
  const Error error(ErrorCode::design, {.subject = "weight 'w'",
                                        .row = 7,
                                        .expected = "a positive number",
                                        .found = "-1",
                                        .remedy = "Drop the row.",
                                        .candidates = {"w1", "w2", "weight"}});
  EXPECT_STREQ(error.what(),
               "weight 'w' (row 7, counted from 0): expected a positive number, found -1. Drop the row. "
               "Did you mean 'w1', 'w2' or 'weight'?");
  EXPECT_EQ(error.code(), ErrorCode::design);
  EXPECT_EQ(error.details().row, 7);
}

TEST(Error, LeavesOutWhatIsNotKnown) {
  const Error error(
      ErrorCode::read,
      {.subject = "file 'a'", .row = {}, .expected = {}, .found = "nothing", .remedy = {}, .candidates = {}});
  EXPECT_STREQ(error.what(), "file 'a': nothing.");
}

TEST(Error, SaysAsMuchAsAnybodyReads) {
  const std::string long_name = "n" + std::string(2'000, 'a') + "e";
  const Error error(
      ErrorCode::column,
      {.subject = "column", .row = {}, .expected = "a name", .found = long_name, .remedy = {}, .candidates = {}});
  EXPECT_LT(std::string(error.what()).size(), 1'100U);
  EXPECT_TRUE(error.details().found.starts_with("naaa"));
  EXPECT_TRUE(error.details().found.ends_with("…"));
}

TEST(Error, IsCutBetweenCharacters) {
  std::string accents;
  for (int i = 0; i < 800; ++i) accents += "é";
  for (const char* before : {"", "x"}) {
    const Error error(
        ErrorCode::column,
        {.subject = before + accents, .row = {}, .expected = {}, .found = {}, .remedy = {}, .candidates = {}});
    const std::string& text = error.details().subject;
    // Each character has two bytes, the ellipsis three.
    EXPECT_EQ((text.size() - std::string(before).size() - 3) % 2, 0U);
  }
}

TEST(NearNames, FindsSlipsOfTheKeyboardAndOfTheShiftKey) {
  const std::vector<std::string> names = {"region", "authority", "REGIONS", "weight"};
  EXPECT_EQ(near_names("regoin", names), (std::vector<std::string>{"region"}));
  EXPECT_EQ(near_names("regions", names), (std::vector<std::string>{"REGIONS", "region"}));
}

TEST(NearNames, OffersNothingThatIsAnotherWord) {
  const std::vector<std::string> names = {"x", "y", "caseload"};
  EXPECT_TRUE(near_names("zz", names).empty());
  EXPECT_TRUE(near_names("authority", names).empty());
}

TEST(NearNames, OffersThreeAtMost) {
  const std::vector<std::string> names = {"q11", "q12", "q13", "q14"};
  EXPECT_EQ(near_names("q10", names).size(), 3U);
}

}  // namespace
