// Quantiles of weighted values against their definitions in rational numbers, and against what the rules promise.

#include "irosurvey/estimate/quantile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "support/agreement.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ErrorCode;
using irosurvey::quantile_rule;
using irosurvey::QuantileRule;
using irosurvey::weighted_quantiles;
using Rational = boost::multiprecision::cpp_rational;

const std::vector<std::string> kStepRules = {"math", "hf1", "school", "hf2", "hf3"};
const std::vector<std::string> kLinearRules = {"hf4", "hf5", "hf6", "hf7", "hf8", "hf9", "sas"};

/// One interpolation of doubles: a few steps of 2⁻⁵³ of the larger end, and of a share that rounding has moved.
constexpr double kInterpolated = 1e-12;

// ---------------------------------------------------------------------------------------------- the definitions

struct Point {
  Rational value;
  Rational weight;
  Rational cumulated;
};

/// Values in ascending order with their cumulated weights, those of weight 0 left out.
std::vector<Point> points_of(const std::vector<Rational>& values, const std::vector<Rational>& weights, bool merged) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<Point> points;
  Rational cumulated = 0;
  for (const std::size_t i : order) {
    if (weights[i] == 0) continue;
    cumulated += weights[i];
    if (merged && !points.empty() && points.back().value == values[i]) {
      points.back().weight += weights[i];
      points.back().cumulated = cumulated;
    } else {
      points.push_back({values[i], weights[i], cumulated});
    }
  }
  return points;
}

/// hf3: k is the nearest W_k to pW; of two that are as near, the even k.
Rational nearest(const std::vector<Point>& points, const Rational& target) {
  std::size_t best = 0;
  for (std::size_t k = 1; k < points.size(); ++k) {
    const Rational now = abs(points[k].cumulated - target);
    const Rational before = abs(points[best].cumulated - target);
    const bool is_even = (k + 1) % 2 == 0;
    if (now < before || (now == before && is_even)) best = k;
  }
  return points[best].value;
}

Rational linear(const std::vector<Rational>& shares, const std::vector<Point>& points, const Rational& p) {
  if (p <= shares.front()) return points.front().value;
  for (std::size_t k = 1; k < shares.size(); ++k) {
    if (p > shares[k]) continue;
    const Rational way = (p - shares[k - 1]) / (shares[k] - shares[k - 1]);
    return points[k - 1].value + way * (points[k].value - points[k - 1].value);
  }
  return points.back().value;
}

Rational exact_quantile(const std::vector<Rational>& values, const std::vector<Rational>& weights, const Rational& p,
                        const std::string& rule) {
  const std::vector<Point> points = points_of(values, weights, rule == "hf3" || rule == "sas");
  const Rational total = points.back().cumulated;
  const Rational last = points.back().weight;
  if (rule == "hf3") return nearest(points, p * total);
  if (rule == "math" || rule == "hf1" || rule == "school" || rule == "hf2") {
    std::size_t k = 0;
    while (points[k].cumulated < p * total) ++k;
    const bool halfway = rule == "school" || rule == "hf2";
    if (!halfway || points[k].cumulated != p * total || k + 1 == points.size()) return points[k].value;
    return (points[k].value + points[k + 1].value) / 2;
  }
  std::vector<Rational> shares;
  for (const Point& point : points) {
    const Rational& upto = point.cumulated;
    const Rational& w = point.weight;
    if (rule == "hf4" || rule == "sas") shares.push_back(upto / total);
    if (rule == "hf5") shares.push_back((upto - w / 2) / total);
    if (rule == "hf6") shares.push_back(upto / (total + last));
    if (rule == "hf7") shares.push_back(points.size() == 1 ? Rational(1) : (upto - w) / (total - last));
    if (rule == "hf8") shares.push_back((upto - w / 3) / (total + last / 3));
    if (rule == "hf9") shares.push_back((upto - 3 * w / 8) / (total + last / 4));
  }
  return linear(shares, points, p);
}

double to_double(const Rational& number) { return number.convert_to<double>(); }

/// Decimal values and weights with many ties and some weights of 0, so that steps are hit often and none of the
/// numbers but the values is exact in double precision.
struct Sample {
  std::vector<Rational> values;
  std::vector<Rational> weights;

  Sample(Random& random, int size) {
    const int spread = random.one_of<int>({3, 10, 1000});
    const int most = random.one_of<int>({1, 1, 3, 100});
    for (int i = 0; i < size; ++i) {
      values.emplace_back(random.between(-spread, spread), 4);
      weights.emplace_back(random.once_in(8) ? 0 : random.between(1, most), 10);
    }
    weights.back() = Rational(1, 10);
  }

