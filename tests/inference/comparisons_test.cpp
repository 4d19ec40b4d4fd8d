#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/estimate/imputation.hpp"
#include "irosurvey/inference/comparisons.hpp"
#include "irosurvey/inference/multiplicity.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::ImputationDf;
using irosurvey::Index;
using irosurvey::Level;
using irosurvey::Scale;
using irosurvey::Status;
using irosurvey::inference::adjusted_p_values;
using irosurvey::inference::Alternative;
using irosurvey::inference::equality_test;
using irosurvey::inference::independent_differences;
using irosurvey::inference::IndependentDf;
using irosurvey::inference::Multiplicity;
using irosurvey::inference::simultaneous_level;
using irosurvey::inference::t_test;
using irosurvey::inference::TestResult;
using irosurvey::inference::WaldTest;
using irosurvey::inference::with_fewer_df;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A few operations on numbers of one size.
constexpr double kByHand = 1e-13;

/// Means of groups 1, 2, … with these values, independent, of one variance.
Estimate means(const std::vector<double>& values, double variance, double df) {
  Estimate estimate;
  estimate.by = {"g"};
  estimate.statistics.push_back(
      {.name = "mean", .variables = {"y"}, .label = {}, .level = {}, .scale = Scale::mean, .formula = {}, .df = df});
  estimate.covariance.assign(values.size() * values.size(), 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    estimate.cells.push_back({Level{static_cast<std::int64_t>(i + 1), ""}});
    EstimateRow row;
    row.cell = static_cast<Index>(i);
    row.value = values[i];
    row.variance = variance;
    row.df = df;
    row.n = 10;
    estimate.rows.push_back(row);
    estimate.covariance[i * values.size() + i] = variance;
  }
  return estimate;
}

TEST(TTest, OneDegreeOfFreedomIsTheCauchyDistribution) {
  const TestResult found = t_test(means({5.0}, 4.0, 1.0), 0, 3.0, Alternative::two_sided, "y is 3");
  EXPECT_TRUE(agree(found.statistic, 1.0, kByHand));
  EXPECT_TRUE(agree(found.p, 0.5, kByHand));
  EXPECT_EQ(found.hypothesis, "y is 3");
  EXPECT_TRUE(agree(t_test(means({5.0}, 4.0, 1.0), 0, 3.0, Alternative::greater, "").p, 0.25, kByHand));
}

TEST(TTest, WhatDoesNotVaryIsFarFromEverythingButItself) {
  EXPECT_EQ(t_test(means({5.0}, 0.0, 4.0), 0, 3.0, Alternative::two_sided, "").p, 0.0);
  EXPECT_EQ(t_test(means({5.0}, 0.0, 4.0), 0, 9.0, Alternative::two_sided, "").statistic, -kInfinity);
  const TestResult itself = t_test(means({5.0}, 0.0, 4.0), 0, 5.0, Alternative::two_sided, "");
  EXPECT_TRUE(std::isnan(itself.p));
  EXPECT_NE(itself.choices.back().value.find("doesn't vary"), std::string::npos);
  EXPECT_TRUE(std::isnan(t_test(means({5.0}, 1.0, 0.0), 0, 3.0, Alternative::two_sided, "").p));
}

TEST(TTest, FewerDegreesOfFreedomStopAtNone) {
  EXPECT_EQ(with_fewer_df(means({1.0}, 1.0, 5.0), 1.0).rows[0].df, 4.0);
  EXPECT_EQ(with_fewer_df(means({1.0}, 1.0, 0.5), 1.0).rows[0].df, 0.0);
  EXPECT_EQ(with_fewer_df(means({1.0}, 1.0, kInfinity), 1.0).rows[0].df, kInfinity);
}

TEST(EqualityTest, OfIndependentMeansIsTheirSpread) {
  // Σ (y − ȳ)² / variance is the quadratic form of the differences.
  const std::vector<Index> all = {0, 1, 2};
  const Estimate estimate = means({1.0, 4.0, 7.0}, 2.0, 12.0);
  const TestResult plain = equality_test(estimate, all, WaldTest::plain, "");
  EXPECT_TRUE(agree(plain.statistic, 18.0 / 2.0 / 2.0, kByHand));
  EXPECT_EQ(plain.df1, 2.0);
  EXPECT_EQ(plain.df2, 12.0);
  const TestResult adjusted = equality_test(estimate, all, WaldTest::adjusted, "");
  EXPECT_TRUE(agree(adjusted.statistic, 9.0 * 11.0 / (12.0 * 2.0), kByHand));
  EXPECT_EQ(adjusted.df2, 11.0);
}

TEST(EqualityTest, LeavesOutGroupsWithoutAnEstimateAndNeedsTwo) {
  Estimate estimate = means({1.0, 4.0, 7.0}, 2.0, 12.0);
  estimate.rows[1].status = Status::empty;
  const std::vector<Index> all = {0, 1, 2};
  const TestResult found = equality_test(estimate, all, WaldTest::plain, "");
  EXPECT_EQ(found.df1, 1.0);
  EXPECT_TRUE(agree(found.statistic, 36.0 / 4.0, kByHand));
  estimate.rows[2].status = Status::empty;
  EXPECT_TRUE(error_of([&] { (void)equality_test(estimate, all, WaldTest::plain, ""); }));
}

