// The coefficients of a model, and how they vary.

#include <cmath>
#include <string>
#include <vector>

#include "core/at.hpp"
#include "core/parallel.hpp"
#include "core/refuse.hpp"
#include "design/parts.hpp"
#include "estimate/regression_state.hpp"
#include "estimate/replicate_variance.hpp"
#include "estimate/residuals.hpp"
#include "estimate/score_fold.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Coefficients refitted with each replicate's weights.
void replicate_fit(RegressionState& state, StopSignal& stop) {
  const design::ReplicateSet& set = *state.design.parts().replicates;
  const std::span<const double> full = state.design.weights();
  FitOptions options = options_of(state);
  options.threads = 1;
  options.interrupt = nullptr;
  state.replicates.resize(state.rows->columns(), set.count());
  run_tasks(set.count(), state.query.threads, state.query.interrupt, stop, [&](Index r) {
    std::vector<double> weights(full.size());
    set.weights(r, full, weights);
    state.replicates.col(r) = refit_model(*state.rows, weights, state.fit.beta, options, stop).beta - state.fit.beta;
  });
}

std::string coefficient_name(const RegressionState& state, Eigen::Index k) {
  return state.recipe.columns[state.rows->active()[static_cast<std::size_t>(k)]].name;
}

void vary_by_replicates(RegressionState& state, StopSignal& stop) {
  replicate_fit(state, stop);
  const design::ReplicateSet& set = *state.design.parts().replicates;
  const Eigen::Index p = state.rows->columns();
  ReplicateVariance variance(set.rule(), p);
  for (Eigen::Index k = 0; k < p; ++k) {
    std::vector<double> changes(at(set.count()));
    Eigen::Map<VectorXd>(changes.data(), set.count()) = state.replicates.row(k);
    variance.set(k, changes, std::abs(state.fit.beta[k]), "coefficient " + coefficient_name(state, k));
  }
  const std::vector<double> found = variance.covariance();
  state.covariance = Eigen::Map<const MatrixXd>(found.data(), p, p);
  state.failed_replicates = variance.describe_failures();
}

}  // namespace

void solve(RegressionState& state, StopSignal& stop) {
  const std::span<const double> weights = state.design.weights();
  const bool linearized = state.design.replicates() == 0;
  state.rows.emplace(state.matrix, state.mean, state.y, state.offset, state.used);
  state.rows->find_pivots(state.recipe.intercept(), weights);
  FitOptions options = options_of(state);
  options.information = state.query.information;
  ScoreTargets scores;
  const bool at_solution = options.information == Information::solution || state.mean.is_linear();
  if (linearized && at_solution && !has_auxiliaries(state.design) &&
      UnitScores::fit(*state.layout, state.rows->row_count(), state.rows->columns())) {
    scores.units = &state.units.emplace(*state.layout, state.rows->columns());
  } else if (linearized) {
    state.scores.assign(weights.size(), 0.0);
    scores.rows = state.scores.data();
  }
  state.fit = fit_model(*state.rows, weights, options, scores, stop);
  if (!state.fit.converged) refuse_unsolved(state);
}

void vary(RegressionState& state, StopSignal& stop) {
  if (state.design.replicates() > 0) {
    vary_by_replicates(state, stop);
  } else {
    const int threads = state.query.threads;
    const MatrixXd of_scores =
        state.units ? variance_of_scores(state.design, *state.layout, *state.units, threads, state.query.interrupt)
                    : variance_of_scores(state.design, *state.layout, RowScores{&*state.rows, state.scores}, threads,
                                         state.query.interrupt);
    state.covariance = state.fit.inverse * of_scores * state.fit.inverse;
  }
  if (!state.query.vadjust) return;
  const auto n = static_cast<double>(state.summary.n);
  const auto p = static_cast<double>(state.rows->columns());
  if (n <= p) {
    refuse("vadjust", "more rows than coefficients", std::to_string(state.summary.n) + " rows",
           "Ask for the model without vadjust.");
  }
  state.adjustment = (n - 1.0) / (n - p);
  state.covariance *= state.adjustment;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
