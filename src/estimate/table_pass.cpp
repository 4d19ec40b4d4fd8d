#include "estimate/table_pass.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "design/parts.hpp"
#include "estimate/share_centres.hpp"
#include "estimate/strata.hpp"
#include "estimate/table_fold.hpp"
#include "estimate/unit_tables.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using design::Layout;
using design::StageLayout;

// A table of so many numbers stays near the processor.
constexpr Index kNear = Index{1} << 15;

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

bool has_singletons(const StageLayout& stage) { return siblings_of(stage, 0, stage.strata()).singletons > 0; }

/// The units of a stratum that lie in one block.
struct StratumPart {
  StratumPart(const Shape& shape, Index number) : stratum(number), sums(shape) {}

  Index stratum;
  StratumSums sums;
  Index positive_units = 0;  ///< units that hold a row of positive weight

  void clear(Index number) {
    stratum = number;
    sums.clear();
    positive_units = 0;
  }
};

/// Takes a block's units, stratum by stratum, in tables that stay near.
class TableWalk {
 public:
  TableWalk(const Design& design, const Layout& layout, const Shape& shape, const ShareCentres& centre,
            const StopSignal& stop)
      : shape_(shape),
        layout_(layout),
        centre_(centre),
        averaged_(average_factor(design, layout)),
        stop_(stop),
        units_at_once_(std::max<Index>(1, kNear / (shape.cells * shape.slots))),
        result_(shape) {}

  /// First-stage units [begin, end). Strata that reach beyond them stay open.
  void block(Index begin, Index end, UnitTables& tables) {
    const StageLayout& stage = layout_.stages[0];
    TableFold fold(shape_);
    StratumPart spare(shape_, 0);  // a stratum that lies within the block
    const auto past = std::upper_bound(stage.stratum_begin.begin(), stage.stratum_begin.end(), begin);
    for (Index k = past - stage.stratum_begin.begin() - 1; k < stage.strata() && stage.stratum_begin[at(k)] < end;
         ++k) {
      const Index from = std::max(begin, stage.stratum_begin[at(k)]);
      const Index to = std::min(end, stage.stratum_begin[at(k) + 1]);
      const bool is_whole = to - from == stage.units_in(k);
      if (is_whole) spare.clear(k);
      StratumPart& part = is_whole ? spare : open_.emplace_back(shape_, k);
      add_units(from, to, tables, fold, part);
      if (is_whole) close(part);
    }
    add_rows(tables.by_cell());
  }

  /// Takes in the results of the next block.
  void absorb(TableWalk& next) {
    result_.add(next.result_);
    for (StratumPart& part : next.open_) {
      if (!open_.empty() && open_.back().stratum == part.stratum) {
        TableFold(shape_).merge(part.sums, open_.back().sums);
        open_.back().positive_units += part.positive_units;
      } else {
        open_.push_back(std::move(part));
      }
    }
  }

  Totals<CellVariances> finish() {
    for (const StratumPart& part : open_) close(part);
    open_.clear();
    return std::move(result_);
  }

 private:
  static double average_factor(const Design& design, const Layout& layout) {
    const StageLayout& stage = layout.stages[0];
    return design.spec().singleton == SingletonRule::average ? siblings_of(stage, 0, stage.strata()).average_factor()
                                                             : 1.0;
  }

  void add_units(Index begin, Index end, UnitTables& tables, TableFold& fold, StratumPart& part) {
    for (Index from = begin; from < end;) {
      stop_.check();
      const Index to = past_of(from, end, tables.lists());
      const UnitRecords records = tables.units(from, to);
      if (!centre_.empty()) centre_shares(records);
      if (records.cells) {
        fold.add_listed(records.totals, *records.cells, to - from, records.holders, part.sums);
      } else {
        fold.add(records.totals.data(), to - from, part.sums);
      }
      from = to;
    }
    if (layout_.has_weight.empty()) {
      part.positive_units += end - begin;
      return;
    }
    for (Index u = begin; u < end; ++u) part.positive_units += layout_.is_weighted(u) ? 1 : 0;
  }

  /// As many units from `from` on as are taken at once: a table of them stays near, or a list of what their rows touch.
  [[nodiscard]] Index past_of(Index from, Index end, bool lists) const {
    if (!lists) return std::min(end, from + units_at_once_);
    // The fold visits all cells once for each list.
    const Index rows = std::max(kNear / 2, 4 * shape_.cells);
    const Index stop = layout_.first_position(0, from) + rows;
    Index to = from + 1;
    while (to < end && layout_.first_position(0, to + 1) <= stop) ++to;
    return to;
  }

  void centre_shares(const UnitRecords& records) const {
    const auto slots = at(shape_.slots);
    const auto count = static_cast<Index>(records.totals.size() / slots);
    for (Index record = 0; record < count; ++record) {
      const Index cell = records.cells ? (*records.cells)[at(record)] : record % shape_.cells;
      centre_(cell, &records.totals[at(record) * slots]);
    }
  }

