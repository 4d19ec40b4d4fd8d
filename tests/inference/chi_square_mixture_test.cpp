#include "inference/chi_square_mixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "irosurvey/inference/test_result.hpp"
#include "support/agreement.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::inference::chi_square_p;
using irosurvey::inference::Denominator;
using irosurvey::inference::f_p;
using irosurvey::inference::mixture_p;
using irosurvey::inference::mixture_saddlepoint_p;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const Denominator kNone{kInfinity, kInfinity};

// Numerical inversion stops when halving the step changes no more than 1e-13; sums of a few hundred terms add rounding.
constexpr double kInverted = 1e-11;

/// P(Σ λ_i χ²₂ > x) is a sum of exponentials for different λ.
double of_pairs(double x, const std::vector<double>& weights) {
  double sum = 0.0;
  for (const double a : weights) {
    double product = 1.0;
    for (const double b : weights) {
      if (a != b) product *= a / (a - b);
    }
    sum += product * std::exp(-x / 2.0 / a);
  }
  return sum;
}

std::vector<double> twice(const std::vector<double>& weights) {
  std::vector<double> result = weights;
  result.insert(result.end(), weights.begin(), weights.end());
  return result;
}

TEST(ChiSquareMixture, PairsOfEqualWeightsHaveAClosedForm) {
  for (const std::vector<double>& weights : {std::vector<double>{1.0, 3.0}, {0.2, 1.0, 7.0}, {0.5, 0.7, 1.1, 1.9}}) {
    for (const double x : {0.5, 4.0, 20.0, 150.0, 1200.0}) {
      const double expected = of_pairs(x, weights);
      if (expected < 1e-280) continue;
      EXPECT_TRUE(agree(mixture_p(x, twice(weights), kNone), expected, kInverted)) << x;
    }
  }
}

TEST(ChiSquareMixture, ItIsExactFarIntoTheTail) {
  const std::vector<double> weights = {1.0, 3.0};
  const double expected = of_pairs(3900.0, weights);
  ASSERT_LT(expected, 1e-280);
  EXPECT_TRUE(agree(mixture_p(3900.0, twice(weights), kNone), expected, kInverted));
}

TEST(ChiSquareMixture, NearlyEqualWeightsAreAChiSquare) {
  // A relative change of 1e-9 in the weights changes p by about x times that.
  const std::vector<double> weights = {1.0, 1.0 + 1e-9, 1.0 - 1e-9, 1.0};
  for (const double x : {0.1, 3.0, 30.0, 400.0}) {
    EXPECT_TRUE(agree(mixture_p(x, weights, kNone), chi_square_p(x, 4.0), 1e-6)) << x;
    EXPECT_TRUE(agree(mixture_p(x, weights, {17.5, 17.5}), f_p(x / 4.0, 4.0, 17.5), 1e-6)) << x;
    EXPECT_TRUE(agree(mixture_p(x, weights, {2e6, 2e6}), f_p(x / 4.0, 4.0, 2e6), 1e-6)) << x;
  }
}

TEST(ChiSquareMixture, EqualWeightsAreExactlyTheirDistribution) {
  const std::vector<double> weights = {2.0, 2.0, 2.0};
  EXPECT_EQ(mixture_p(9.0, weights, kNone), chi_square_p(4.5, 3.0));
  EXPECT_EQ(mixture_p(9.0, weights, {8.0, 8.0}), f_p(1.5, 3.0, 8.0));
}

TEST(ChiSquareMixture, ADenominatorIsAnotherWeightBelowZero) {
  // P(λ₁ χ²₂ + λ₂ χ²₂ > x χ²₂/2) = E of the tail at an exponential variable: Σ c_i / (1 + x/(2 λ_i)).
  const double x = 5.0;
  const double first = 3.0 / (3.0 - 1.0);
  const double second = 1.0 / (1.0 - 3.0);
  const double expected = first / (1.0 + x / 6.0) + second / (1.0 + x / 2.0);
  EXPECT_TRUE(agree(mixture_p(x, twice({1.0, 3.0}), {2.0, 2.0}), expected, kInverted));
}

TEST(ChiSquareMixture, ScaleDoesNotMatter) {
  const std::vector<double> weights = {0.3, 1.1, 2.0};
  const std::vector<double> small = {0.3e-30, 1.1e-30, 2.0e-30};
  EXPECT_TRUE(agree(mixture_p(7.0, weights, {9.0, 9.0}), mixture_p(7.0e-30, small, {9.0, 9.0}), 1e-12));
}

TEST(ChiSquareMixture, TheSaddlepointIsNearTheTruth) {
  // Its relative error is a few per cent near the mean, and tends to a constant in the tail: a tenth for these weights.
  const std::vector<double> weights = {0.48, 1.82, 0.9};
  for (const double x : {0.5, 2.0, 3.19, 3.2, 3.21, 8.0, 40.0, 300.0}) {
    const double exact = mixture_p(x, weights, {20.0, 20.0});
    EXPECT_TRUE(agree(mixture_saddlepoint_p(x, weights, {20.0, 20.0}), exact, 0.12)) << x;
  }
}

TEST(ChiSquareMixture, TheSaddlepointIsSmoothAcrossTheMean) {
  const std::vector<double> weights = {0.48, 1.82, 0.9};
  double before = mixture_saddlepoint_p(3.19, weights, kNone);
  for (int i = 1; i <= 200; ++i) {
    const double x = 3.19 + 1e-4 * i;
    const double p = mixture_saddlepoint_p(x, weights, kNone);
    // The density there is about 0.13; a jump would show.
    EXPECT_LT(p, before) << x;
    EXPECT_NEAR(before - p, 1.3e-5, 0.4e-5) << x;
    before = p;
  }
}

TEST(ChiSquareMixture, EndsOfTheScale) {
  const std::vector<double> weights = {0.5, 2.0};
  EXPECT_EQ(mixture_p(0.0, weights, kNone), 1.0);
  EXPECT_EQ(mixture_p(kInfinity, weights, kNone), 0.0);
  EXPECT_TRUE(std::isnan(mixture_p(3.0, {}, kNone)));
  EXPECT_TRUE(std::isnan(mixture_p(3.0, weights, {0.0, 0.0})));
  EXPECT_TRUE(std::isnan(mixture_saddlepoint_p(std::nan(""), weights, kNone)));
  EXPECT_NEAR(mixture_p(1e-12, weights, kNone), 1.0, 1e-9);
}

}  // namespace
}  // namespace irosurvey_tests
