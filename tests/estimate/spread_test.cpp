// Spreads against their definitions, and what must not change them.

#include "irosurvey/estimate/spread.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "irosurvey/estimate/distribution.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::Estimate;
using irosurvey::Query;
using irosurvey::Spread;
using irosurvey::spreads;
using irosurvey::Status;

/// Sums of some hundred products in another order.
constexpr double kSums = 1e-12;

using Columns = std::vector<std::vector<std::string>>;

Table survey(Random& random) {
  Table table;
  Numbers stratum, x, y, w;
  for (int row = 0; row < 200; ++row) {
    stratum.push_back(row % 4);
    x.push_back(random.below(30));
    y.push_back(x.back() + random.below(30));
    w.push_back(random.once_in(10) ? 0.0 : 0.5 + random.uniform());
  }
  table.add("h", stratum).add("x", x).add("y", y).add("w", w);
  return table;
}

Design design_of(const Table& table) {
  return Design::declare(table.frame(), {.weights = "w", .stages = {{.strata = "h"}}});
}

Estimate ask(const Table& table, Spread kind, const Columns& columns, Query about = {}) {
  return spreads(design_of(table), kind, columns, about);
}

/// n/(n − 1) Σ w (a − ā)(b − b̄) / Σ w.
double plain_covariance(const Table& table, const std::string& a, const std::string& b) {
  double n = 0.0, weight = 0.0, sum_a = 0.0, sum_b = 0.0, product = 0.0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double w = table.numbers("w")[row];
    n += w > 0.0 ? 1.0 : 0.0;
    weight += w;
    sum_a += w * table.numbers(a)[row];
    sum_b += w * table.numbers(b)[row];
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    product +=
        table.numbers("w")[row] * (table.numbers(a)[row] - sum_a / weight) * (table.numbers(b)[row] - sum_b / weight);
  }
  return n / (n - 1.0) * product / weight;
}

TEST(Spreads, AreThoseOfTheirDefinitions) {
  Random random(31);
  const Table table = survey(random);
  const double xx = plain_covariance(table, "x", "x");
  const double xy = plain_covariance(table, "x", "y");
  const double yy = plain_covariance(table, "y", "y");
  EXPECT_TRUE(agree(ask(table, Spread::variance, {{"x"}}).rows[0].value, xx, kSums));
  EXPECT_TRUE(agree(ask(table, Spread::sd, {{"y"}}).rows[0].value, std::sqrt(yy), kSums));
  EXPECT_TRUE(agree(ask(table, Spread::covariance, {{"x", "y"}}).rows[0].value, xy, kSums));
  EXPECT_TRUE(agree(ask(table, Spread::correlation, {{"y", "x"}}).rows[0].value, xy / std::sqrt(xx * yy), kSums));
}

TEST(Spreads, TheVarianceIsTheMeanOfSquaredDeviationsSoFarAsItsErrorGoes) {
  Random random(32);
  Table table = survey(random);
  const double mean = estimate(design_of(table), {.statistics = {irosurvey::mean("x")}}).rows[0].value;
  Numbers squares = table.numbers("x");
  for (double& value : squares) value = (value - mean) * (value - mean);
  table.add("squares", squares);
  const Estimate found = ask(table, Spread::variance, {{"x"}});
  const Estimate plain = estimate(design_of(table), {.statistics = {irosurvey::mean("squares")}});
  const double n = static_cast<double>(found.rows[0].n);
  EXPECT_TRUE(agree(found.standard_error(0), n / (n - 1.0) * plain.standard_error(0), kSums));
}

TEST(Spreads, OfOneCallShareACovariance) {
  Random random(33);
  const Table table = survey(random);
  Query about;
  about.covariance = true;
  const Estimate both = ask(table, Spread::variance, {{"x"}, {"y"}}, about);
  ASSERT_EQ(both.covariance.size(), 4U);
  EXPECT_TRUE(agree(both.covariance[0], both.rows[0].variance, kSums));
  EXPECT_TRUE(agree(both.covariance[1], both.covariance[2], 0.0));
  EXPECT_EQ(both.statistics[1].variables, std::vector<std::string>{"y"});
}

TEST(Spreads, ThreadsChangeNoBit) {
  Random random(34);
  const Table table = survey(random);
  Query about;
  about.by = {"h"};
  about.threads = 1;
  const Estimate one = ask(table, Spread::correlation, {{"x", "y"}}, about);
  about.threads = 3;
  EXPECT_TRUE(same_answer(one, ask(table, Spread::correlation, {{"x", "y"}}, about)));
}

TEST(Spreads, RefuseAWrongNumberOfColumns) {
  Random random(35);
  const Table table = survey(random);
  for (const auto& error : {error_of([&] { (void)ask(table, Spread::variance, {{"x", "y"}}); }),
                            error_of([&] { (void)ask(table, Spread::correlation, {{"x"}}); }),
                            error_of([&] { (void)ask(table, Spread::sd, {}); })}) {
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), irosurvey::ErrorCode::argument);
  }
}

TEST(Distribution, SharesAddUpOverTheBins) {
  Random random(36);
  const Table table = survey(random);
  const Design design = design_of(table);
  const std::vector<double> edges = irosurvey::equal_edges(design, "y", 7, {});
  const Estimate bars = irosurvey::histogram(design, "y", edges, irosurvey::HistogramScale::share, {});
  double sum = 0.0;
  for (const auto& row : bars.rows) sum += row.value;
  EXPECT_TRUE(agree(sum, 1.0, kSums));
  const Estimate below =
      irosurvey::distribution(design, "y", std::vector<double>{edges.back(), edges.front() - 1.0}, {});
  EXPECT_EQ(below.rows[0].value, 1.0);
  EXPECT_EQ(below.rows[1].value, 0.0);
}

}  // namespace
}  // namespace irosurvey_tests
