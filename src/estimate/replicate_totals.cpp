#include "estimate/replicate_totals.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "core/at.hpp"
#include "core/parallel.hpp"
#include "design/parts.hpp"
#include "estimate/row_block.hpp"
#include "estimate/unit_source.hpp"
#include "estimate/weight_kernels.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

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
  double* sums = nullptr;  ///< of the first column; those of a slot are neighbours, and there is room for all four
  Index stride = 1;        ///< from slot to slot
};

/// Adds blocks of rows to totals, in the way that each block is best added up.
class BlockAdder {
 public:
  explicit BlockAdder(const Plan& plan) : plan_(plan) {}

  void add(const RowBlock& block, const Columns& columns) {
    const Index slots = plan_.slot_count();
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      const GroupRows& group = block.groups()[g];
      const auto own_slot = [&](Index cell) { return cell * slots + static_cast<Index>(g); };
      if (group.values.empty()) add_weights(group.rows, columns, own_slot);
      for (std::size_t m = 0; m < group.values.size(); ++m) {
        const Index slot = plan_.numeric[at(plan_.groups[g].numeric[m])].slot;
        const auto value_slot = [&](Index cell) { return cell * slots + slot; };
        // The sums of weights come along with the first moment.
        add_values(group.rows, group.values[m], columns, own_slot, value_slot, m == 0);
      }
    }
    for (const CodedRows& coded : block.coded()) {
      const auto count = static_cast<Index>(coded.slots.size());
      add_weights(coded.rows, columns, [&](Index place) {
        return place == coded.rows.nowhere ? place / count * slots
                                           : place / count * slots + coded.slots[at(place % count)];
      });
    }
  }

 private:
  using Sums = std::array<double, kSideBySide>;

  static void add_to(const Columns& columns, Index slot, const double* sums) {
    double* const to = columns.sums + slot * columns.stride;
    for (int c = 0; c < kSideBySide; ++c) to[c] += sums[c];
  }

  /// Σ w by place; `slot_of` says where a place's sum belongs.
  template <class SlotOf>
  void add_weights(const Placement& rows, const Columns& columns, const SlotOf& slot_of) {
    const auto n = static_cast<Index>(rows.places.size());
    switch (rows.way) {
      case Way::runs: return add_runs(rows, columns, slot_of);
      case Way::scattered:
        banks_.assign(at((rows.nowhere + 1) * kSideBySide * kBanks), 0.0);
        scattered_sums(columns.weights.data(), rows.places.data(), n, rows.nowhere + 1, banks_.data());
        return empty_banks(rows.nowhere + 1, 1, 0, columns, slot_of);
      case Way::far: far_sums(columns.weights.data(), offsets(rows, columns, slot_of), n, columns.sums); return;
    }
  }

  /// Σ w (if `with_weights`) and Σ w z by place.
  template <class SlotOf, class ValueSlotOf>
  void add_values(const Placement& rows, const std::vector<double>& values, const Columns& columns,
                  const SlotOf& slot_of, const ValueSlotOf& value_slot_of, bool with_weights) {
    const auto n = static_cast<Index>(rows.places.size());
    const double* const z = values.data();
    switch (rows.way) {
      case Way::runs: return add_value_runs(rows, z, columns, slot_of, value_slot_of, with_weights);
      case Way::scattered:
        banks_.assign(at((rows.nowhere + 1) * 2 * kSideBySide * kBanks), 0.0);
        scattered_sums_and_dots(columns.weights.data(), rows.places.data(), z, n, rows.nowhere + 1, banks_.data());
        if (with_weights) empty_banks(rows.nowhere + 1, 2, 0, columns, slot_of);
        return empty_banks(rows.nowhere + 1, 2, 1, columns, value_slot_of);
      case Way::far:
        if (with_weights) {
          const Index apart = (value_slot_of(0) - slot_of(0)) * columns.stride;
          far_sums_and_dots(columns.weights.data(), offsets(rows, columns, slot_of), z, n, columns.sums,
                            columns.sums + apart);
        } else {
          far_dots(rows, z, columns, value_slot_of);
        }
    }
  }

  template <class SlotOf>
  void add_runs(const Placement& rows, const Columns& columns, const SlotOf& slot_of) const {
    Sums sums{};
    for (const Run& run : rows.runs) {
      const std::int32_t* const order = rows.order.data() + run.begin;
      const Index n = run.end - run.begin;
      if (is_block(run)) {
        estimation::sums(from(columns, order[0]).data(), n, sums.data());
      } else {
        gathered_sums(columns.weights.data(), order, n, sums.data());
      }
      add_to(columns, slot_of(run.place), sums.data());
    }
  }

  template <class SlotOf, class ValueSlotOf>
  void add_value_runs(const Placement& rows, const double* values, const Columns& columns, const SlotOf& slot_of,
                      const ValueSlotOf& value_slot_of, bool with_weights) const {
    Sums sums{};
    Sums dots{};
    for (const Run& run : rows.runs) {
      const std::int32_t* const order = rows.order.data() + run.begin;
      const double* const z = values + run.begin;
      const Index n = run.end - run.begin;
      if (is_block(run)) {
        sums_and_dots(from(columns, order[0]).data(), z, n, sums.data(), dots.data());
      } else {
        gathered_sums_and_dots(columns.weights.data(), order, z, n, sums.data(), dots.data());
      }
      if (with_weights) add_to(columns, slot_of(run.place), sums.data());
      add_to(columns, value_slot_of(run.place), dots.data());
    }
  }

  static std::array<const double*, kSideBySide> from(const Columns& columns, Index row) {
    std::array<const double*, kSideBySide> begun{};
    for (int c = 0; c < kSideBySide; ++c) begun[at(c)] = columns.weights[at(c)] + row;
    return begun;
  }

  static bool is_block(const Run& run) {
    constexpr Index kShortRun = 8;
    return run.side_by_side && run.end - run.begin >= kShortRun;
  }

  /// The sums of one stream of `streams`, bank by bank, to where they belong.
  template <class SlotOf>
  void empty_banks(Index places, Index streams, Index stream, const Columns& columns, const SlotOf& slot_of) const {
    const Index bank = places * streams * kSideBySide;
    for (Index place = 0; place + 1 < places; ++place) {
      const double* const first = banks_.data() + (place * streams + stream) * kSideBySide;
      Sums sums{};
      for (int b = 0; b < kBanks; ++b) {
        for (int c = 0; c < kSideBySide; ++c) sums[at(c)] += first[b * bank + c];
      }
      add_to(columns, slot_of(place), sums.data());
    }
  }

  /// Where each row's sums are, counted from those of the first slot.
  template <class SlotOf>
  const Index* offsets(const Placement& rows, const Columns& columns, const SlotOf& slot_of) {
    offsets_.resize(rows.places.size());
    for (std::size_t i = 0; i < offsets_.size(); ++i) offsets_[i] = slot_of(rows.places[i]) * columns.stride;
    return offsets_.data();
  }

  /// Further moments of rows that go far: their weights are sums already.
  template <class SlotOf>
  void far_dots(const Placement& rows, const double* z, const Columns& columns, const SlotOf& slot_of) {
    for (std::size_t i = 0; i < rows.places.size(); ++i) {
      double* const to = columns.sums + slot_of(rows.places[i]) * columns.stride;
      for (int c = 0; c < kSideBySide; ++c) to[c] += columns.weights[at(c)][i] * z[i];
    }
  }

  const Plan& plan_;
  std::vector<double> banks_;
  std::vector<Index> offsets_;
};

