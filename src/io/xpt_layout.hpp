#pragma once

#include <optional>

#include "input_file.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

/// Where the rows of a SAS transport file lie.
struct XptLayout {
  Index data_start = 0;
  Index row_length = 0;
  std::optional<Index> rows;  ///< as a version 8 file says it; version 5 doesn't say
  Index least_rows = 0;       ///< what the file's length vouches for
};

/// Walks the file's 80-byte records before anything is read from it (SAS, "Record layout of a SAS version 5 or 6 data set
/// in SAS transport (XPORT) format", TS-140; version 8 and 9: TS-140-2).
/// @throws Error(read) if the file ends within a record or a row, or holds several data sets: their rows would be taken
///         for rows of the first.
[[nodiscard]] XptLayout xpt_layout(InputFile& file);

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
