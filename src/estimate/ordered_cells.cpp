#include "estimate/ordered_cells.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "frame/coded_column.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr Index kRowsInBlock = 65'536;

std::size_t at_index(Index index) { return static_cast<std::size_t>(index); }

/// Cell of each row of the base; -1: it isn't in it.
class BaseCells {
 public:
  BaseCells(const Plan& plan, const PresenceGroup& group) : plan_(plan), group_(group) {}
  std::int32_t operator()(Index row) const { return group_.holds(row) ? plan_.cell_of(row) : -1; }
  [[nodiscard]] bool are_all_rows() const {
    return !group_.present && plan_.cell_of.domain.empty() && plan_.cell_of.groups.empty();
  }

 private:
  const Plan& plan_;
  const PresenceGroup& group_;
};

void run_blocks(Index rows, Index blocks, const Work& work, const std::function<void(Index, Index, Index)>& task) {
  StopSignal stop;
  run_tasks(blocks, work.threads, work.interrupt, stop,
            [&](Index block) { task(block, rows * block / blocks, rows * (block + 1) / blocks); });
}

/// A counting sort by cell: how many rows of each cell every part has, then every row to its place. Stable.
CellRows rows_by_cell(const Plan& plan, const BaseCells& cell_of, std::span<const double> values,
                      std::span<const double> weights, const Work& work) {
  const auto rows = static_cast<Index>(values.size());
  const Index cells = plan.cell_count();
  CellRows found;
  if (cell_of.are_all_rows()) {
    found.begin = {0, rows};
    found.values = values;
    found.weights = weights;
    return found;
  }
  constexpr Index kMostCounts = Index{1} << 22;
  const Index parts = std::clamp<Index>(rows / kRowsInBlock, 1, std::clamp<Index>(kMostCounts / (cells + 1), 1, 16));
  std::vector<Index> next(at_index(parts * cells), 0);
  run_blocks(rows, parts, work, [&](Index part, Index begin, Index end) {
    Index* const counts = next.data() + part * cells;
    for (Index row = begin; row < end; ++row) {
      const std::int32_t cell = cell_of(row);
      if (cell >= 0) ++counts[cell];
    }
  });
  Index total = 0;
  for (Index cell = 0; cell < cells; ++cell) {
    found.begin.push_back(total);
    for (Index part = 0; part < parts; ++part) {
      total += std::exchange(next[at_index(part * cells + cell)], total);
    }
  }
  found.begin.push_back(total);
  // Every place is written to below.
  found.kept_values = std::make_unique_for_overwrite<double[]>(at_index(total));
  found.kept_weights = std::make_unique_for_overwrite<double[]>(at_index(total));
  found.kept_rows = std::make_unique_for_overwrite<std::int32_t[]>(at_index(total));
  run_blocks(rows, parts, work, [&](Index part, Index begin, Index end) {
    Index* const places = next.data() + part * cells;
    for (Index row = begin; row < end; ++row) {
      const std::int32_t cell = cell_of(row);
      if (cell < 0) continue;
      const std::size_t place = at_index(places[cell]++);
      found.kept_values[place] = values[at_index(row)];
      found.kept_weights[place] = weights[at_index(row)];
      found.kept_rows[place] = static_cast<std::int32_t>(row);
    }
  });
  found.values = {found.kept_values.get(), at_index(total)};
  found.weights = {found.kept_weights.get(), at_index(total)};
  found.rows = {found.kept_rows.get(), at_index(total)};
  return found;
}

/// Some rows of a cell.
struct Block {
  Index cell = 0;
  Index begin = 0;  ///< places within the cell
  Index end = 0;
};

std::vector<Block> blocks_of(const std::vector<Index>& begin) {
  std::vector<Block> blocks;
  for (std::size_t cell = 0; cell + 1 < begin.size(); ++cell) {
    const Index size = begin[cell + 1] - begin[cell];
    const Index parts = std::max<Index>(1, size / kRowsInBlock);
    for (Index part = 0; part < parts; ++part) {
      blocks.push_back({static_cast<Index>(cell), size * part / parts, size * (part + 1) / parts});
    }
  }
  return blocks;
}

}  // namespace

