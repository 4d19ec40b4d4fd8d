#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/parallel.hpp"
#include "design/layout.hpp"
#include "estimate/model_fit.hpp"
#include "estimate/unit_scores.hpp"
#include "irosurvey/estimate/regression.hpp"

namespace irosurvey {
inline namespace v1 {

/// A fitted model with what it was fitted to. Made once, never changed.
struct Regression::State {
  State(Design of, RegressionQuery asked) : design(std::move(of)), query(std::move(asked)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Design design;
  RegressionQuery query;
  estimation::MeanModel mean;
  std::shared_ptr<const Presence> known;  ///< rows that miss nothing; null: all
  Presence used;                          ///< rows of the model, weight or not; empty: all
  std::shared_ptr<const design::Layout> layout;
  std::vector<double> own_response;
  std::vector<Numbers> kept;
  std::span<const double> y;
  std::span<const double> offset;
  estimation::ModelRecipe recipe;
  estimation::BoundMatrix matrix;
  std::optional<estimation::ModelRows> rows;
  estimation::FittedModel fit;
  std::optional<estimation::UnitScores> units;  ///< totals of s x; where they are kept, rows' scores aren't
  std::vector<double> scores;                   ///< s of every row; none if variances come from replicates
  double adjustment = 1.0;                      ///< what the covariance was multiplied by
  Eigen::MatrixXd covariance;                   ///< in working coordinates
  Eigen::MatrixXd replicates;     ///< β_r − β in working coordinates, a column each; NaN where there is none
  std::string failed_replicates;  ///< the choice of that name
  Estimate coefficients;
  std::vector<RegressionTerm> terms;
  RegressionSummary summary;
  std::vector<double> working_covariance;
};

namespace estimation {

using RegressionState = Regression::State;

/// Sums over the rows, by parts of them side by side: what `look(first, past)` finds is added up in the parts' order, so that
/// it is the same for any number of threads.
template <class Sums, class Look>
[[nodiscard]] Sums sum_rows(const RegressionState& state, StopSignal& stop, const Look& look) {
  constexpr Index kRowsPerPart = 65'536;
  const auto rows = static_cast<Index>(state.y.size());
  const Index parts = std::clamp<Index>(rows / kRowsPerPart, 1, 16);
  std::vector<Sums> found(static_cast<std::size_t>(parts));
  run_tasks(parts, state.query.threads, state.query.interrupt, stop, [&](Index part) {
    found[static_cast<std::size_t>(part)] = look(rows * part / parts, rows * (part + 1) / parts);
  });
  Sums all;
  for (const Sums& one : found) all.add(one);
  return all;
}

[[nodiscard]] FitOptions options_of(const RegressionState& state);

/// Finds the coefficients.
/// @throws Error(numerical) if there is no solution
void solve(RegressionState& state, StopSignal& stop);

/// Their covariance: by linearization, or by the model refitted with each replicate's weights.
void vary(RegressionState& state, StopSignal& stop);

/// The deviance of a constant mean, which a model without intercept hasn't: there it is that of η = offset.
[[nodiscard]] double null_deviance(const RegressionState& state, StopSignal& stop);

/// @throws Error(argument) for weights whose squares a double can't hold
void check_weights(const RegressionState& state);

/// What is told of a model that is solved: how well it fits, its coefficients in the columns' own scales, every choice.
void summarize(RegressionState& state, StopSignal& stop);
void tell_coefficients(RegressionState& state, const EstimateRow& base);
void add_choices(RegressionState& state);

/// The names, with commas between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& names);

/// s of every row of the data at the solution, of a design without replicates.
[[nodiscard]] std::vector<double> scores_of(const RegressionState& state, StopSignal& stop);

/// Why the model wasn't found, by name.
[[noreturn]] void refuse_unsolved(const RegressionState& state);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
