// What replicates a design holds: weights that came with the data, and factors made from strata and units.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/design/design.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::ErrorCode;
using irosurvey::Index;
using irosurvey::ReplicateCentre;
using irosurvey::ReplicateRequest;
using irosurvey::Replicates;
using irosurvey::ReplicateType;
using irosurvey::SingletonRule;
using irosurvey::Stage;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Units of a stratum each, one row a unit, weight 1: a row's replicate weight is its unit's factor.
Table units_in_strata(const std::vector<int>& sizes) {
  Numbers stratum, unit, w, y;
  for (std::size_t h = 0; h < sizes.size(); ++h) {
    for (int i = 0; i < sizes[h]; ++i) {
      stratum.push_back(static_cast<double>(h));
      unit.push_back(i);
      w.push_back(1.0);
      y.push_back(static_cast<double>((7 * h + 3 * static_cast<std::size_t>(i) * static_cast<std::size_t>(i)) % 11));
    }
  }
  Table table;
  table.add("stratum", stratum).add("unit", unit).add("w", w).add("y", y);
  return table;
}

DesignSpec in_strata() { return {.weights = "w", .stages = {{"stratum", "unit", {}}}}; }

Design declared(const Table& table) { return Design::declare(table.frame(), in_strata()); }

DesignSpec given(Replicates replicates) { return {.weights = "w", .replicates = std::move(replicates)}; }

Table with_columns(const std::vector<Numbers>& columns) {
  Table table;
  table.add("w", Numbers(columns.front().size(), 1.0));
  for (std::size_t r = 0; r < columns.size(); ++r) table.add("rep" + std::to_string(r + 1), columns[r]);
  return table;
}

/// Three replicates of four rows.
Table three() { return with_columns({{0, 2, 1, 1}, {2, 0, 1, 1}, {1, 1, 0, 2}}); }

// -------------------------------------------------------------------------------------------------- given weights

TEST(GivenReplicates, AStarStandsForColumnsInTheOrderOfTheFile) {
  Table table =
      with_columns({{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 0}});
  table.add("replaced", Numbers{-1, -1});
  const Design design = Design::declare(table.frame(), given({.columns = {"rep*"}}));
  ASSERT_EQ(design.replicates(), 12);  // `replaced` too: a pattern is what it says
  EXPECT_EQ(design.replicate_weights(9)[0], 10.0);
  const Design named = Design::declare(table.frame(), given({.columns = {"rep3", "rep1"}}));
  EXPECT_EQ(named.replicate_weights(0)[0], 3.0);
}

TEST(GivenReplicates, FactorsMultiplyTheFullWeight) {
  Table table = three();
  table.add("w", Numbers{1.0, 2.0, 3.0, 4.0});
  const Design design =
      Design::declare(table.frame(), given({.columns = {"rep*"}, .weights = irosurvey::ReplicateWeights::factor}));
  EXPECT_EQ(design.replicate_weights(0), (std::vector<double>{0.0, 4.0, 3.0, 4.0}));
}

TEST(GivenReplicates, ScalesOfEachTypeAreTheDocumentedOnes) {
  const auto scale_of = [](Replicates spec) {
    spec.columns = {"rep*"};
    const std::string text = Design::declare(three().frame(), given(std::move(spec))).describe().replicates;
    const std::size_t begin = text.find("scale ") + 6;
    return std::stod(text.substr(begin));
  };
  constexpr double kCount = 3.0;
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::brr}), 1.0 / kCount);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::fay, .fay_rho = 0.5}), 1.0 / (kCount * 0.25));
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::jk1}), 2.0 / kCount);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::jkn, .rscales = {0.5}}), 1.0);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::jk2}), 1.0);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::bootstrap}), 1.0 / 2.0);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::bootstrap, .averaged = 50}), 50.0 / 2.0);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::sdr}), 4.0 / kCount);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::other}), 1.0);
  EXPECT_DOUBLE_EQ(scale_of({.type = ReplicateType::brr, .scale = 0.0065365334145709}), 0.0065365334145709);
}

