#pragma once

#include <cstddef>
#include <functional>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {

/// Rows in parts that are gone through side by side. The data alone decide how many parts there are, never the number of
/// threads.
class RowParts {
 public:
  /// @param numbers_each  numbers that are kept for each part: all of them together stay fewer than rows
  explicit RowParts(std::size_t rows, std::size_t numbers_each = 0);
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Calls `work(part, begin, end)` for each part, on all processors; each may write to its own places only.
  void run(const std::function<void(std::size_t, std::size_t, std::size_t)>& work) const;

 private:
  std::size_t rows_;
  std::size_t count_ = 1;
};

}  // namespace v1
}  // namespace irosurvey
