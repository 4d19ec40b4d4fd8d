#include "irosurvey/estimate/regression.hpp"

#include <algorithm>
#include <utility>

#include "core/at.hpp"
#include "core/nan.hpp"
#include "core/refuse.hpp"
#include "estimate/model_kernels.hpp"
#include "estimate/plan.hpp"
#include "estimate/regression_state.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace estimation;

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

  void add(const FirstLook& later) {
    if (refused < 0) refused = later.refused;
    has_weights_of_0 |= later.has_weights_of_0;
  }
};

FirstLook look_at_rows(const RegressionState& state, StopSignal& stop) {
  const std::span<const double> weights = state.design.weights();
  const MeanModel mean = state.mean;
  const bool any_response = mean.family == Family::gaussian;
  return sum_rows<FirstLook>(state, stop, [&](Index first, Index past) {
    FirstLook found;
    if (all_nonzero(&weights[at(first)], past - first) &&
        (any_response || mean.admits_all(&state.y[at(first)], past - first))) {
      return found;
    }
    for (Index row = first; row < past; ++row) {
      if (weights[at(row)] == 0.0) {
        found.has_weights_of_0 = true;
        continue;
      }
      if (any_response || found.refused >= 0 || mean.admits(state.y[at(row)])) continue;
      if (state.used.empty() || state.used[at(row)] != 0) found.refused = row;
    }
    return found;
  });
}

/// Rows whose levels count: a level that only rows of weight 0 have is no level.
Presence counted_rows(const RegressionState& state, bool has_weights_of_0) {
  Presence counted = state.used;
  if (!has_weights_of_0) return counted;
  const std::span<const double> weights = state.design.weights();
  if (counted.empty()) counted.assign(weights.size(), 1);
  for (std::size_t i = 0; i < counted.size(); ++i) counted[i] &= static_cast<std::uint8_t>(weights[i] != 0.0);
  return counted;
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

}  // namespace

FitOptions estimation::options_of(const RegressionState& state) {
  const bool as_glm = state.query.information == Information::last_step;
  const double own_mean = state.summary.weighted_n / static_cast<double>(state.summary.n);
  return {.max_iterations = state.query.max_iterations,
          .threads = state.query.threads,
          .interrupt = &state.query.interrupt,
          .mean_weight = as_glm ? mean_weight_of_domain(state) : own_mean,
          .total_weight = state.summary.weighted_n};
}

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

  state->recipe = make_recipe(design.frame(), query.terms, counted_rows(*state, look.has_weights_of_0));
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

}  // namespace v1
}  // namespace irosurvey