/// The bases, and what spread within the domain is computed from: under the full weights only.
void add_bases(const Plan& plan, const RowBlock& block, const double* weights, ReplicateTotals& into) {
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const GroupRows& group = block.groups()[g];
    for (const Run& run : group.rows.runs) {
      Index n = 0;
      for (Index k = run.begin; k < run.end; ++k) n += weights[group.rows.order[at(k)]] > 0.0 ? 1 : 0;
      into.n[at(run.place * plan.group_count()) + g] += n;
      for (std::size_t p = 0; p < group.products.size(); ++p) {
        double sum = 0.0;
        for (Index k = run.begin; k < run.end; ++k) sum += weights[group.rows.order[at(k)]] * group.products[p][at(k)];
        into.products[at(run.place * plan.product_count() + plan.groups[g].products[p])] += sum;
      }
    }
  }
}

/// Some rows under some replicates.
class ColumnPass {
 public:
  ColumnPass(const Design& design, const Plan& plan)
      : design_(design),
        plan_(plan),
        set_(*design.parts().replicates),
        adder_(plan),
        scaled_(at(RowBlock::kRows * kSideBySide)) {}

  /// @param with_full  whether these rows' totals under the full weights are wanted too
  void rows(Index begin, Index end, Index first, Index last, bool with_full, const StopSignal& stop,
            ReplicateTotals& into) {
    RowBlock block(plan_, with_full);
    // The full weights go the way of four equal columns: what they and an equal replicate add up to has the same bits.
    if (with_full) full_.assign(at((plan_.cell_count() + 1) * plan_.slot_count() * kSideBySide), 0.0);
    for (Index row = begin; row < end; row += RowBlock::kRows) {
      stop.check();
      block.evaluate(row, std::min(end, row + RowBlock::kRows));
      if (with_full) {
        const double* const full = design_.weights().data() + row;
        add_bases(plan_, block, full, into);
        adder_.add(block, {{full, full, full, full}, full_.data(), kSideBySide});
      }
      for (Index r = first; r < last; r += kSideBySide) adder_.add(block, columns(block, r, last, into));
    }
    if (!with_full) return;
    for (std::size_t slot = 0; slot < into.totals.size(); ++slot) into.totals[slot] = full_[slot * kSideBySide];
  }

