#pragma once

#include <cstddef>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {

/// A signed index as standard containers want it.
[[nodiscard]] constexpr std::size_t at(Index index) noexcept { return static_cast<std::size_t>(index); }

}  // namespace v1
}  // namespace irosurvey
