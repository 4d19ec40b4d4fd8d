#pragma once

#include <string>
#include <variant>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {

/// A value that a categorical variable can take. A whole number is an Index, whatever its storage:
/// SPSS keeps the code 1 as a double, a data frame as an int8, and both mean the same level.
using LevelValue = std::variant<bool, Index, double, std::string>;

/// A value with the label its data file gives it; an empty label means that there is none.
struct Level {
  LevelValue value;
  std::string label;

  friend bool operator==(const Level&, const Level&) = default;
};

/// `value` as an Index if it is a whole number that an Index can hold, else as it is.
[[nodiscard]] IROSURVEY_EXPORT LevelValue level_of(double value);

/// The value as a person writes it: `1`, `0.5`, `true`, `North East`.
[[nodiscard]] IROSURVEY_EXPORT std::string to_text(const LevelValue& value);

/// The label, or the value's text where there is no label.
[[nodiscard]] IROSURVEY_EXPORT std::string to_text(const Level& level);

/// Natural order: false before true, numbers by size (integers and fractions together), then text by its bytes.
[[nodiscard]] IROSURVEY_EXPORT bool level_less(const LevelValue& a, const LevelValue& b);

}  // namespace v1
}  // namespace irosurvey
