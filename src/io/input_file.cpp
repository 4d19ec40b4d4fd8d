#include "input_file.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "failure.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {
namespace {

namespace fs = std::filesystem;

// Names in the same folder that are near to the one asked for.
std::vector<std::string> near_files(const fs::path& path) {
  constexpr std::size_t kMost = 10'000;
  std::error_code failed;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end && names.size() < kMost;
       entry.increment(failed)) {
    names.push_back(entry->path().filename().string());
  }
  return near_names(path.filename().string(), names);
}

void require_regular_file(const fs::path& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) {
    throw read_error(path, {.expected = "a data file", .found = "no such file", .candidates = near_files(path)});
  }
  if (fs::is_directory(status)) throw read_error(path, {.expected = "a data file", .found = "a directory"});
  if (!fs::is_regular_file(status)) {
    throw read_error(
        path,
        {.expected = "a regular file", .found = "a device or pipe", .remedy = "Write what it gives to a file first."});
  }
}

}  // namespace

InputFile::InputFile(fs::path path) : path_(std::move(path)) {
  constexpr std::size_t kBuffer = std::size_t{1} << 18;
  require_regular_file(path_);
  file_.reset(std::fopen(path_.c_str(), "rb"));
  if (!file_) {
    const std::string cause = std::strerror(errno);
    throw read_error(path_, {.expected = "a file that may be read", .found = cause});
  }
  std::setvbuf(file_.get(), nullptr, _IOFBF, kBuffer);
  size_ = static_cast<Index>(fs::file_size(path_));
  if (size_ == 0) {
    throw read_error(path_, {.expected = "a data file", .found = "an empty file (0 bytes)", .remedy = kCopyAgain});
  }
}

Index InputFile::read(void* bytes, Index count) {
  const Index got = static_cast<Index>(std::fread(bytes, 1, static_cast<std::size_t>(count), file_.get()));
  last_ = {.at = position_, .asked = count, .got = got};
  position_ += got;
  if (got < count) went_past_end_ = true;
  return got;
}

bool InputFile::seek(Index place) {
  if (place < 0 || place > size_) {
    went_past_end_ = true;
    return false;
  }
  if (fseeko(file_.get(), place, SEEK_SET) != 0) return false;
  position_ = place;
  return true;
}

void InputFile::restart() {
  seek(0);
  last_ = {};
  went_past_end_ = false;
}

std::string InputFile::bytes_at(Index place, Index count) {
  if (!seek(place)) return {};
  std::string bytes(static_cast<std::size_t>(count), '\0');
  bytes.resize(static_cast<std::size_t>(read(bytes.data(), count)));
  return bytes;
}

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