TEST(GivenReplicates, RefusesWhatHasNoMeaning) {
  struct Case {
    Replicates spec;
    std::string names;
  };
  const std::vector<Case> cases = {
      {{.type = ReplicateType::fay}, "fay_rho"},
      {{.type = ReplicateType::fay, .fay_rho = 1.0}, "fay_rho"},
      {{.type = ReplicateType::brr, .fay_rho = 0.3}, "fay_rho"},
      {{.type = ReplicateType::jkn}, "rscales"},
      {{.type = ReplicateType::jkn, .rscales = {0.5, 0.5}}, "rscales"},
      {{.type = ReplicateType::jkn, .rscales = {0.5, -0.5, 0.5}}, "rscales"},
      {{.scale = 0.0}, "scale"},
      {{.scale = kNaN}, "scale"},
      {{.type = ReplicateType::brr, .averaged = 2}, "averaged"},
      {{.type = ReplicateType::bootstrap, .averaged = 0}, "averaged"},
      {{.df = 0.0}, "df"},
      {{.centre = ReplicateCentre::within_stratum}, "replicate_strata"},
      {{.centre = ReplicateCentre::within_stratum, .replicate_strata = {1, 2}}, "replicate_strata"},
      {{.replicate_strata = {1, 2, 3}}, "replicate_strata"},
  };
  for (Case wrong : cases) {
    wrong.spec.columns = {"rep*"};
    const auto error = error_of([&] { (void)Design::declare(three().frame(), given(wrong.spec)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_TRUE(mentions(*error, wrong.names));
  }
}

TEST(GivenReplicates, RefusesColumnsThatArentThereTwiceOrHoldNoNumber) {
  const auto error_with = [](Table table, std::vector<std::string> columns) {
    return error_of([&] { (void)Design::declare(table.frame(), given({.columns = std::move(columns)})); });
  };
  EXPECT_TRUE(mentions(*error_with(three(), {"brr_*"}), "brr_*"));
  EXPECT_TRUE(mentions(*error_with(three(), {"rep1", "rep9"}), "rep9"));
  EXPECT_TRUE(mentions(*error_with(three(), {"rep1", "rep*"}), "twice"));
  EXPECT_TRUE(mentions(*error_with(three(), {"rep1"}), "at least two"));
  Table holes = three();
  holes.numbers("rep2")[2] = kNaN;
  const auto missing = error_with(holes, {"rep*"});
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->code(), ErrorCode::design);
  EXPECT_EQ(missing->details().row, 2);
  EXPECT_TRUE(mentions(*missing, "rep2"));
  Table infinite = three();
  infinite.numbers("rep3")[1] = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(mentions(*error_with(infinite, {"rep*"}), "infinity"));
}

TEST(GivenReplicates, RefusesStagesBeside) {
  DesignSpec spec = given({.columns = {"rep*"}});
  spec.stages.push_back({});
  const auto error = error_of([&] { (void)Design::declare(three().frame(), spec); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "both"));
}

// ------------------------------------------------------------------------------------------- degrees of freedom by rank

double df_of(const std::vector<Numbers>& columns) {
  return static_cast<double>(
      Design::declare(with_columns(columns).frame(), given({.columns = {"rep*"}})).describe().degrees_of_freedom);
}

TEST(ReplicateRank, CountsIndependentReplicates) {
  EXPECT_EQ(df_of({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}), 2.0);
  EXPECT_EQ(df_of({{1, 0, 0}, {0, 1, 0}, {1, 1, 0}}), 1.0);
  EXPECT_EQ(df_of({{1, 2, 3}, {2, 4, 6}}), 0.0);
  EXPECT_EQ(df_of({{0, 0}, {0, 0}}), 0.0);
}

/// Replicates of a random stratified jackknife of many rows: rank is units − strata + 1.
TEST(ReplicateRank, FindsFewRowsAmongMany) {
  Random random(71);
  constexpr int kRows = 20'000;
  constexpr int kColumns = 12;
  std::vector<Numbers> columns(kColumns, Numbers(kRows));
  for (std::size_t row = 0; row < kRows; ++row) {
    const double w = 1.0 + random.uniform();
    // Nearly all rows know two patterns; four rows, each alone, know others.
    for (std::size_t r = 0; r < kColumns; ++r) columns[r][row] = w * (row % 2 == 0 ? 1.0 : static_cast<double>(r % 2));
  }
  EXPECT_EQ(df_of(columns), 1.0);
  for (const std::size_t row : {777U, 1500U, 9'999U, 19'998U}) columns[row % kColumns][row] += 5.0;
  EXPECT_EQ(df_of(columns), 5.0);
}

TEST(ReplicateRank, TakesRoundedWeightsForWhatTheyWere) {
  Random random(72);
  std::vector<Numbers> columns(6, Numbers(3'000));
  for (std::size_t row = 0; row < 3'000; ++row) {
    const double w = 100.0 + 50.0 * random.uniform();
    for (std::size_t r = 0; r < 6; ++r) {
      const double factor = r % 3 == row % 3 ? 0.0 : 1.5;
      columns[r][row] = std::round(w * factor * 1e5) / 1e5;  // seven digits
    }
  }
  EXPECT_EQ(df_of(columns), 2.0);
}

TEST(ReplicateRank, OfMadeReplicatesIsThatOfTheirWeights) {
  const Table table = units_in_strata({3, 2, 4, 5});
  const Design jackknife = declared(table).with_replicates({.type = ReplicateType::jkn});
  EXPECT_EQ(jackknife.describe().degrees_of_freedom, 10);  // units − strata
  const Design few = declared(table).with_replicates({.type = ReplicateType::bootstrap, .replicates = 5});
  EXPECT_EQ(few.describe().degrees_of_freedom, 4);
  const Design set = declared(table).with_replicates({.type = ReplicateType::jkn, .df = 7.0});
  EXPECT_EQ(set.describe().degrees_of_freedom, 7);
}

// --------------------------------------------------------------------------------------------------- made replicates

TEST(MadeReplicates, HalfSamplesGiveNoStratumTheColumnOfOnes) {
  // One program gave its first stratum the same half in every replicate, and so no variance.
  for (const int strata : {1, 2, 3, 7, 8, 31}) {
    const Design design = declared(units_in_strata(std::vector<int>(static_cast<std::size_t>(strata), 2)))
                              .with_replicates({.type = ReplicateType::brr});
    ASSERT_GT(design.replicates(), strata);
    for (int h = 0; h < strata; ++h) {
      double sum = 0.0;
      for (Index r = 0; r < design.replicates(); ++r) {
        const std::vector<double> factors = design.replicate_weights(r);
        const auto first = static_cast<std::size_t>(2 * h);
        EXPECT_EQ(factors[first] + factors[first + 1], 2.0);
        EXPECT_TRUE(factors[first] == 0.0 || factors[first] == 2.0);
        sum += factors[first] - 1.0;
      }
      EXPECT_EQ(sum, 0.0) << "stratum " << h;
    }
  }
}

TEST(MadeReplicates, FaysFactorsAreRhoAndTwoLessRho) {
  const Design design =
      declared(units_in_strata({2, 2, 2})).with_replicates({.type = ReplicateType::fay, .fay_rho = 0.25});
  ASSERT_EQ(design.replicates(), 4);
  for (Index r = 0; r < 4; ++r) {
    for (const double factor : design.replicate_weights(r)) EXPECT_TRUE(factor == 0.25 || factor == 1.75);
  }
}

TEST(MadeReplicates, OddStrataAreRefusedWithTheRemedy) {
  for (const ReplicateType type : {ReplicateType::brr, ReplicateType::fay, ReplicateType::jk2}) {
    const auto error = error_of([&] { (void)declared(units_in_strata({2, 3, 2})).with_replicates({.type = type}); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::design);
    EXPECT_TRUE(mentions(*error, "stratum = 1"));
    EXPECT_TRUE(mentions(*error, "JKn"));
  }
}

TEST(MadeReplicates, AnUnreachedOrderIsSteppedOverAndSaidSo) {
  const Design design =
      declared(units_in_strata(std::vector<int>(90, 2))).with_replicates({.type = ReplicateType::brr});
  EXPECT_EQ(design.replicates(), 96);
  EXPECT_NE(design.describe().replicates.find("none smaller"), std::string::npos);
  const auto error = error_of(
      [] { (void)declared(units_in_strata({2, 2})).with_replicates({.type = ReplicateType::brr, .replicates = 92}); });
  EXPECT_TRUE(mentions(*error, "96"));
  EXPECT_EQ(
      declared(units_in_strata({2, 2})).with_replicates({.type = ReplicateType::brr, .replicates = 8}).replicates(), 8);
}

TEST(MadeReplicates, JackknivesLeaveOneUnitOutEach) {
  const Design design = declared(units_in_strata({3, 2})).with_replicates({.type = ReplicateType::jkn});
  ASSERT_EQ(design.replicates(), 5);
  EXPECT_EQ(design.replicate_weights(1), (std::vector<double>{1.5, 0.0, 1.5, 1.0, 1.0}));
  EXPECT_EQ(design.replicate_weights(4), (std::vector<double>{1.0, 1.0, 1.0, 2.0, 0.0}));
  const auto error =
      error_of([] { (void)declared(units_in_strata({3, 2})).with_replicates({.type = ReplicateType::jk1}); });
  EXPECT_TRUE(mentions(*error, "JKn"));
}

TEST(MadeReplicates, ABootstrapFactorIsTimesDrawnOverWhatIsExpected) {
  const Design design = declared(units_in_strata({4, 2}))
                            .with_replicates({.type = ReplicateType::bootstrap, .replicates = 200, .seed = 5});
  for (Index r = 0; r < design.replicates(); ++r) {
    const std::vector<double> factors = design.replicate_weights(r);
    double drawn = 0.0;
    for (std::size_t u = 0; u < 4; ++u) drawn += factors[u] * 3.0 / 4.0;  // t = factor (n − 1)/n
    EXPECT_NEAR(drawn, 3.0, 1e-12);
    EXPECT_EQ(factors[4] + factors[5], 2.0);
  }
}

TEST(MadeReplicates, ASeedMeansTheSameOnEveryMachineAndForAnyNumberOfThreads) {
  const Table table = units_in_strata({4, 3, 2});
  const auto made = [&](std::uint64_t seed, int threads) {
    const Design design = declared(table).with_replicates(
        {.type = ReplicateType::bootstrap, .replicates = 3, .seed = seed, .threads = threads});
    std::vector<double> factors;
    for (Index r = 0; r < 3; ++r) {
      for (const double factor : design.replicate_weights(r)) factors.push_back(factor);
    }
    return factors;
  };
  const std::vector<double> once = made(1, 1);
  for (const int threads : {2, 7}) EXPECT_EQ(made(1, threads), once);
  EXPECT_NE(made(2, 1), once);
  // Worked out from Philox's words: a change here changes everybody's published standard errors.
  const double third = 4.0 / 3.0;
  const std::vector<double> expected = {0.0,         0.0,         third, 2.0 * third, 3.0, 0.0, 0.0, 0.0, 2.0,  //
                                        2.0 * third, third,       0.0,   0.0,         0.0, 3.0, 0.0, 2.0, 0.0,  //
                                        third,       2.0 * third, 0.0,   0.0,         0.0, 1.5, 1.5, 0.0, 2.0};
  ASSERT_EQ(once.size(), expected.size());
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_NEAR(once[i], expected[i], 1e-15) << i;
}

TEST(MadeReplicates, ResampleSizesAreWithinTheStrata) {
  for (const Index resample : {Index{0}, Index{3}}) {
    const auto error = error_of([&] {
      (void)declared(units_in_strata({4, 3}))
          .with_replicates({.type = ReplicateType::bootstrap, .replicates = 9, .resample = resample});
    });
    EXPECT_TRUE(mentions(*error, "resample"));
  }
  const auto error = error_of([&] { (void)declared(units_in_strata({4, 3})).with_replicates({}); });
  EXPECT_TRUE(mentions(*error, "replicates"));
}

TEST(MadeReplicates, NeighboursInTheFileShareARow) {
  // Fay and Train's factors are 1, 1 ± 1/√2, each unit's rows differ, and the row of ones is nobody's.
  const Design design = declared(units_in_strata({5, 2, 9})).with_replicates({.type = ReplicateType::sdr});
  ASSERT_EQ(design.replicates(), 20);
  std::vector<double> sums(16, 0.0);
  for (Index r = 0; r < design.replicates(); ++r) {
    const std::vector<double> factors = design.replicate_weights(r);
    for (std::size_t u = 0; u < factors.size(); ++u) {
      const double moved = (factors[u] - 1.0) * std::sqrt(2.0);
      EXPECT_NEAR(moved * (moved * moved - 1.0), 0.0, 1e-14);
      sums[u] += moved;
    }
  }
  for (const double sum : sums) EXPECT_NEAR(sum, 0.0, 1e-12);
}

TEST(MadeReplicates, SingletonsFollowTheRuleByName) {
  const auto declare = [](SingletonRule rule) {
    DesignSpec spec = in_strata();
    spec.singleton = rule;
    return Design::declare(units_in_strata({2, 1, 2}).frame(), spec);
  };
  const std::vector<ReplicateRequest> requests = {{.type = ReplicateType::brr},
                                                  {.type = ReplicateType::fay},
                                                  {.type = ReplicateType::jkn},
                                                  {.type = ReplicateType::jk2},
                                                  {.type = ReplicateType::bootstrap, .replicates = 6},
                                                  {.type = ReplicateType::sdr}};
  for (const ReplicateRequest& request : requests) {
    for (const SingletonRule rule : {SingletonRule::fail, SingletonRule::adjust}) {
      const auto error = error_of([&] { (void)declare(rule).with_replicates(request); });
      ASSERT_TRUE(error);
      EXPECT_EQ(error->code(), ErrorCode::singleton);
      EXPECT_TRUE(mentions(*error, "stratum = 1"));
    }
    for (const SingletonRule rule : {SingletonRule::remove, SingletonRule::certainty, SingletonRule::average}) {
      const Design design = declare(rule).with_replicates(request);
      for (Index r = 0; r < design.replicates(); ++r) EXPECT_EQ(design.replicate_weights(r)[2], 1.0);
      EXPECT_NE(design.describe().replicates.find("singletons: " + std::string(name_of(rule))), std::string::npos);
    }
  }
}

TEST(MadeReplicates, UnitsTakenWithCertaintyKeepTheirWeight) {
  Table table = units_in_strata({2, 2, 3});
  table.add("f", Numbers{0.5, 0.5, 1.0, 1.0, 0.25, 0.25, 0.25});
  const DesignSpec spec{.weights = "w", .stages = {{"stratum", "unit", "f"}}};
  const Design design = Design::declare(table.frame(), spec).with_replicates({.type = ReplicateType::jkn});
  ASSERT_EQ(design.replicates(), 5);
  for (Index r = 0; r < 5; ++r) {
    EXPECT_EQ(design.replicate_weights(r)[2], 1.0);
    EXPECT_EQ(design.replicate_weights(r)[3], 1.0);
  }
  EXPECT_NE(design.describe().replicates.find("finite population honoured"), std::string::npos);
}

TEST(MadeReplicates, AreMadeOnce) {
  const Design design = declared(units_in_strata({2, 2})).with_replicates({.type = ReplicateType::jkn});
  const auto error = error_of([&] { (void)design.with_replicates({.type = ReplicateType::brr}); });
  EXPECT_TRUE(mentions(*error, "already"));
  EXPECT_TRUE(mentions(*error_of([&] { (void)design.replicate_weights(4); }), "4"));
}

}  // namespace
}  // namespace irosurvey_tests
