#include "irosurvey/estimate/spread.hpp"

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/at.hpp"
#include "core/names.hpp"
#include "core/nan.hpp"
#include "estimate/plan.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using estimation::Plan;

constexpr NamedValue<Spread> kKinds[] = {{Spread::variance, "variance"},
                                         {Spread::sd, "sd"},
                                         {Spread::covariance, "covariance"},
                                         {Spread::correlation, "correlation"},
                                         {Spread::geometric_mean, "geometric mean"}};

bool takes_two(Spread kind) { return kind == Spread::covariance || kind == Spread::correlation; }

void check_variables(Spread kind, std::span<const std::vector<std::string>> variables) {
  const std::size_t wanted = takes_two(kind) ? 2 : 1;
  const auto refuse = [&](const std::string& expected, std::size_t found) {
    throw Error(ErrorCode::argument, {.subject = "variables of " + std::string(name_of(kind)),
                                      .row = {},
                                      .expected = expected,
                                      .found = std::to_string(found),
                                      .remedy = {},
                                      .candidates = {}});
  };
  if (variables.empty()) refuse("at least one", 0);
  for (const std::vector<std::string>& columns : variables) {
    if (columns.size() != wanted) refuse(wanted == 1 ? "one column" : "two columns", columns.size());
  }
}

/// Columns of deviations and of their products, added to a design's frame under names that it doesn't have.
class Deviations {
 public:
  Deviations(const Design& design, std::span<const std::vector<std::string>> variables, Query about)
      : frame_(design.frame()), weights_(design.weights()), means_(std::move(about)) {
    std::set<std::string> columns;
    for (const std::vector<std::string>& some : variables) columns.insert(some.begin(), some.end());
    means_.statistics.clear();
    means_.design_effect = false;
    for (const std::string& column : columns) means_.statistics.push_back(mean(column));
    plan_ = estimation::make_plan(design, means_);
    Index place = 0;
    for (const std::string& column : columns) place_.emplace(column, place++);
  }

  [[nodiscard]] const Frame& frame() const { return frame_; }

  /// y less the middle of its cell.
  std::string deviation(const std::string& column) {
    return derived(column, "deviation of " + column, [&](Index row, double y) { return y - middle(column, row); });
  }

  std::string product(const std::string& x, const std::string& y) {
    const std::span<const double> others = values_of(y);
    return derived(x, "product of " + x + " and " + y, [&](Index row, double value) {
      return (value - middle(x, row)) * (others[at(row)] - middle(y, row));
    });
  }

  std::string logarithm(const std::string& column) {
    return derived(column, "log of " + column, [&](Index row, double y) {
      if (y > 0.0) return std::log(y);
      if (weights_[at(row)] == 0.0) return 0.0;
      throw Error(ErrorCode::numerical, {.subject = "geometric mean of '" + column + "'",
                                         .row = row,
                                         .expected = "a number above 0",
                                         .found = to_text(level_of(y)),
                                         .remedy = "Leave the row out: where = \"" + column + " > 0\".",
                                         .candidates = {}});
    });
  }

 private:
  [[nodiscard]] const estimation::PlannedStatistic& statistic_of(const std::string& column) const {
    return plan_.statistics[at(place_.at(column))];
  }

  std::span<const double> values_of(const std::string& column) {
    kept_.push_back(numbers(frame_.column(column)));
    return kept_.back().values();
  }

  /// The pivot that the engine took from a few rows of the cell: near the mean, and exactly it for a constant.
  [[nodiscard]] double middle(const std::string& column, Index row) const {
    const estimation::SlotOrigin& slot = plan_.slots[at(statistic_of(column).program.slots().back())];
    const int pivot = plan_.numeric[at(slot.moment)].pivot;
    return plan_.pivots[at(Index{plan_.cell_of(row)} * plan_.pivot_count + pivot)];
  }

  /// A column of a function of rows in a cell; 0 outside, missing where `column` is.
  template <class Function>
  std::string derived(const std::string& column, std::string name, const Function& function) {
    const auto known = names_.find(name);
    if (known != names_.end()) return known->second;
    std::string own = name;
    while (frame_.has(own)) own += "'";
    const std::span<const double> values = values_of(column);
    std::vector<double> made(values.size(), 0.0);
    for (Index row = 0; row < static_cast<Index>(values.size()); ++row) {
      const double value = values[at(row)];
      if (std::isnan(value)) {
        made[at(row)] = kNaN;
      } else if (plan_.cell_of(row) >= 0) {
        made[at(row)] = function(row, value);
      }
    }
    frame_ = frame_.with_column(Column::of_numbers(own, std::move(made)));
    names_.emplace(std::move(name), own);
    return own;
  }

