#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "estimate/regression_state.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// Where the response is at an end of its range, and where it isn't.
struct Ends {
  Index rows = 0;
  Index low = 0;
  Index high = 0;
  double low_from = std::numeric_limits<double>::infinity();  ///< of the column, where the response is at the low end
  double low_to = -std::numeric_limits<double>::infinity();
  double high_from = std::numeric_limits<double>::infinity();  ///< where it isn't
  double high_to = -std::numeric_limits<double>::infinity();

  void add(double x, double y, bool binomial) {
    ++rows;
    if (y == 0.0) {
      ++low;
      low_from = std::min(low_from, x);
      low_to = std::max(low_to, x);
    } else {
      high += binomial && y == 1.0 ? 1 : 0;
      high_from = std::min(high_from, x);
      high_to = std::max(high_to, x);
    }
  }
};

std::string short_text(double value) {
  const LevelValue level = level_of(value);
  if (std::holds_alternative<Index>(level)) return to_text(level);
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

/// The model's rows with a weight.
template <class Visit>
void for_each_row(const RegressionState& state, const Visit& visit) {
  const std::span<const double> weights = state.design.weights();
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] != 0.0 && (state.used.empty() || state.used[row] != 0)) visit(row);
  }
}

/// 0 or 1 if the response is that in all of these rows; none: neither.
std::optional<std::string> constant_response(const Ends& ends) {
  if (ends.rows > 0 && ends.low == ends.rows) return "0";
  if (ends.rows > 0 && ends.high == ends.rows) return "1";
  return std::nullopt;
}

/// Levels of categorical columns, or combinations of their levels, in which the response is the same at the end of its range.
void constant_cells(const RegressionState& state, const std::vector<ModelFactor>& factors,
                    std::vector<std::string>& found) {
  std::vector<std::shared_ptr<const Factor>> columns;
  for (const ModelFactor& factor : factors) {
    columns.push_back(shared_factor(state.design.frame().column(factor.columns.at(0))));
  }
  std::map<std::vector<std::int32_t>, Ends> cells;
  std::vector<std::int32_t> cell(factors.size());
  for_each_row(state, [&](std::size_t row) {
    for (std::size_t i = 0; i < cell.size(); ++i) cell[i] = columns[i]->codes[row];
    if (*std::min_element(cell.begin(), cell.end()) < 0) return;
    cells[cell].add(0.0, state.y[row], state.mean.is_binomial());
  });
  for (const auto& [codes, ends] : cells) {
    const std::optional<std::string> constant = constant_response(ends);
    if (!constant) continue;
    std::string name;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const Level& level = columns[i]->levels[static_cast<std::size_t>(codes[i])];
      name += (i == 0 ? "" : ":") + factors[i].name + "[" + to_text(level.value) + "]";
    }
    found.push_back(name + ": the response is " + *constant + " in all of its " + std::to_string(ends.rows) + " rows");
  }
}

/// A column whose numbers tell the two ends of the response apart.
void separating_numbers(const RegressionState& state, std::size_t column, std::vector<std::string>& found) {
  Ends ends;
  double x = 0.0;
  for_each_row(state, [&](std::size_t row) {
    const auto which = static_cast<std::int32_t>(row);
    state.matrix.fill(column, &which, 0, 1, 0.0, &x);
    ends.add(x, state.y[row], state.mean.is_binomial());
  });
  if (ends.low == 0 || ends.low == ends.rows) return;
  const std::string& name = state.recipe.columns[column].name;
  if (ends.low_to <= ends.high_from) {
    found.push_back(name + ": the response is 0 wherever it is below " + short_text(ends.high_from));
  } else if (ends.high_to <= ends.low_from) {
    found.push_back(name + ": the response is 0 wherever it is above " + short_text(ends.high_to));
  }
}

