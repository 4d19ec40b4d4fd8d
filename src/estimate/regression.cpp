#include "irosurvey/estimate/regression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/parallel.hpp"
#include "design/parts.hpp"
#include "estimate/model_kernels.hpp"
#include "estimate/plan.hpp"
#include "estimate/regression_state.hpp"
#include "estimate/replicate_variance.hpp"
#include "estimate/residuals.hpp"
#include "estimate/score_fold.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace estimation;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

[[noreturn]] void refuse(std::string subject, std::string expected, std::string found, std::string remedy = {},
                         std::optional<Index> row = {}) {
  throw Error(ErrorCode::argument, {.subject = std::move(subject),
                                    .row = row,
                                    .expected = std::move(expected),
                                    .found = std::move(found),
                                    .remedy = std::move(remedy),
                                    .candidates = {}});
}

// ---------------------------------------------------------------------------------------------------- rows

/// The rows that the model is fitted to: in the domain, and missing nothing.
Presence used_rows(const RegressionState& state) {
  const std::optional<Mask>& where = state.query.where;
  if (!state.known) return where ? *where : Presence{};
  Presence used = *state.known;
  for (std::size_t row = 0; where && row < used.size(); ++row) {
    used[row] = static_cast<std::uint8_t>(used[row] != 0 && (*where)[row] != 0);
  }
  return used;
}

/// A query about the model's rows alone: their number, their weight, the degrees of freedom, and every choice behind these.
struct Base {
  Design design;
  Query query;
};

Base base_of(const RegressionState& state) {
  Base base{state.design, {}};
  Query& query = base.query;
  query.df = state.query.df;
  query.missing = state.query.missing;
  query.design_effect = false;
  query.threads = state.query.threads;
  query.interrupt = state.query.interrupt;
  query.where = state.query.where;
  if (state.known && query.missing == MissingRule::listwise) {
    const std::string name(1, '\0');
    std::vector<double> values(state.known->size(), 1.0);
    for (std::size_t row = 0; row < values.size(); ++row) {
      if ((*state.known)[row] == 0) values[row] = kNaN;
    }
    base.design =
        state.design.with_frame(state.design.frame().with_column(Column::of_numbers(name, std::move(values))));
    query.statistics.push_back(statistic(T(name)));
    return base;
  }
  if (!state.used.empty()) query.where = state.used;
  query.statistics.push_back(statistic(T(1)));
  return base;
}

void check_query(const RegressionState& state) {
  const RegressionQuery& query = state.query;
  const Index rows = state.design.frame().rows();
  if (query.where && static_cast<Index>(query.where->size()) != rows) {
    refuse("where", "one value for each of the " + std::to_string(rows) + " rows", std::to_string(query.where->size()));
  }
  if (query.max_iterations < 1) refuse("max_iterations", "at least 1", std::to_string(query.max_iterations));
  if (!query.response.within.empty()) {
    refuse("the response", "a column", "one within a domain", "Name the domain in `where`.");
  }
  const Link link = state.mean.link;
  const bool of_shares = link == Link::logit || link == Link::probit || link == Link::cloglog || link == Link::cauchit;
  if (of_shares && !state.mean.is_binomial()) {
    refuse("link '" + std::string(name_of(link)) + "'", "a binomial family",
           "'" + std::string(name_of(state.mean.family)) + "'");
  }
}

void read_response(RegressionState& state) {
  const Frame& frame = state.design.frame();
  const Variable& response = state.query.response;
  const Column& column = frame.column(response.column);
  if (!response.levels) {
    state.kept.push_back(numbers(column));
    state.y = state.kept.back().values();
  } else {
    const Factor& factor = *shared_factor(column);
    std::vector<std::uint8_t> success(factor.levels.size(), 0);
    for (const LevelValue& wanted : *response.levels) {
      const auto found = std::find_if(factor.levels.begin(), factor.levels.end(),
                                      [&](const Level& level) { return same_level(level.value, wanted); });
      if (found == factor.levels.end()) refuse("levels of '" + response.column + "'", "levels it has", to_text(wanted));
      success[at(found - factor.levels.begin())] = 1;
    }
    state.own_response.resize(factor.codes.size());
    for (std::size_t row = 0; row < factor.codes.size(); ++row) {
      const std::int32_t code = factor.codes[row];
      state.own_response[row] = code < 0 ? kNaN : success[static_cast<std::size_t>(code)];
    }
    state.y = state.own_response;
  }
  if (state.query.offset.empty()) return;
  state.kept.push_back(numbers(frame.column(state.query.offset)));
  state.offset = state.kept.back().values();
}

