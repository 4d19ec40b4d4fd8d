#include "irosurvey/estimate/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "core/names.hpp"
#include "core/nan.hpp"
#include "design/parts.hpp"
#include "estimate/adjustment_choices.hpp"
#include "estimate/plan.hpp"
#include "estimate/replication.hpp"
#include "estimate/residuals.hpp"
#include "estimate/share_centres.hpp"
#include "estimate/totals.hpp"
#include "estimate/vary.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace estimation;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr NamedValue<MissingRule> kMissingRules[] = {{MissingRule::domain, "domain"},
                                                     {MissingRule::listwise, "listwise"}};
constexpr NamedValue<DfRule> kDfRules[] = {
    {DfRule::design, "design"},           {DfRule::domain_strata, "domain-strata"},
    {DfRule::full_design, "full-design"}, {DfRule::infinite, "infinite"},
    {DfRule::n_minus_1, "n-1"},
};

/// Degrees of freedom of a domain by the rule of the query.
double degrees_of_freedom(const DegreesOfFreedomChoice& choice, const UnitCounts& domain, const UnitCounts& design,
                          Index n) {
  if (const auto* given = std::get_if<double>(&choice)) return *given;
  const auto not_below_zero = [](Index df) { return df > 0 ? static_cast<double>(df) : 0.0; };
  switch (std::get<DfRule>(choice)) {
    case DfRule::design: return not_below_zero(domain.units - domain.strata);
    case DfRule::domain_strata: return not_below_zero(domain.strata_units - domain.strata);
    case DfRule::full_design: return not_below_zero(design.units - design.strata);
    case DfRule::infinite: return kInfinity;
    case DfRule::n_minus_1: return not_below_zero(n - 1);
  }
  return 0.0;
}

std::string df_text(const DegreesOfFreedomChoice& choice) {
  const auto* rule = std::get_if<DfRule>(&choice);
  return rule != nullptr ? std::string(name_of(*rule)) : to_text(level_of(std::get<double>(choice))) + " (given)";
}

/// The rule for singletons, with the strata that it merged; those of stages that add nothing don't matter.
std::string singleton_text(const Design& design, const design::Layout& layout) {
  std::string merged;
  for (Index s = 0; s < layout.depth(); ++s) {
    for (const std::string& name : layout.stages[static_cast<std::size_t>(s)].collapsed)
      merged += (merged.empty() ? "" : "; ") + name;
  }
  return std::string(name_of(design.spec().singleton)) + (merged.empty() ? "" : " (" + merged + ")");
}

std::string domain_singleton_text(const Design& design) {
  if (has_auxiliaries(design)) return "none: by their residuals, units without members vary too";
  return "rule (" + std::string(name_of(design.spec().singleton)) + ")";
}

std::vector<Choice> choices_of(const Design& design, const design::Layout& layout, const Query& query) {
  std::vector<Choice> choices = {{"variance", "Taylor linearization, totals of sampling units within strata"},
                                 {"singleton strata", singleton_text(design, layout)},
                                 {"missing values", std::string(name_of(query.missing))},
                                 {"degrees of freedom", df_text(query.df)}};
  if (design.spec().domain_singletons == DomainSingletons::rule) {
    choices.push_back({"singletons made by a domain", domain_singleton_text(design)});
  }
  add_adjustments(design, choices);
  return choices;
}

template <class Store>
EstimateRow make_row(const Plan& plan, const Query& query, std::size_t statistic, Index cell, const Evaluated& at,
                     const Totals<Store>& totals) {
  const PlannedStatistic& planned = plan.statistics[statistic];
  const auto base = static_cast<std::size_t>(cell * plan.group_count() + planned.group);
  EstimateRow row;
  row.statistic = static_cast<Index>(statistic);
  row.cell = cell;
  row.status = at.status;
  row.value = at.value;
  row.variance = at.status == Status::ok ? variance_of(plan, planned, cell, at, totals.variance) : kNaN;
  row.srs_variance =
      at.status == Status::ok && query.design_effect ? srs_variance_of(plan, planned, cell, at, totals) : kNaN;
  row.n = totals.n[base];
  row.weighted_n = totals.totals[static_cast<std::size_t>(cell * plan.slot_count() + planned.group)];
  row.units = totals.counts[base].units;
  row.strata = totals.counts[base].strata;
  row.df = degrees_of_freedom(query.df, totals.counts[base], totals.design, row.n);
  return row;
}

