#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {

/// Throws an Error in one line.
[[noreturn]] inline void refuse(ErrorCode code, std::string subject, std::string expected, std::string found,
                                std::string remedy = {}, std::optional<Index> row = {},
                                std::vector<std::string> candidates = {}) {
  throw Error(code, {.subject = std::move(subject),
                     .row = row,
                     .expected = std::move(expected),
                     .found = std::move(found),
                     .remedy = std::move(remedy),
                     .candidates = std::move(candidates)});
}

/// The same of an argument.
[[noreturn]] inline void refuse(std::string subject, std::string expected, std::string found, std::string remedy = {},
                                std::optional<Index> row = {}, std::vector<std::string> candidates = {}) {
  refuse(ErrorCode::argument, std::move(subject), std::move(expected), std::move(found), std::move(remedy), row,
         std::move(candidates));
}

}  // namespace v1
}  // namespace irosurvey