/// What a look at all rows tells before any is computed with.
struct FirstLook {
  Index refused = -1;             ///< first row whose response isn't one of the family
  bool has_weights_of_0 = false;  ///< in the model or not
};

FirstLook look_at_rows(const RegressionState& state, StopSignal& stop) {
  const std::span<const double> weights = state.design.weights();
  const MeanModel mean = state.mean;
  const bool any_response = mean.family == Family::gaussian;
  const auto rows = static_cast<Index>(weights.size());
  constexpr Index kRowsPerPart = 65'536;
  const Index parts = std::clamp<Index>(rows / kRowsPerPart, 1, 16);
  std::vector<FirstLook> looks(at(parts));
  run_tasks(parts, state.query.threads, state.query.interrupt, stop, [&](Index part) {
    FirstLook own;
    const Index first = rows * part / parts;
    const Index past = rows * (part + 1) / parts;
    if (all_nonzero(&weights[at(first)], past - first) &&
        (any_response || mean.admits_all(&state.y[at(first)], past - first))) {
      return;
    }
    for (Index row = first; row < past; ++row) {
      if (weights[at(row)] == 0.0) {
        own.has_weights_of_0 = true;
        continue;
      }
      if (any_response || own.refused >= 0 || mean.admits(state.y[at(row)])) continue;
      if (state.used.empty() || state.used[at(row)] != 0) own.refused = row;
    }
    looks[at(part)] = own;
  });
  FirstLook all;
  for (const FirstLook& one : looks) {
    if (all.refused < 0) all.refused = one.refused;
    all.has_weights_of_0 |= one.has_weights_of_0;
  }
  return all;
}

void check_response(const RegressionState& state, Index refused) {
  if (refused < 0) return;
  refuse(
      "the response '" + state.query.response.column + "' of family '" + std::string(name_of(state.mean.family)) + "'",
      state.mean.admitted(), std::to_string(state.y[at(refused)]), {}, refused);
}

/// What R's glm divides weights by before it begins: their mean over the domain, rows that miss a variable among them.
double mean_weight_of_domain(const RegressionState& state) {
  const std::optional<Mask>& where = state.query.where;
  double sum = 0.0;
  Index rows = 0;
  for (std::size_t row = 0; row < state.design.weights().size(); ++row) {
    if (where && (*where)[row] == 0) continue;
    sum += state.design.weights()[row];
    ++rows;
  }
  return sum / static_cast<double>(rows);
}

FitOptions options_of(const RegressionState& state) {
  const bool as_glm = state.query.information == Information::last_step;
  const double own_mean = state.summary.weighted_n / static_cast<double>(state.summary.n);
  return {.max_iterations = state.query.max_iterations,
          .threads = state.query.threads,
          .interrupt = &state.query.interrupt,
          .mean_weight = as_glm ? mean_weight_of_domain(state) : own_mean,
          .total_weight = state.summary.weighted_n};
}

// ---------------------------------------------------------------------------------------------------- how well it fits

