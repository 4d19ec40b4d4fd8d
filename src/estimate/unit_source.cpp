#include "estimate/unit_source.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/at.hpp"
#include "estimate/row_records.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using design::Layout;

/// Reads rows in the order of units, a block ahead.
class RowsByUnit final : public UnitSource {
 public:
  RowsByUnit(const Plan& plan, std::span<const double> weights) : layout_(*plan.layout), records_(plan, weights) {}

  void add(Index stage, Index unit, UnitSums& into) override {
    const Index end = layout_.first_position(stage, unit + 1);
    for (Index begin = layout_.first_position(stage, unit); begin < end;) {
      if (begin < first_ || begin >= past_) read_from(begin);
      const Index stop = std::min(end, past_);
      add_rows(static_cast<int>(begin - first_), static_cast<int>(stop - first_), into);
      begin = stop;
    }
  }

 private:
  void read_from(Index position) {
    first_ = position;
    past_ = std::min(position + RowRecords::kRows, layout_.positions);
    records_.read(layout_.order.empty() ? nullptr : &layout_.order[at(position)], position,
                  static_cast<int>(past_ - first_));
  }

  void add_rows(int begin, int end, UnitSums& into) const {
    if (records_.cells() == nullptr) return records_.add_run(begin, end, into.touch(0));
    records_.add_each(begin, end, [&](int, std::int32_t cell) { return into.touch(cell); });
  }

  const Layout& layout_;
  RowRecords records_;
  Index first_ = 0;  ///< positions [first, past) are in the block
  Index past_ = 0;
};

/// Records of all units of one stage, by unit and cell.
struct UnitTable {
  Index stage = 0;
  std::size_t cells = 0;
  std::size_t width = 0;
  std::vector<double> records;

  [[nodiscard]] double* record(std::int32_t unit, std::int32_t cell) {
    return &records[(static_cast<std::size_t>(unit) * cells + static_cast<std::size_t>(cell)) * width];
  }
};

class TableOfUnits final : public UnitSource {
 public:
  TableOfUnits(const Layout& layout, std::shared_ptr<const UnitTable> table)
      : layout_(layout), table_(std::move(table)) {}

  void add(Index stage, Index unit, UnitSums& into) override {
    Index begin = unit;
    Index end = unit + 1;
    for (Index s = stage; s < table_->stage; ++s) {  // a unit that was taken whole: all that it holds
      begin = layout_.stages[at(s + 1)].stratum_begin[at(layout_.stages[at(s)].unit_begin[at(begin)])];
      end = layout_.stages[at(s + 1)].stratum_begin[at(layout_.stages[at(s)].unit_begin[at(end)])];
    }
    const double* record = &table_->records[at(begin) * table_->cells * table_->width];
    for (Index u = begin; u < end; ++u) {
      for (std::size_t cell = 0; cell < table_->cells; ++cell, record += table_->width) {
        double* own = into.touch(static_cast<std::int32_t>(cell));
        for (std::size_t k = 0; k < table_->width; ++k) own[k] += record[k];
      }
    }
  }

 private:
  const Layout& layout_;
  std::shared_ptr<const UnitTable> table_;
};

constexpr Index kNearLanes = 8;
constexpr Index kFarLanes = 2;

/// How many tables, each for a share of the rows, sum shuffled rows; 0: none would pay. The data alone decide, so that sums
/// don't depend on the number of threads.
Index lanes_for(const Plan& plan, const Shape& shape) {
  const Layout& layout = *plan.layout;
  if (layout.unit_of_row.empty()) return 0;
  const Index records = layout.stages[at(layout.depth() - 1)].units() * shape.cells;
  const Index numbers = records * shape.width();
  // Near the processor, and small beside the rows that it saves fetching; or at least within reach, if a record is one or
  // two lines of the cache.
  constexpr Index kNear = Index{1} << 18;
  constexpr Index kWithinReach = Index{1} << 20;
  constexpr int kNarrow = 16;
  if (numbers <= kNear && records * kNearLanes <= layout.positions) return kNearLanes;
  const bool within_reach = numbers <= kWithinReach && shape.width() <= kNarrow;
  return within_reach && records * kFarLanes <= layout.positions ? kFarLanes : 0;
}

/// Adds a block of rows to a table. Where it is far, the memory is asked for each record well before it is needed.
void add_block(const RowRecords& block, const std::int32_t* units, int count, bool far, UnitTable& table) {
  double* const first = table.records.data();
  const std::size_t width = table.width;
  const std::int32_t* cells = block.cells();
  if (cells == nullptr) {
    return block.add_each(0, count, [&](int i, std::int32_t) { return first + at(units[i]) * width; });
  }
  if (!far) {
    return block.add_each(0, count, [&](int i, std::int32_t cell) { return table.record(units[i], cell); });
  }
  constexpr int kAhead = 24;
  block.add_each(0, count, [&](int i, std::int32_t cell) {
    const int ahead = std::min(i + kAhead, count - 1);
    __builtin_prefetch(table.record(units[ahead], std::max(0, cells[ahead])), 1);
    return table.record(units[i], cell);
  });
}

std::shared_ptr<const UnitTable> table_of_units(const Plan& plan, const Shape& shape, Index lane_count,
                                                std::span<const double> weights, int threads,
                                                const Interrupt& interrupt, StopSignal& stop) {
  const Layout& layout = *plan.layout;
  UnitTable empty{layout.depth() - 1, at(shape.cells), static_cast<std::size_t>(shape.width()), {}};
  empty.records.assign(at(layout.stages[at(empty.stage)].units()) * empty.cells * empty.width, 0.0);
  std::vector<UnitTable> lanes(at(lane_count), empty);
  run_tasks(lane_count, threads, interrupt, stop, [&](Index lane) {
    RowRecords block(plan, weights);
    const Index end = layout.positions * (lane + 1) / lane_count;
    for (Index row = layout.positions * lane / lane_count; row < end; row += RowRecords::kRows) {
      stop.check();
      const auto count = static_cast<int>(std::min<Index>(RowRecords::kRows, end - row));
      block.read(nullptr, row, count);
      add_block(block, &layout.unit_of_row[at(row)], count, lane_count == kFarLanes, lanes[at(lane)]);
    }
  });
  for (std::size_t lane = 1; lane < lanes.size(); ++lane) {
    std::transform(lanes[0].records.begin(), lanes[0].records.end(), lanes[lane].records.begin(),
                   lanes[0].records.begin(), std::plus<>());
  }
  return std::make_shared<const UnitTable>(std::move(lanes[0]));
}

}  // namespace

std::unique_ptr<UnitSource> rows_by_unit(const Plan& plan, std::span<const double> weights) {
  return std::make_unique<RowsByUnit>(plan, weights);
}

SourceMaker row_sources(const Plan& plan, std::span<const double> weights, int threads, const Interrupt& interrupt,
                        StopSignal& stop) {
  const Shape shape = plan.shape();
  const Index lanes = lanes_for(plan, shape);
  if (lanes == 0) return [&plan, weights] { return std::make_unique<RowsByUnit>(plan, weights); };
  auto table = table_of_units(plan, shape, lanes, weights, threads, interrupt, stop);
  return [&plan, table] { return std::make_unique<TableOfUnits>(*plan.layout, table); };
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
