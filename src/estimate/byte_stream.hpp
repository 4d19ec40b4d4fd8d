#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/refuse.hpp"
#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// @throws Error(read): these aren't the bytes of unit totals
[[noreturn]] inline void refuse_bytes(std::string expected, std::string found) {
  refuse(ErrorCode::read, "bytes of unit totals", std::move(expected), std::move(found),
         "Give the bytes that to_bytes wrote, whole, to the version of this program that wrote them.");
}

/// Numbers, texts and lists as bytes, whatever the machine.
class ByteWriter {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void flag(bool value) { byte(value ? 1 : 0); }
  void number(std::uint64_t value, int bytes = 8) {
    for (int i = 0; i < bytes; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void index(Index value) { number(static_cast<std::uint64_t>(value)); }
  void size(std::size_t value) { number(value); }
  void code(std::int32_t value) { number(static_cast<std::uint32_t>(value), 4); }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    size(value.size());
    bytes_.append(value);
  }
  void level(const LevelValue& value) {
    byte(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& held) { put(held); }, value);
  }
  template <class Items, class Write>
  void list(const Items& items, const Write& write) {
    size(items.size());
    for (const auto& item : items) write(item);
  }
  void texts(const std::vector<std::string>& values) {
    list(values, [this](const std::string& value) { text(value); });
  }
  void levels(const std::vector<LevelValue>& values) {
    list(values, [this](const LevelValue& value) { level(value); });
  }

  [[nodiscard]] std::string& bytes() { return bytes_; }

 private:
  void put(bool value) { flag(value); }
  void put(Index value) { index(value); }
  void put(double value) { real(value); }
  void put(const std::string& value) { text(value); }

  std::string bytes_;
};

/// Reads what a ByteWriter wrote. Never beyond the end, and never more room than the bytes that are left could fill.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  std::uint64_t number(int bytes = 8) {
    require(static_cast<std::size_t>(bytes));
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[static_cast<std::size_t>(i)])) << (8 * i);
    }
    bytes_.remove_prefix(static_cast<std::size_t>(bytes));
    return value;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  std::uint8_t choice(std::size_t choices) {
    const std::uint8_t value = byte();
    if (value >= choices)
      refuse_bytes("one of " + std::to_string(choices) + " choices", "number " + std::to_string(value));
    return value;
  }
  bool flag() { return choice(2) != 0; }
  Index index() { return static_cast<Index>(number()); }
  std::int32_t code() { return static_cast<std::int32_t>(static_cast<std::uint32_t>(number(4))); }
  /// A code from `least` to below `end`.
  std::int32_t code(Index least, Index end) {
    const std::int32_t value = code();
    if (value < least || value >= end) refuse_bytes("a number below " + std::to_string(end), std::to_string(value));
    return value;
  }
  double real() { return std::bit_cast<double>(number()); }
  /// How many items follow, each of at least `least` bytes.
  std::size_t size(std::size_t least) {
    const std::uint64_t value = number();
    if (value > bytes_.size() / std::max<std::size_t>(1, least)) refuse_bytes("more bytes", "the end");
    return static_cast<std::size_t>(value);
  }
  std::string text() {
    const std::size_t length = size(1);
    std::string value(bytes_.substr(0, length));
    bytes_.remove_prefix(length);
    return value;
  }
  LevelValue level() {
    switch (choice(4)) {
      case 0: return flag();
      case 1: return index();
      case 2: return ordered(real());
      default: return text();
    }
  }
  template <class Read>
  auto list(std::size_t least, const Read& read) {
    const std::size_t count = size(least);
    std::vector<decltype(read())> items;
    items.reserve(count);
    for (std::size_t i = 0; i < count; ++i) items.push_back(read());
    return items;
  }
  std::vector<std::string> texts() {
    return list(8, [this] { return text(); });
  }
  std::vector<LevelValue> levels() {
    return list(2, [this] { return level(); });
  }

 private:
  /// NaN is no level: it has no place among others.
  static double ordered(double value) {
    if (std::isnan(value)) refuse_bytes("a level", "NaN");
    return value;
  }

  void require(std::size_t bytes) const {
    if (bytes > bytes_.size()) refuse_bytes("more bytes", "the end");
  }

  std::string_view bytes_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
