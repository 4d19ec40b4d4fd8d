#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "core/nan.hpp"
#include "core/refuse.hpp"
#include "estimate/program.hpp"
#include "estimate/vary.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A function of some rows of an estimate: its value, and its derivatives with respect to those rows, which are the
/// weights of its linear part.
struct Combination {
  double value = 0.0;
  std::vector<std::size_t> rows;
  std::vector<double> weights;
};

Error no_covariance() {
  return {ErrorCode::argument,
          {.subject = "combinations of estimates",
           .row = {},
           .expected = "an estimate with the covariance between its rows",
           .found = "variances alone",
           .remedy = "Ask the same question with covariance = true, all statistics in one query.",
           .candidates = {}}};
}

// ---------------------------------------------------------------------------------------------------- what is combined

Combination linear(const Estimate& estimate, std::span<const double> weights, const std::string& name) {
  Combination result;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (!std::isfinite(weights[row])) {
      refuse("combination '" + name + "'", "weights that are numbers",
             std::isnan(weights[row]) ? "a missing one" : "an infinite one");
    }
    if (weights[row] == 0.0) continue;
    result.rows.push_back(row);
    result.weights.push_back(weights[row]);
    result.value += weights[row] * estimate.rows[row].value;
  }
  if (result.rows.empty()) refuse("combination '" + name + "'", "at least one weight that isn't 0", "none");
  return result;
}

/// Leaves have to be rows that are there.
void check_leaves(const Expr& expr, const std::string& name, Index rows) {
  if (expr.kind() == Expr::Kind::total) {
    refuse("combination '" + name + "'", "rows of the estimate, not totals of columns", expr.text());
  }
  if (expr.kind() == Expr::Kind::row && (expr.row() < 0 || expr.row() >= rows)) {
    refuse("combination '" + name + "'", "a row from 0 to " + std::to_string(rows - 1), std::to_string(expr.row()));
  }
  for (const Expr& operand : expr.operands()) check_leaves(operand, name, rows);
}

Combination nonlinear(const Estimate& estimate, const Expr& expr, const std::string& name) {
  check_leaves(expr, name, static_cast<Index>(estimate.rows.size()));
  estimation::Program program(expr, {});
  if (program.slots().empty()) refuse("combination '" + name + "'", "at least one row of the estimate", expr.text());
  std::vector<double> values;
  for (const EstimateRow& row : estimate.rows) values.push_back(row.value);
  Combination result;
  result.weights.resize(program.slots().size());
  result.value = program.evaluate(values, {}, result.weights);
  result.rows.assign(program.slots().begin(), program.slots().end());
  return result;
}

// ---------------------------------------------------------------------------------------------------- what comes of it

/// A sum, and the size of the terms that may cancel in it.
struct SizedSum {
  double value = 0.0;
  double size = 0.0;
};

SizedSum covariance_between(const Estimate& estimate, const Combination& a, const Combination& b) {
  SizedSum sum;
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    for (std::size_t j = 0; j < b.rows.size(); ++j) {
      const double covariance = estimate.covariance[a.rows[i] * estimate.rows.size() + b.rows[j]];
      sum.value += a.weights[i] * b.weights[j] * covariance;
      sum.size += std::abs(a.weights[i] * b.weights[j] * covariance);
    }
  }
  return sum;
}

/// Whether all that is combined has a variance; quantiles without degrees of freedom have none.
bool has_variance(const Estimate& estimate, const Combination& combination) {
  return std::none_of(combination.rows.begin(), combination.rows.end(),
                      [&](std::size_t row) { return std::isnan(estimate.rows[row].variance); });
}

/// Bases of a combination: those of the groups that it draws on, together. Statistics of one group share rows, which are
/// counted once: the largest of their bases. Groups share no rows, but units and strata: how many hold members of any of
/// several groups can't be told from their numbers.
void add_bases(const Estimate& estimate, const Combination& combination, EstimateRow& result) {
  std::map<Index, EstimateRow> of_cell;
  for (const std::size_t which : combination.rows) {
    const EstimateRow& row = estimate.rows[which];
    EstimateRow& most = of_cell[row.cell];
    most.n = std::max(most.n, row.n);
    most.weighted_n = std::max(most.weighted_n, row.weighted_n);
    most.units = std::max(most.units, row.units);
    most.strata = std::max(most.strata, row.strata);
  }
  for (const auto& [cell, base] : of_cell) {
    result.n += base.n;
    result.weighted_n += base.weighted_n;
    result.units = of_cell.size() == 1 ? base.units : 0;
    result.strata = of_cell.size() == 1 ? base.strata : 0;
  }
}

