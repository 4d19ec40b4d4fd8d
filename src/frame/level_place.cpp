#include "frame/level_place.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace irosurvey {
inline namespace v1 {
namespace {

/// Codes that are equal as numbers are one level.
std::optional<double> number_of(const LevelValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1.0 : 0.0;
  if (const auto* whole = std::get_if<Index>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

template <class Places, class Key>
std::ptrdiff_t found_in(const Places& places, const Key& key) {
  const auto found = places.find(key);
  return found == places.end() ? -1 : found->second;
}

}  // namespace

LevelPlaces::LevelPlaces(const std::vector<Level>& levels) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto place = static_cast<std::ptrdiff_t>(i);
    if (const auto number = number_of(levels[i].value)) {
      numbers_.emplace(*number, place);
    } else {
      texts_.emplace(std::get<std::string>(levels[i].value), place);
    }
    if (levels[i].label.empty()) continue;
    const auto [known, is_new] = labels_.emplace(levels[i].label, place);
    if (!is_new) known->second = -1;
  }
}

std::ptrdiff_t LevelPlaces::operator()(const LevelValue& wanted) const {
  if (const auto number = number_of(wanted)) return found_in(numbers_, *number);
  const auto& text = std::get<std::string>(wanted);
  const std::ptrdiff_t by_value = found_in(texts_, text);
  return by_value >= 0 ? by_value : found_in(labels_, text);
}

std::ptrdiff_t place_of(const LevelValue& wanted, const std::vector<Level>& levels) {
  return LevelPlaces(levels)(wanted);
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
