#include "inference/wald.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

TestResult without(TestResult result, std::string why) {
  result.statistic = result.p = std::numeric_limits<double>::quiet_NaN();
  result.choices.push_back({"no test", std::move(why)});
  return result;
}

}  // namespace

TestResult wald_result(std::string method, std::string hypothesis, const Eigen::VectorXd& y,
                       const Eigen::MatrixXd& covariance, double df, bool adjusted) {
  const auto count = static_cast<double>(y.size());
  const double df2 = adjusted ? df - count + 1.0 : df;
  if (adjusted) method += ", adjusted";
  TestResult result = f_result(std::move(method), std::move(hypothesis), 0.0, count, df2);
  if (!(df2 > 0.0)) return without(std::move(result), "no degrees of freedom are left for the denominator");
  const Eigen::VectorXd scale = covariance.diagonal().cwiseMax(0.0).cwiseSqrt();
  if (!(scale.minCoeff() > 0.0)) return without(std::move(result), "a departure doesn't vary");
  const Eigen::MatrixXd correlation =
      scale.cwiseInverse().asDiagonal() * covariance * scale.cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation);
  // Below this, relative to the largest, a direction holds the rounding of V and nothing else.
  constexpr double kNothing = 1e-10;
  const double largest = solver.eigenvalues().maxCoeff();
  const Eigen::Index rank = (solver.eigenvalues().array() > kNothing * largest).count();
  if (rank < y.size()) {
    return without(std::move(result),
                   "the covariance of " + std::to_string(y.size()) + " departures has rank " + std::to_string(rank));
  }
  const Eigen::VectorXd standard = solver.eigenvectors().transpose() * y.cwiseQuotient(scale);
  const double wald = standard.array().square().matrix().dot(solver.eigenvalues().cwiseInverse());
  const double factor = !adjusted ? 1.0 : std::isinf(df) ? 1.0 : df2 / df;
  const TestResult found = f_result({}, {}, wald / count * factor, count, df2);
  result.statistic = found.statistic;
  result.p = found.p;
  return result;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
