#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "estimate/model_rows.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// How a model is solved.
struct FitOptions {
  int max_iterations = 50;
  int threads = 0;
  const Interrupt* interrupt = nullptr;
  double mean_weight = 1.0;                         ///< what weights are relative to where iterations begin
  double total_weight = 1.0;                        ///< of the model's rows
  Information information = Information::solution;  ///< which A, and which s
};

/// Where the scores of a solution go; null: nowhere.
struct ScoreTargets {
  double* rows = nullptr;       ///< s of every row of the model
  UnitScores* units = nullptr;  ///< totals of s x by sampling unit
};

/// What solving a model gives.
struct FittedModel {
  Eigen::VectorXd beta;       ///< in working coordinates
  Eigen::VectorXd scored_at;  ///< β of A and of the scores: `beta`, or a step before it that is too small to matter
  Eigen::MatrixXd inverse;    ///< A⁻¹ there
  Misfit misfit;              ///< Σ w …
  int iterations = 0;
  bool converged = false;
  bool left_range = false;  ///< where it ended, some row had no mean that the family knows
};

/// Fisher scoring: A δ = u until δ is far below every coefficient's standard error. Leaves out of `rows` the columns that those
/// before them determine. A step that leaves the range of the mean, or makes the fit worse, is halved.
/// @param scores  of the solution; under Information::last_step those of rows alone
[[nodiscard]] FittedModel fit_model(ModelRows& rows, std::span<const double> weights, const FitOptions& options,
                                    const ScoreTargets& scores, StopSignal& stop);

/// The same from a solution nearby, without leaving columns out. Not converged: NaN.
[[nodiscard]] FittedModel refit_model(const ModelRows& rows, std::span<const double> weights,
                                      const Eigen::VectorXd& start, const FitOptions& options, StopSignal& stop);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
