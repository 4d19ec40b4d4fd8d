// What is told of a fitted model: its summary, its coefficients, and the choices behind them.

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "core/at.hpp"
#include "core/nan.hpp"
#include "core/refuse.hpp"
#include "estimate/regression_state.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kLeastToSquare = 1e-150;  // what a double can square, and sum

/// Refuses a column that was left out because its squares are 0 in double precision, not the column itself.
void check_left_out(const RegressionState& state, std::size_t column) {
  const auto rows = static_cast<Index>(state.y.size());
  double largest = 0.0;
  for (Index row = 0; row < rows; ++row) {
    if (state.design.weights()[at(row)] == 0.0 || !state.rows->is_used(row)) continue;
    const auto which = static_cast<std::int32_t>(row);
    double x = 0.0;
    state.matrix.fill(column, &which, 0, 1, 0.0, &x);
    largest = std::max(largest, std::abs(x));
    if (largest >= kLeastToSquare) return;
  }
  if (largest == 0.0) return;
  refuse(state.recipe.columns[column].name, "numbers whose squares a double can hold", "none above 1e-150",
         "Scale the column nearer to 1.");
}

/// Factors of one level, which is nothing beside the intercept: no column of the model is theirs.
std::vector<std::string> factors_of_one_level(const RegressionState& state) {
  std::vector<std::string> names;
  for (const ModelTerm& term : state.query.terms) {
    for (const ModelFactor& factor : term.factors) {
      if (!factor.categorical) continue;
      const std::vector<Level>& levels = state.recipe.levels.at(factor.columns.at(0)).levels;
      const bool stands =
          std::any_of(state.recipe.columns.begin(), state.recipe.columns.end(), [&](const ModelColumn& column) {
            return std::any_of(column.parts.begin(), column.parts.end(), [&](const ModelPart& part) {
              return part.level && part.column == factor.columns.at(0);
            });
          });
      if (levels.size() > 1 || stands) continue;
      const std::string name = factor.name + "[" + to_text(levels.at(0).value) + "]";
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

/// Names for a reader: of many the first.
std::string shown(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 8;
  if (names.size() <= kMost) return joined(names);
  return joined({names.begin(), names.begin() + kMost}) + " and " + std::to_string(names.size() - kMost) + " more";
}

/// Which levels of a response count as 1.
std::string success_of(const RegressionState& state) {
  std::vector<std::string> names;
  for (const LevelValue& level : *state.query.response.levels) names.push_back(to_text(level));
  return "1 for " + shown(names) + ", 0 for what is left";
}

/// What a column multiplies, for a reader: the label of a level, or that of the column.
std::string label_of(const ModelColumn& column, const Frame& frame) {
  if (column.parts.size() != 1) return {};
  const ModelPart& part = column.parts.front();
  return part.level ? part.level->label : frame.column(part.column).notes().label;
}

}  // namespace

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void check_weights(const RegressionState& state) {
  const double mean = state.summary.weighted_n / static_cast<double>(state.summary.n);
  if (mean >= kLeastToSquare && mean <= 1.0 / kLeastToSquare) return;
  refuse("the weights", "a mean between 1e-150 and 1e150", "another", "Scale the weights nearer to 1.");
}

void summarize(RegressionState& state, StopSignal& stop) {
  RegressionSummary& summary = state.summary;
  const double scale = static_cast<double>(summary.n) / summary.weighted_n;
  const auto n = static_cast<double>(summary.n);
  const auto p = static_cast<double>(state.rows->columns());
  summary.has_intercept = state.recipe.intercept() >= 0;
  summary.deviance = state.fit.misfit.deviance * scale;
  summary.null_deviance = null_deviance(state, stop) * scale;
  summary.dispersion = n > p ? state.fit.misfit.pearson / summary.weighted_n * n / (n - p) : kNaN;
  summary.r2 = summary.null_deviance > 0.0 ? 1.0 - summary.deviance / summary.null_deviance : kNaN;
  summary.iterations = state.fit.iterations;
  summary.aliased = factors_of_one_level(state);
  const std::vector<std::size_t>& active = state.rows->active();
  for (std::size_t k = 0; k < state.recipe.columns.size(); ++k) {
    if (std::find(active.begin(), active.end(), k) == active.end()) {
      check_left_out(state, k);
      summary.aliased.push_back(state.recipe.columns[k].name);
    }
  }
  summary.empty_levels = state.recipe.empty_levels;
}

void add_choices(RegressionState& state) {
  std::vector<Choice>& choices = state.coefficients.choices;
  const auto named = [&](std::string_view name) {
    return std::find_if(choices.begin(), choices.end(), [&](const Choice& choice) { return choice.name == name; });
  };
  if (state.design.replicates() > 0) {
    if (const auto variance = named("variance"); variance != choices.end()) {
      variance->value += ", the model refitted with each replicate";
    }
    if (const auto failed = named("failed replicates"); failed != choices.end())
      failed->value = state.failed_replicates;
  } else if (const auto variance = named("variance"); variance != choices.end()) {
    variance->value = "A⁻¹ V(scores) A⁻¹, V by totals of sampling units within strata";
  }
  if (const auto df = named("degrees of freedom"); df != choices.end() && state.query.df_less_terms) {
    df->value += " + 1 − p";
  }
  const RegressionSummary& summary = state.summary;
  choices.insert(choices.begin(),
                 {{"family", std::string(name_of(summary.family))}, {"link", std::string(name_of(summary.link))}});
  if (state.query.response.levels) choices.push_back({"response", success_of(state)});
  if (summary.n <= static_cast<Index>(state.rows->columns())) {
    choices.push_back({"fit", "as many coefficients as rows: nothing is left to vary, and standard errors are 0"});
  }
  if (!state.query.offset.empty()) choices.push_back({"offset", state.query.offset});
  if (state.query.information == Information::last_step && !state.mean.is_linear()) {
    choices.push_back({"information", "at the step before the solution (R's glm)"});
  }
  if (state.query.vadjust) choices.push_back({"variance adjustment", "(n − 1)/(n − p)"});
  if (!summary.aliased.empty()) {
    choices.push_back({"left out, since others determine them", shown(summary.aliased)});
  }
  if (!summary.empty_levels.empty()) choices.push_back({"levels without rows", shown(summary.empty_levels)});
}

void tell_coefficients(RegressionState& state, const EstimateRow& base) {
  const MatrixXd back = state.rows->back();
  const VectorXd beta = back * state.fit.beta + state.rows->shift();
  const MatrixXd covariance = back * state.covariance * back.transpose();
  const Eigen::Index p = beta.size();
  Estimate& told = state.coefficients;
  told.cells.assign(1, {});
  for (Eigen::Index k = 0; k < p; ++k) {
    const ModelColumn& column = state.recipe.columns[state.rows->active()[static_cast<std::size_t>(k)]];
    EstimateRow row = base;
    row.statistic = k;
    row.cell = 0;
    row.value = beta[k];
    row.variance = std::max(0.0, covariance(k, k));
    row.srs_variance = kNaN;
    row.df = state.summary.df;
    told.rows.push_back(row);
    told.statistics.push_back({.name = column.name,
                               .variables = {column.name},
                               .label = label_of(column, state.design.frame()),
                               .level = {},
                               .scale = Scale::other,
                               .formula = column.name,
                               .df = state.summary.df,
                               .question = k});
    const std::string term = state.query.terms[column.term].name();
    const auto known = std::find_if(state.terms.begin(), state.terms.end(),
                                    [&](const RegressionTerm& one) { return one.name == term; });
    if (known != state.terms.end()) {
      known->coefficients.push_back(k);
    } else {
      state.terms.push_back({term, {k}, column.parts.empty()});
    }
  }
  told.covariance.assign(static_cast<std::size_t>(p * p), 0.0);
  Eigen::Map<MatrixXd>(told.covariance.data(), p, p) = 0.5 * (covariance + covariance.transpose());
  const MatrixXd working =
      back * state.fit.inverse * back.transpose() * (state.summary.weighted_n / static_cast<double>(state.summary.n));
  state.working_covariance.assign(working.data(), working.data() + working.size());
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
