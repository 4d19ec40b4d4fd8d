// Variances of calibrated estimates against the definition: residuals of a dense regression, made row by row with a QR
// decomposition, given to a design that knows of no calibration.

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using irosurvey::Calibration;
using irosurvey::CalibrationMethod;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Estimate;
using irosurvey::Index;
using irosurvey::Margin;
using irosurvey::Mask;
using irosurvey::Query;
using irosurvey::ResidualOrder;
using irosurvey::ResidualWeights;

// Normal equations against a QR decomposition, then a standard error.
constexpr double kSame = 1e-10;

/// Three strata of four units in two stages, six rows each; weights differ from row to row, a few are 0.
Table survey(std::uint64_t seed) {
  Random random(seed);
  Numbers w, stratum, unit, ssu, fpc, ssu_fpc, group, level, x, y, z;
  for (int h = 0; h < 3; ++h) {
    for (int u = 0; u < 4; ++u) {
      for (int s = 0; s < 3; ++s) {
        for (int i = 0; i < 4; ++i) {
          w.push_back(random.once_in(15) ? 0.0 : 1.0 + 4.0 * random.uniform());
          stratum.push_back(h);
          unit.push_back(u);
          ssu.push_back(s);
          fpc.push_back(9 + h);
          ssu_fpc.push_back(7);
          group.push_back(1 + random.below(2));
          level.push_back(1 + random.below(3));
          x.push_back(20.0 + 5.0 * random.uniform());
          y.push_back(3.0 * x.back() + 10.0 * random.uniform() + group.back());
          z.push_back(10.0 + random.uniform() + level.back());
        }
      }
    }
  }
  Table table;
  table.add("w", w).add("stratum", stratum).add("unit", unit).add("ssu", ssu).add("fpc", fpc).add("ssu_fpc", ssu_fpc);
  return table.add("group", group).add("level", level).add("x", x).add("y", y).add("z", z);
}

DesignSpec two_stages(const std::string& weights) {
  return {.weights = weights, .stages = {{"stratum", "unit", "fpc"}, {"", "ssu", "ssu_fpc"}}};
}

Margin levels(const std::string& variable, const std::vector<double>& totals) {
  Margin margin{.variables = {variable}};
  for (std::size_t i = 0; i < totals.size(); ++i) margin.targets.push_back({{static_cast<Index>(i) + 1}, totals[i]});
  return margin;
}

/// Columns 1[variable = 1], 1[variable = 2], …
MatrixXd indicators(const Table& table, const std::string& variable, int count) {
  MatrixXd x = MatrixXd::Zero(static_cast<Eigen::Index>(table.rows()), count);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    x(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(table.numbers(variable)[i]) - 1) = 1.0;
  }
  return x;
}

MatrixXd beside(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return both;
}

