#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

/// One call of `read`: where it began, what it asked for and what it got.
struct Reading {
  Index at = 0;
  Index asked = 0;
  Index got = 0;
};

/// A file that is being read, and that knows where: a damaged file is reported by its byte.
class InputFile {
 public:
  /// @throws Error(read) if there is no such file, or if it is a directory, empty, or not to be read.
  explicit InputFile(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] Index size() const noexcept { return size_; }
  [[nodiscard]] Index position() const noexcept { return position_; }
  /// The latest reading, and whether any reading or seeking so far went past the end.
  [[nodiscard]] const Reading& last() const noexcept { return last_; }
  [[nodiscard]] bool went_past_end() const noexcept { return went_past_end_; }

  /// Up to `count` bytes; fewer only at the end.
  Index read(void* bytes, Index count);
  /// False, without moving, if there is no such place.
  bool seek(Index place);

  /// Back to the beginning, with nothing remembered of what was read.
  void restart();

  /// Up to `count` bytes from `place` on.
  [[nodiscard]] std::string bytes_at(Index place, Index count);

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  Index size_ = 0;
  Index position_ = 0;
  Reading last_;
  bool went_past_end_ = false;
};

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
