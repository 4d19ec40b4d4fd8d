#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

/// What every ReadError says: which file, what it should have held, what it holds and where, and what to do.
struct Failure {
  std::string expected;
  std::string found;
  std::string remedy = {};
  std::optional<Index> row = {};
  std::vector<std::string> candidates = {};
};

[[nodiscard]] inline Error read_error(const std::filesystem::path& path, Failure failure) {
  return {ErrorCode::read,
          {.subject = "file '" + path.string() + "'",
           .row = failure.row,
           .expected = std::move(failure.expected),
           .found = std::move(failure.found),
           .remedy = std::move(failure.remedy),
           .candidates = std::move(failure.candidates)}};
}

inline constexpr const char* kNameEncoding =
    "Give the encoding that it was written in, such as encoding=\"windows-1252\" or encoding=\"latin1\".";
inline constexpr const char* kCopyAgain = "The file is cut or damaged: fetch it again from where it came from.";

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
