#include "estimate/replicate_totals.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "core/parallel.hpp"
#include "design/parts.hpp"
#include "estimate/row_block.hpp"
#include "estimate/weight_kernels.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

template <class T>
void add_to(std::vector<T>& into, const std::vector<T>& other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += other[i];
}

/// Parts of a whole: enough for some threads, few enough that their results stay small beside the data.
Index parts_of(Index size, Index smallest, Index numbers_each) {
  constexpr Index kMost = 32;
  constexpr Index kNumbers = 1 << 23;
  const Index most = std::clamp<Index>(kNumbers / std::max<Index>(1, numbers_each), 1, kMost);
  return std::clamp<Index>(size / smallest, 1, most);
}

Index numbers_of(const Plan& plan, Index replicates) {
  return plan.cell_count() * (plan.slot_count() * (replicates + 1) + plan.group_count() + plan.product_count());
}

// ---------------------------------------------------------------------------------------------------- columns of weights

/// Columns that are summed side by side, and where their sums go.
struct Columns {
  std::array<const double*, kSideBySide> weights{};  ///< of the block's rows
  double* sums = nullptr;                            ///< of the first column; those of a slot are neighbours
  Index stride = 1;                                  ///< from slot to slot
  int count = 0;                                     ///< columns that are there; the others repeat the last
};

using Sums = std::array<double, kSideBySide>;

constexpr Index kShortRun = 32;

bool is_block(const Run& run) { return run.side_by_side && run.end - run.begin >= kShortRun; }

void add(const Columns& columns, Index target, const Sums& sums) {
  double* const to = columns.sums + target * columns.stride;
  for (int c = 0; c < columns.count; ++c) to[c] += sums[at(c)];
}

/// Σ w over each run. `of_run` gives the slot (cell × slots + slot).
template <class Target>
void add_weights(const SortedRows& rows, const Columns& columns, const Target& of_run) {
  Sums sums{};
  for (const Run& run : rows.runs) {
    const std::int32_t* const order = rows.order.data() + run.begin;
    const Index n = run.end - run.begin;
    if (is_block(run)) {
      for (int c = 0; c < columns.count; ++c) sums[at(c)] = sum_of(columns.weights[at(c)] + order[0], n);
    } else {
      gathered_sums(columns.weights.data(), order, n, sums.data());
    }
    add(columns, of_run(run), sums);
  }
}

/// Σ w and Σ w z over each run.
template <class Target, class ValueTarget>
void add_weights_and_values(const SortedRows& rows, const std::vector<double>& values, const Columns& columns,
                            const Target& of_run, const ValueTarget& of_values) {
  Sums sums{};
  Sums dots{};
  for (const Run& run : rows.runs) {
    const std::int32_t* const order = rows.order.data() + run.begin;
    const double* const z = values.data() + run.begin;
    const Index n = run.end - run.begin;
    if (is_block(run)) {
      for (int c = 0; c < columns.count; ++c) {
        sums[at(c)] = sum_of(columns.weights[at(c)] + order[0], n);
        dots[at(c)] = dot_of(columns.weights[at(c)] + order[0], z, n);
      }
    } else {
      gathered_sums_and_dots(columns.weights.data(), order, z, n, sums.data(), dots.data());
    }
    of_run(run, sums);
    of_values(run, dots);
  }
}

/// Adds a block under some columns of weights.
void add_block(const Plan& plan, const RowBlock& block, const Columns& columns) {
  const Index slots = plan.slot_count();
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const GroupRows& group = block.groups()[g];
    const auto own_slot = [&](const Run& run) { return run.target * slots + static_cast<Index>(g); };
    if (group.values.empty()) add_weights(group.rows, columns, own_slot);
    for (std::size_t m = 0; m < group.values.size(); ++m) {
      const Index slot = plan.numeric[at(plan.groups[g].numeric[m])].slot;
      // The sums of weights come along with the first moment.
      add_weights_and_values(
          group.rows, group.values[m], columns,
          [&](const Run& run, const Sums& sums) {
            if (m == 0) add(columns, own_slot(run), sums);
          },
          [&](const Run& run, const Sums& dots) { add(columns, run.target * slots + slot, dots); });
    }
  }
  for (const SortedRows& coded : block.coded()) {
    add_weights(coded, columns, [](const Run& run) { return run.target; });
  }
}