VectorXd column(const Table& table, const std::string& name) {
  const Numbers& values = table.numbers(name);
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

VectorXd weights_of(const Design& design) {
  return Eigen::Map<const VectorXd>(design.weights().data(), static_cast<Eigen::Index>(design.weights().size()));
}

/// x′B with B the regression of u on x weighted with w; x may be redundant.
VectorXd fitted(const MatrixXd& x, const VectorXd& u, const VectorXd& w) {
  const VectorXd root = w.cwiseMax(0.0).cwiseSqrt();
  const MatrixXd weighted = root.asDiagonal() * x;
  return x * weighted.completeOrthogonalDecomposition().solve(root.cwiseProduct(u));
}

/// The standard error of Σ w u for row values u and weights w given as they are.
double se_of_total(const Table& table, const VectorXd& w, const VectorXd& u) {
  Table own = table;
  own.add("own weight", Numbers(w.data(), w.data() + w.size())).add("u", Numbers(u.data(), u.data() + u.size()));
  const Design design = Design::declare(own.frame(), two_stages("own weight"));
  return estimate(design, {.statistics = {irosurvey::total("u")}}).standard_error(0);
}

Calibration rake_to_two(ResidualWeights weights = ResidualWeights::initial) {
  return {.method = CalibrationMethod::rake,
          .margins = {levels("group", {200, 240}), levels("level", {150, 140, 150})},
          .tolerance = 1e-13,
          .residual_weights = weights};
}

Calibration regression_to_x(const Design& design, const Table& table) {
  Calibration asked{.method = CalibrationMethod::linear};
  const double size = weights_of(design).sum();
  asked.margins = {Margin{.total = size}, Margin{.variables = {"x"}, .total = 23.0 * size}};
  (void)table;
  return asked;
}

class Residuals : public ::testing::TestWithParam<int> {
 protected:
  Table table = survey(static_cast<std::uint64_t>(GetParam()));
  Design plain = Design::declare(table.frame(), two_stages("w"));
  MatrixXd both = beside(indicators(table, "group", 2), indicators(table, "level", 3));
};

TEST_P(Residuals, ATotalVariesLikeItsResiduals) {
  const Design raked = plain.calibrate({rake_to_two()});
  const VectorXd y = column(table, "y");
  const VectorXd e = y - fitted(both, y, weights_of(plain));
  const Estimate answer = estimate(raked, {.statistics = {irosurvey::total("y")}});
  EXPECT_TRUE(agree(answer.standard_error(0), se_of_total(table, weights_of(raked), e), kSame));
}

TEST_P(Residuals, RegressionMayTakeTheCalibratedWeights) {
  const Design raked = plain.calibrate({rake_to_two(ResidualWeights::calibrated)});
  const VectorXd y = column(table, "y");
  const VectorXd e = y - fitted(both, y, weights_of(raked));
  const Estimate answer = estimate(raked, {.statistics = {irosurvey::total("y")}});
  EXPECT_TRUE(agree(answer.standard_error(0), se_of_total(table, weights_of(raked), e), kSame));
}

TEST_P(Residuals, ARatioInADomainVariesLikeTheResidualsOfItsScores) {
  const Design raked = plain.calibrate({rake_to_two()});
  const VectorXd w = weights_of(raked);
  Mask inside(table.rows());
  for (std::size_t i = 0; i < table.rows(); ++i) inside[i] = table.numbers("x")[i] > 22.0 ? 1 : 0;
  VectorXd y = column(table, "y");
  VectorXd z = column(table, "z");
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (inside[i] == 0) y[static_cast<Eigen::Index>(i)] = z[static_cast<Eigen::Index>(i)] = 0.0;
  }
  const VectorXd score = (y - w.dot(y) / w.dot(z) * z) / w.dot(z);
  const VectorXd e = score - fitted(both, score, weights_of(plain));
  const Estimate answer = estimate(raked, {.statistics = {irosurvey::ratio("y", "z")}, .where = inside});
  EXPECT_TRUE(agree(answer.standard_error(0), se_of_total(table, w, e), kSame));
}

TEST_P(Residuals, AdjustmentsAreTakenOutInTheOrderInWhichTheyWereMade) {
  const Design first = plain.calibrate({rake_to_two()});
  const Design second = first.calibrate({regression_to_x(first, table)});
  const VectorXd w0 = weights_of(plain);
  const VectorXd w1 = weights_of(first);
  const VectorXd w2 = weights_of(second);
  const MatrixXd x = beside(MatrixXd::Ones(both.rows(), 1), column(table, "x"));
  // Weighted scores v; each step takes w_k x′B of v / w_k out of them.
  VectorXd v = w2.cwiseProduct(column(table, "y"));
  const auto over = [](const VectorXd& a, const VectorXd& b) {
    return VectorXd((b.array() == 0.0).select(0.0, a.array() / (b.array() == 0.0).select(1.0, b.array())));
  };
  v -= w1.cwiseProduct(fitted(both, over(v, w1), w0));
  v -= w2.cwiseProduct(fitted(x, over(v, w2), w1));
  const Estimate answer = estimate(second, {.statistics = {irosurvey::total("y")}});
  EXPECT_TRUE(agree(answer.standard_error(0), se_of_total(table, w2, over(v, w2)), kSame));
}

