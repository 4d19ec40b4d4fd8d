#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/frame/frame.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

/// What is read of a file, and how.
struct ReadOptions {
  std::vector<std::string> columns{};  ///< only these, in this order; empty: all
  std::string encoding{};              ///< of the file's text; empty: as the file says, or its format prescribes
  Interrupt interrupt{};               ///< asked now and then; true ends it with Error(interrupted)
};

/// Reads a data file of SPSS (.sav, .zsav), Stata (.dta) or SAS (.xpt), with its labels and kinds of missing.
///
/// The format is told by the file's first bytes, and has to be the one that its name says.
/// @throws Error(read) that names file, position and cause if the file is missing, truncated or mislabelled;
///         Error(column) if a column that was asked for isn't in it.
[[nodiscard]] IROSURVEY_EXPORT Frame read(const std::filesystem::path& path, const ReadOptions& options = {});

/// A question with several answers, as an SPSS file defines it (a multiple-response set).
struct ResponseSet {
  std::string name;                      ///< begins with `$`
  std::string label{};                   ///< the question's wording
  std::vector<std::string> columns{};    ///< of answers (dichotomous), or of the first, second, … answer given
  std::optional<std::string> counted{};  ///< of a dichotomous set: the value that says "chosen", as the file writes it

  friend bool operator==(const ResponseSet&, const ResponseSet&) = default;
};

/// The multiple-response sets that an SPSS file (.sav, .zsav) defines, in its order; files of Stata and SAS define none.
/// No row is read.
/// @param encoding  of the file's text; empty: as the file says
/// @throws Error(read) as `read`, for definitions that can't be read, and where the ReadStat that this library was built with
///         doesn't know such sets (the releases up to 1.1.9).
[[nodiscard]] IROSURVEY_EXPORT std::vector<ResponseSet> response_sets(const std::filesystem::path& path,
                                                                      const std::string& encoding = {});

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
