#include "estimate/replication.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/at.hpp"
#include "core/nan.hpp"
#include "design/parts.hpp"
#include "estimate/replicate_freedom.hpp"
#include "estimate/replicate_totals.hpp"
#include "estimate/replicate_variance.hpp"
#include "estimate/vary.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/replication.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

// ---------------------------------------------------------------------------------------------------- a query

std::string name_of_row(const Plan& plan, const PlannedStatistic& statistic, const Query& query, Index cell) {
  std::string name = statistic.about.formula;
  const std::vector<Level>& levels = plan.cells[at(cell)];
  for (std::size_t i = 0; i < levels.size(); ++i) {
    name += (i == 0 ? " in " : ", ") + query.by[i] + " = " + to_text(levels[i]);
  }
  return name;
}

/// θ_r − θ of one statistic in one cell, by replicate.
void changes_of(PlannedStatistic& statistic, const Plan& plan, Index cell, const ReplicateTotals& totals,
                std::span<double> changes) {
  const auto slots = static_cast<std::size_t>(plan.slot_count());
  const auto pivots = static_cast<std::size_t>(plan.pivot_count);
  const std::span<const double> full = std::span(totals.totals).subspan(at(cell) * slots, slots);
  const std::span<const double> of_cell = std::span(plan.pivots).subspan(at(cell) * pivots, pivots);
  std::vector<double> moved(slots, 0.0);
  for (std::size_t r = 0; r < changes.size(); ++r) {
    for (const int slot : statistic.program.slots()) {
      const auto s = static_cast<std::size_t>(slot);
      moved[s] = totals.of_replicates(cell * plan.slot_count() + slot)[r] - full[s];
    }
    changes[r] = statistic.program.change(full, moved, of_cell);
  }
}

/// The size of what was added up to get a value: |∂f/∂T| |T| over the slots.
double size_of(const PlannedStatistic& statistic, const Plan& plan, Index cell, const Evaluated& evaluated,
               const ReplicateTotals& totals) {
  double size = 0.0;
  const std::vector<int>& slots = statistic.program.slots();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    size += std::abs(evaluated.gradient[i] * totals.totals[at(cell * plan.slot_count() + slots[i])]);
  }
  return size;
}

/// Variance of logit p from the replicates of p: Σ over the changes of logit p, as of any other number.
/// @param changes  p_r − p
/// @param logits  scratch, as many
double logit_variance_of(const design::ReplicateRule& rule, double p, std::span<const double> changes,
                         std::span<double> logits, const std::string& name) {
  for (std::size_t r = 0; r < changes.size(); ++r) {
    // logit p_r − logit p, without the difference of two near logarithms.
    logits[r] = std::log1p(changes[r] / p) - std::log1p(-changes[r] / (1.0 - p));
    // A share of 0 or 1 under a replicate's weights; rounding may put it a digit outside.
    if (std::isfinite(changes[r]) && !std::isfinite(logits[r])) return std::numeric_limits<double>::infinity();
  }
  ReplicateVariance variance(rule, 1);
  variance.set(0, logits, 0.0, name);
  return variance.variance(0);
}

/// What the linearized path gives besides a variance, as it expects to find it.
Totals<CellVariances> as_totals(const Plan& plan, const ReplicateTotals& from) {
  Totals<CellVariances> totals(plan.shape());
  totals.totals = from.totals;
  totals.n = from.n;
  totals.products = from.products;
  return totals;
}

std::vector<Choice> choices_of(const Design& design, const ReplicateFreedom& freedom,
                               const ReplicateVariance& variance) {
  return {{"variance", design.parts().replicates->describe()},
          {"failed replicates", variance.describe_failures()},
          {"degrees of freedom", freedom.describe()}};
}

}  // namespace

Estimate estimate_by_replicates(const Design& design, const Query& query, Plan& plan, std::vector<double>* kept) {
  const ReplicateTotals replicates = replicate_totals(design, plan, query);
  const Totals<CellVariances> totals = as_totals(plan, replicates);
  const std::vector<Evaluated> evaluated = evaluate(plan, totals);
  const ReplicateFreedom freedom(design, query.df);
  ReplicateVariance variance(design.parts().replicates->rule(), static_cast<Index>(evaluated.size()));
  std::vector<double> changes(at(design.replicates()));
  std::vector<double> logits(changes.size());
  if (kept != nullptr) kept->assign(evaluated.size() * changes.size(), kNaN);
  Estimate result;
  result.by = query.by;
  result.cells = plan.cells;
  for (std::size_t s = 0; s < plan.statistics.size(); ++s) {
    PlannedStatistic& planned = plan.statistics[s];
    Index n = 0;
    for (Index cell = 0; cell < plan.cell_count(); ++cell) {
      const auto number = static_cast<Index>(result.rows.size());
      const Evaluated& here = evaluated[at(number)];
      EstimateRow row;
      row.statistic = static_cast<Index>(s);
      row.cell = cell;
      row.status = here.status;
      row.value = here.value;
      row.variance = row.srs_variance = kNaN;
      row.n = replicates.n[at(cell * plan.group_count() + planned.group)];
      row.weighted_n = replicates.totals[at(cell * plan.slot_count() + planned.group)];
      row.df = freedom.of(row.n);
      if (here.status == Status::ok) {
        changes_of(planned, plan, cell, replicates, changes);
        const bool has_logit = planned.about.scale == Scale::share && here.value > 0.0 && here.value < 1.0;
        if (has_logit) {
          row.logit_variance = logit_variance_of(design.parts().replicates->rule(), here.value, changes, logits,
                                                 name_of_row(plan, planned, query, cell));
        }
        if (kept != nullptr) {
          std::copy(changes.begin(), changes.end(),
                    kept->begin() + static_cast<std::ptrdiff_t>(at(number) * changes.size()));
        }
        variance.set(number, changes, size_of(planned, plan, cell, here, replicates),
                     name_of_row(plan, planned, query, cell));
        row.variance = variance.variance(number);
        // What doesn't vary has changes that are rounding alone.
        if (has_logit && row.variance == 0.0) row.logit_variance = 0.0;
        if (query.design_effect) row.srs_variance = srs_variance_of(plan, planned, cell, here, totals);
      }
      n += row.n;
      result.rows.push_back(row);
    }
    EstimatedStatistic about = planned.about;
    about.df = freedom.of(n);
    result.statistics.push_back(std::move(about));
  }
  if (query.covariance) result.covariance = variance.covariance();
  result.choices = choices_of(design, freedom, variance);
  result.choices.insert(result.choices.begin() + 1, {"missing values", std::string(name_of(query.missing))});
  return result;
}

}  // namespace estimation

