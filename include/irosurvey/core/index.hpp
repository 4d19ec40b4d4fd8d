#pragma once

#include <cstdint>

namespace irosurvey {
inline namespace v1 {

/// Rows, units, cells: everything that is counted. Signed, so that differences are safe.
using Index = std::int64_t;

}  // namespace v1
}  // namespace irosurvey
