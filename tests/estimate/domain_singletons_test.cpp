// Strata of several units of which one alone holds members of a domain: what the rule for singletons makes of them, where it
// is asked to hold for them. Random designs are judged in exact_test.cpp.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/unit_totals.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::DomainSingletons;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::Mask;
using irosurvey::Query;
using irosurvey::SingletonRule;
using irosurvey::UnitTotals;

// The same sums in another order, of thousands of numbers at most.
constexpr double kReordered = 1e-12;
// A handful of small whole numbers.
constexpr double kByHand = 1e-14;

constexpr SingletonRule kRules[] = {SingletonRule::remove, SingletonRule::certainty, SingletonRule::adjust,
                                    SingletonRule::average};

DesignSpec by_rule(DesignSpec spec, SingletonRule rule) {
  spec.singleton = rule;
  spec.domain_singletons = DomainSingletons::rule;
  return spec;
}

/// Stratum 1 has units of 2 and 4 in the domain, and one of none; stratum 2 one of 5, and three of none; stratum 3 none.
Table few_units() {
  Table table;
  table.add("s", {1, 1, 1, 2, 2, 2, 2, 3, 3});
  table.add("y", {2, 4, 7, 5, 7, 7, 7, 7, 7});
  table.add("in", {1, 1, 0, 1, 0, 0, 0, 0, 0});
  return table;
}

double variance_of_the_total(SingletonRule rule, DomainSingletons domains) {
  const Table table = few_units();
  const DesignSpec spec{.weights = "", .stages = {{"s", "", 0.5}}, .singleton = rule, .domain_singletons = domains};
  Mask where;
  for (const double in : table.numbers("in")) where.push_back(in > 0.0 ? 1 : 0);
  return estimate(Design::declare(table.frame(), spec), {.statistics = {irosurvey::total("y")}, .where = where})
      .rows[0]
      .variance;
}

// Weights are 2, and (1 − f) is 1/2: half of 4 times what unweighted totals give.
TEST(DomainSingletons, AddWhatTheRuleSays) {
  const double first = 3.0 / 2.0 * (0.0 + 4.0 + 4.0);  // totals 2, 4 and 0 about 2
  const double second = 4.0 / 3.0 * (25.0 - 25.0 / 4.0);
  const double mean = 11.0 / 9.0;
  const double about_all = 4.0 / 3.0 * ((5.0 - mean) * (5.0 - mean) + 3.0 * mean * mean);
  const auto found = [](SingletonRule rule) { return variance_of_the_total(rule, DomainSingletons::rule) / 2.0; };
  EXPECT_TRUE(agree(found(SingletonRule::remove), first, kByHand));
  EXPECT_TRUE(agree(found(SingletonRule::certainty), first, kByHand));
  EXPECT_TRUE(agree(found(SingletonRule::adjust), first + about_all, kByHand));
  // Of the two strata that hold members, one is left: stratum 3 has no say.
  EXPECT_TRUE(agree(found(SingletonRule::average), 2.0 * first, kByHand));
  for (const SingletonRule rule : kRules) {
    EXPECT_TRUE(agree(variance_of_the_total(rule, DomainSingletons::ignore) / 2.0, first + second, kByHand));
  }
}

// ------------------------------------------------------------------------------------------------------ larger surveys

/// Hundreds of strata in several blocks; in many of them, a rare group has members in one unit alone.
Table rare_groups(std::uint64_t seed) {
  Table table = synthetic_survey(seed, {.strata = 3, .units = 400, .subunits = 4, .rows = 20});
  Random random(seed + 1);
  Numbers strata, groups;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    strata.push_back(1000.0 * table.numbers("stratum")[row] + std::floor(table.numbers("unit")[row] / 4.0));
    groups.push_back(random.once_in(40) ? 2.0 + random.below(3) : 1.0);
  }
  table.add("stratum", strata);
  table.add("rare", groups);
  return table;
}

/// Units that hold members of a group, by stratum, and the totals of y there.
struct PlainGroup {
  std::map<double, std::set<double>> holding;
  std::map<double, std::set<double>> units;
  std::map<double, double> totals;
  double total = 0.0;

