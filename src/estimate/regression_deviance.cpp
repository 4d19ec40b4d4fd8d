// How well a model fits: its deviance beside that of a model with fewer terms.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/at.hpp"
#include "core/parallel.hpp"
#include "core/refuse.hpp"
#include "estimate/model_kernels.hpp"
#include "estimate/regression_state.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using Eigen::VectorXd;

/// Sums over the rows from which the deviance of a constant mean follows.
struct ResponseSums {
  double weight = 0.0;
  double first = 0.0;      ///< Σ w (y − c)
  double second = 0.0;     ///< Σ w (y − c)²
  double saturated = 0.0;  ///< Σ w of what the deviance has of y alone

  void add(const ResponseSums& other) {
    weight += other.weight;
    first += other.first;
    second += other.second;
    saturated += other.saturated;
  }
};

double saturated_part(const MeanModel& mean, double y) {
  const auto entropy = [](double share) { return share == 0.0 || share == 1.0 ? 0.0 : share * std::log(share); };
  if (mean.is_binomial()) return entropy(y) + entropy(1.0 - y);
  if (mean.is_poisson()) return entropy(y);
  if (mean.family == Family::gamma) return std::log(y);
  return mean.family == Family::inverse_gaussian ? 1.0 / y : 0.0;
}

ResponseSums sum_response(const RegressionState& state, double centre, StopSignal& stop) {
  const std::span<const double> weights = state.design.weights();
  return sum_rows<ResponseSums>(state, stop, [&](Index first, Index past) {
    const bool nothing_saturated = state.mean.family == Family::gaussian ||
                                   (state.mean.is_binomial() && all_zero_or_one(&state.y[at(first)], past - first));
    if (state.used.empty() && nothing_saturated) {
      double moments[3] = {};
      add_moments(&weights[at(first)], &state.y[at(first)], centre, past - first, moments);
      return ResponseSums{.weight = moments[0], .first = moments[1], .second = moments[2]};
    }
    ResponseSums sums;
    for (Index row = first; row < past; ++row) {
      const double w = weights[at(row)];
      if (w == 0.0 || !(state.used.empty() || state.used[at(row)] != 0)) continue;
      const double y = state.y[at(row)] - centre;
      sums.weight += w;
      sums.first += w * y;
      sums.second += w * y * y;
      if (state.mean.family != Family::gaussian) sums.saturated += w * saturated_part(state.mean, state.y[at(row)]);
    }
    return sums;
  });
}

/// Σ w d(y, μ) at the mean of y, which solves the equations of every model of an intercept alone.
double deviance_of_mean(const MeanModel& mean, const ResponseSums& sums, double centre) {
  const double mu = centre + sums.first / sums.weight;
  const double total = mu * sums.weight;
  if (mean.family == Family::gaussian) return sums.second - sums.first * sums.first / sums.weight;
  if (mean.is_binomial()) {
    const auto part = [](double amount, double share) { return amount == 0.0 ? 0.0 : amount * std::log(share); };
    return 2.0 * (sums.saturated - part(total, mu) - part(sums.weight - total, 1.0 - mu));
  }
  if (mean.is_poisson()) return 2.0 * (sums.saturated - (total == 0.0 ? 0.0 : total * std::log(mu)));
  if (mean.family == Family::gamma) return -2.0 * (sums.saturated - sums.weight * std::log(mu));
  return sums.saturated - sums.weight / mu;
}

/// A matrix of one column of ones.
BoundMatrix column_of_ones() {
  BoundMatrix ones;
  ones.columns.emplace_back();
  return ones;
}

/// Σ w d(y, μ) of a model that has no coefficient: η is the offset alone.
double deviance_of_nothing(const RegressionState& state, StopSignal& stop) {
  const BoundMatrix ones = column_of_ones();
  const ModelRows rows(ones, state.mean, state.y, state.offset, state.used);
  const VectorXd zero = VectorXd::Zero(1);
  ModelRows::Pass pass;
  pass.weights = state.design.weights();
  pass.beta = &zero;
  pass.with_misfit = true;
  pass.threads = state.query.threads;
  pass.interrupt = &state.query.interrupt;
  return rows.sum(pass, stop).misfit.deviance;
}

/// Columns of the matrix that a model without some coefficients (places among the active columns) leaves out, with those that
/// the model itself did.
std::vector<int> columns_without(const RegressionState& state, const std::vector<int>& coefficients) {
  const std::vector<std::size_t>& active = state.rows->active();
  std::vector<int> columns;
  for (std::size_t k = 0; k < state.recipe.columns.size(); ++k) {
    const auto kept = std::find(active.begin(), active.end(), k);
    const auto place = static_cast<int>(kept - active.begin());
    const bool goes = std::find(coefficients.begin(), coefficients.end(), place) != coefficients.end();
    if (kept == active.end() || goes) columns.push_back(static_cast<int>(k));
  }
  return columns;
}

/// The coefficients of some terms.
std::vector<int> coefficients_of(const RegressionState& state, std::span<const std::string> terms) {
  std::vector<int> coefficients;
  for (const std::string& name : terms) {
    const auto found = std::find_if(state.terms.begin(), state.terms.end(),
                                    [&](const RegressionTerm& term) { return term.name == name; });
    if (found == state.terms.end()) {
      std::vector<std::string> names;
      for (const RegressionTerm& term : state.terms) names.push_back(term.name);
      refuse("term '" + name + "'", "one of " + joined(names), "another");
    }
    for (const Index k : found->coefficients) coefficients.push_back(static_cast<int>(k));
  }
  return coefficients;
}

}  // namespace

double null_deviance(const RegressionState& state, StopSignal& stop) {
  if (!state.summary.has_intercept) return deviance_of_nothing(state, stop);
  if (state.offset.empty()) {
    const double centre = state.rows->centre();
    return deviance_of_mean(state.mean, sum_response(state, centre, stop), centre);
  }
  const std::span<const double> weights = state.design.weights();
  const BoundMatrix ones = column_of_ones();
  ModelRows rows(ones, state.mean, state.y, state.offset, state.used);
  rows.find_pivots(0, weights);
  return fit_model(rows, weights, options_of(state), {}, stop).misfit.deviance;
}

}  // namespace estimation

using namespace estimation;

double Regression::deviance_without(std::span<const std::string> terms) const {
  const State& state = *state_;
  const std::vector<int> left_out = columns_without(state, coefficients_of(state, terms));
  StopSignal stop;
  const double scale = static_cast<double>(state.summary.n) / state.summary.weighted_n;
  if (left_out.size() == state.recipe.columns.size()) return scale * deviance_of_nothing(state, stop);
  const std::span<const double> weights = state.design.weights();
  ModelRows rows(state.matrix, state.mean, state.y, state.offset, state.used);
  const int intercept = state.recipe.intercept();
  const bool keeps_intercept =
      intercept >= 0 && std::find(left_out.begin(), left_out.end(), intercept) == left_out.end();
  rows.find_pivots(keeps_intercept ? intercept : -1, weights);
  rows.leave_out(left_out);
  const FittedModel fit = fit_model(rows, weights, options_of(state), {}, stop);
  if (!fit.converged) refuse_unsolved(state);
  return scale * fit.misfit.deviance;
}

}  // namespace v1
}  // namespace irosurvey
