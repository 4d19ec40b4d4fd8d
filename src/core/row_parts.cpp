#include "core/row_parts.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace irosurvey {
inline namespace v1 {

RowParts::RowParts(std::size_t rows, std::size_t numbers_each) : rows_(rows) {
  // Enough work to be worth a thread; parts enough for the threads of most machines.
  constexpr std::size_t kRows = std::size_t{1} << 16U;
  constexpr std::size_t kMost = 16;
  const std::size_t most = std::min(kMost, rows / std::max<std::size_t>(1, numbers_each));
  count_ = std::max(count_, std::min(rows / kRows, most));
}

void RowParts::run(const std::function<void(std::size_t, std::size_t, std::size_t)>& work) const {
  StopSignal stop;
  run_tasks(static_cast<Index>(count_), 0, {}, stop, [&](Index task) {
    const auto part = static_cast<std::size_t>(task);
    work(part, rows_ * part / count_, rows_ * (part + 1) / count_);
  });
}

}  // namespace v1
}  // namespace irosurvey