 private:
  Columns columns(const RowBlock& block, Index first, Index last, ReplicateTotals& into) {
    Columns columns;
    columns.sums = into.replicates.data() + first;
    columns.stride = into.stride;
    for (int c = 0; c < kSideBySide; ++c) {
      // There is room for the sums of columns that aren't there: the last one stands for them.
      const double* const weights = set_.column(std::min(first + c, last - 1)).data() + block.begin();
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
  BlockAdder adder_;
  std::vector<double> full_;    ///< slots × four equal sums
  std::vector<double> scaled_;  ///< weights, where columns hold factors
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

/// A finished unit enters the totals under the full weights and, times its factors, under every replicate.
void add_unit(const Shape& shape, const UnitSums& unit, const double* factors, ReplicateTotals& into) {
  for (const std::int32_t cell : unit.cells()) {
    const double* record = unit.record(cell).data();
    const Index first = Index{cell} * shape.slots;
    for (Index slot = first; slot < first + shape.slots; ++slot, ++record) {
      into.totals[at(slot)] += *record;
      if (*record == 0.0) continue;
      double* const replicates = into.replicates.data() + slot * into.stride;
      for (Index r = 0; r < into.count; ++r) replicates[r] += *record * factors[r];
    }
    for (Index g = 0; g < shape.groups; ++g, ++record) {
      into.n[at(Index{cell} * shape.groups + g)] += static_cast<Index>(*record);
    }
    for (Index p = 0; p < shape.products; ++p, ++record) into.products[at(Index{cell} * shape.products + p)] += *record;
  }
}

ReplicateTotals totals_of_units(const Design& design, const Plan& plan, const Query& query) {
  constexpr Index kUnitsInPart = 64;
  const design::ReplicateSet& set = *design.parts().replicates;
  const design::Layout& layout = *plan.layout;
  const Index stage = set.by_unit().stage;
  const Index units = layout.stages[at(stage)].units();
  const Index parts = parts_of(units, kUnitsInPart, numbers_of(plan, set.count()));
  std::vector<std::unique_ptr<ReplicateTotals>> results(at(parts));
  StopSignal stop;
  const SourceMaker sources = row_sources(plan, design.weights(), query.threads, query.interrupt, stop);
  run_tasks(parts, query.threads, query.interrupt, stop, [&](Index part) {
    const Shape shape = plan.shape();
    auto result = std::make_unique<ReplicateTotals>(plan, set.count());
    const std::unique_ptr<UnitSource> source = sources();
    UnitSums sums(shape.cells, shape.width());
    for (Index unit = units * part / parts; unit < units * (part + 1) / parts; ++unit) {
      stop.check();
      sums.clear();
      source->add(stage, unit, sums);
      // Where rows have left the sample, units are numbered anew; their factors are the design's.
      const auto row = at(layout.row(layout.first_position(stage, unit)));
      const Index own = set.by_unit().unit_of_row[row];
      add_unit(shape, sums, set.by_unit().factors.data() + own * set.count(), *result);
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
      count(replicate_count),
      stride((replicate_count + kSideBySide - 1) / kSideBySide * kSideBySide) {
  replicates.assign(at((plan.cell_count() + 1) * plan.slot_count() * stride), 0.0);
}

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
