#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "array_data.hpp"

namespace irosurvey {
inline namespace v1 {

/// The bitmap of a chunk's rows that are neither missing nor user-missing, read from bit `chunk.offset`;
/// empty if no user-missing code occurs.
[[nodiscard]] std::shared_ptr<const std::vector<std::uint8_t>> strict_validity(const Chunk& chunk, const Field& field,
                                                                               const UserMissing& rule);

/// Whether a value is one of the declared codes.
[[nodiscard]] bool is_user_missing(const LevelValue& value, const UserMissing& rule);

}  // namespace v1
}  // namespace irosurvey
