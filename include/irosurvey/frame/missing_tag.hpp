#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace irosurvey {
inline namespace v1 {

// A tagged missing value (Stata's .a–.z, SAS's .A–.Z and ._) is a NaN whose low bits spell the tag. It needs no second
// array beside the values, and stays with them through any copy of the buffer.

/// The NaN of a tag: 'a'–'z' or '_'; 0 is the missing value without a tag.
[[nodiscard]] inline double tagged_missing(char tag) noexcept {
  constexpr std::uint64_t kQuiet = 0x7ff8'0000'0000'0000;
  constexpr std::uint64_t kOurs = 0x4952'4f00;  // "IRO" and room for the tag
  if (tag == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<double>(kQuiet | kOurs | static_cast<unsigned char>(tag));
}

/// The tag of a value; 0 if it has none.
[[nodiscard]] inline char tag_of(double value) noexcept {
  constexpr std::uint64_t kOurs = 0x7ff8'0000'4952'4f00;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits & ~std::uint64_t{0xff}) == kOurs ? static_cast<char>(bits & 0xff) : char{0};
}

}  // namespace v1
}  // namespace irosurvey
