#include "estimate/model_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "estimate/unit_scores.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A in factors, its diagonal scaled to 1: S A S = L L′, rows in their own order, those that others determine left out.
struct Factored {
  VectorXd scale;
  MatrixXd lower;
  std::vector<int> dependent;
  double least_pivot = 1.0;
};

Factored factored(const MatrixXd& a) {
  const Eigen::Index size = a.rows();
  Factored result;
  result.scale = a.diagonal().unaryExpr([](double d) { return d > 0.0 ? 1.0 / std::sqrt(d) : 0.0; });
  MatrixXd left = result.scale.asDiagonal() * a * result.scale.asDiagonal();
  result.lower = MatrixXd::Zero(size, size);
  // What is left of a dependent row is rounding of its 1.
  const double nothing = 64.0 * static_cast<double>(size) * std::numeric_limits<double>::epsilon();
  for (Eigen::Index k = 0; k < size; ++k) {
    const double pivot = left(k, k);
    if (!(pivot > nothing)) {
      result.dependent.push_back(static_cast<int>(k));
      continue;
    }
    result.least_pivot = std::min(result.least_pivot, pivot);
    const Eigen::Index below = size - k - 1;
    result.lower(k, k) = std::sqrt(pivot);
    result.lower.col(k).tail(below) = left.col(k).tail(below) / result.lower(k, k);
    left.bottomRightCorner(below, below).noalias() -=
        result.lower.col(k).tail(below) * result.lower.col(k).tail(below).transpose();
  }
  return result;
}

/// A⁻¹ u; a coordinate that others determine stays 0.
VectorXd solve(const Factored& factors, const VectorXd& u) {
  MatrixXd lower = factors.lower;
  VectorXd right = factors.scale.cwiseProduct(u);
  for (const int k : factors.dependent) {
    lower.row(k).setZero();
    lower(k, k) = 1.0;
    right[k] = 0.0;
  }
  lower.triangularView<Eigen::Lower>().solveInPlace(right);
  for (const int k : factors.dependent) right[k] = 0.0;
  lower.triangularView<Eigen::Lower>().transpose().solveInPlace(right);
  return factors.scale.cwiseProduct(right);
}

MatrixXd inverse_of(const Factored& factors) {
  const Eigen::Index size = factors.scale.size();
  MatrixXd root = MatrixXd::Identity(size, size);
  factors.lower.triangularView<Eigen::Lower>().solveInPlace(root);
  return factors.scale.asDiagonal() * (root.transpose() * root) * factors.scale.asDiagonal();
}

bool is_finite(const ModelSums& sums) {
  return sums.u.allFinite() && sums.a.allFinite() && std::isfinite(sums.misfit.deviance);
}

/// Newton's way to the solution, from where the caller says.
class Search {
 public:
  Search(const ModelRows& rows, std::span<const double> weights, const FitOptions& options, StopSignal& stop)
      : rows_(rows), options_(options), stop_(stop), weights_(weights), total_(options.total_weight) {}

  /// One block of rows in `every`.
  void sample(Index every) { every_ = every; }

  /// Sums at β; null: where iterations begin.
  ModelSums pass(const VectorXd* beta, bool with_misfit, const ScoreTargets& scores = {}, double* working = nullptr) {
    ++passes_;
    return sum(beta, with_misfit, scores, working, nullptr);
  }

  /// R's way: until the deviance changes by less than 1e-8 of itself, and A as well as the weights in s from the step before.
  /// @param a  where iterations begin, in the coordinates at hand
  /// @param working  w μ′²/V of every row there
  FittedModel run_to_deviance(VectorXd beta, MatrixXd a, std::vector<double> working, double* scores) {
    constexpr double kChange = 1e-8;
    constexpr double kBeside = 0.1;
    FittedModel result;
    std::vector<double> next(working.size(), 0.0);
    double before = std::numeric_limits<double>::infinity();
    for (int i = 0; i < options_.max_iterations; ++i) {
      ++passes_;
      const ModelSums sums = sum(&beta, true, {scores, nullptr}, next.data(), working.data());
      result.left_range = !is_finite(sums);
      if (result.left_range) break;
      result.misfit = sums.misfit;
      result.beta = beta;
      const double deviance = sums.misfit.deviance / options_.mean_weight;
      if (std::abs(deviance - before) < kChange * (std::abs(deviance) + kBeside)) {
        const Factored factors = factored(a);
        result.inverse = inverse_of(factors);
        const VectorXd step = solve(factored(sums.a), sums.u);
        result.converged = factors.dependent.empty() && !is_running_away(step, beta, sums.misfit);
        break;
      }
      before = deviance;
      beta += solve(factored(sums.a), sums.u);
      a = sums.a;
      working.swap(next);
    }
    result.iterations = passes_;
    return result;
  }