template <class Store>
Estimate answer(const Design& design, const Query& query, Plan& plan, const Totals<Store>& totals) {
  Estimate result;
  result.by = query.by;
  result.cells = plan.cells;
  result.choices = choices_of(design, *plan.layout, query);
  const std::vector<Evaluated> evaluated = evaluate(plan, totals);
  for (std::size_t s = 0; s < plan.statistics.size(); ++s) {
    const PlannedStatistic& planned = plan.statistics[s];
    Index n = 0;
    for (Index cell = 0; cell < plan.cell_count(); ++cell) {
      const Evaluated& at = evaluated[s * plan.cells.size() + static_cast<std::size_t>(cell)];
      result.rows.push_back(make_row(plan, query, s, cell, at, totals));
      n += result.rows.back().n;
    }
    EstimatedStatistic about = planned.about;
    about.df = degrees_of_freedom(query.df, totals.whole[static_cast<std::size_t>(planned.group)], totals.design, n);
    result.statistics.push_back(std::move(about));
  }
  if constexpr (std::is_same_v<Store, FullCovariance>)
    result.covariance = covariance_of(plan, evaluated, totals.variance);
  return result;
}

/// Weights that meet totals of auxiliaries: what varies is what is left of a variable without them.
Estimate answer_by_residuals(const Design& design, const Query& query, Plan& plan) {
  const auto totals = accumulate<VarianceFold>(design, plan, query);
  Estimate result = answer(design, query, plan, totals);
  ResidualVariances residual = residual_variances(design, plan, query, evaluate(plan, totals));
  for (std::size_t row = 0; row < result.rows.size(); ++row) result.rows[row].variance = residual.variances[row];
  result.covariance = std::move(residual.covariance);
  return result;
}

/// All covariances need a matrix: better refused than run out of memory.
void check_covariance_size(const Plan& plan) {
  constexpr double kMostBytes = 4e9;
  const double totals = static_cast<double>(plan.cell_count()) * plan.slot_count();
  if (totals * totals * sizeof(double) <= kMostBytes) return;
  throw Error(ErrorCode::argument,
              {.subject = "covariance between " + std::to_string(plan.cell_count()) + " groups",
               .row = {},
               .expected = "a matrix of at most 4 GB",
               .found = std::to_string(static_cast<Index>(totals * totals * sizeof(double) / 1e9)) + " GB",
               .remedy = "Ask without covariance (variances are always there), or for fewer groups at a time.",
               .candidates = {}});
}

}  // namespace

std::string_view name_of(MissingRule rule) noexcept { return name_in(kMissingRules, rule); }
MissingRule missing_rule(std::string_view name) { return value_in(kMissingRules, "missing", name); }
std::string_view name_of(DfRule rule) noexcept { return name_in(kDfRules, rule); }
DfRule df_rule(std::string_view name) { return value_in(kDfRules, "df", name); }

double Estimate::standard_error(Index row) const { return std::sqrt(rows[static_cast<std::size_t>(row)].variance); }

double Estimate::cv(Index row) const {
  const double value = rows[static_cast<std::size_t>(row)].value;
  return value == 0.0 ? kNaN : standard_error(row) / std::abs(value);
}

double Estimate::design_effect(Index row, DesignEffectReference reference) const {
  const EstimateRow& at = rows[static_cast<std::size_t>(row)];
  const double sampled = reference == DesignEffectReference::wr ? 0.0 : static_cast<double>(at.n) / at.weighted_n;
  const double srs = at.srs_variance * (1.0 - sampled);
  return srs > 0.0 ? at.variance / srs : kNaN;
}

double Estimate::effective_n(Index row) const {
  return static_cast<double>(rows[static_cast<std::size_t>(row)].n) / design_effect(row);
}

Estimate estimation::estimate_from_units(const Sampling& sampling, const Query& query, Plan& plan,
                                         const SourceMaker& units) {
  StopSignal stop;
  Sampling named = sampling;
  named.domain_name = domain_namer(plan, query);
  const SourceMaker centred = about_shares(plan, units);
  if (!query.covariance) {
    return answer(sampling.design, query, plan, fold_units<VarianceFold>(named, plan.shape(), centred, stop));
  }
  check_covariance_size(plan);
  return answer(sampling.design, query, plan, fold_units<CovarianceFold>(named, plan.shape(), centred, stop));
}

Estimate estimate(const Design& design, const Query& query) {
  Plan plan = make_plan(design, query);
  const bool one_estimate = plan.statistics.size() * plan.cells.size() == 1;
  if (query.covariance && !one_estimate) check_covariance_size(plan);
  if (design.replicates() > 0) {
    Estimate result = estimate_by_replicates(design, query, plan);
    add_adjustments(design, result.choices);
    return result;
  }
  if (has_auxiliaries(design)) return answer_by_residuals(design, query, plan);
  if (!query.covariance || one_estimate) {
    Estimate result = answer(design, query, plan, accumulate<VarianceFold>(design, plan, query));
    if (query.covariance) result.covariance = {result.rows[0].variance};
    return result;
  }
  return answer(design, query, plan, accumulate<CovarianceFold>(design, plan, query));
}

}  // namespace v1
}  // namespace irosurvey
