#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/large_array.hpp"
#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// The rows in an order in which each of the finest units is one run. They are sorted when a row is first asked for: rows that
/// are summed as they come, into a table of units, never are. Copies share them.
class IROSURVEY_EXPORT RowOrder {
 public:
  RowOrder() = default;  ///< rows are in order as they are
  explicit RowOrder(LargeArray<std::int32_t> rows);
  /// @param unit_begin  first position of each unit, and the end
  RowOrder(LargeArray<std::int32_t> unit_of_position, std::vector<Index> unit_begin);

  [[nodiscard]] bool empty() const noexcept { return state_ == nullptr; }
  [[nodiscard]] const std::int32_t& operator[](std::size_t position) const { return rows()[position]; }
  [[nodiscard]] const LargeArray<std::int32_t>& rows() const;
  /// The finest unit of each row, in the rows' own order.
  [[nodiscard]] const LargeArray<std::int32_t>& unit_of_position() const { return state_->unit_of_position; }

  friend bool operator==(const RowOrder& a, const RowOrder& b) {
    return a.empty() || b.empty() ? a.empty() == b.empty() : a.rows() == b.rows();
  }

 private:
  struct State {
    LargeArray<std::int32_t> unit_of_position;
    std::vector<Index> unit_begin;
    LargeArray<std::int32_t> rows;
    std::once_flag sorting;
    std::atomic<bool> is_sorted{false};

    void sort();
  };
  std::shared_ptr<State> state_;
};

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
