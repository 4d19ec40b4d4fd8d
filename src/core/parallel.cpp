#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

Error interrupted() {
  return {ErrorCode::interrupted,
          {.subject = "the computation",
           .row = {},
           .expected = {},
           .found = "it was asked to stop",
           .remedy = {},
           .candidates = {}}};
}

/// Tasks handed out one by one, and what became of them.
class TaskPool {
 public:
  TaskPool(Index count, const std::function<void(Index)>& task)
      : count_(count), task_(task), failures_(static_cast<std::size_t>(count)) {}

  void work() {
    for (Index i = next_++; i < count_ && !stopped_; i = next_++) {
      try {
        task_(i);
      } catch (...) {
        failures_[static_cast<std::size_t>(i)] = std::current_exception();
        stopped_ = true;
      }
    }
    const std::lock_guard lock(mutex_);
    ++finished_workers_;
    all_finished_.notify_one();
  }

  /// Waits for `workers`, asking `interrupt` a few times a second. Says whether it was interrupted.
  bool wait(int workers, const Interrupt& interrupt) {
    constexpr std::chrono::milliseconds kBetweenQuestions{50};
    bool asked_to_stop = false;
    std::unique_lock lock(mutex_);
    while (!all_finished_.wait_for(lock, kBetweenQuestions, [&] { return finished_workers_ == workers; })) {
      if (!interrupt || asked_to_stop) continue;
      lock.unlock();
      asked_to_stop = interrupt();
      if (asked_to_stop) stopped_ = true;
      lock.lock();
    }
    return asked_to_stop;
  }

  void rethrow() const {
    for (const std::exception_ptr& failure : failures_) {
      if (failure) std::rethrow_exception(failure);
    }
  }

 private:
  Index count_;
  const std::function<void(Index)>& task_;
  std::vector<std::exception_ptr> failures_;
  std::atomic<Index> next_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable all_finished_;
  int finished_workers_ = 0;
};

}  // namespace

void run_tasks(Index count, int threads, const Interrupt& interrupt, const std::function<void(Index)>& task) {
  const int available = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int workers = static_cast<int>(std::min<Index>(count, available));
  if (workers <= 1) {
    for (Index i = 0; i < count; ++i) {
      if (interrupt && interrupt()) throw interrupted();
      task(i);
    }
    return;
  }
  TaskPool pool(count, task);
  bool asked_to_stop = false;
  {
    std::vector<std::jthread> crew;
    crew.reserve(static_cast<std::size_t>(workers));
    for (int i = 0; i < workers; ++i) crew.emplace_back([&pool] { pool.work(); });
    asked_to_stop = pool.wait(workers, interrupt);
  }
  pool.rethrow();
  if (asked_to_stop) throw interrupted();
}

}  // namespace v1
}  // namespace irosurvey