/// Sums over the rows from which the deviance of a constant mean follows.
struct ResponseSums {
  double weight = 0.0;
  double first = 0.0;      ///< Σ w (y − c)
  double second = 0.0;     ///< Σ w (y − c)²
  double saturated = 0.0;  ///< Σ w of what the deviance has of y alone
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
  const auto rows = static_cast<Index>(state.y.size());
  constexpr Index kRowsPerPart = 65'536;
  const Index parts = std::clamp<Index>(rows / kRowsPerPart, 1, 16);
  std::vector<ResponseSums> sums(at(parts));
  run_tasks(parts, state.query.threads, state.query.interrupt, stop, [&](Index part) {
    ResponseSums own;
    const Index first = rows * part / parts;
    const Index past = rows * (part + 1) / parts;
    const bool nothing_saturated = state.mean.family == Family::gaussian ||
                                   (state.mean.is_binomial() && all_zero_or_one(&state.y[at(first)], past - first));
    if (state.used.empty() && nothing_saturated) {
      double moments[3] = {};
      add_moments(&weights[at(first)], &state.y[at(first)], centre, past - first, moments);
      sums[at(part)] = {.weight = moments[0], .first = moments[1], .second = moments[2]};
      return;
    }
    for (Index row = first; row < past; ++row) {
      const double w = weights[at(row)];
      if (w == 0.0 || !(state.used.empty() || state.used[at(row)] != 0)) continue;
      const double y = state.y[at(row)] - centre;
      own.weight += w;
      own.first += w * y;
      own.second += w * y * y;
      if (state.mean.family != Family::gaussian) own.saturated += w * saturated_part(state.mean, state.y[at(row)]);
    }
    sums[at(part)] = own;
  });
  ResponseSums all;
  for (const ResponseSums& one : sums) {
    all.weight += one.weight;
    all.first += one.first;
    all.second += one.second;
    all.saturated += one.saturated;
  }
  return all;
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

double null_deviance(const RegressionState& state, StopSignal& stop) {
  const std::span<const double> weights = state.design.weights();
  const FitOptions options = options_of(state);
  if (state.summary.has_intercept && state.offset.empty()) {
    const double centre = state.rows->centre();
    const ResponseSums sums = sum_response(state, centre, stop);
    return deviance_of_mean(state.mean, sums, centre);
  }
  BoundMatrix ones;
  ones.columns.emplace_back();
  ModelRows rows(ones, state.mean, state.y, state.offset, state.used);
  if (!state.summary.has_intercept) {
    const VectorXd zero = VectorXd::Zero(1);
    return rows
        .sum({.weights = weights,
              .beta = &zero,
              .with_misfit = true,
              .threads = options.threads,
              .interrupt = options.interrupt},
             stop)
        .misfit.deviance;
  }
  rows.find_pivots(0, weights);
  return fit_model(rows, weights, options, {}, stop).misfit.deviance;
}

// ---------------------------------------------------------------------------------------------------- the fit

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

// ---------------------------------------------------------------------------------------------------- what is told

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

void check_weights(const RegressionState& state) {
  const double mean = state.summary.weighted_n / static_cast<double>(state.summary.n);
  if (mean >= kLeastToSquare && mean <= 1.0 / kLeastToSquare) return;
  refuse("the weights", "a mean between 1e-150 and 1e150", "another", "Scale the weights nearer to 1.");
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

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// The same for a reader: of many names the first.
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

/// What a column multiplies, for a reader: the label of a level, or that of the column.
std::string label_of(const ModelColumn& column, const Frame& frame) {
  if (column.parts.size() != 1) return {};
  const ModelPart& part = column.parts.front();
  return part.level ? part.level->label : frame.column(part.column).notes().label;
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

}  // namespace

// ---------------------------------------------------------------------------------------------------- the model

std::vector<double> estimation::scores_of(const RegressionState& state, StopSignal& stop) {
  if (!state.units) return state.scores;
  std::vector<double> scores(state.y.size(), 0.0);
  ModelRows::Pass pass;
  pass.weights = state.design.weights();
  pass.beta = &state.fit.scored_at;
  pass.scores = scores.data();
  pass.threads = state.query.threads;
  pass.interrupt = &state.query.interrupt;
  static_cast<void>(state.rows->sum(pass, stop));
  return scores;
}

Regression::Regression(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Regression Regression::fit(const Design& design, const RegressionQuery& query) {
  const auto state = std::make_shared<State>(design, query);
  state->mean = {query.family, query.link.value_or(canonical_link(query.family))};
  check_query(*state);
  state->known = known_rows(design.frame(), query.terms, {query.response.column, query.offset});
  state->used = used_rows(*state);
  read_response(*state);
  StopSignal stop;
  const FirstLook look = look_at_rows(*state, stop);
  check_response(*state, look.refused);

  const Base base = base_of(*state);
  Estimate found = estimate(base.design, base.query);
  const EstimateRow& row = found.rows.at(0);
  if (row.n == 0) {
    refuse("the model", "at least one row of the domain without a missing value", "none",
           "Look at missing values of the model's columns, and at `where`.");
  }
  state->layout = make_plan(base.design, base.query).layout;
  state->summary.family = state->mean.family;
  state->summary.link = state->mean.link;
  state->summary.n = row.n;
  state->summary.weighted_n = row.weighted_n;
  state->summary.design_df = row.df;
  state->coefficients.choices = std::move(found.choices);
  check_weights(*state);

  // A level that only rows of weight 0 have is no level.
  Presence counted = state->used;
  if (look.has_weights_of_0) {
    const std::span<const double> weights = design.weights();
    if (counted.empty()) counted.assign(weights.size(), 1);
    for (std::size_t i = 0; i < counted.size(); ++i) counted[i] &= static_cast<std::uint8_t>(weights[i] != 0.0);
  }
  state->recipe = make_recipe(design.frame(), query.terms, counted);
  state->matrix = bind(state->recipe, design.frame());
  solve(*state, stop);
  const auto p = static_cast<double>(state->rows->columns());
  state->summary.df = query.df_less_terms ? std::max(0.0, row.df + 1.0 - p) : row.df;
  summarize(*state, stop);
  vary(*state, stop);
  tell_coefficients(*state, row);
  add_choices(*state);
  return Regression(state);
}

const Estimate& Regression::coefficients() const noexcept { return state_->coefficients; }
const std::vector<RegressionTerm>& Regression::terms() const noexcept { return state_->terms; }
const RegressionSummary& Regression::summary() const noexcept { return state_->summary; }
const std::vector<double>& Regression::working_covariance() const noexcept { return state_->working_covariance; }

double Regression::deviance_without(std::span<const std::string> terms) const {
  const State& state = *state_;
  std::vector<int> out;
  for (const std::string& name : terms) {
    const auto found = std::find_if(state.terms.begin(), state.terms.end(),
                                    [&](const RegressionTerm& term) { return term.name == name; });
    if (found == state.terms.end()) {
      std::vector<std::string> names;
      for (const RegressionTerm& term : state.terms) names.push_back(term.name);
      refuse("term '" + name + "'", "one of " + joined(names), "another");
    }
    for (const Index k : found->coefficients) out.push_back(static_cast<int>(k));
  }
  const std::span<const double> weights = state.design.weights();
  ModelRows rows(state.matrix, state.mean, state.y, state.offset, state.used);
  const std::vector<std::size_t>& active = state.rows->active();
  std::vector<int> places;
  for (std::size_t k = 0; k < state.recipe.columns.size(); ++k) {
    const auto kept = std::find(active.begin(), active.end(), k);
    const auto place = static_cast<int>(kept - active.begin());
    if (kept == active.end() || std::find(out.begin(), out.end(), place) != out.end()) {
      places.push_back(static_cast<int>(k));
    }
  }
  StopSignal stop;
  const double scale = static_cast<double>(state.summary.n) / state.summary.weighted_n;
  const FitOptions options = options_of(state);
  if (places.size() == state.recipe.columns.size()) {
    BoundMatrix nothing;
    nothing.columns.push_back({BoundPart{nullptr, nullptr, -1, 0.0}});
    ModelRows none(nothing, state.mean, state.y, state.offset, state.used);
    const VectorXd zero = VectorXd::Zero(1);
    return scale * none.sum({.weights = weights,
                             .beta = &zero,
                             .with_misfit = true,
                             .threads = options.threads,
                             .interrupt = options.interrupt},
                            stop)
                       .misfit.deviance;
  }
  const int intercept = state.recipe.intercept();
  const bool keeps_intercept = intercept >= 0 && std::find(places.begin(), places.end(), intercept) == places.end();
  rows.find_pivots(keeps_intercept ? intercept : -1, weights);
  rows.leave_out(places);
  const FittedModel fit = fit_model(rows, weights, options, {}, stop);
  if (!fit.converged) refuse_unsolved(state);
  return scale * fit.misfit.deviance;
}

}  // namespace v1
}  // namespace irosurvey