  [[nodiscard]] std::vector<double> doubles(const std::vector<Rational>& numbers) const {
    std::vector<double> result;
    for (const Rational& number : numbers) result.push_back(to_double(number));
    return result;
  }
};

/// A probability: in twentieths, or one of the steps themselves.
Rational probability(Random& random, const Sample& sample) {
  if (random.once_in(2)) return {random.between(0, 20), 20};
  const std::vector<Point> points = points_of(sample.values, sample.weights, false);
  return random.one_of(points).cumulated / points.back().cumulated;
}

void expect_definition(const Sample& sample, const Rational& p, int number) {
  const std::vector<double> values = sample.doubles(sample.values);
  const std::vector<double> weights = sample.doubles(sample.weights);
  const std::vector<double> probs = {to_double(p)};
  for (const std::string& rule : kStepRules) {
    const double expected = to_double(exact_quantile(sample.values, sample.weights, p, rule));
    EXPECT_EQ(weighted_quantiles(values, weights, probs, quantile_rule(rule)).front(), expected)
        << rule << ", p = " << p << ", sample " << number;
  }
  for (const std::string& rule : kLinearRules) {
    const double expected = to_double(exact_quantile(sample.values, sample.weights, p, rule));
    EXPECT_NEAR(weighted_quantiles(values, weights, probs, quantile_rule(rule)).front(), expected,
                kInterpolated * (1.0 + std::abs(expected)))
        << rule << ", p = " << p << ", sample " << number;
  }
}

TEST(WeightedQuantiles, AreThoseOfTheDefinitionInRationalNumbers) {
  Random random(1);
  for (int number = 0; number < 300; ++number) {
    const Sample sample(random, random.between(1, 40));
    for (int i = 0; i < 4; ++i) expect_definition(sample, probability(random, sample), number);
  }
}

TEST(WeightedQuantiles, AreThoseOfTheDefinitionWhereValuesAreManyAndLieInBuckets) {
  Random random(2);
  for (int number = 0; number < 3; ++number) {
    const Sample sample(random, 1200);
    for (int i = 0; i < 4; ++i) expect_definition(sample, probability(random, sample), number);
  }
}

// ---------------------------------------------------------------------------------------------- known answers

double of_first(int n, double p, const std::string& rule) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 1.0);
  const std::vector<double> weights(values.size(), 1.0);
  return weighted_quantiles(values, weights, std::vector<double>{p}, quantile_rule(rule)).front();
}

TEST(WeightedQuantiles, TrapC9RoundingOfSharesMovesNoQuantile) {
  EXPECT_EQ(of_first(10, 0.3, "math"), 3.0);  // R survey: 4
  EXPECT_EQ(of_first(10, 0.7, "math"), 7.0);  // R survey: 8
  EXPECT_EQ(of_first(10, 0.3, "school"), 3.5);
  for (const double weight : {0.1, 1.0 / 3.0, 33.847}) {
    std::vector<double> values(1000);
    std::iota(values.begin(), values.end(), 1.0);
    const std::vector<double> weights(values.size(), weight);
    std::vector<double> probs;
    for (int k = 1; k <= 1000; ++k) probs.push_back(k / 1000.0);
    EXPECT_EQ(weighted_quantiles(values, weights, probs), values);
  }
}

TEST(WeightedQuantiles, TrapC9TheNearestStepIsThatOfTypeThree) {
  EXPECT_EQ(of_first(20, 0.25, "hf3"), 5.0);   // R survey: 6
  EXPECT_EQ(of_first(20, 0.225, "hf3"), 4.0);  // halfway between 4 and 5
  EXPECT_EQ(of_first(20, 0.275, "hf3"), 6.0);  // halfway between 5 and 6
}

TEST(WeightedQuantiles, OfEqualWeightsAreHyndmanAndFans) {
  // The nine types for 1 … 10 at p = 0.33, by the formulas of the paper: x_j + γ (x_{j+1} − x_j), n p + m = j + γ.
  const std::vector<std::pair<std::string, double>> expected = {{"hf4", 3.3},
                                                                {"hf5", 3.8},
                                                                {"hf6", 3.63},
                                                                {"hf7", 3.97},
                                                                {"hf8", 3.3 + (0.33 + 1.0) / 3.0},
                                                                {"hf9", 3.3 + 0.33 / 4.0 + 0.375}};
  EXPECT_EQ(of_first(10, 0.33, "hf1"), 4.0);
  EXPECT_EQ(of_first(10, 0.33, "hf2"), 4.0);
  EXPECT_EQ(of_first(10, 0.33, "hf3"), 3.0);
  for (const auto& [rule, value] : expected)
    EXPECT_NEAR(of_first(10, 0.33, rule), value, kInterpolated * value) << rule;
}