  Frame frame_;
  std::span<const double> weights_;
  Query means_;
  Plan plan_;
  std::map<std::string, Index> place_;
  std::vector<Numbers> kept_;
  std::map<std::string, std::string> names_;
};

Expr mean_of(const std::string& column) { return T(column) / T(1); }

/// Σ w (x − x̄)(y − ȳ) / Σ w.
Expr central_product(Deviations& data, const std::string& x, const std::string& y) {
  const Expr product = mean_of(x < y ? data.product(x, y) : data.product(y, x));
  if (x == y) return product - pow(mean_of(data.deviation(x)), 2.0);
  return product - mean_of(data.deviation(x)) * mean_of(data.deviation(y));
}

Expr expression_of(Spread kind, Deviations& data, const std::vector<std::string>& columns) {
  const std::string& x = columns.front();
  const std::string& y = columns.back();
  switch (kind) {
    case Spread::variance:
    case Spread::covariance: return central_product(data, x, y);
    case Spread::sd: return sqrt(central_product(data, x, x));
    case Spread::correlation:
      return central_product(data, x, y) / sqrt(central_product(data, x, x) * central_product(data, y, y));
    case Spread::geometric_mean: return exp(mean_of(data.logarithm(x)));
  }
  return {0.0};
}

/// What a row is multiplied by: n/(n − 1) in variances and covariances, its root in standard deviations.
double correction(Spread kind, Index n) {
  if (kind == Spread::correlation || kind == Spread::geometric_mean) return 1.0;
  const double ratio = static_cast<double>(n) / static_cast<double>(n - 1);
  return kind == Spread::sd ? std::sqrt(ratio) : ratio;
}

void correct(Spread kind, Estimate& estimate) {
  const std::size_t size = estimate.rows.size();
  for (std::size_t i = 0; i < size; ++i) {
    EstimateRow& row = estimate.rows[i];
    if (row.status == Status::ok && row.n == 1 && kind != Spread::geometric_mean) row.status = Status::undefined;
    const double factor = row.status == Status::ok ? correction(kind, row.n) : kNaN;
    row.value *= factor;
    row.variance *= factor * factor;
    row.srs_variance *= factor * factor;
    for (std::size_t j = 0; j < size && !estimate.covariance.empty(); ++j) {
      estimate.covariance[i * size + j] *= factor;
      estimate.covariance[j * size + i] *= factor;
    }
  }
}

std::string formula_of(Spread kind, const std::vector<std::string>& columns) {
  return std::string(name_of(kind)) + "(" + columns.front() + (columns.size() > 1 ? ", " + columns.back() : "") + ")";
}

}  // namespace

std::string_view name_of(Spread kind) noexcept { return name_in(kKinds, kind); }
Spread spread_kind(std::string_view name) { return value_in(kKinds, "statistic", name); }

Estimate spreads(const Design& design, Spread kind, std::span<const std::vector<std::string>> variables,
                 const Query& about) {
  check_variables(kind, variables);
  Deviations data(design, variables, about);
  Query query = about;
  query.statistics.clear();
  for (const std::vector<std::string>& columns : variables) {
    query.statistics.push_back(statistic(expression_of(kind, data, columns), std::string(name_of(kind))));
    query.statistics.back().formula = formula_of(kind, columns);
  }
  Estimate result = estimate(design.with_frame(data.frame()), query);
  for (std::size_t s = 0; s < result.statistics.size(); ++s) {
    EstimatedStatistic& statistic = result.statistics[s];
    statistic.variables = variables[s];
    statistic.label = design.frame().column(variables[s].front()).notes().label;
  }
  correct(kind, result);
  if (kind == Spread::variance || kind == Spread::sd || kind == Spread::covariance) {
    result.choices.push_back({"divisor", "n - 1: the weighted mean square times n/(n - 1), n the rows of the base"});
  }
  return result;
}

}  // namespace v1
}  // namespace irosurvey