/// The row of a combination, its variance apart. Degrees of freedom: the least of the whole domains that it draws on.
EstimateRow row_of(const Estimate& estimate, const Combination& combination) {
  EstimateRow result;
  result.value = combination.value;
  result.srs_variance = kNaN;
  result.df = kInfinity;
  bool finite = std::isfinite(combination.value);
  for (const double weight : combination.weights) finite &= std::isfinite(weight);
  if (!finite) result.status = Status::undefined;
  for (const std::size_t which : combination.rows) {
    const EstimateRow& row = estimate.rows[which];
    if (row.status != Status::ok) result.status = row.status;
    result.df = std::min(result.df, estimate.statistics[static_cast<std::size_t>(row.statistic)].df);
  }
  add_bases(estimate, combination, result);
  if (result.status != Status::ok) result.value = kNaN;
  return result;
}

/// The covariance of two rows. What doesn't vary has none with anything: what is left would be rounding. Where a variance
/// isn't known, the covariance isn't either.
double covariance_of(const Estimate& estimate, const Combination& a, const Combination& b, double variance_a,
                     double variance_b) {
  if (std::isnan(variance_a) || std::isnan(variance_b)) return kNaN;
  if (variance_a == 0.0 || variance_b == 0.0) return 0.0;
  return covariance_between(estimate, a, b).value;
}

/// L V L′
void add_covariances(const Estimate& estimate, const std::vector<Combination>& combinations, Estimate& result) {
  const std::size_t size = combinations.size();
  result.covariance.assign(size * size, kNaN);
  for (std::size_t a = 0; a < size; ++a) {
    if (result.rows[a].status != Status::ok) continue;
    result.covariance[a * size + a] = result.rows[a].variance;
    for (std::size_t b = 0; b < a; ++b) {
      if (result.rows[b].status != Status::ok) continue;
      const double covariance =
          covariance_of(estimate, combinations[a], combinations[b], result.rows[a].variance, result.rows[b].variance);
      result.covariance[a * size + b] = result.covariance[b * size + a] = covariance;
    }
  }
}

Estimate combined(const Estimate& estimate, const std::vector<Combination>& combinations,
                  const std::vector<std::string>& names, const std::vector<std::string>& formulas) {
  Estimate result;
  result.cells.emplace_back();
  result.choices = estimate.choices;
  for (std::size_t c = 0; c < combinations.size(); ++c) {
    EstimateRow row = row_of(estimate, combinations[c]);
    row.statistic = static_cast<Index>(c);
    row.variance = kNaN;
    if (row.status == Status::ok && has_variance(estimate, combinations[c])) {
      const SizedSum variance = covariance_between(estimate, combinations[c], combinations[c]);
      row.variance = estimation::settled_variance(variance.value, variance.size, names[c]);
    }
    EstimatedStatistic about;
    about.name = names[c];
    about.formula = formulas[c];
    about.df = row.df;
    about.question = static_cast<Index>(c);
    result.statistics.push_back(std::move(about));
    result.rows.push_back(row);
  }
  add_covariances(estimate, combinations, result);
  return result;
}

}  // namespace

Estimate linear_combinations(const Estimate& estimate, const std::vector<double>& weights,
                             const std::vector<std::string>& names) {
  const std::size_t rows = estimate.rows.size();
  if (estimate.covariance.empty()) throw no_covariance();
  if (weights.size() != names.size() * rows) {
    refuse("weights of linear combinations", std::to_string(names.size()) + " × " + std::to_string(rows) + " numbers",
           std::to_string(weights.size()));
  }
  std::vector<Combination> combinations;
  for (std::size_t c = 0; c < names.size(); ++c) {
    combinations.push_back(linear(estimate, std::span(weights).subspan(c * rows, rows), names[c]));
  }
  return combined(estimate, combinations, names, names);
}

Estimate nonlinear_combinations(const Estimate& estimate, const std::vector<Expr>& expressions,
                                const std::vector<std::string>& names) {
  if (estimate.covariance.empty()) throw no_covariance();
  if (expressions.size() != names.size()) {
    refuse("names of combinations", std::to_string(expressions.size()), std::to_string(names.size()));
  }
  std::vector<Combination> combinations;
  std::vector<std::string> formulas;
  for (std::size_t c = 0; c < names.size(); ++c) {
    combinations.push_back(nonlinear(estimate, expressions[c], names[c]));
    formulas.push_back(expressions[c].text());
  }
  return combined(estimate, combinations, names, formulas);
}

}  // namespace v1
}  // namespace irosurvey
