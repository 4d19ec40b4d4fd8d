#pragma once

#include "input_file.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

// What ReadStat doesn't ask of a Stata file.

/// @throws Error(read) if a file of format 117 or later lacks its end, or promises more variables than its bytes can
///         describe.
void require_whole_dta(InputFile& file);

/// Value labels come last, and ReadStat takes their breaking off for their end.
/// @throws Error(read) if that is what happened in the reading that is just over.
void require_all_dta_labels(InputFile& file);

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
