// y + 10⁹ has the standard error of y: for means, ratios, domains, groups (whose offsets may differ by 10⁹ among themselves)
// and linear combinations. A program that subtracts squares loses all of its 16 digits here.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/printing.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::Estimate;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::Query;

constexpr double kOffset = 1e9;

// y + 10⁹ is exact (y is a multiple of 2⁻¹⁰), and so is its difference from a pivot: what remains is the rounding of a few
// hundred sums, and of a pivot that isn't quite the same.
constexpr double kSameError = 1e-12;

// In a ratio the pivot is multiplied by x before it is taken away: a product near 10⁹ is rounded to 6e-8, beside residuals
// of about 1.
constexpr double kSameRatioError = 1e-7;

// A mean near 10⁹ itself has 7 digits after the point.
constexpr double kValue = 3e-7;

/// `y` plus what `offset` gives for the row.
Table shifted(Table table, const std::string& y, const std::function<double(std::size_t)>& offset) {
  Numbers values = table.numbers(y);
  for (std::size_t row = 0; row < values.size(); ++row) values[row] += offset(row);
  return table.add(y, values);
}

double everywhere(std::size_t) { return kOffset; }

void expect_same_errors(const Estimate& plain, const Estimate& offset, double tolerance) {
  ASSERT_EQ(plain.rows.size(), offset.rows.size());
  const std::size_t rows = plain.rows.size();
  for (std::size_t i = 0; i < rows; ++i) {
    const auto at = static_cast<Index>(i);
    EXPECT_GT(plain.rows[i].variance, 0.0);
    EXPECT_TRUE(agree(plain.standard_error(at), offset.standard_error(at), tolerance)) << "row " << i;
    EXPECT_TRUE(agree(plain.design_effect(at), offset.design_effect(at), 4.0 * tolerance)) << "row " << i;
    EXPECT_EQ(plain.rows[i].n, offset.rows[i].n);
    EXPECT_EQ(plain.rows[i].df, offset.rows[i].df);
  }
  ASSERT_EQ(plain.covariance.size(), offset.covariance.size());
  for (std::size_t i = 0; i < plain.covariance.size(); ++i) {
    const double scale = std::sqrt(plain.rows[i / rows].variance * plain.rows[i % rows].variance);
    EXPECT_NEAR(plain.covariance[i], offset.covariance[i], 4.0 * tolerance * scale) << i / rows << ", " << i % rows;
  }
}

class Offset : public ::testing::TestWithParam<irosurvey::DesignSpec> {
 protected:
  [[nodiscard]] Estimate ask(const Table& table, Query query) const {
    query.threads = 1;
    return estimate(Design::declare(table.frame(), GetParam()), query);
  }
  Table table_ = synthetic_survey(7);
};

TEST_P(Offset, Mean) {
  for (const bool covariance : {false, true}) {
    const Query query{.statistics = {irosurvey::mean("y"), irosurvey::mean("u")}, .covariance = covariance};
    const Estimate plain = ask(table_, query);
    const Estimate offset = ask(shifted(shifted(table_, "y", everywhere), "u", everywhere), query);
    expect_same_errors(plain, offset, kSameError);
    EXPECT_NEAR(offset.rows[0].value - kOffset, plain.rows[0].value, kValue);
  }
}

TEST_P(Offset, NegativeAndLarger) {
  const Query query{.statistics = {irosurvey::mean("y")}};
  const Estimate plain = ask(table_, query);
  for (const double offset : {-1e9, 1e6, 1e12}) {
    const Estimate found = ask(shifted(table_, "y", [=](std::size_t) { return offset; }), query);
    expect_same_errors(plain, found, kSameError);
  }
}

TEST_P(Offset, RatioOfAnOffsetThatIsAMultipleOfTheDenominator) {
  for (const bool covariance : {false, true}) {
    const Query query{.statistics = {irosurvey::ratio("y", "x"), irosurvey::mean("u")}, .covariance = covariance};
    const Estimate plain = ask(table_, query);
    const Numbers& x = table_.numbers("x");
    const Estimate offset = ask(shifted(table_, "y", [&](std::size_t row) { return kOffset * x[row]; }), query);
    expect_same_errors(plain, offset, kSameRatioError);
    EXPECT_NEAR(offset.rows[0].value - kOffset, plain.rows[0].value, kValue);
  }
}