TEST(EqualityTest, DifferencesThatCannotVaryApartCountOnce) {
  // The second and third groups are the same people.
  Estimate estimate = means({1.0, 4.0, 4.0}, 2.0, 12.0);
  estimate.covariance[1 * 3 + 2] = estimate.covariance[2 * 3 + 1] = 2.0;
  const std::vector<Index> all = {0, 1, 2};
  const TestResult found = equality_test(estimate, all, WaldTest::plain, "");
  EXPECT_EQ(found.df1, 1.0);
  EXPECT_TRUE(agree(found.statistic, 9.0 / 4.0, kByHand));
}

TEST(IndependentDifferences, AddVariancesAndMatchGroupsByTheirLevels) {
  Estimate later = means({7.0, 3.0}, 3.0, 4.0);
  std::swap(later.cells[0], later.cells[1]);  // the second group comes first
  const Estimate found = independent_differences(means({1.0, 2.0}, 1.0, 6.0), later);
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[0].value, 3.0 - 1.0);
  EXPECT_EQ(found.rows[1].value, 7.0 - 2.0);
  EXPECT_EQ(found.rows[0].variance, 4.0);
  EXPECT_EQ(found.rows[0].df, 10.0);
  EXPECT_EQ(found.rows[0].n, 20);
  const Estimate welch = independent_differences(means({1.0, 2.0}, 1.0, 6.0), later, IndependentDf::welch);
  EXPECT_TRUE(agree(welch.rows[0].df, 16.0 / (1.0 / 6.0 + 9.0 / 4.0), kByHand));
}

TEST(Pooled, IsRubinsRules) {
  const std::vector<Estimate> answers = {means({1.0}, 2.0, 20.0), means({3.0}, 4.0, 20.0)};
  const double total = 3.0 + 1.5 * 2.0;
  for (const auto rule : {ImputationDf::barnard_rubin, ImputationDf::rubin, ImputationDf::complete_data}) {
    const Estimate found = irosurvey::pooled(answers, rule);
    EXPECT_EQ(found.rows[0].value, 2.0);
    EXPECT_TRUE(agree(found.rows[0].variance, total, kByHand));
  }
  const double rubin = 1.0 / 0.25;  // γ is one half
  const double observed = 21.0 / 23.0 * 20.0 * 0.5;
  EXPECT_TRUE(agree(irosurvey::pooled(answers, ImputationDf::rubin).rows[0].df, rubin, kByHand));
  EXPECT_TRUE(agree(irosurvey::pooled(answers).rows[0].df, 1.0 / (1.0 / rubin + 1.0 / observed), kByHand));
  EXPECT_EQ(irosurvey::pooled(answers, ImputationDf::complete_data).rows[0].df, 20.0);
  EXPECT_TRUE(error_of([&] { (void)irosurvey::pooled(std::span(answers).first(1)); }));
}

TEST(Multiplicity, KeepsTheOrderOfPValuesAndStaysBelowOne) {
  const std::vector<double> p = {0.2, 1e-300, 0.9, 0.04, 0.04};
  for (const auto method : {Multiplicity::none, Multiplicity::bonferroni, Multiplicity::holm, Multiplicity::sidak,
                            Multiplicity::benjamini_hochberg}) {
    const std::vector<double> found = adjusted_p_values(p, method);
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_GE(found[i], p[i]);
      EXPECT_LE(found[i], 1.0);
      for (std::size_t j = 0; j < p.size(); ++j) {
        const bool in_order = p[i] > p[j] || found[i] <= found[j];
        EXPECT_TRUE(in_order) << name_of(method);
      }
    }
  }
  EXPECT_TRUE(agree(adjusted_p_values(p, Multiplicity::sidak)[1], 5e-300, kByHand));
  EXPECT_TRUE(error_of([] { (void)adjusted_p_values(std::vector<double>{1.5}, Multiplicity::holm); }));
}

TEST(Multiplicity, LevelsOfAFamily) {
  const irosurvey::ConfidenceLevel level{0.95};
  EXPECT_TRUE(agree(simultaneous_level(level, 10, Multiplicity::bonferroni).value(), 0.995, kByHand));
  EXPECT_TRUE(agree(std::pow(simultaneous_level(level, 10, Multiplicity::sidak).value(), 10.0), 0.95, kByHand));
  EXPECT_EQ(simultaneous_level(level, 10, Multiplicity::none).value(), 0.95);
  EXPECT_TRUE(error_of([&] { (void)simultaneous_level(level, 10, Multiplicity::holm); }));
  EXPECT_TRUE(error_of([&] { (void)simultaneous_level(level, 0, Multiplicity::sidak); }));
}

}  // namespace
}  // namespace irosurvey_tests
