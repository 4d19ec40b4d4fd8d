#include "estimate/unit_tables.hpp"

#include <algorithm>
#include <utility>

#include "core/at.hpp"
#include "estimate/one_column.hpp"
#include "estimate/row_records.hpp"
#include "estimate/unit_lists.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using design::Layout;

/// Reads rows in the order of units.
class TablesByUnit final : public UnitTables {
 public:
  explicit TablesByUnit(const UnitTableRows& rows)
      : layout_(*rows.plan.layout),
        shape_(rows.plan.shape()),
        known_(rows.known_weights()),
        by_position_(weights_of_list(rows)),
        one_column_(by_position_.empty() ? std::nullopt : OneColumn::of(rows.plan, rows.weights, true)),
        by_cell_(rows.numbers_by_cell(), 0.0) {
    if (!one_column_) records_.emplace(rows.row_records());
  }

  [[nodiscard]] UnitRecords units(Index begin, Index end) override {
    begin_ = begin;
    table_.assign(at((end - begin) * shape_.cells * shape_.slots), 0.0);
    if (one_column_) return list_units(begin, end);
    const Index past = layout_.first_position(0, end);
    Index unit = begin;
    for (Index position = layout_.first_position(0, begin); position < past;) {
      const auto count = static_cast<int>(std::min<Index>(RowRecords::kRows, past - position));
      records_->read(layout_.order.empty() ? nullptr : &layout_.order[at(position)], position, count);
      records_->add_to_cells(by_cell_.data());
      unit = add_block(position, count, unit);
      position += count;
    }
    if (!known_.empty()) set_weights(begin, end);
    return {.totals = table_, .cells = {}};
  }

  [[nodiscard]] std::span<const double> by_cell() const override { return by_cell_; }

 private:
  /// Weights in the order of units, where rows are read one by one. In one run and of one cell blocks are faster: loops that
  /// don't wait for each other.
  [[nodiscard]] std::span<const double> weights_of_list(const UnitTableRows& rows) const {
    const bool in_runs = layout_.order.empty() && rows.plan.cell_of.groups.empty();
    if (in_runs) return {};
    return rows.weights_by_position();
  }

  UnitRecords list_units(Index begin, Index end) {
    const std::int32_t* const order = layout_.order.empty() ? nullptr : layout_.order.rows().data();
    const OneColumn::List list{order, by_position_.data(), layout_.positions};
    for (Index unit = begin; unit < end; ++unit) {
      one_column_->add_unit(list, layout_.first_position(0, unit), layout_.first_position(0, unit + 1), record(unit),
                            by_cell_);
    }
    return {.totals = table_, .cells = {}};
  }

  [[nodiscard]] double* record(Index unit) { return &table_[at((unit - begin_) * shape_.cells * shape_.slots)]; }

  /// Adds the rows that were read to their units, of which `unit` is the first; returns the last.
  Index add_block(Index position, int count, Index unit) {
    for (int done = 0;; ++unit) {
      const auto stop = static_cast<int>(std::min<Index>(layout_.first_position(0, unit + 1) - position, count));
      if (stop > done) add_rows(done, stop, record(unit) + (known_.empty() ? 0 : 1));
      done = stop;
      if (done == count) return unit;
    }
  }

  void add_rows(int begin, int end, double* first) {
    if (records_->cells() == nullptr) return records_->add_run(begin, end, first);
    const std::size_t slots = at(shape_.slots);
    records_->add_each(begin, end, [&](int, std::int32_t cell) { return first + at(cell) * slots; });
  }

  void set_weights(Index begin, Index end) {
    for (Index unit = begin; unit < end; ++unit) *record(unit) = known_[at(unit)];
  }

  const Layout& layout_;
  const Shape shape_;
  std::span<const double> known_;        ///< slot 0 of each unit, if it is known
  std::span<const double> by_position_;  ///< weights of `one_column_`
  std::optional<OneColumn> one_column_;
  std::optional<RowRecords> records_;  ///< where there isn't one column
  std::vector<double> by_cell_;
  std::vector<double> table_;
  Index begin_ = 0;
};

