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

/// Tasks handed out one by one, and what became of them.
class TaskPool {
 public:
  TaskPool(Index count, StopSignal& stop, const std::function<void(Index)>& task)
      : count_(count), stop_(stop), task_(task), failures_(static_cast<std::size_t>(count)) {}

  void work() {
    for (Index i = next_++; i < count_ && !failed_ && !stop_.raised(); i = next_++) {
      try {
        task_(i);
      } catch (...) {
        failures_[static_cast<std::size_t>(i)] = std::current_exception();
        failed_ = true;
      }
    }
    const std::lock_guard lock(mutex_);
    ++finished_workers_;
    all_finished_.notify_one();
  }

  /// Waits for `workers`, asking `interrupt` many times a second.
  void wait(int workers, const Interrupt& interrupt) {
    constexpr std::chrono::milliseconds kBetweenQuestions{10};
    std::unique_lock lock(mutex_);
    while (!all_finished_.wait_for(lock, kBetweenQuestions, [&] { return finished_workers_ == workers; })) {
      if (!interrupt || stop_.raised()) continue;
      lock.unlock();
      if (interrupt()) stop_.raise();
      lock.lock();
    }
  }

  /// What went wrong first, if anything did.
  void rethrow() const {
    for (const std::exception_ptr& failure : failures_) {
      if (failure) std::rethrow_exception(failure);
    }
    stop_.check();
  }

 private:
  Index count_;
  StopSignal& stop_;
  const std::function<void(Index)>& task_;
  std::vector<std::exception_ptr> failures_;
  std::atomic<Index> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable all_finished_;
  int finished_workers_ = 0;
};

}  // namespace

void StopSignal::check() const {
  if (!raised()) return;
  throw Error(ErrorCode::interrupted, {.subject = "the computation",
                                       .row = {},
                                       .expected = {},
                                       .found = "it was asked to stop",
                                       .remedy = {},
                                       .candidates = {}});
}

void run_tasks(Index count, int threads, const Interrupt& interrupt, StopSignal& stop,
               const std::function<void(Index)>& task) {
  const int available = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int workers = static_cast<int>(std::min<Index>(count, available));
  TaskPool pool(count, stop, task);
  if (!interrupt) {
    // Nobody is to be asked: the calling thread is one of the workers.
    std::vector<std::jthread> others;
    for (int i = 1; i < workers; ++i) others.emplace_back([&pool] { pool.work(); });
    pool.work();
  } else {
    // Even one worker has a thread of its own: the calling thread has questions to ask.
    std::vector<std::jthread> crew;
    crew.reserve(static_cast<std::size_t>(workers));
    for (int i = 0; i < workers; ++i) crew.emplace_back([&pool] { pool.work(); });
    pool.wait(workers, interrupt);
  }
  pool.rethrow();
}

}  // namespace v1
}  // namespace irosurvey
