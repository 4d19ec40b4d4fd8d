#pragma once

#include <Eigen/Dense>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

/// s of every row of the data at the solution, of a design without replicates.
[[nodiscard]] std::vector<double> scores_of(const RegressionState& state, StopSignal& stop);

/// Why the model wasn't found, by name.
[[noreturn]] void refuse_unsolved(const RegressionState& state);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
