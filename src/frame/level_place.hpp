#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {

/// The level that is meant: by its value (1 is `true` too), or by the label that it alone has. None: -1.
[[nodiscard]] std::ptrdiff_t place_of(const LevelValue& wanted, const std::vector<Level>& levels);

/// The first levels' values as an error lists them: `1, 2, 3, …`.
[[nodiscard]] std::string listed(const std::vector<Level>& levels);

}  // namespace v1
}  // namespace irosurvey