  PlainGroup(const Table& table, double group) {
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const double stratum = table.numbers("stratum")[row];
      const double unit = table.numbers("unit")[row];
      units[stratum].insert(unit);
      const double w = table.numbers("w")[row];
      const double u = table.numbers("u")[row];
      if (table.numbers("rare")[row] != group || w == 0.0 || std::isnan(u)) continue;
      holding[stratum].insert(unit);
      totals[stratum] += w * u;
      total += w * u;
    }
  }
  [[nodiscard]] bool is_single(double stratum) const {
    const auto found = holding.find(stratum);
    return found != holding.end() && found->second.size() == 1 && units.at(stratum).size() > 1;
  }
  [[nodiscard]] double singles() const {
    return static_cast<double>(
        std::count_if(holding.begin(), holding.end(), [&](const auto& entry) { return is_single(entry.first); }));
  }
  [[nodiscard]] double all_units() const {
    double count = 0.0;
    for (const auto& [stratum, own] : units) count += static_cast<double>(own.size());
    return count;
  }
};

// Three ways to say it: with the singletons' members outside the domain; that, times the strata; or with the distance of each
// stratum from the mean over all units added.
TEST(DomainSingletons, AreTreatedAlikeInEveryBlock) {
  const Table table = rare_groups(61);
  for (const double group : {2.0, 3.0, 4.0}) {
    const PlainGroup plain(table, group);
    ASSERT_GT(plain.singles(), 20.0);
    Mask members, without;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const bool inside = table.numbers("rare")[row] == group;
      members.push_back(inside ? 1 : 0);
      without.push_back(inside && !plain.is_single(table.numbers("stratum")[row]) ? 1 : 0);
    }
    const auto variance = [&](const DesignSpec& spec, const Mask& where, bool covariance = false) {
      const Query query{
          .statistics = {irosurvey::total("u"), irosurvey::total("x")}, .where = where, .covariance = covariance};
      return estimate(Design::declare(table.frame(), spec), query).rows[0].variance;
    };
    DesignSpec ignoring = one_stage();
    ignoring.singleton = SingletonRule::remove;
    const double removed = variance(ignoring, without);
    double placed = variance(ignoring, members);
    for (const auto& [stratum, units] : plain.holding) {
      if (!plain.is_single(stratum)) continue;
      const auto n = static_cast<double>(plain.units.at(stratum).size());
      const double distance = plain.totals.at(stratum) / n - plain.total / plain.all_units();
      placed += n / (n - 1.0) * n * distance * distance;
    }
    const auto strata = static_cast<double>(plain.holding.size());
    for (const bool covariance : {false, true}) {
      const auto by = [&](SingletonRule rule) { return variance(by_rule(one_stage(), rule), members, covariance); };
      EXPECT_TRUE(agree(by(SingletonRule::remove), removed, kReordered));
      EXPECT_TRUE(agree(by(SingletonRule::adjust), placed, kReordered));
      EXPECT_TRUE(agree(by(SingletonRule::average), removed * strata / (strata - plain.singles()), kReordered));
    }
  }
}

Query by_groups(int threads) {
  return {.statistics = {irosurvey::mean("u"), irosurvey::ratio("y", "x"), irosurvey::proportion("sex")},
          .by = {"rare"},
          .covariance = true,
          .threads = threads};
}

TEST(DomainSingletons, DependOnNoThread) {
  const Table table = rare_groups(62);
  for (const SingletonRule rule : kRules) {
    const Design design = Design::declare(table.frame(), by_rule(one_stage(), rule));
    const Estimate one = estimate(design, by_groups(1));
    EXPECT_TRUE(same_answer(one, estimate(design, by_groups(2))));
    EXPECT_TRUE(same_answer(one, estimate(design, by_groups(7))));
  }
}

TEST(DomainSingletons, OfAStreamAreThoseOfAllRows) {
  const Table table = rare_groups(63);
  Random random(64);
  const std::vector<std::size_t> order = random.permutation(table.rows());
  const auto half = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  for (const SingletonRule rule : kRules) {
    const DesignSpec spec = by_rule(one_stage(), rule);
    const Query query = by_groups(1);
    UnitTotals totals(spec, {.statistics = query.statistics, .by = query.by});
    totals.add(table.rows({order.begin(), half}).frame());
    UnitTotals rest(spec, {.statistics = query.statistics, .by = query.by});
    rest.add(table.rows({half, order.end()}).frame());
    totals.merge(UnitTotals::from_bytes(rest.to_bytes()));
    const Estimate whole = estimate(Design::declare(table.frame(), spec), query);
    EXPECT_TRUE(near_answer(whole, totals.finish({.covariance = true, .threads = 1}), kReordered));
  }
}

TEST(DomainSingletons, OfAStreamArentMergedWithAnotherChoice) {
  const irosurvey::StreamQuery query{.statistics = {irosurvey::mean("u")}};
  UnitTotals rule(by_rule(one_stage(), SingletonRule::remove), query);
  DesignSpec spec = one_stage();
  spec.singleton = SingletonRule::remove;
  const auto error = error_of([&] { rule.merge(UnitTotals(spec, query)); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "in domains"));
}

