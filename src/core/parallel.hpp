#pragma once

#include <atomic>
#include <functional>

#include "irosurvey/core/index.hpp"
#include "irosurvey/core/interrupt.hpp"

namespace irosurvey {
inline namespace v1 {

/// The wish that long work should stop, raised on one thread and looked at, now and then, by others.
class StopSignal {
 public:
  void raise() noexcept { raised_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool raised() const noexcept { return raised_.load(std::memory_order_relaxed); }
  /// @throws Error(interrupted) if it is raised
  void check() const;

 private:
  std::atomic<bool> raised_{false};
};

/// Runs `task(0)` … `task(count − 1)`, each once, on up to `threads` threads (0: one for each processor).
///
/// Which thread runs a task is left to chance, so a task must write to its own place only; then results don't depend on
/// the number of threads. The exception of the lowest task that threw is thrown again here.
/// @param interrupt  asked on the calling thread many times a second; `true` raises `stop`, at which long tasks look
/// @throws Error(interrupted) if `stop` was raised
void run_tasks(Index count, int threads, const Interrupt& interrupt, StopSignal& stop,
               const std::function<void(Index)>& task);

}  // namespace v1
}  // namespace irosurvey