TEST_P(Offset, DomainWhateverIsOutside) {
  const Numbers& sex = table_.numbers("sex");
  Mask women;
  for (const double code : sex) women.push_back(code == 2.0 ? 1 : 0);
  const Query query{.statistics = {irosurvey::mean("y"), irosurvey::ratio("u", "x")}, .where = women};
  const Estimate plain = ask(table_, query);
  // The domain is far from 0; then what is outside of it is, and comes first in the file.
  const Estimate inside =
      ask(shifted(table_, "y", [&](std::size_t row) { return sex[row] == 2.0 ? kOffset : 0.0; }), query);
  expect_same_errors(plain, inside, kSameError);
  const Estimate outside =
      ask(shifted(table_, "y", [&](std::size_t row) { return sex[row] == 2.0 ? 0.0 : kOffset; }), query);
  EXPECT_TRUE(same_answer(plain, outside));
}

TEST_P(Offset, RowsOfWeightZeroCostNoDigits) {
  const Numbers& w = table_.numbers("w");
  const Query query{.statistics = {irosurvey::mean("y"), irosurvey::ratio("u", "x"), irosurvey::total("u")},
                    .by = {"sex"}};
  const Estimate plain = ask(table_, query);
  const auto absurd = [&](std::size_t row) { return w[row] == 0.0 ? 1e17 : 0.0; };
  EXPECT_TRUE(same_answer(plain, ask(shifted(shifted(table_, "y", absurd), "u", absurd), query)));
}

TEST_P(Offset, GroupsWhoseOffsetsDifferAmongThemselves) {
  const Texts& answers = table_.texts("answer");
  const auto offset_of = [&](std::size_t row) {
    return *answers[row] == "never" ? 0.0 : *answers[row] == "often" ? kOffset : -2.0 * kOffset;
  };
  for (const bool covariance : {false, true}) {
    const Query query{
        .statistics = {irosurvey::mean("y"), irosurvey::mean("u")}, .by = {"answer"}, .covariance = covariance};
    const Estimate plain = ask(table_, query);
    const Estimate offset = ask(shifted(table_, "y", offset_of), query);
    expect_same_errors(plain, offset, kSameError);
    EXPECT_NEAR(offset.rows[0].value, plain.rows[0].value, 1e-12);
    EXPECT_NEAR(offset.rows[1].value - kOffset, plain.rows[1].value, kValue);
    EXPECT_NEAR(offset.rows[2].value + 2.0 * kOffset, plain.rows[2].value, 2.0 * kValue);
  }
}

TEST_P(Offset, LinearCombinationsOfGroups) {
  const Texts& answers = table_.texts("answer");
  const Query query{.statistics = {irosurvey::mean("y")}, .by = {"answer"}, .covariance = true};
  const std::vector<double> weights = {1, -1, 0, 0.5, 0.5, -1};
  const std::vector<std::string> names = {"difference", "contrast"};
  const Estimate plain = linear_combinations(ask(table_, query), weights, names);
  const Estimate same = linear_combinations(ask(shifted(table_, "y", everywhere), query), weights, names);
  const auto by_group = [&](std::size_t row) { return *answers[row] == "often" ? kOffset : 0.0; };
  const Estimate differing = linear_combinations(ask(shifted(table_, "y", by_group), query), weights, names);
  for (std::size_t i = 0; i < plain.rows.size(); ++i) {
    EXPECT_TRUE(agree(plain.rows[i].variance, same.rows[i].variance, 2.0 * kSameError));
    EXPECT_TRUE(agree(plain.rows[i].variance, differing.rows[i].variance, 2.0 * kSameError));
    EXPECT_NEAR(same.rows[i].value, plain.rows[i].value, 2.0 * kValue);
  }
}

std::string design_name(const ::testing::TestParamInfo<irosurvey::DesignSpec>& info) {
  const std::vector<std::string> names = {"Rows", "OneStage", "TwoStages"};
  return names.at(info.index);
}

INSTANTIATE_TEST_SUITE_P(Designs, Offset,
                         ::testing::Values(irosurvey::DesignSpec{.weights = "w", .stages = {}}, one_stage(),
                                           two_stages()),
                         design_name);

}  // namespace
}  // namespace irosurvey_tests
