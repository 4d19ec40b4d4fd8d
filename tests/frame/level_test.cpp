#include "irosurvey/frame/level.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace {

using irosurvey::Index;
using irosurvey::Level;
using irosurvey::level_less;
using irosurvey::level_of;
using irosurvey::LevelValue;
using irosurvey::to_text;

TEST(Level, AWholeNumberIsAnIndexWhateverItsStorage) {
  EXPECT_EQ(level_of(1.0), LevelValue(Index{1}));
  EXPECT_EQ(level_of(-0.0), LevelValue(Index{0}));
  EXPECT_EQ(level_of(0.5), LevelValue(0.5));
  EXPECT_EQ(level_of(-9223372036854775808.0), LevelValue(std::numeric_limits<Index>::min()));
}

TEST(Level, WhatNoIndexCanHoldStaysADouble) {
  EXPECT_EQ(level_of(9223372036854775808.0), LevelValue(9223372036854775808.0));
  EXPECT_TRUE(std::holds_alternative<double>(level_of(std::numeric_limits<double>::infinity())));
  EXPECT_TRUE(std::holds_alternative<double>(level_of(std::nan(""))));
}

TEST(Level, IsWrittenAsAPersonWrites) {
  EXPECT_EQ(to_text(LevelValue(Index{-9})), "-9");
  EXPECT_EQ(to_text(LevelValue(0.1)), "0.1");
  EXPECT_EQ(to_text(LevelValue(true)), "true");
  EXPECT_EQ(to_text(Level{Index{1}, "Yes"}), "Yes");
  EXPECT_EQ(to_text(Level{Index{1}, ""}), "1");
}

TEST(Level, NaturalOrder) {
  const Index beyond_doubles = (Index{1} << 53) + 1;
  const std::vector<LevelValue> ordered = {false,
                                           true,
                                           -1.5,
                                           Index{-1},
                                           Index{2},
                                           2.5,
                                           Index{10},
                                           9007199254740992.0,
                                           beyond_doubles,
                                           std::string("B"),
                                           std::string("a"),
                                           std::string("\xc3\xa9")};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      EXPECT_EQ(level_less(ordered[i], ordered[j]), i < j) << to_text(ordered[i]) << " and " << to_text(ordered[j]);
    }
  }
}

}  // namespace
