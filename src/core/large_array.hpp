#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace irosurvey {
inline namespace v1 {

/// Memory that nobody has written to yet; a few large pages where the system has them. To touch four megabytes page by page
/// costs as much as to compute them.
/// @throws std::bad_alloc
[[nodiscard]] std::shared_ptr<void> large_memory(std::size_t bytes);

/// Numbers one a row, written once by whoever makes them and then read by everyone: copies share them.
template <class Value>
class LargeArray {
  static_assert(std::is_trivially_copyable_v<Value> && std::is_trivially_destructible_v<Value>);

 public:
  LargeArray() = default;
  /// Values are whatever lies in memory: write them all before the array is copied.
  explicit LargeArray(std::size_t size)
      : memory_(large_memory(size * sizeof(Value))), values_(static_cast<Value*>(memory_.get()), size) {}

  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] const Value& operator[](std::size_t i) const noexcept { return values_[i]; }
  [[nodiscard]] const Value* data() const noexcept { return values_.data(); }
  [[nodiscard]] auto begin() const noexcept { return std::span<const Value>(values_).begin(); }
  [[nodiscard]] auto end() const noexcept { return std::span<const Value>(values_).end(); }

  /// For the one who makes them.
  [[nodiscard]] std::span<Value> writable() noexcept { return values_; }

  friend bool operator==(const LargeArray& a, const LargeArray& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::shared_ptr<void> memory_;
  std::span<Value> values_;
};

}  // namespace v1
}  // namespace irosurvey
