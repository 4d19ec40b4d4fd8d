#include "frame/level_place.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace irosurvey {
inline namespace v1 {
namespace {

bool same_level(const LevelValue& a, const LevelValue& b) {
  if (a == b) return true;
  const auto number = [](const LevelValue& value) -> std::optional<double> {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1.0 : 0.0;
    if (const auto* whole = std::get_if<Index>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    return std::nullopt;
  };
  const auto x = number(a);
  const auto y = number(b);
  return x && y && *x == *y;
}

}  // namespace

std::ptrdiff_t place_of(const LevelValue& wanted, const std::vector<Level>& levels) {
  std::ptrdiff_t labelled = -1;
  Index labels = 0;
  const auto* label = std::get_if<std::string>(&wanted);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (same_level(levels[i].value, wanted)) return static_cast<std::ptrdiff_t>(i);
    if (label == nullptr || label->empty() || levels[i].label != *label) continue;
    labelled = static_cast<std::ptrdiff_t>(i);
    ++labels;
  }
  return labels == 1 ? labelled : -1;
}

std::string listed(const std::vector<Level>& levels) {
  constexpr std::size_t kShown = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(levels.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + to_text(levels[i].value);
  }
  return levels.size() > kShown ? text + ", …" : text;
}

}  // namespace v1
}  // namespace irosurvey