/// The bases, and what spread within the domain is computed from: under the full weights only.
void add_bases(const Plan& plan, const RowBlock& block, const double* weights, ReplicateTotals& into) {
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const GroupRows& group = block.groups()[g];
    for (const Run& run : group.rows.runs) {
      Index n = 0;
      for (Index k = run.begin; k < run.end; ++k) n += weights[group.rows.order[at(k)]] > 0.0 ? 1 : 0;
      into.n[at(run.target * plan.group_count()) + g] += n;
      for (std::size_t p = 0; p < group.products.size(); ++p) {
        double sum = 0.0;
        for (Index k = run.begin; k < run.end; ++k) sum += weights[group.rows.order[at(k)]] * group.products[p][at(k)];
        into.products[at(run.target * plan.product_count() + plan.groups[g].products[p])] += sum;
      }
    }
  }
}

/// Some rows under some replicates.
class ColumnPass {
 public:
  ColumnPass(const Design& design, const Plan& plan)
      : design_(design), plan_(plan), set_(*design.parts().replicates), scaled_(at(RowBlock::kRows * kSideBySide)) {}

  /// @param with_full  whether these rows' totals under the full weights are wanted too
  void rows(Index begin, Index end, Index first, Index last, bool with_full, const StopSignal& stop,
            ReplicateTotals& into) {
    RowBlock block(plan_, with_full);
    for (Index row = begin; row < end; row += RowBlock::kRows) {
      stop.check();
      block.evaluate(row, std::min(end, row + RowBlock::kRows));
      if (with_full) {
        const double* const full = design_.weights().data() + row;
        add_bases(plan_, block, full, into);
        add_block(plan_, block, {{full, full, full, full}, into.totals.data(), 1, 1});
      }
      for (Index r = first; r < last; r += kSideBySide) add_block(plan_, block, columns(block, r, last, into));
    }
  }

 private:
  Columns columns(const RowBlock& block, Index first, Index last, ReplicateTotals& into) {
    Columns columns;
    columns.sums = into.replicates.data() + first;
    columns.stride = set_.count();
    columns.count = static_cast<int>(std::min<Index>(kSideBySide, last - first));
    for (int c = 0; c < kSideBySide; ++c) {
      const double* const weights = set_.column(first + std::min(c, columns.count - 1)).data() + block.begin();
      columns.weights[at(c)] = set_.columns_are_factors() ? times_full(weights, block, c) : weights;
    }
    return columns;
  }

  const double* times_full(const double* factors, const RowBlock& block, int place) {
    double* const product = scaled_.data() + place * RowBlock::kRows;
    const double* const full = design_.weights().data() + block.begin();
    for (Index i = 0; i < block.size(); ++i) product[i] = full[i] * factors[i];
    return product;
  }

  const Design& design_;
  const Plan& plan_;
  const design::ReplicateSet& set_;
  std::vector<double> scaled_;
};

/// Rows in parts; where totals are many and parts therefore few, replicates in parts as well.
ReplicateTotals totals_of_columns(const Design& design, const Plan& plan, const Query& query) {
  constexpr Index kRowsInPart = 16'384;
  constexpr Index kEnough = 8;
  const Index count = design.replicates();
  const Index rows = design.frame().rows();
  const Index parts = parts_of(rows, kRowsInPart, numbers_of(plan, count));
  const Index quads = (count + kSideBySide - 1) / kSideBySide;
  const Index ranges = rows < kRowsInPart ? 1 : std::clamp<Index>(kEnough / parts, 1, quads);
  std::vector<std::unique_ptr<ReplicateTotals>> results(at(parts));
  for (auto& result : results) result = std::make_unique<ReplicateTotals>(plan, count);
  StopSignal stop;
  run_tasks(parts * ranges, query.threads, query.interrupt, stop, [&](Index task) {
    const Index part = task / ranges;
    const Index range = task % ranges;
    // Parts begin where blocks do.
    const auto cut = [&](Index p) { return p == parts ? rows : rows * p / parts / RowBlock::kRows * RowBlock::kRows; };
    const Index first = quads * range / ranges * kSideBySide;
    const Index last = std::min(count, quads * (range + 1) / ranges * kSideBySide);
    ColumnPass(design, plan).rows(cut(part), cut(part + 1), first, last, range == 0, stop, *results[at(part)]);
  });
  for (Index p = 1; p < parts; ++p) results[0]->add(*results[at(p)]);
  return std::move(*results[0]);
}

// ---------------------------------------------------------------------------------------------------- factors by unit

/// Totals of one unit in the cells that it touches.
class UnitScratch {
 public:
  explicit UnitScratch(const Plan& plan)
      : plan_(plan), sums_(at(plan.cell_count() * plan.slot_count()), 0.0), touched_(at(plan.cell_count()), 0) {}

