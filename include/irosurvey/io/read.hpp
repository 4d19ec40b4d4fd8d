#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/frame/frame.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

struct ReadOptions {
  std::vector<std::string> columns{};  ///< only these, in this order; empty: all
  std::string encoding{};              ///< of the file's text; empty: as the file says, or its format prescribes
  Interrupt interrupt{};
};

/// Reads a data file of SPSS (.sav, .zsav), Stata (.dta) or SAS (.xpt), with its labels and kinds of missing.
///
/// The format is told by the file's first bytes, and has to be the one that its name says.
/// @throws Error(read) that names file, position and cause if the file is missing, truncated or mislabelled;
///         Error(column) if a column that was asked for isn't in it.
[[nodiscard]] IROSURVEY_EXPORT Frame read(const std::filesystem::path& path, const ReadOptions& options = {});

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
