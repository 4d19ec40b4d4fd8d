#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {

/// A choice and the name by which people ask for it. A table of these serves both directions.
template <class Value>
struct NamedValue {
  Value value;
  std::string_view name;
};

template <class Value, std::size_t size>
[[nodiscard]] constexpr std::string_view name_in(const NamedValue<Value> (&table)[size], Value value) noexcept {
  for (const auto& entry : table) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

/// @throws Error(argument) that lists the names of the table.
template <class Value, std::size_t size>
[[nodiscard]] Value value_in(const NamedValue<Value> (&table)[size], std::string_view argument, std::string_view name) {
  std::vector<std::string> names;
  std::string listed;
  for (const auto& entry : table) {
    if (entry.name == name) return entry.value;
    names.emplace_back(entry.name);
    listed += (listed.empty() ? "'" : ", '") + names.back() + "'";
  }
  throw Error(ErrorCode::argument, {.subject = std::string(argument),
                                    .row = {},
                                    .expected = "one of " + listed,
                                    .found = "'" + std::string(name) + "'",
                                    .remedy = {},
                                    .candidates = near_names(name, names)});
}

}  // namespace v1
}  // namespace irosurvey
