#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace irosurvey {
inline namespace v1 {

/// A JSON value, as far as column notes need one. Whole numbers stay whole.
struct Json {
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  ///< in the order of the text
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value = nullptr;

  template <class T>
  [[nodiscard]] const T* get() const noexcept {
    return std::get_if<T>(&value);
  }
  /// The member of an object; null if this isn't one, or has no such member.
  [[nodiscard]] const Json* member(std::string_view key) const noexcept;
};

[[nodiscard]] std::string write_json(const Json& json);

/// @throws std::invalid_argument saying what is wrong at which byte.
[[nodiscard]] Json parse_json(std::string_view text);

}  // namespace v1
}  // namespace irosurvey
