#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "core/at.hpp"
#include "core/nan.hpp"
#include "design/parts.hpp"
#include "estimate/adjustment_choices.hpp"
#include "estimate/quantile_tables.hpp"
#include "estimate/replicate_freedom.hpp"
#include "estimate/replicate_totals.hpp"
#include "estimate/replicate_variance.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// So many that rows are summed by bucket in the quickest way, and sums by cell, bucket and replicate stay small.
Index most_splitters(const Design& design, Index cells) {
  constexpr Index kMost = 47;  // 95 buckets
  constexpr Index kMostSums = Index{1} << 23;
  return std::clamp<Index>((kMostSums / (std::max<Index>(1, cells) * design.replicates()) - 1) / 2, 0, kMost);
}

/// Weight of a row under a replicate.
class ReplicateWeight {
 public:
  ReplicateWeight(const Design& design, Index replicate) : set_(*design.parts().replicates), full_(design.weights()) {
    if (set_.has_columns()) {
      column_ = set_.column(replicate);
    } else {
      factors_ = set_.by_unit().factors.data() + replicate;
    }
  }

  [[nodiscard]] double operator()(Index row) const {
    if (factors_ != nullptr) return full_[at(row)] * factors_[set_.by_unit().unit_of_row[at(row)] * set_.count()];
    return set_.columns_are_factors() ? full_[at(row)] * column_[at(row)] : column_[at(row)];
  }

 private:
  const design::ReplicateSet& set_;
  std::span<const double> full_;
  std::span<const double> column_;
  const double* factors_ = nullptr;
};

/// Weight by bucket under every replicate: a cross-tab of buckets and cells, summed like any other.
class BucketTotals {
 public:
  BucketTotals(const Design& design, QuantileTables& tables, const QuantileQuestion& question, const Query& query)
      : coded_(with_codes(design, question,
                          [&](std::size_t v, const std::string& name) {
                            return tables.of(v).buckets(name, {query.threads, query.interrupt});
                          })),
        shares_(query) {
    shares_.statistics.clear();
    shares_.design_effect = false;
    for (const std::string& name : coded_.names) shares_.statistics.push_back(proportion(name));
    plan_ = make_plan(coded_.design, shares_);
    totals_ = std::make_unique<ReplicateTotals>(replicate_totals(coded_.design, plan_, shares_));
    for (std::size_t v = 0; v < question.variables.size(); ++v) {
      slots_.emplace_back();
      for (const PlannedStatistic& statistic : plan_.statistics) {
        if (statistic.about.question != static_cast<Index>(v)) continue;
        slots_[v].push_back(statistic.program.slots().back());  // those of bases come first
        group_.resize(v + 1, statistic.group);
      }
    }
  }

  /// Of one cell under one replicate, by bucket.
  void of(std::size_t variable, Index cell, Index replicate, std::span<double> buckets) const {
    for (std::size_t b = 0; b < buckets.size(); ++b) {
      buckets[b] = totals_->of_replicates(cell * plan_.slot_count() + slots_[variable][b])[at(replicate)];
    }
  }

  [[nodiscard]] Index n(std::size_t variable, Index cell) const {
    return totals_->n[at(cell * plan_.group_count() + group_[variable])];
  }
  [[nodiscard]] double weighted_n(std::size_t variable, Index cell) const {
    return totals_->totals[at(cell * plan_.slot_count() + group_[variable])];
  }

 private:
  CodedDesign coded_;
  Query shares_;
  Plan plan_;
  std::unique_ptr<ReplicateTotals> totals_;
  std::vector<std::vector<int>> slots_;  ///< by variable, by bucket
  std::vector<int> group_;
};

