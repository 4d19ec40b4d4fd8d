#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/names.hpp"
#include "core/refuse.hpp"
#include "irosurvey/inference/comparisons.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr NamedValue<WaldTest> kTests[] = {{WaldTest::adjusted, "adjusted-wald"}, {WaldTest::plain, "wald"}};

/// Differences whose variance is below this share of the largest don't vary: what is left is rounding.
constexpr double kRank = 1e-12;

std::vector<Index> known_rows(const Estimate& estimate, std::span<const Index> rows) {
  std::vector<Index> known;
  for (const Index row : rows) {
    if (estimate.rows.at(static_cast<std::size_t>(row)).status == Status::ok) known.push_back(row);
  }
  return known;
}

struct Differences {
  Eigen::VectorXd values;
  Eigen::MatrixXd covariance;
};

/// Each row less the first.
Differences differences_of(const Estimate& estimate, const std::vector<Index>& rows) {
  const auto k = static_cast<Eigen::Index>(rows.size()) - 1;
  const auto value = [&](std::size_t i) { return estimate.rows[static_cast<std::size_t>(rows[i])].value; };
  const auto covariance = [&](std::size_t i, std::size_t j) {
    return estimate
        .covariance[static_cast<std::size_t>(rows[i]) * estimate.rows.size() + static_cast<std::size_t>(rows[j])];
  };
  Differences found{Eigen::VectorXd(k), Eigen::MatrixXd(k, k)};
  for (Eigen::Index a = 0; a < k; ++a) {
    const auto i = static_cast<std::size_t>(a + 1);
    found.values(a) = value(i) - value(0);
    for (Eigen::Index b = 0; b < k; ++b) {
      const auto j = static_cast<std::size_t>(b + 1);
      found.covariance(a, b) = covariance(i, j) - covariance(i, 0) - covariance(0, j) + covariance(0, 0);
    }
  }
  return found;
}

struct Quadratic {
  double value = 0.0;
  double rank = 0.0;
};

/// d′V⁺d over the directions that vary; infinite where a difference lies in one that doesn't.
Quadratic quadratic_of(const Differences& differences) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(differences.covariance);
  const Eigen::VectorXd along = solver.eigenvectors().transpose() * differences.values;
  const double largest = solver.eigenvalues().maxCoeff();
  Quadratic found;
  for (Eigen::Index i = 0; i < along.size(); ++i) {
    if (solver.eigenvalues()(i) > kRank * largest) {
      found.value += along(i) * along(i) / solver.eigenvalues()(i);
      found.rank += 1.0;
    }
  }
  return found;
}

}  // namespace

std::string_view name_of(WaldTest test) noexcept { return name_in(kTests, test); }
WaldTest wald_test_named(std::string_view name) { return value_in(kTests, "test", name); }

TestResult equality_test(const Estimate& estimate, std::span<const Index> rows, WaldTest test, std::string hypothesis) {
  if (estimate.covariance.empty()) {
    refuse("covariances between estimates", "a result that has them", "one without", "Ask with covariance.");
  }
  const std::vector<Index> known = known_rows(estimate, rows);
  if (known.size() < 2) {
    refuse("groups to compare", "at least two with an estimate", std::to_string(known.size()), {});
  }
  double df = std::numeric_limits<double>::infinity();
  for (const Index row : known) {
    const EstimateRow& at = estimate.rows[static_cast<std::size_t>(row)];
    df = std::min(df, estimate.statistics[static_cast<std::size_t>(at.statistic)].df);
  }
  const Quadratic wald = quadratic_of(differences_of(estimate, known));
  const bool adjusted = test == WaldTest::adjusted;
  const double below = adjusted ? df - wald.rank + 1.0 : df;
  const double scale = adjusted && std::isfinite(df) ? below / df : 1.0;
  TestResult result = f_result(
      adjusted ? "adjusted Wald test" : "Wald test", std::move(hypothesis),
      wald.rank > 0.0 ? scale * wald.value / wald.rank : std::numeric_limits<double>::quiet_NaN(), wald.rank, below);
  result.choices = estimate.choices;
  if (known.size() < rows.size()) {
    result.choices.push_back({"groups without an estimate", std::to_string(rows.size() - known.size()) + " left out"});
  }
  return result;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