/// How many tables, each for a share of the rows, sum shuffled rows; 0: none would pay. The data alone decide, so that sums
/// don't depend on the number of threads.
Index lanes_for(const UnitTableRows& rows) {
  const Layout& layout = *rows.plan.layout;
  const Index width = rows.plan.slot_count() - (rows.weights_known() ? 1 : 0);
  if (layout.unit_of_row.empty()) return 0;
  // Near the processor; or within reach, if a record is a line or two of the cache. Either way small beside the rows.
  constexpr Index kNear = Index{1} << 15;
  constexpr Index kWithinReach = Index{1} << 19;
  constexpr Index kNarrow = 16;
  const Index records = layout.stages[0].units() * rows.plan.cell_count();
  const Index numbers = records * width;
  const bool has_levels = !rows.plan.coded.empty();  // a row adds to one of them only
  if (numbers > kWithinReach || (width > kNarrow && !has_levels)) return 0;
  const Index lanes = numbers <= kNear ? 8 : numbers <= 8 * kNear ? 4 : 2;
  return records * lanes <= layout.positions ? lanes : 0;
}

/// Lane by lane, the totals of units from rows in their order.
class Lanes {
 public:
  Lanes(const UnitTableRows& rows, Index count)
      : rows_(rows),
        shape_(rows.plan.shape()),
        known_(rows.known_weights()),
        first_(known_.empty() ? 0 : 1),
        width_(at(shape_.slots - first_)),
        one_column_(OneColumn::of(rows.plan, rows.weights, first_ == 0)),
        lanes_(at(count)) {}

  void fill(Index lane, const StopSignal& stop) {
    const Layout& layout = *rows_.plan.layout;
    Lane& table = lanes_[at(lane)];
    table.records.assign(at(layout.stages[0].units() * shape_.cells) * width_, 0.0);
    table.by_cell.assign(rows_.numbers_by_cell(), 0.0);
    const auto lanes = static_cast<Index>(lanes_.size());
    const Index begin = layout.positions * lane / lanes;
    const Index end = layout.positions * (lane + 1) / lanes;
    if (one_column_) return add_column(begin, end, table, stop);
    RowRecords block(rows_.plan, rows_.weights, first_, false);
    for (Index row = begin; row < end; row += RowRecords::kRows) {
      stop.check();
      const auto count = static_cast<int>(std::min<Index>(RowRecords::kRows, end - row));
      block.read(nullptr, row, count);
      block.add_to_cells(table.by_cell.data());
      add_block(block, &layout.unit_of_row[at(row)], count, table.records.data());
    }
  }

  /// The totals of a unit, with the weights that are known, to `to`; returns its end.
  double* copy_unit(Index unit, double* to) const {
    if (first_ == 1) *to++ = known_[at(unit)];
    const std::size_t per_unit = at(shape_.cells) * width_;
    const std::size_t from = at(unit) * per_unit;
    std::copy_n(lanes_[0].records.data() + from, per_unit, to);
    for (std::size_t lane = 1; lane < lanes_.size(); ++lane) {
      const double* more = lanes_[lane].records.data() + from;
      for (std::size_t k = 0; k < per_unit; ++k) to[k] += more[k];
    }
    return to + per_unit;
  }

  [[nodiscard]] std::vector<double> by_cell() const {
    std::vector<double> sums = lanes_[0].by_cell;
    for (std::size_t lane = 1; lane < lanes_.size(); ++lane) {
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += lanes_[lane].by_cell[k];
    }
    return sums;
  }

  [[nodiscard]] Index numbers_per_unit() const { return shape_.cells * shape_.slots; }

 private:
  struct Lane {
    std::vector<double> records;
    std::vector<double> by_cell;
  };

  void add_column(Index begin, Index end, Lane& table, const StopSignal& stop) const {
    constexpr Index kRows = Index{1} << 16;
    for (Index row = begin; row < end; row += kRows) {
      stop.check();
      one_column_->add_to_units(row, std::min(row + kRows, end), rows_.plan.layout->unit_of_row.data(),
                                table.records.data(), table.by_cell);
    }
  }

