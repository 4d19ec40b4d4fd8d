#pragma once

#include <functional>

namespace irosurvey {
inline namespace v1 {

/// Asked from time to time, on the calling thread only, while long work runs; `true` means stop.
/// Empty: the work can't be interrupted. The work then ends with Error(interrupted).
using Interrupt = std::function<bool()>;

}  // namespace v1
}  // namespace irosurvey
