#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {

/// What kind of thing went wrong. Python has one exception class for each.
enum class ErrorCode {
  read,         ///< a file is missing, truncated, or not what it claims to be
  column,       ///< a column doesn't exist, or has the wrong type for its use
  argument,     ///< a value of an argument has no meaning
  design,       ///< weights, strata, clusters or fpc contradict each other or themselves
  singleton,    ///< a stratum holds one sampling unit, and no rule for it was named
  numerical,    ///< an estimate can't be computed from these numbers
  interrupted,  ///< the caller asked to stop
};

/// The parts of a message, so that a program can use what a person reads.
struct ErrorDetails {
  std::string subject;                  ///< what the message is about: a column, a file, a stratum
  std::optional<Index> row;             ///< row of the data, counted from 0
  std::string expected;                 ///< what would have been right
  std::string found;                    ///< what was there instead
  std::string remedy;                   ///< how to mend it
  std::vector<std::string> candidates;  ///< names that exist and are near to the one asked for
};

/// The one exception of the library.
///
/// `what()` reads: subject (row): expected …, found …. Remedy. Did you mean …?
/// Rows are counted from 0 in `details()` and in the text, as data frames count them.
class IROSURVEY_EXPORT Error : public std::runtime_error {
 public:
  Error(ErrorCode code, ErrorDetails details);

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] const ErrorDetails& details() const noexcept { return details_; }

 private:
  ErrorCode code_;
  ErrorDetails details_;
};

/// The names nearest to `name` by edit distance, best first; at most three, none that is far off.
[[nodiscard]] IROSURVEY_EXPORT std::vector<std::string> near_names(std::string_view name,
                                                                   std::span<const std::string> existing);

}  // namespace v1
}  // namespace irosurvey
