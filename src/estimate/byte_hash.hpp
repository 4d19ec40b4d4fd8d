#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// FNV-1a, 64 bits (Fowler, Noll and Vo; RFC 9923): every single changed byte changes it, on every machine alike.
[[nodiscard]] constexpr std::uint64_t hash_of_bytes(std::string_view bytes) {
  constexpr std::uint64_t kBasis = 0xCBF29CE484222325U;
  constexpr std::uint64_t kPrime = 0x100000001B3U;
  std::uint64_t hash = kBasis;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * kPrime;
  return hash;
}

[[nodiscard]] inline std::uint64_t hash_of_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return hash_of_bytes(text);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
