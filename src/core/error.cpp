#include "irosurvey/core/error.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

/// As much of a text as anybody reads, cut between characters of UTF-8.
std::string shortened(std::string text) {
  constexpr std::size_t kLongest = 1'000;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  while (end > 0 && continues(end)) --end;
  text.resize(end);
  return text + "…";
}

const ErrorDetails& shorten(ErrorDetails& details) {
  for (std::string* part : {&details.subject, &details.expected, &details.found, &details.remedy}) {
    *part = shortened(std::move(*part));
  }
  return details;
}

std::string message(const ErrorDetails& details) {
  std::string text = details.subject;
  if (details.row) text += " (row " + std::to_string(*details.row) + ", counted from 0)";
  if (!details.expected.empty()) text += ": expected " + details.expected;
  if (!details.found.empty()) text += (details.expected.empty() ? ": " : ", found ") + details.found;
  text += ".";
  if (!details.remedy.empty()) text += " " + details.remedy;
  if (!details.candidates.empty()) text += " Did you mean " + quoted_list(details.candidates) + "?";
  return text;
}

Index edit_distance(std::string_view a, std::string_view b) {
  std::vector<Index> previous(b.size() + 1);
  std::vector<Index> current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), Index{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<Index>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const Index substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
    }
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

Error::Error(ErrorCode code, ErrorDetails details)
    : std::runtime_error(message(shorten(details))), code_(code), details_(std::move(details)) {}

std::vector<std::string> near_names(std::string_view name, std::span<const std::string> existing) {
  constexpr std::size_t kMost = 3;
  // A third of the letters wrong is a slip; more is another word.
  const Index furthest = std::max<Index>(2, static_cast<Index>(name.size()) / 3);
  const std::string wanted = lower(name);
  std::vector<std::pair<Index, std::string>> ranked;
  for (const std::string& candidate : existing) {
    const Index distance = edit_distance(wanted, lower(candidate));
    const bool has_something_in_common = distance < static_cast<Index>(std::max(name.size(), candidate.size()));
    if (distance <= furthest && has_something_in_common) ranked.emplace_back(distance, candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (ranked.size() > kMost) ranked.resize(kMost);
  std::vector<std::string> names;
  names.reserve(ranked.size());
  for (auto& [distance, candidate] : ranked) names.push_back(std::move(candidate));
  return names;
}

}  // namespace v1
}  // namespace irosurvey
