#include "irosurvey/inference/crosstab.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::Index;
using irosurvey::Status;
using irosurvey::inference::column_pairs;
using irosurvey::inference::counts_and_shares;
using irosurvey::inference::crosstab;
using irosurvey::inference::CrossTab;
using irosurvey::inference::independence_test;
using irosurvey::inference::residuals;
using irosurvey::inference::table_test;
using irosurvey::inference::TableTest;

// Sums of a few dozen terms of one size.
constexpr double kSummed = 1e-12;

/// Six units of two rows in two strata, and two columns of data.
Design small_design() {
  Table table;
  table.add("stratum", Numbers{1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2});
  table.add("unit", Numbers{1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3});
  table.add("w", Numbers{1, 2, 1, 3, 2, 2, 1, 1, 4, 2, 1, 2});
  table.add("a", Numbers{1, 2, 1, 2, 2, 1, 1, 2, 2, 2, 1, 1});
  table.add("b", Numbers{1, 1, 2, 3, 2, 1, 3, 2, 1, 3, 2, 1});
  return Design::declare(table.frame(), {.weights = "w", .stages = {{.strata = "stratum", .clusters = "unit"}}});
}

TEST(Crosstab, MarginsAndSharesFollowFromTheCells) {
  const CrossTab table = crosstab(small_design(), {.rows = "a", .columns = "b"});
  ASSERT_EQ(table.row_count(), 2);
  ASSERT_EQ(table.column_count(), 3);
  EXPECT_EQ(table.df, std::vector<double>{4.0});
  const Estimate estimate = counts_and_shares(table);
  ASSERT_EQ(estimate.rows.size(), 4U * 12U);
  EXPECT_EQ(estimate.rows[11].value, 22.0);
  EXPECT_EQ(estimate.rows[3].value, table.totals[0] + table.totals[1] + table.totals[2]);
  const Estimate total = irosurvey::estimate(small_design(), {.statistics = {irosurvey::statistic(irosurvey::T(1))}});
  EXPECT_TRUE(agree(estimate.rows[11].variance, total.rows[0].variance, kSummed));
  const Estimate shares =
      irosurvey::estimate(small_design(), {.statistics = {irosurvey::proportion("b")}, .by = {"a"}});
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      const auto& mine = estimate.rows[12 + i * 4 + j];
      const auto& theirs = shares.rows[j * 2 + i];
      EXPECT_TRUE(agree(mine.value, theirs.value, kSummed));
      EXPECT_TRUE(agree(mine.variance, theirs.variance, kSummed));
      EXPECT_TRUE(agree(mine.srs_variance, theirs.srs_variance, kSummed));
      EXPECT_EQ(mine.n, theirs.n);
    }
  }
}

TEST(Crosstab, ResidualsOfAdjustedShareSumToNothing) {
  const CrossTab table = crosstab(small_design(), {.rows = "a", .columns = "b"});
  const auto cells = residuals(table);
  double sum = 0.0;
  double chi_square = 0.0;
  for (const auto& cell : cells) {
    sum += cell.residual;
    chi_square += cell.pearson * cell.pearson;
  }
  EXPECT_NEAR(sum, 0.0, 1e-13);
  EXPECT_TRUE(agree(chi_square, independence_test(table, TableTest::pearson).statistic, kSummed));
}

TEST(Crosstab, EveryTestHasItsName) {
  for (const std::string name : {"rao-scott-f", "rao-scott-chisq", "rao-scott-lr-f", "rao-scott-lr-chisq", "wald",
                                 "adjusted-wald", "lincom", "saddlepoint", "pearson", "lr"}) {
    EXPECT_EQ(irosurvey::inference::name_of(table_test(name)), name);
    const CrossTab table = crosstab(small_design(), {.rows = "a", .columns = "b"});
    const auto test = independence_test(table, table_test(name));
    EXPECT_GT(test.p, 0.0) << name;
    EXPECT_LT(test.p, 1.0) << name;
    EXPECT_FALSE(test.choices.empty());
  }
}

TEST(Crosstab, ARowInOneColumnAloneDoesNotVary) {
  Table table;
  table.add("a", Numbers{1, 1, 1, 2, 2, 2});
  table.add("b", Numbers{1, 1, 1, 1, 2, 2});
  const CrossTab made = crosstab(Design::declare(table.frame(), {}), {.rows = "a", .columns = "b"});
  const Estimate estimate = counts_and_shares(made);
  EXPECT_EQ(estimate.rows[9].value, 1.0);
  EXPECT_EQ(estimate.rows[9].variance, 0.0);
  EXPECT_EQ(estimate.rows[10].value, 0.0);
  EXPECT_EQ(estimate.rows[10].variance, 0.0);
  for (const auto& pair : column_pairs(made)) EXPECT_FALSE(std::isinf(pair.p));
}

TEST(Crosstab, WhatItCannotDoIsRefused) {
  const auto twice = error_of([] { (void)crosstab(small_design(), {.rows = "a", .columns = "a"}); });
  ASSERT_TRUE(twice);
  EXPECT_TRUE(mentions(*twice, "'a' twice"));
  const CrossTab one_way = crosstab(small_design(), {.rows = "a"});
  const auto error = error_of([&] { (void)independence_test(one_way, TableTest::wald); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  const auto name = error_of([] { (void)table_test("chisq"); });
  ASSERT_TRUE(name);
  EXPECT_TRUE(mentions(*name, "'rao-scott-f'"));
}

}  // namespace
}  // namespace irosurvey_tests
