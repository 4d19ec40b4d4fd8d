#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {

/// A column that shows levels by their codes; -1 is missing.
/// @param boolean  whether it holds booleans, even if no level says so
/// @throws Error(column) if booleans, numbers and text are mixed
[[nodiscard]] Column column_of_levels(std::string name, std::span<const LevelValue> levels,
                                      std::span<const std::int32_t> codes, bool boolean, ColumnNotes notes);

}  // namespace v1
}  // namespace irosurvey
