#pragma once

#include <functional>

#include "irosurvey/core/index.hpp"
#include "irosurvey/core/interrupt.hpp"

namespace irosurvey {
inline namespace v1 {

/// Runs `task(0)` … `task(count - 1)`, each once, on up to `threads` threads (0: one for each processor).
///
/// Which thread runs a task is left to chance, so a task must write to its own place only; then results don't depend on
/// the number of threads. The exception of the lowest task that threw is thrown again here.
/// @throws Error(interrupted) if `interrupt`, asked on the calling thread between tasks, says so.
void run_tasks(Index count, int threads, const Interrupt& interrupt, const std::function<void(Index)>& task);

}  // namespace v1
}  // namespace irosurvey