/// θ_r of every probability in one cell, by probability and replicate.
std::vector<double> replicates_of(const Design& design, const QuantileQuestion& question, const BucketTotals& totals,
                                  std::size_t variable, OrderedCells& cells, Index cell) {
  const bool monotone = !design.parts().replicates->has_negative();
  ValueOrder& order = cells.order(cell);
  std::vector<double> buckets(at(order.buckets()));
  std::vector<double> found(question.probs.size() * at(design.replicates()));
  for (Index r = 0; r < design.replicates(); ++r) {
    totals.of(variable, cell, r, buckets);
    const ReplicateWeight weight(design, r);
    CumulatedWeights cumulated(
        order, buckets, [&](std::int32_t place) { return weight(cells.row(cell, place)); }, monotone);
    for (std::size_t p = 0; p < question.probs.size(); ++p) {
      found[p * at(design.replicates()) + at(r)] = cumulated.quantile(question.probs[p], question.rule);
    }
  }
  return found;
}

std::string name_of_row(const Estimate& result, const EstimateRow& row) {
  std::string name = result.statistics[at(row.statistic)].formula;
  const std::vector<Level>& levels = result.cells[at(row.cell)];
  for (std::size_t i = 0; i < levels.size(); ++i) {
    name += (i == 0 ? " in " : ", ") + result.by[i] + " = " + to_text(levels[i]);
  }
  return name;
}

void require_replicates(const Design& design) {
  if (design.replicates() > 0) return;
  throw Error(ErrorCode::argument, {.subject = "quantiles of replicates",
                                    .row = {},
                                    .expected = "a design with replicates",
                                    .found = "one without",
                                    .remedy = "Make them first (with_replicates), or ask for another interval.",
                                    .candidates = {}});
}

}  // namespace

Estimate replicated_quantiles(const Design& design, const QuantileQuestion& question, const Query& query) {
  require_replicates(design);
  constexpr Index kPlenty = 1'000'000;
  Index groups = 1;
  for (const std::string& name : query.by) {
    const auto levels = static_cast<Index>(shared_factor(design.frame().column(name))->levels.size());
    groups = std::min(kPlenty, groups * std::max<Index>(1, levels));
  }
  QuantileTables tables(design, question, query, most_splitters(design, groups));
  const BucketTotals totals(design, tables, question, query);
  const Index cells = tables.cells();
  const auto probs = static_cast<Index>(question.probs.size());
  const auto count = at(design.replicates());
  const std::vector<double> full = tables.quantiles(question, query);
  std::vector<std::vector<double>> replicates(question.variables.size() * at(cells));
  StopSignal stop;
  run_tasks(static_cast<Index>(replicates.size()), query.threads, query.interrupt, stop, [&](Index task) {
    const auto variable = at(task / cells);
    replicates[at(task)] = replicates_of(design, question, totals, variable, tables.of(variable), task % cells);
  });

  const ReplicateFreedom freedom(design, query.df);
  ReplicateVariance variance(design.parts().replicates->rule(), question.statistics() * cells);
  Estimate result;
  result.by = query.by;
  result.cells = tables.plan().cells;
  result.statistics = statistics_about(design, question);
  for (Index s = 0; s < question.statistics(); ++s) {
    Index n = 0;
    for (Index cell = 0; cell < cells; ++cell) {
      const auto number = static_cast<Index>(result.rows.size());
      EstimateRow row;
      row.statistic = s;
      row.cell = cell;
      row.value = full[at(number)];
      row.variance = row.srs_variance = kNaN;
      row.n = totals.n(at(s / probs), cell);
      row.weighted_n = totals.weighted_n(at(s / probs), cell);
      row.df = freedom.of(row.n);
      row.status = row.n == 0 ? Status::empty : std::isnan(row.value) ? Status::undefined : Status::ok;
      if (row.status == Status::ok) {
        std::span<double> changes =
            std::span(replicates[at(s / probs * cells + cell)]).subspan(at(s % probs) * count, count);
        for (double& change : changes) change -= row.value;
        variance.set(number, changes, 0.0, name_of_row(result, row));
        row.variance = variance.variance(number);
      }
      n += row.n;
      result.rows.push_back(row);
    }
    result.statistics[at(s)].df = freedom.of(n);
  }
  if (query.covariance) result.covariance = variance.covariance();
  result.choices = {{"variance", design.parts().replicates->describe()},
                    {"missing values", std::string(name_of(query.missing))},
                    {"failed replicates", variance.describe_failures()},
                    {"degrees of freedom", freedom.describe()}};
  add_adjustments(design, result.choices);
  return result;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