OrderedCells::OrderedCells(const Plan& plan, const PresenceGroup& group, std::span<const double> values,
                           std::span<const double> weights, std::span<const double> probs, Index most_splitters,
                           bool monotone, const Work& work)
    : plan_(plan), values_(values), rows_(rows_by_cell(plan, BaseCells(plan, group), values, weights, work)) {
  const Index cell_count = plan.cell_count();
  const auto size_of = [&](Index cell) { return at(rows_.begin[at(cell) + 1] - rows_.begin[at(cell)]); };
  for (Index cell = 0; cell < cell_count; ++cell) {
    orders_.emplace_back(rows_.values.subspan(at(rows_.begin[at(cell)]), size_of(cell)), probs, most_splitters);
    totals_.emplace_back(at(orders_.back().buckets()), 0.0);
  }
  const std::vector<Block> blocks = blocks_of(rows_.begin);
  std::vector<std::vector<double>> sums(blocks.size());
  StopSignal stop;
  run_tasks(static_cast<Index>(blocks.size()), work.threads, work.interrupt, stop, [&](Index number) {
    const Block& block = blocks[at(number)];
    ValueOrder& order = orders_[at(block.cell)];
    sums[at(number)].assign(at(order.buckets()), 0.0);
    const double* const of_block = rows_.weights.data() + rows_.begin[at(block.cell)] + block.begin;
    order.sort_into_buckets(block.begin, block.end, of_block, sums[at(number)]);
  });
  for (std::size_t number = 0; number < blocks.size(); ++number) {
    std::vector<double>& totals = totals_[at(blocks[number].cell)];
    for (std::size_t b = 0; b < totals.size(); ++b) totals[b] += sums[number][b];
  }
  for (Index cell = 0; cell < cell_count; ++cell) {
    const double* const of_cell = rows_.weights.data() + rows_.begin[at(cell)];
    full_.emplace_back(
        orders_[at(cell)], totals_[at(cell)], [of_cell](std::int32_t place) { return of_cell[place]; }, monotone);
  }
}

Index OrderedCells::most_buckets() const {
  Index most = 1;
  for (const ValueOrder& order : orders_) most = std::max(most, order.buckets());
  return most;
}

template <class CodeOf>
Column OrderedCells::coded(const std::string& name, Index levels, const Work& work, const CodeOf& code_of) const {
  const auto rows = static_cast<Index>(values_.size());
  const Index blocks = std::max<Index>(1, rows / kRowsInBlock);
  std::vector<std::int32_t> codes(at(rows));
  run_blocks(rows, blocks, work, [&](Index, Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      codes[at(row)] = std::isnan(values_[at(row)]) ? -1 : static_cast<std::int32_t>(code_of(row));
    }
  });
  return column_of_codes(name, std::move(codes), levels);
}

Column OrderedCells::intervals(const std::string& name, std::span<const double> thresholds, const Work& work) const {
  const std::size_t count = thresholds.size() / std::max<std::size_t>(1, at(cells()));
  const bool one_cell = plan_.cell_of.groups.empty();
  return coded(name, static_cast<Index>(count) + 1, work, [&](Index row) {
    const std::int32_t cell = one_cell ? 0 : plan_.cell_of.groups[at(row)];
    if (cell < 0) return Index{0};  // it is looked at nowhere
    const double value = values_[at(row)];
    const double* const of_cell = thresholds.data() + at(cell) * count;
    Index below = 0;
    for (std::size_t k = 0; k < count; ++k) below += static_cast<Index>(of_cell[k] < value);
    return below;
  });
}

Column OrderedCells::buckets(const std::string& name, const Work& work) const {
  // Rows of other cells, or of none, have code 0 and are nowhere looked at.
  std::vector<std::uint8_t> by_row(values_.size(), 0);
  for (Index cell = 0; cell < cells(); ++cell) {
    const std::span<const std::uint8_t> of_cell = orders_[at(cell)].bucket_of();
    for (std::size_t place = 0; place < of_cell.size(); ++place) {
      by_row[at(row(cell, static_cast<std::int32_t>(place)))] = of_cell[place];
    }
  }
  return coded(name, most_buckets(), work, [&](Index row) { return static_cast<Index>(by_row[at(row)]); });
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
