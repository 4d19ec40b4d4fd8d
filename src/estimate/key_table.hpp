#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "irosurvey/core/index.hpp"
#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Labels of one column, numbered as they come.
class LabelTable {
 public:
  /// -1: not there.
  [[nodiscard]] std::int32_t find(const LevelValue& label) const {
    const auto found = codes_.find(label);
    return found == codes_.end() ? -1 : found->second;
  }
  std::int32_t insert(const LevelValue& label);

  /// By code.
  [[nodiscard]] const std::vector<LevelValue>& values() const noexcept { return values_; }
  /// The place of each code in the natural order of labels.
  [[nodiscard]] std::vector<std::int32_t> ranks() const;

 private:
  struct Less {
    bool operator()(const LevelValue& a, const LevelValue& b) const { return level_less(a, b); }
  };

  std::map<LevelValue, std::int32_t, Less> codes_;
  std::vector<LevelValue> values_;
};

/// Keys of `width` codes each, numbered as they come.
class KeyTable {
 public:
  explicit KeyTable(std::size_t width = 0);

  [[nodiscard]] Index size() const noexcept { return size_; }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] std::span<const std::int32_t> key(Index number) const {
    return std::span(codes_).subspan(static_cast<std::size_t>(number) * width_, width_);
  }
  /// -1: not there.
  [[nodiscard]] Index find(std::span<const std::int32_t> key) const;
  /// The number of the key, which is added if it is new.
  Index insert(std::span<const std::int32_t> key);

 private:
  [[nodiscard]] std::size_t place_of(std::span<const std::int32_t> key) const;
  void grow();

  std::size_t width_;
  Index size_ = 0;
  std::vector<std::int32_t> codes_;
  std::vector<std::int32_t> slots_;  ///< open addressing, a power of two, at most half full; -1: free
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
