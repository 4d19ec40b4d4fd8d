#include "irosurvey/frame/level.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace irosurvey {
inline namespace v1 {
namespace {

// Long double holds every Index and every double exactly, so that 2^53 + 1 and 2^53 stay apart.
long double size_of(const LevelValue& value) {
  if (const auto* whole = std::get_if<Index>(&value)) return static_cast<long double>(*whole);
  return static_cast<long double>(std::get<double>(value));
}

// False before true, then numbers, then text.
int rank_of(const LevelValue& value) {
  if (std::holds_alternative<bool>(value)) return 0;
  return std::holds_alternative<std::string>(value) ? 2 : 1;
}

template <class Number>
std::string shortest(Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

}  // namespace

LevelValue level_of(double value) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  const bool is_whole = value >= -kTwoTo63 && value < kTwoTo63 && std::trunc(value) == value;
  if (is_whole) return static_cast<Index>(value);
  return value;
}

std::string to_text(const LevelValue& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* whole = std::get_if<Index>(&value)) return shortest(*whole);
  if (const auto* number = std::get_if<double>(&value)) return shortest(*number);
  return std::get<std::string>(value);
}

std::string to_text(const Level& level) { return level.label.empty() ? to_text(level.value) : level.label; }

bool level_less(const LevelValue& a, const LevelValue& b) {
  if (rank_of(a) != rank_of(b)) return rank_of(a) < rank_of(b);
  switch (rank_of(a)) {
    case 0: return !std::get<bool>(a) && std::get<bool>(b);
    case 1: return size_of(a) < size_of(b);
    default: return std::get<std::string>(a) < std::get<std::string>(b);
  }
}

}  // namespace v1
}  // namespace irosurvey