  /// (1 − f) n / (n − 1) Σ (z − z̄)(z − z̄)′, and what the stratum counts for.
  void close(const StratumPart& part) {
    const StageLayout& stage = layout_.stages[0];
    const auto n = static_cast<double>(stage.units_in(part.stratum));
    const double unsampled = 1.0 - stage.fraction[at(part.stratum)];
    if (n >= 2.0 && unsampled > 0.0) {
      result_.variance.add(part.sums.cross, unsampled * n / (n - 1.0) * averaged_);
    }
    const std::vector<double>& sums = part.sums.sums;
    for (std::size_t i = 0; i < sums.size(); ++i) result_.totals[i] += sums[i];
    if (part.positive_units > 0) result_.design.add({part.positive_units, 1, part.positive_units});
    count(part.sums.members, part.positive_units, result_.counts);
    count(part.sums.any_member, part.positive_units, result_.whole);
  }

  static void count(const std::vector<Index>& members, Index positive_units, std::vector<UnitCounts>& into) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (members[i] > 0) into[i].add({members[i], 1, positive_units});
    }
  }

  /// Numbers of rows and products: nobody asks for them by unit.
  void add_rows(std::span<const double> sums) {
    if (sums.empty()) return;
    const double* next = sums.data();
    for (Index cell = 0; cell < shape_.cells; ++cell) {
      for (int g = 0; g < shape_.groups; ++g) {
        result_.n[at(cell * shape_.groups + g)] += static_cast<Index>(*next++);
      }
      for (int p = 0; p < shape_.products; ++p) result_.products[at(cell * shape_.products + p)] += *next++;
    }
  }

  const Shape& shape_;
  const Layout& layout_;
  const ShareCentres& centre_;
  double averaged_;
  const StopSignal& stop_;
  Index units_at_once_;
  std::deque<StratumPart> open_;  ///< strata that reach into another block
  Totals<CellVariances> result_;
};

/// As many blocks as keep their results small beside the data.
Index most_blocks(const Shape& shape) {
  constexpr Index kMost = 32;
  constexpr Index kNumbers = Index{1} << 22;
  const Index pairs = static_cast<Index>(shape.pairs.size());
  const Index of_cell = Index{4} * shape.slots + 3 * pairs + shape.groups + shape.products;
  return std::clamp<Index>(kNumbers / (shape.cells * of_cell), 1, kMost);
}

/// Moves the starts of blocks to those of strata, where strata are small beside blocks: a stratum in two blocks has to be put
/// together.
std::vector<Index> between_strata(const StageLayout& stage, const std::vector<Index>& starts) {
  const auto blocks = static_cast<Index>(starts.size()) - 1;
  const Index small = stage.units() / (4 * blocks);
  std::vector<Index> moved;
  for (const Index start : starts) {
    const auto past = std::upper_bound(stage.stratum_begin.begin(), stage.stratum_begin.end(), start);
    const Index begin = *(past - 1);
    const bool is_small = past != stage.stratum_begin.end() && *past - begin <= small;
    const Index to = is_small ? begin : start;
    if (moved.empty() || to > moved.back()) moved.push_back(to);
  }
  return moved;
}

}  // namespace

bool takes_tables(const Design& design, const Plan& plan) {
  // A table holds all cells of a unit, few or many of which its rows touch.
  constexpr Index kCellsPerRow = 16;
  const Layout& layout = *plan.layout;
  if (layout.depth() > 1) return false;
  const Index cells = plan.cell_count();
  if (cells == 0 || cells * plan.slot_count() > 2 * kNear) return false;
  if (cells * layout.stages[0].units() > kCellsPerRow * layout.positions) return false;
  if (domains_make_singletons(design)) return false;  // it asks for the members of each cell
  // A singleton's distance from the mean over all units is known only when all of them are.
  if (design.spec().singleton == SingletonRule::adjust && has_singletons(layout.stages[0])) return false;
  return design.parts().unit_weights->none_negative(design.weights());
}

Totals<CellVariances> fold_tables(const Design& design, const Plan& plan, const Query& query, StopSignal& stop) {
  const Shape shape = plan.shape();
  const Layout& layout = *plan.layout;
  const std::vector<Index> starts = between_strata(layout.stages[0], block_starts(layout, most_blocks(shape)));
  const auto blocks = static_cast<Index>(starts.size()) - 1;
  const UnitTableRows rows{design.parts(), plan, design.weights(), query.threads, query.interrupt};
  const UnitTablesMaker tables_of = unit_tables(rows, stop);
  const ShareCentres centre(plan);
  std::vector<std::unique_ptr<TableWalk>> walks(at(blocks));
  run_tasks(blocks, query.threads, query.interrupt, stop, [&](Index b) {
    walks[at(b)] = std::make_unique<TableWalk>(design, layout, shape, centre, stop);
    walks[at(b)]->block(starts[at(b)], starts[at(b) + 1], *tables_of(b));
  });
  for (Index b = 1; b < blocks; ++b) walks[0]->absorb(*walks[at(b)]);
  return walks[0]->finish();
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
