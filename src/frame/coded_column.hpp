#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {

/// A column of whole numbers 0 … levels − 1 that somebody has computed; −1 is missing. What the engine asks of it (its
/// levels, all of them whether they occur or not, and which rows have one) is told from the start: no row is looked at again.
[[nodiscard]] Column column_of_codes(std::string name, std::vector<std::int32_t> codes, Index levels);

}  // namespace v1
}  // namespace irosurvey