// ---------------------------------------------------------------------------------------------------- any function

namespace {

using estimation::ReplicateVariance;

void check_replicates(const Design& design) {
  if (design.replicates() > 0) return;
  throw Error(ErrorCode::argument, {.subject = "replication of a function",
                                    .row = {},
                                    .expected = "a design with replicates",
                                    .found = "one without",
                                    .remedy = "Make them first: with_replicates.",
                                    .candidates = {}});
}

std::vector<double> numbers_from(const WeightFunction& function, std::span<const double> weights, std::size_t wanted) {
  std::vector<double> values = function(weights);
  if (values.size() == wanted) return values;
  throw Error(ErrorCode::argument, {.subject = "the function of weights",
                                    .row = {},
                                    .expected = std::to_string(wanted) + " numbers each time",
                                    .found = std::to_string(values.size()),
                                    .remedy = {},
                                    .candidates = {}});
}

void check_interrupt(const Interrupt& interrupt) {
  if (!interrupt || !interrupt()) return;
  throw Error(ErrorCode::interrupted, {.subject = "the computation",
                                       .row = {},
                                       .expected = {},
                                       .found = "it was asked to stop",
                                       .remedy = {},
                                       .candidates = {}});
}

/// The rows of positive weight, and the sum of their weights.
EstimateRow base_of(const Design& design) {
  EstimateRow row;
  for (const double w : design.weights()) {
    row.n += w > 0.0 ? 1 : 0;
    row.weighted_n += w;
  }
  return row;
}

}  // namespace

Estimate replicate(const Design& design, const WeightFunction& function, const std::vector<std::string>& names,
                   const Interrupt& interrupt) {
  check_replicates(design);
  if (names.empty()) {
    throw Error(ErrorCode::argument, {.subject = "the function of weights",
                                      .row = {},
                                      .expected = "at least one number",
                                      .found = "none",
                                      .remedy = {},
                                      .candidates = {}});
  }
  const design::ReplicateSet& set = *design.parts().replicates;
  const std::vector<double> full = numbers_from(function, design.weights(), names.size());
  const auto count = static_cast<std::size_t>(set.count());
  std::vector<double> changes(names.size() * count);
  std::vector<double> weights(design.weights().size());
  for (std::size_t r = 0; r < count; ++r) {
    check_interrupt(interrupt);
    set.weights(static_cast<Index>(r), design.weights(), weights);
    const std::vector<double> values = numbers_from(function, weights, names.size());
    for (std::size_t i = 0; i < names.size(); ++i) changes[i * count + r] = values[i] - full[i];
  }
  const DegreesOfFreedomChoice by_design = DfRule::design;
  const estimation::ReplicateFreedom freedom(design, by_design);
  ReplicateVariance variance(set.rule(), static_cast<Index>(names.size()));
  Estimate result;
  result.cells.emplace_back();
  for (std::size_t i = 0; i < names.size(); ++i) {
    EstimateRow row = base_of(design);
    row.statistic = static_cast<Index>(i);
    row.df = freedom.of(row.n);
    row.srs_variance = kNaN;
    row.status = std::isfinite(full[i]) ? Status::ok : Status::undefined;
    row.value = row.status == Status::ok ? full[i] : kNaN;
    row.variance = kNaN;
    if (row.status == Status::ok) {
      variance.set(row.statistic, std::span(changes).subspan(i * count, count), 0.0, names[i]);
      row.variance = variance.variance(row.statistic);
    }
    result.rows.push_back(row);
    EstimatedStatistic about;
    about.name = about.formula = names[i];
    about.df = row.df;
    result.statistics.push_back(std::move(about));
  }
  result.covariance = variance.covariance();
  result.choices = estimation::choices_of(design, freedom, variance);
  return result;
}

}  // namespace v1
}  // namespace irosurvey
