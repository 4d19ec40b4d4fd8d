#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "array_data.hpp"
#include "core/nan.hpp"

// Reading values out of Arrow buffers, one stretch at a time. Nulls are the caller's business, except in dictionaries.

namespace irosurvey {
inline namespace v1 {

/// Values `offset` to `offset + length` of an array of numbers without dictionary, as doubles. Rows that are null hold
/// whatever the buffer holds.
void read_numbers(const ArrayData& data, const Field& field, Index offset, Index length, double* out);

/// Calls `use(values)` with a pointer to integers of the array's own type, at row `offset`.
/// @returns false, and makes no call, if the kind isn't an integer.
template <class Use>
bool with_integers(const ArrayData& data, Kind kind, Index offset, Use&& use) {
  const auto at = [&]<class T>(T) { use(static_cast<const T*>(data.buffers[1]) + offset); };
  switch (kind) {
    case Kind::int8: at(std::int8_t{}); return true;
    case Kind::uint8: at(std::uint8_t{}); return true;
    case Kind::int16: at(std::int16_t{}); return true;
    case Kind::uint16: at(std::uint16_t{}); return true;
    case Kind::int32: at(std::int32_t{}); return true;
    case Kind::uint32: at(std::uint32_t{}); return true;
    case Kind::int64: at(std::int64_t{}); return true;
    case Kind::uint64: at(std::uint64_t{}); return true;
    default: return false;
  }
}

/// Text at one row of a string array; the view lives as long as the array.
class TextReader {
 public:
  TextReader(const ArrayData& data, Kind kind) noexcept : data_(data), kind_(kind) {}

  [[nodiscard]] std::string_view operator()(Index row) const noexcept {
    if (kind_ == Kind::utf8) return between<std::int32_t>(row);
    if (kind_ == Kind::large_utf8) return between<std::int64_t>(row);
    return view(row);
  }

 private:
  template <class Offset>
  [[nodiscard]] std::string_view between(Index row) const noexcept {
    const auto* offsets = static_cast<const Offset*>(data_.buffers[1]);
    const auto* bytes = static_cast<const char*>(data_.buffers[2]);
    return {bytes + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row])};
  }

  // A view is 16 bytes: a length, then the text itself (up to 12 bytes), or a prefix, a buffer's number and a place in
  // that buffer (Apache Arrow columnar format, "Variable-size Binary View Layout").
  [[nodiscard]] std::string_view view(Index row) const noexcept {
    constexpr std::int32_t kInline = 12;
    const char* entry = static_cast<const char*>(data_.buffers[1]) + 16 * row;
    std::int32_t parts[4];
    std::memcpy(parts, entry, sizeof parts);
    const auto size = static_cast<std::size_t>(parts[0]);
    if (parts[0] <= kInline) return {entry + 4, size};
    const auto* bytes = static_cast<const char*>(data_.buffers[2 + static_cast<std::size_t>(parts[2])]);
    return {bytes + parts[3], size};
  }

  const ArrayData& data_;
  Kind kind_;
};

}  // namespace v1
}  // namespace irosurvey
