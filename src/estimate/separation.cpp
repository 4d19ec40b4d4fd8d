#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

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

/// Levels of a categorical column in which the response is the same at the end of its range.
void constant_levels(const RegressionState& state, const std::string& name, const std::string& column,
                     std::vector<std::string>& found) {
  const Factor& factor = *shared_factor(state.design.frame().column(column));
  std::vector<Ends> ends(factor.levels.size());
  for_each_row(state, [&](std::size_t row) {
    if (factor.codes[row] >= 0) {
      ends[static_cast<std::size_t>(factor.codes[row])].add(0.0, state.y[row], state.mean.is_binomial());
    }
  });
  for (std::size_t level = 0; level < ends.size(); ++level) {
    const Ends& here = ends[level];
    if (here.rows == 0 || (here.low != here.rows && here.high != here.rows)) continue;
    found.push_back(name + "[" + to_text(factor.levels[level].value) + "]: the response is " +
                    (here.low == here.rows ? "0" : "1") + " in all of its " + std::to_string(here.rows) + " rows");
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

/// Which terms let some fitted means run to the end of their range.
std::vector<std::string> separating_terms(const RegressionState& state) {
  std::vector<std::string> found;
  for (const auto& term : state.query.terms) {
    for (const ModelFactor& factor : term.factors) {
      if (factor.categorical && term.factors.size() == 1) {
        constant_levels(state, factor.name, factor.columns.at(0), found);
      }
    }
  }
  for (const std::size_t column : state.rows->active()) {
    const auto& parts = state.recipe.columns[column].parts;
    if (std::any_of(parts.begin(), parts.end(), [](const ModelPart& part) { return !part.level; })) {
      separating_numbers(state, column, found);
    }
  }
  return found;
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
  if (!at_the_end) throw Error(ErrorCode::numerical, std::move(details));
  details.expected = "a response that its terms don't separate";
  details.found.clear();
  constexpr std::size_t kShown = 6;
  const std::vector<std::string> causes = separating_terms(state);
  for (std::size_t i = 0; i < std::min(kShown, causes.size()); ++i) details.found += (i == 0 ? "" : "; ") + causes[i];
  if (causes.size() > kShown) details.found += "; and " + std::to_string(causes.size() - kShown) + " more";
  if (causes.empty()) {
    // No term alone: those that move η the most do it together.
    std::vector<std::pair<double, std::string>> sizes;
    const Eigen::VectorXd beta = state.rows->back() * state.fit.beta;
    for (std::size_t k = 0; k < state.rows->active().size(); ++k) {
      const std::string& name = state.recipe.columns[state.rows->active()[k]].name;
      if (name != "Intercept") sizes.emplace_back(-std::abs(beta[static_cast<Eigen::Index>(k)]), name);
    }
    std::sort(sizes.begin(), sizes.end());
    details.found = "fitted means of 0 or 1 by";
    for (std::size_t i = 0; i < std::min(kShown, sizes.size()); ++i) {
      details.found += (i == 0 ? " " : ", ") + sizes[i].second;
    }
    details.found += " together";
  }
  details.remedy =
      "Coefficients would be infinite: merge the level with another, leave the term out, or take the rows out of the "
      "domain.";
  throw Error(ErrorCode::numerical, std::move(details));
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