  void add_row(std::size_t row, double weight, std::int32_t cell, ReplicateTotals& into) {
    if (touched_[at(cell)] == 0) {
      touched_[at(cell)] = 1;
      cells_.push_back(cell);
    }
    double* const sums = sums_.data() + Index{cell} * plan_.slot_count();
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      const PresenceGroup& group = plan_.groups[g];
      if (!group.holds(static_cast<Index>(row))) continue;
      sums[g] += weight;
      into.n[at(Index{cell} * plan_.group_count()) + g] += weight > 0.0 ? 1 : 0;
      for (const int which : group.numeric) {
        const NumericMoment& m = plan_.numeric[at(which)];
        sums[m.slot] += weight * moment_of(plan_, m, row, cell);
      }
      for (const int which : group.coded) {
        const CodedMoment& m = plan_.coded[at(which)];
        const int slot = m.slot_of_level[at(m.codes[row])];
        if (slot >= 0) sums[slot] += weight;
      }
      for (const int which : group.products) {
        const ProductMoment& p = plan_.products[at(which)];
        into.products[at(Index{cell} * plan_.product_count() + which)] +=
            weight * centred_moment(plan_, p.first, row, cell) * centred_moment(plan_, p.second, row, cell);
      }
    }
  }

  /// The finished unit enters the totals under the full weights and, times its factors, under every replicate.
  void close(const double* factors, Index count, ReplicateTotals& into) {
    for (const std::int32_t cell : cells_) {
      const Index first = Index{cell} * plan_.slot_count();
      for (Index slot = first; slot < first + plan_.slot_count(); ++slot) {
        const double sum = sums_[at(slot)];
        sums_[at(slot)] = 0.0;
        into.totals[at(slot)] += sum;
        if (sum == 0.0) continue;
        double* const replicates = into.replicates.data() + slot * count;
        for (Index r = 0; r < count; ++r) replicates[r] += sum * factors[r];
      }
      touched_[at(cell)] = 0;
    }
    cells_.clear();
  }

 private:
  const Plan& plan_;
  std::vector<double> sums_;
  std::vector<std::uint8_t> touched_;
  std::vector<std::int32_t> cells_;
};

ReplicateTotals totals_of_units(const Design& design, const Plan& plan, const Query& query) {
  constexpr Index kUnitsInPart = 64;
  const design::ReplicateSet& set = *design.parts().replicates;
  const design::Layout& layout = *design.parts().layout;
  const Index units = layout.stages[0].units();
  const Index parts = parts_of(units, kUnitsInPart, numbers_of(plan, set.count()));
  std::vector<std::unique_ptr<ReplicateTotals>> results(at(parts));
  StopSignal stop;
  run_tasks(parts, query.threads, query.interrupt, stop, [&](Index part) {
    auto result = std::make_unique<ReplicateTotals>(plan, set.count());
    UnitScratch scratch(plan);
    for (Index unit = units * part / parts; unit < units * (part + 1) / parts; ++unit) {
      stop.check();
      const Index end = layout.first_position(0, unit + 1);
      for (Index position = layout.first_position(0, unit); position < end; ++position) {
        const std::size_t row = at(layout.row(position));
        const std::int32_t cell = plan.cell_of(static_cast<Index>(row));
        const double weight = design.weights()[row];
        if (cell >= 0 && weight != 0.0) scratch.add_row(row, weight, cell, *result);
      }
      scratch.close(set.by_unit().factors.data() + unit * set.count(), set.count(), *result);
    }
    results[at(part)] = std::move(result);
  });
  for (Index p = 1; p < parts; ++p) results[0]->add(*results[at(p)]);
  return std::move(*results[0]);
}

}  // namespace

ReplicateTotals::ReplicateTotals(const Plan& plan, Index replicate_count)
    : totals(at(plan.cell_count() * plan.slot_count()), 0.0),
      n(at(plan.cell_count() * plan.group_count()), 0),
      products(at(plan.cell_count() * plan.product_count()), 0.0),
      replicates(at(plan.cell_count() * plan.slot_count() * replicate_count), 0.0) {}

void ReplicateTotals::add(const ReplicateTotals& other) {
  add_to(totals, other.totals);
  add_to(n, other.n);
  add_to(products, other.products);
  add_to(replicates, other.replicates);
}

ReplicateTotals replicate_totals(const Design& design, const Plan& plan, const Query& query) {
  return design.parts().replicates->has_columns() ? totals_of_columns(design, plan, query)
                                                  : totals_of_units(design, plan, query);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