/// Which terms let some fitted means run to the end of their range. Of products of factors only where no smaller term does.
std::vector<std::string> separating_terms(const RegressionState& state) {
  std::vector<std::string> found;
  std::size_t most_factors = 1;
  for (const ModelTerm& term : state.query.terms) most_factors = std::max(most_factors, term.factors.size());
  for (std::size_t size = 1; size <= most_factors && found.empty(); ++size) {
    for (const ModelTerm& term : state.query.terms) {
      const bool categorical = std::all_of(term.factors.begin(), term.factors.end(),
                                           [](const ModelFactor& factor) { return factor.categorical; });
      if (categorical && term.factors.size() == size) constant_cells(state, term.factors, found);
    }
    if (size > 1) continue;
    for (const std::size_t column : state.rows->active()) {
      const auto& parts = state.recipe.columns[column].parts;
      if (std::any_of(parts.begin(), parts.end(), [](const ModelPart& part) { return !part.level; })) {
        separating_numbers(state, column, found);
      }
    }
  }
  return found;
}

/// The columns that move η the most.
std::string separating_together(const RegressionState& state, std::size_t most) {
  std::vector<std::pair<double, std::string>> sizes;
  const Eigen::VectorXd beta = state.rows->back() * state.fit.beta;
  for (std::size_t k = 0; k < state.rows->active().size(); ++k) {
    const std::string& name = state.recipe.columns[state.rows->active()[k]].name;
    if (name != "Intercept") sizes.emplace_back(-std::abs(beta[static_cast<Eigen::Index>(k)]), name);
  }
  std::sort(sizes.begin(), sizes.end());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(most, sizes.size()); ++i) names.push_back(sizes[i].second);
  if (!state.query.offset.empty()) names.push_back("offset(" + state.query.offset + ")");
  std::string text = "fitted means at the end of their range";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? " by " : ", ") + names[i];
  return text + (names.size() > 1 ? " together" : "");
}

Ends ends_of_response(const RegressionState& state) {
  Ends all;
  for_each_row(state, [&](std::size_t row) { all.add(0.0, state.y[row], state.mean.is_binomial()); });
  return all;
}

}  // namespace

void refuse_unsolved(const RegressionState& state) {
  const bool at_the_end = state.fit.misfit.size > 0.0;
  ErrorDetails details{.subject = "the model of '" + state.query.response.column + "'",
                       .row = {},
                       .expected = "a solution within " + std::to_string(state.query.max_iterations) + " iterations",
                       .found = "none",
                       .remedy = "Ask for more iterations, or for another link or family.",
                       .candidates = {}};
  if (state.rows->columns() == 0) {
    details.expected = "a column that isn't 0 in all rows";
    details.remedy = "Look at the columns of the formula, and at `where`.";
  } else if (!at_the_end && state.fit.left_range && state.mean.is_linear()) {
    details.expected = "sums of squares that fit in double precision";
    details.found = "infinity";
    details.remedy = "Scale the columns or the weights nearer to 1.";
  } else if (!at_the_end && state.fit.left_range && state.query.offset.empty()) {
    details.expected = "coefficients that give every row a mean of the family '" +
                       std::string(name_of(state.mean.family)) + "', through the link '" +
                       std::string(name_of(state.mean.link)) + "'";
    details.remedy = state.mean.link == Link::log
                         ? "Look for columns or a response of great size."
                         : "Use the link 'log', which any coefficients fit, or another family.";
  } else if (!at_the_end && !state.query.offset.empty()) {
    details.remedy = "Look at '" + state.query.offset +
                     "': it is added to η as it is, which is the logarithm of a mean " +
                     "with a log link. Or ask for more iterations, or for another link or family.";
  }
  if (!at_the_end) throw Error(ErrorCode::numerical, std::move(details));
  if (const std::optional<std::string> constant = constant_response(ends_of_response(state))) {
    details.expected = "a response that varies";
    details.found = *constant + " in all " + std::to_string(state.summary.n) + " rows";
    details.remedy = "Coefficients would be infinite: look at the response, and at `where`.";
    throw Error(ErrorCode::numerical, std::move(details));
  }
  details.expected = "a response that its terms don't separate";
  details.found.clear();
  constexpr std::size_t kShown = 6;
  const std::vector<std::string> causes = separating_terms(state);
  for (std::size_t i = 0; i < std::min(kShown, causes.size()); ++i) details.found += (i == 0 ? "" : "; ") + causes[i];
  if (causes.size() > kShown) details.found += "; and " + std::to_string(causes.size() - kShown) + " more";
  if (causes.empty()) details.found = separating_together(state, kShown);
  details.remedy =
      "Coefficients would be infinite: merge the level with another, leave the term out, or take the rows out of the "
      "domain.";
  throw Error(ErrorCode::numerical, std::move(details));
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