// ------------------------------------------------------------------------------------------------------ what is said

TEST(DomainSingletons, AreNamedInTheChoicesWhereTheRuleHolds) {
  const Table table = few_units();
  const Query query{.statistics = {irosurvey::mean("y")}};
  const auto choice = [&](const DesignSpec& spec) {
    const Estimate found = estimate(Design::declare(table.frame(), spec), query);
    const auto at = std::find_if(found.choices.begin(), found.choices.end(),
                                 [](const auto& one) { return one.name == "singletons made by a domain"; });
    return at == found.choices.end() ? std::string("unsaid") : at->value;
  };
  DesignSpec spec{.stages = {{"s", "", {}}}, .singleton = SingletonRule::adjust};
  EXPECT_EQ(choice(spec), "unsaid");
  spec.domain_singletons = DomainSingletons::rule;
  EXPECT_EQ(choice(spec), "rule (adjust)");
}

TEST(DomainSingletons, AreRefusedByNameUnderFail) {
  Table table = few_units();
  const Design design =
      Design::declare(table.frame(), {.stages = {{"s", "", {}}}, .domain_singletons = DomainSingletons::rule});
  EXPECT_NO_THROW((void)estimate(design, {.statistics = {irosurvey::mean("y")}}));
  const auto error = error_of([&] { (void)estimate(design, {.statistics = {irosurvey::mean("y")}, .by = {"in"}}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::singleton);
  EXPECT_EQ(error->details().subject, "stage 1 of the design, in the domain of T(y) / T(1) where in = 0");
  EXPECT_EQ(error->details().found, "one in stratum s = 1");
  EXPECT_EQ(error->details().row, 0);
  EXPECT_TRUE(mentions(*error, "domain_singletons = 'ignore'"));
}

TEST(DomainSingletons, AreRefusedWhereThereIsNothingToAverage) {
  const Table table = few_units();
  const Design design = Design::declare(table.frame(), by_rule({.stages = {{"s", "", {}}}}, SingletonRule::average));
  Mask where;
  for (const double s : table.numbers("s")) where.push_back(s == 2.0 && where.size() == 3 ? 1 : 0);
  const auto error = error_of([&] { (void)estimate(design, {.statistics = {irosurvey::mean("y")}, .where = where}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::singleton);
  EXPECT_TRUE(mentions(*error, "to average"));
  EXPECT_TRUE(mentions(*error, "s = 2"));
}

TEST(DomainSingletons, ArentMadeWhereResidualsVary) {
  const Table table = rare_groups(65);
  const auto calibrated = [&](DomainSingletons domains) {
    DesignSpec spec = one_stage();
    spec.singleton = SingletonRule::remove;
    spec.domain_singletons = domains;
    const irosurvey::Calibration step{
        .method = irosurvey::CalibrationMethod::poststratify,
        .margins = {{.variables = {"sex"},
                     .targets = {{{irosurvey::LevelValue(1.0)}, 1e5}, {{irosurvey::LevelValue(2.0)}, 1.2e5}}}}};
    return estimate(Design::declare(table.frame(), spec).calibrate({step}), by_groups(1));
  };
  const Estimate ruled = calibrated(DomainSingletons::rule);
  EXPECT_TRUE(same_answer(ruled, calibrated(DomainSingletons::ignore)));
  EXPECT_TRUE(std::any_of(ruled.choices.begin(), ruled.choices.end(),
                          [](const auto& one) { return one.value.starts_with("none: by their residuals"); }));
}

TEST(DomainSingletons, HaveNoRuleThatCollapsesNorReplicates) {
  const Table table = few_units();
  const DesignSpec collapsing = by_rule({.stages = {{"s", "", {}}}}, SingletonRule::collapse);
  const auto collapse = error_of([&] { (void)Design::declare(table.frame(), collapsing); });
  ASSERT_TRUE(collapse);
  EXPECT_EQ(collapse->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*collapse, "before any question"));
  EXPECT_TRUE(error_of([&] { (void)UnitTotals(collapsing, {.statistics = {irosurvey::mean("y")}}); }));
  const Design design = Design::declare(table.frame(), by_rule({.stages = {{"s", "", {}}}}, SingletonRule::adjust));
  const auto replicates = error_of([&] { (void)design.with_replicates({.type = irosurvey::ReplicateType::jkn}); });
  ASSERT_TRUE(replicates);
  EXPECT_EQ(replicates->code(), ErrorCode::design);
  EXPECT_TRUE(mentions(*replicates, "domain_singletons"));
}

}  // namespace
}  // namespace irosurvey_tests