  FittedModel run(VectorXd beta, int most, const ScoreTargets& scores) {
    FittedModel result;
    VectorXd step = VectorXd::Zero(beta.size());
    double deviance = std::numeric_limits<double>::infinity();
    double change = std::numeric_limits<double>::infinity();
    constexpr int kCareful = 10;  // iterations after which every step has to prove itself
    constexpr int kMostHalves = 25;
    int halves = 0;
    for (int i = 0; i < most; ++i) {
      const bool last = is_near(change);
      const bool with_misfit = last || i >= kCareful || halves > 0;
      const ModelSums sums = pass(&beta, with_misfit, last ? scores : ScoreTargets{});
      const bool worse = with_misfit && sums.misfit.deviance > deviance * (1.0 + 1e-8) + 1e-300;
      if ((!is_finite(sums) || worse) && step.squaredNorm() > 0.0 && halves < kMostHalves) {
        ++halves;
        step *= 0.5;
        beta -= step;
        change = std::numeric_limits<double>::infinity();
        continue;
      }
      result.left_range = !is_finite(sums);
      if (result.left_range) break;
      halves = 0;
      if (with_misfit) deviance = sums.misfit.deviance;
      const Factored factors = factored(sums.a);
      step = solve(factors, sums.u);
      change = std::sqrt(std::max(0.0, step.dot(sums.u)) / total_);
      result.misfit = sums.misfit;
      if (last && factors.dependent.empty() && is_there(change, sums.misfit)) {
        if (is_running_away(step, beta, sums.misfit)) break;
        // Of many rows the last step is taken without another pass: it is as good as squared.
        result.beta = is_large() && !rows_.mean().is_linear() ? VectorXd(beta + step) : beta;
        result.scored_at = beta;
        result.inverse = inverse_of(factors);
        result.converged = true;
        break;
      }
      beta += step;
      result.beta = beta;
    }
    result.iterations = passes_;
    return result;
  }

 private:
  ModelSums sum(const VectorXd* beta, bool with_misfit, const ScoreTargets& scores, double* working,
                const double* before) {
    ModelRows::Pass pass;
    pass.weights = weights_;
    pass.beta = beta;
    pass.with_misfit = with_misfit;
    pass.scores = scores.rows;
    pass.units = scores.units;
    pass.working = working;
    pass.working_before = before;
    pass.mean_weight = options_.mean_weight;
    pass.every = every_;
    pass.threads = options_.threads;
    pass.interrupt = options_.interrupt;
    return rows_.sum(pass, stop_);
  }

  /// Means next to the end of their range, where coefficients may still go as far as they like: the response is separated.
  [[nodiscard]] static bool is_running_away(const VectorXd& step, const VectorXd& beta, const Misfit& misfit) {
    constexpr double kFar = 1e-3;
    if (misfit.size == 0.0) return false;
    for (Eigen::Index k = 0; k < step.size(); ++k) {
      if (std::abs(step[k]) > kFar * std::max(1.0, std::abs(beta[k]))) return true;
    }
    return false;
  }

  /// The root mean square change of √a η squares with every step: the next will do. Of a linear model any will.
  [[nodiscard]] bool is_near(double change) const {
    constexpr double kNear = 1e-5;
    constexpr double kNearOfMany = 1e-3;
    return rows_.mean().is_linear() || change < (is_large() ? kNearOfMany : kNear);
  }

  /// So many rows that a pass over them is worth saving.
  [[nodiscard]] bool is_large() const {
    constexpr Index kLarge = 262'144;
    return rows_.row_count() >= kLarge && every_ == 1;
  }

  /// No coefficient would change by more than 1e-9 of the standard error that a simple random sample would give it.
  [[nodiscard]] bool is_there(double change, const Misfit& misfit) const {
    constexpr double kSmall = 1e-9;
    constexpr double kRounding = 1e-13;
    constexpr double kSmallOfMany = 1e-8;  // what it leaves in standard errors, relative to them
    if (is_large() && !rows_.mean().is_linear() && change <= kSmallOfMany) return true;
    const double n = static_cast<double>(rows_.row_count());
    const bool has_scale = rows_.mean().is_binomial() || rows_.mean().is_poisson();
    const double dispersion = has_scale ? 1.0 : std::sqrt(misfit.pearson / total_);
    return change * std::sqrt(n) <= kSmall * dispersion || change <= kRounding * std::max(1.0, size_of_response());
  }

