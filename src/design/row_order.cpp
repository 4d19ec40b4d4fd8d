#include "design/row_order.hpp"

#include <span>
#include <utility>

#include "core/row_parts.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

RowOrder::RowOrder(LargeArray<std::int32_t> rows) : state_(std::make_shared<State>()) {
  state_->rows = std::move(rows);
  state_->is_sorted = true;
}

RowOrder::RowOrder(LargeArray<std::int32_t> unit_of_position, std::vector<Index> unit_begin)
    : state_(std::make_shared<State>()) {
  state_->unit_of_position = std::move(unit_of_position);
  state_->unit_begin = std::move(unit_begin);
}

/// A counting sort; parts of the sample are counted and put in their places side by side.
void RowOrder::State::sort() {
  const std::size_t units = unit_begin.size() - 1;
  // A unit's rows from one part fill a cache line: two processors that write to one line wait for each other.
  constexpr std::size_t kLine = 16;
  const RowParts parts(unit_of_position.size(), kLine * units);
  std::vector<std::vector<std::int32_t>> places(parts.count(), std::vector<std::int32_t>(units, 0));
  parts.run([&](std::size_t part, std::size_t begin, std::size_t end) {
    std::int32_t* const counts = places[part].data();
    for (std::size_t i = begin; i < end; ++i) ++counts[unit_of_position[i]];
  });
  for (std::size_t unit = 0; unit < units; ++unit) {
    auto next = static_cast<std::int32_t>(unit_begin[unit]);
    for (std::vector<std::int32_t>& of_part : places) next += std::exchange(of_part[unit], next);
  }
  rows = LargeArray<std::int32_t>(unit_of_position.size());
  const std::span<std::int32_t> out = rows.writable();
  parts.run([&](std::size_t part, std::size_t begin, std::size_t end) {
    std::int32_t* const next = places[part].data();
    for (std::size_t i = begin; i < end; ++i) {
      out[static_cast<std::size_t>(next[unit_of_position[i]]++)] = static_cast<std::int32_t>(i);
    }
  });
}

const LargeArray<std::int32_t>& RowOrder::rows() const {
  // Asked row by row, and nearly always sorted by then.
  if (!state_->is_sorted.load(std::memory_order_acquire)) {
    std::call_once(state_->sorting, [&] {
      state_->sort();
      state_->is_sorted.store(true, std::memory_order_release);
    });
  }
  return state_->rows;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