TEST(WeightedQuantiles, TheEndsAreTheSmallestAndTheLargestValue) {
  const std::vector<double> values = {5.0, 2.0, 9.0, 2.0};
  const std::vector<double> weights = {1.0, 0.5, 0.25, 0.1};
  for (const char* rule : {"math", "school", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9", "sas"}) {
    const std::vector<double> ends =
        weighted_quantiles(values, weights, std::vector<double>{0.0, 1.0}, quantile_rule(rule));
    EXPECT_EQ(ends, (std::vector<double>{2.0, 9.0})) << rule;
  }
}

TEST(WeightedQuantiles, TrapC9ScalingWeightsChangesNothing) {
  Random random(3);
  const Sample sample(random, 500);
  const std::vector<double> values = sample.doubles(sample.values);
  const std::vector<double> weights = sample.doubles(sample.weights);
  std::vector<double> scaled = weights;
  for (double& weight : scaled) weight *= 1024.0;
  const std::vector<double> probs = {0.0, 0.1, 0.25, 0.5, 0.9, 1.0};
  for (const char* rule : {"math", "school", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9", "sas"}) {
    EXPECT_EQ(weighted_quantiles(values, weights, probs, quantile_rule(rule)),
              weighted_quantiles(values, scaled, probs, quantile_rule(rule)))
        << rule;
  }
}

TEST(WeightedQuantiles, AWeightBelowZeroTakesTheFirstValueThatReachesItsShare) {
  // Cumulated: 4, 3, 6, 10. Half of 10 is first reached at the third value, 3.5 at the first.
  const std::vector<double> values = {1.0, 2.0, 3.0, 4.0};
  const std::vector<double> weights = {4.0, -1.0, 3.0, 4.0};
  EXPECT_EQ(weighted_quantiles(values, weights, std::vector<double>{0.5, 0.35}), (std::vector<double>{3.0, 1.0}));
}

TEST(WeightedQuantiles, AHugeOffsetAndHugeValuesKeepTheirDigits) {
  std::vector<double> values;
  for (int i = 1; i <= 10; ++i) values.push_back(1e9 + i);
  const std::vector<double> weights(values.size(), 0.1);
  EXPECT_EQ(weighted_quantiles(values, weights, std::vector<double>{0.3}, QuantileRule::school).front(), 1e9 + 3.5);
  const double huge = std::numeric_limits<double>::max();
  const std::vector<double> ends = {-huge, huge};
  const std::vector<double> two = {1.0, 1.0};
  EXPECT_EQ(weighted_quantiles(ends, two, std::vector<double>{0.5}, QuantileRule::school).front(), 0.0);
}

TEST(WeightedQuantiles, WithoutAPositiveWeightThereIsNone) {
  const std::vector<double> probs = {0.5};
  EXPECT_TRUE(std::isnan(weighted_quantiles({}, {}, probs).front()));
  EXPECT_TRUE(std::isnan(weighted_quantiles(std::vector<double>{1.0}, std::vector<double>{0.0}, probs).front()));
}

TEST(WeightedQuantiles, RefuseWhatHasNoMeaning) {
  const std::vector<double> one = {1.0};
  const std::vector<double> two = {1.0, 2.0};
  const std::vector<double> nan = {std::numeric_limits<double>::quiet_NaN()};
  const std::vector<double> infinite = {std::numeric_limits<double>::infinity()};
  const std::vector<double> half = {0.5};
  const std::vector<double> percent = {50.0};
  for (const auto& error :
       {error_of([&] { (void)weighted_quantiles(two, one, half); }),
        error_of([&] { (void)weighted_quantiles(nan, one, half); }),
        error_of([&] { (void)weighted_quantiles(one, infinite, half); }),
        error_of([&] { (void)weighted_quantiles(one, one, percent); }),
        error_of([&] { (void)weighted_quantiles(one, one, nan); }), error_of([] { (void)quantile_rule("hf10"); })}) {
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
  }
}

}  // namespace
}  // namespace irosurvey_tests
