#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "irosurvey/core/index.hpp"
#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {

/// Numbers distinct values 0, 1, 2 … as they come.
class LevelCoder {
 public:
  LevelCoder();

  [[nodiscard]] std::int32_t code(bool value) { return value ? truth(1, true) : truth(0, false); }

  [[nodiscard]] std::int32_t code(Index value) {
    // Codes of answers are small: a table answers for them, a hash for the rest.
    const auto place = static_cast<std::uint64_t>(value) + kBelowZero;
    if (place >= table_.size()) return whole(value);
    std::int32_t& known = table_[place];
    return known >= 0 ? known : known = add(value);
  }

  [[nodiscard]] std::int32_t code(double value) {
    if (value >= -kLargestWhole && value <= kLargestWhole) {
      const auto truncated = static_cast<Index>(value);
      if (static_cast<double>(truncated) == value) return code(truncated);
    }
    return fraction(value);
  }

  /// The text is copied when it is new.
  [[nodiscard]] std::int32_t code(std::string_view value);

  [[nodiscard]] const std::vector<LevelValue>& values() const noexcept { return values_; }

 private:
  static constexpr std::uint64_t kBelowZero = 1024;
  static constexpr double kLargestWhole = 9.0e15;

  struct Slot {
    std::uint64_t hash = 0;
    std::int32_t code = -1;
  };

  /// A text of up to 16 bytes as two words, which overlap unless it is as long: with its size they are the text.
  struct ShortText {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    std::uint64_t size = 0;

    explicit ShortText(std::string_view text) noexcept;
    ShortText() = default;
    friend bool operator==(const ShortText&, const ShortText&) = default;
  };
  struct ShortSlot {
    ShortText text;
    std::int32_t code = -1;
  };

  [[nodiscard]] std::int32_t add(LevelValue value);
  [[nodiscard]] std::int32_t truth(std::size_t place, bool value);
  [[nodiscard]] std::int32_t whole(Index value);
  [[nodiscard]] std::int32_t fraction(double value);
  template <class Same, class Make>
  [[nodiscard]] std::int32_t look_up(std::uint64_t hash, Same&& same, Make&& make);
  void grow();
  [[nodiscard]] std::int32_t short_text(std::string_view value);
  void grow_short();

  std::vector<LevelValue> values_;
  std::vector<std::int32_t> table_;
  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  std::size_t used_ = 0;
  std::vector<ShortSlot> short_slots_;  // likewise
  std::size_t short_used_ = 0;
  std::int32_t truths_[2] = {-1, -1};
};

}  // namespace v1
}  // namespace irosurvey