  void add_block(const RowRecords& block, const std::int32_t* units, int count, double* table) const {
    const std::int32_t* cells = block.cells();
    if (cells == nullptr) {
      return block.add_each(0, count, [&](int i, std::int32_t) { return table + at(units[i]) * width_; });
    }
    // A table with cells is far: ask the memory for each record well before it is needed.
    constexpr int kAhead = 24;
    const std::size_t per_unit = at(shape_.cells) * width_;
    const auto record = [&](int i, std::int32_t cell) { return table + at(units[i]) * per_unit + at(cell) * width_; };
    block.add_each(0, count, [&](int i, std::int32_t cell) {
      const int ahead = std::min(i + kAhead, count - 1);
      __builtin_prefetch(record(ahead, std::max(0, cells[ahead])), 1);
      return record(i, cell);
    });
  }

  const UnitTableRows& rows_;
  const Shape shape_;
  std::span<const double> known_;  ///< slot 0 of each unit, if it is known
  int first_;                      ///< slot that records begin with
  std::size_t width_;              ///< of a record
  std::optional<OneColumn> one_column_;
  std::vector<Lane> lanes_;
};

/// Tables of rows that were summed before.
class TablesOfLanes final : public UnitTables {
 public:
  /// @param holds_rows  whether what isn't asked by unit is among this one's: it is nobody else's
  TablesOfLanes(std::shared_ptr<const Lanes> lanes, bool holds_rows) : lanes_(std::move(lanes)) {
    if (holds_rows) by_cell_ = lanes_->by_cell();
  }

  [[nodiscard]] UnitRecords units(Index begin, Index end) override {
    table_.resize(at((end - begin) * lanes_->numbers_per_unit()));
    double* to = table_.data();
    for (Index unit = begin; unit < end; ++unit) to = lanes_->copy_unit(unit, to);
    return {.totals = table_, .cells = {}};
  }
  [[nodiscard]] std::span<const double> by_cell() const override { return by_cell_; }

 private:
  std::shared_ptr<const Lanes> lanes_;
  std::vector<double> by_cell_;
  std::vector<double> table_;
};

}  // namespace

bool UnitTableRows::weights_known() const {
  return plan.cell_count() == 1 && plan.cell_of.groups.empty() && plan.cell_of.domain.empty() &&
         plan.groups.size() == 1 && !plan.groups[0].present && plan.layout == design.layout;
}

bool UnitTableRows::touches_few() const {
  constexpr Index kFew = 3;
  return plan.group_count() == 1 && !plan.groups[0].present &&
         plan.cell_count() * plan.layout->stages[0].units() > kFew * plan.layout->positions;
}

std::span<const double> UnitTableRows::known_weights() const {
  if (!weights_known()) return {};
  return design.unit_weights->by_unit(*plan.layout, weights);
}

std::span<const double> UnitTableRows::weights_by_position() const {
  if (plan.layout != design.layout) return {};
  return design.unit_weights->by_position(*plan.layout, weights);
}

RowRecords UnitTableRows::row_records() const {
  const int first = weights_known() ? 1 : 0;
  const std::span<const double> by_position = weights_by_position();
  return by_position.empty() ? RowRecords(plan, weights, first, false) : RowRecords(plan, by_position, first, true);
}

std::size_t UnitTableRows::numbers_by_cell() const {
  return at(plan.cell_count()) * at(plan.group_count() + plan.product_count());
}

UnitTablesMaker unit_tables(const UnitTableRows& rows, StopSignal& stop) {
  const Index lane_count = lanes_for(rows);
  if (lane_count == 0) {
    if (rows.touches_few()) return [&rows](Index) { return unit_lists(rows); };
    return [&rows](Index) { return std::make_unique<TablesByUnit>(rows); };
  }
  const auto lanes = std::make_shared<Lanes>(rows, lane_count);
  run_tasks(lane_count, rows.threads, rows.interrupt, stop, [&](Index lane) { lanes->fill(lane, stop); });
  return [lanes](Index block) { return std::make_unique<TablesOfLanes>(lanes, block == 0); };
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
