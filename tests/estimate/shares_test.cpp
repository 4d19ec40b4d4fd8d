// Shares near 1. That of those who have a level varies exactly as that of those who haven't, however much the units' sizes
// differ.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/unit_totals.hpp"
#include "support/agreement.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Estimate;
using irosurvey::LevelValue;
using irosurvey::Query;
using irosurvey::T;
using irosurvey::UnitTotals;

// A unit's sum of a thousand weights is rounded to 1e-13; what is left of it is one weight.
constexpr double kOneRow = 1e-12;

const LevelValue kYes{std::string("yes")};
const LevelValue kNo{std::string("no")};
const DesignSpec kUnits{.weights = "w", .stages = {{"stratum", "unit", {}}}};

/// 60,000 rows in units of 100 to 1,000, five of which answered no, in different units; nobody of the second group did.
Table survey() {
  Random random(301);
  Numbers stratum, unit, w, group;
  Texts answer;
  for (int u = 0; u < 110; ++u) {
    const int rows = random.between(100, 1000);
    const int ten_units = u / 10;
    for (int row = 0; row < rows; ++row) {
      stratum.push_back(ten_units);
      unit.push_back(u);
      w.push_back(0.5 + 4.0 * random.uniform());
      group.push_back(1.0 + random.below(2));
      const bool said_no = u % 20 == 7 && row == 50;
      if (said_no) group.back() = 1.0;
      answer.emplace_back(said_no ? "no" : "yes");
    }
  }
  Table table;
  table.add("stratum", stratum).add("unit", unit).add("w", w).add("group", group).add("answer", answer);
  return table;
}

Query both_shares(bool covariance = false) {
  return {.statistics = {irosurvey::proportion("answer", {kYes}), irosurvey::proportion("answer", {kNo})},
          .covariance = covariance};
}

/// @param yes, no  rows of the answer
void expect_complements(const Estimate& shares, std::size_t yes, std::size_t no) {
  EXPECT_GT(shares.rows[yes].value, 0.9998);
  EXPECT_GT(shares.rows[no].variance, 0.0);
  EXPECT_TRUE(agree(shares.rows[yes].variance, shares.rows[no].variance, kOneRow));
  EXPECT_TRUE(agree(shares.rows[yes].srs_variance, shares.rows[no].srs_variance, kOneRow));
}

TEST(SharesNearOne, VaryAsTheirComplements) {
  const Table table = survey();
  for (const Table& rows : {table, table.rows(Random(302).permutation(table.rows()))}) {
    const Design design = Design::declare(rows.frame(), kUnits);
    expect_complements(estimate(design, both_shares()), 0, 1);
    const Estimate together = estimate(design, both_shares(true));
    expect_complements(together, 0, 1);
    EXPECT_TRUE(agree(together.covariance[1], -together.rows[1].variance, kOneRow));
  }
}

TEST(SharesNearOne, VaryAsTheirComplementsInGroups) {
  const Table table = survey();
  for (const bool covariance : {false, true}) {
    Query query = both_shares(covariance);
    query.by = {"group"};
    const Estimate shares = estimate(Design::declare(table.frame(), kUnits), query);
    expect_complements(shares, 0, 2);
    // Where everybody has the level there is nothing to vary.
    EXPECT_EQ(shares.rows[1].value, 1.0);
    EXPECT_EQ(shares.rows[1].variance, 0.0);
    EXPECT_EQ(shares.rows[3].variance, 0.0);
  }
}

TEST(SharesNearOne, VaryAsTheirComplementsWhenPartsAreMerged) {
  const Table table = survey();
  const auto order = Random(303).permutation(table.rows());
  const Query query = both_shares();
  UnitTotals all(kUnits, {.statistics = query.statistics});
  for (std::size_t part = 0; part < 3; ++part) {
    std::vector<std::size_t> rows;
    for (std::size_t i = part; i < order.size(); i += 3) rows.push_back(order[i]);
    UnitTotals some(kUnits, {.statistics = query.statistics});
    some.add(table.rows(rows).frame());
    all.merge(UnitTotals::from_bytes(some.to_bytes()));
  }
  expect_complements(all.finish(), 0, 1);
}

// The same total is asked as it is, and as a share's numerator.
TEST(SharesNearOne, DoNotChangeTheTotalsThatTheyAreMadeOf) {
  const Table table = survey();
  const Design design = Design::declare(table.frame(), kUnits);
  const Query alone{.statistics = {irosurvey::statistic(T("answer", {kYes}))}};
  Query both = both_shares();
  both.statistics.push_back(irosurvey::statistic(T("answer", {kYes})));
  both.statistics.push_back(irosurvey::statistic(T("answer", {kYes}) / T(1) - T("answer", {kNo}) / T(1)));
  const Estimate asked = estimate(design, both);
  const Estimate total = estimate(design, alone);
  EXPECT_TRUE(agree(asked.rows[2].value, total.rows[0].value, kOneRow));
  EXPECT_TRUE(agree(asked.rows[2].variance, total.rows[0].variance, kOneRow));
  EXPECT_TRUE(agree(asked.rows[2].srs_variance, total.rows[0].srs_variance, kOneRow));
  // p − (1 − p) varies four times as p.
  EXPECT_TRUE(agree(asked.rows[3].variance, 4.0 * asked.rows[1].variance, kOneRow));
}

}  // namespace
}  // namespace irosurvey_tests