TEST_P(Residuals, OrTheLastOneFirst) {
  const Design first = plain.calibrate({rake_to_two()});
  Calibration last = regression_to_x(first, table);
  last.residual_order = ResidualOrder::last_first;
  const Design second = first.calibrate({last});
  const MatrixXd x = beside(MatrixXd::Ones(both.rows(), 1), column(table, "x"));
  VectorXd e = column(table, "y");
  e -= fitted(x, e, weights_of(first));
  e -= fitted(both, e, weights_of(plain));
  const Estimate answer = estimate(second, {.statistics = {irosurvey::total("y"), irosurvey::total("x")}});
  EXPECT_TRUE(agree(answer.standard_error(0), se_of_total(table, weights_of(second), e), kSame));
  EXPECT_EQ(answer.standard_error(1), 0.0);
}

TEST_P(Residuals, GroupsAndCovarianceChangeNothingOfAVariance) {
  const Design raked = plain.calibrate({rake_to_two()});
  Query query{.statistics = {irosurvey::mean("y"), irosurvey::total("z")}, .by = {"level"}};
  const Estimate alone = estimate(raked, query);
  query.covariance = true;
  const Estimate together = estimate(raked, query);
  ASSERT_EQ(alone.rows.size(), 6U);
  for (std::size_t row = 0; row < 6; ++row) {
    EXPECT_TRUE(agree(together.rows[row].variance, alone.rows[row].variance, 1e-12));
    EXPECT_EQ(together.covariance[row * 6 + row], together.rows[row].variance);
    // A group is a domain.
    Mask inside(table.rows());
    for (std::size_t i = 0; i < table.rows(); ++i) {
      inside[i] = table.numbers("level")[i] == static_cast<double>(row % 3 + 1) ? 1 : 0;
    }
    const Estimate domain = estimate(raked, {.statistics = {query.statistics[row / 3]}, .where = inside});
    EXPECT_TRUE(agree(domain.rows[0].variance, alone.rows[row].variance, 1e-12));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Residuals, ::testing::Range(1, 13));

// An auxiliary's calibrated total is its target in every sample: its standard error is 0, by every method.
TEST(CalibrationIdentity, AnAuxiliaryHasNoStandardError) {
  const Table table = survey(77);
  const Design plain = Design::declare(table.frame(), two_stages("w"));
  for (const CalibrationMethod method :
       {CalibrationMethod::linear, CalibrationMethod::raking, CalibrationMethod::logit}) {
    for (const ResidualWeights weights : {ResidualWeights::initial, ResidualWeights::calibrated}) {
      Calibration asked = regression_to_x(plain, table);
      asked.margins.erase(asked.margins.begin());
      const double size = weights_of(plain).sum();
      asked.margins.push_back(levels("group", {0.45 * size, 0.55 * size}));
      asked.method = method;
      asked.residual_weights = weights;
      if (method == CalibrationMethod::logit) asked.bounds = {0.2, 5.0};
      const Design design = plain.calibrate({asked});
      const Estimate answer = estimate(design, {.statistics = {irosurvey::total("x"), irosurvey::mean("x")}});
      EXPECT_TRUE(agree(answer.rows[0].value, 23.0 * size, 1e-9));
      EXPECT_EQ(answer.standard_error(0), 0.0) << name_of(method);
      EXPECT_EQ(answer.standard_error(1), 0.0) << name_of(method);
      const Estimate shares = estimate(design, {.statistics = {irosurvey::proportion("group")}});
      EXPECT_EQ(shares.standard_error(0), 0.0) << name_of(method);
    }
  }
}

}  // namespace
}  // namespace irosurvey_tests