  /// A perfect fit has no standard errors to compare with.
  [[nodiscard]] double size_of_response() const {
    if (!rows_.mean().is_linear()) return 1.0;
    double largest = 0.0;
    const std::span<const double> y = rows_.response();
    const Index step = std::max<Index>(1, rows_.row_count() / 1024);
    for (Index row = 0; row < rows_.row_count(); row += step) {
      if (rows_.is_used(row)) largest = std::max(largest, std::abs(y[static_cast<std::size_t>(row)]));
    }
    return largest;
  }

  const ModelRows& rows_;
  const FitOptions& options_;
  StopSignal& stop_;
  std::span<const double> weights_;
  double total_;
  Index every_ = 1;
  int passes_ = 0;
};

/// A solution of some of the rows: a place to begin that saves passes over all of them. None where those rows don't give one.
std::optional<VectorXd> start_of_some(const ModelRows& rows, std::span<const double> weights, const FitOptions& options,
                                      StopSignal& stop) {
  constexpr Index kEnough = 32'768;
  constexpr Index kWorthIt = 8;
  constexpr int kMost = 8;
  if (rows.mean().is_linear() || rows.row_count() < kWorthIt * kEnough) return std::nullopt;
  Search search(rows, weights, options, stop);
  search.sample(rows.row_count() / kEnough);
  const ModelSums first = search.pass(nullptr, false);
  if (!is_finite(first)) return std::nullopt;
  const VectorXd beta = solve(factored(first.a), first.u);
  FittedModel found = search.run(beta, kMost, {});
  if (found.beta.size() == 0 || !found.beta.allFinite()) return std::nullopt;
  return found.beta;
}

}  // namespace

FittedModel fit_model(ModelRows& rows, std::span<const double> weights, const FitOptions& options,
                      const ScoreTargets& scores, StopSignal& stop) {
  constexpr double kNearlyDependent = 1e-5;
  const bool to_deviance = options.information == Information::last_step && !rows.mean().is_linear();
  const std::optional<VectorXd> start = to_deviance ? std::nullopt : start_of_some(rows, weights, options, stop);
  FittedModel result;
  MatrixXd first_a;
  std::vector<double> working(to_deviance ? weights.size() : 0, 0.0);
  VectorXd beta;
  int passes = 0;
  {
    Search search(rows, weights, options, stop);
    ModelSums first = search.pass(start ? &*start : nullptr, false, {}, to_deviance ? working.data() : nullptr);
    passes = 1;
    const bool from_start = start && is_finite(first);
    if (start && !from_start) {
      first = search.pass(nullptr, false);
      ++passes;
    }
    result.left_range = !is_finite(first);
    if (result.left_range) return result;
    Factored factors = factored(first.a);
    beta = solve(factors, first.u);
    if (from_start) beta += *start;
    first_a = first.a;
    if (!factors.dependent.empty()) {
      std::vector<Eigen::Index> kept;
      for (Eigen::Index k = 0; k < beta.size(); ++k) {
        const auto& out = factors.dependent;
        if (std::find(out.begin(), out.end(), static_cast<int>(k)) == out.end()) kept.push_back(k);
      }
      const MatrixXd a = first.a(kept, kept);
      const VectorXd u = from_start ? VectorXd(first.a(kept, Eigen::all) * *start + first.u(kept)) : first.u(kept);
      rows.leave_out(factors.dependent);
      first_a = a;
      factors = factored(a);
      beta = solve(factors, u);
    }
    if (factors.least_pivot < kNearlyDependent && rows.columns() > 0) {
      // x T with T = S L⁻ᵀ has A = 1, but for the rounding of A.
      MatrixXd t = MatrixXd::Identity(rows.columns(), rows.columns());
      factors.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(t);
      t = factors.scale.asDiagonal() * t;
      t.triangularView<Eigen::StrictlyLower>().setZero();
      rows.transform(t);
      first_a = t.transpose() * first_a * t;
      t.triangularView<Eigen::Upper>().solveInPlace(beta);
    }
  }
  if (rows.columns() == 0) return result;
  if (scores.units != nullptr) scores.units->resize(rows.columns());
  Search search(rows, weights, options, stop);
  result = to_deviance ? search.run_to_deviance(beta, std::move(first_a), std::move(working), scores.rows)
                       : search.run(beta, options.max_iterations, scores);
  result.iterations += passes;
  return result;
}

FittedModel refit_model(const ModelRows& rows, std::span<const double> weights, const VectorXd& start,
                        const FitOptions& options, StopSignal& stop) {
  Search search(rows, weights, options, stop);
  FittedModel result = search.run(start, options.max_iterations, {});
  if (!result.converged) result.beta = VectorXd::Constant(start.size(), std::numeric_limits<double>::quiet_NaN());
  return result;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
