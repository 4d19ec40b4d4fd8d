#include "dta_frame.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include "failure.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {
namespace {

constexpr std::string_view kBegin = "<stata_dta>";

bool is_tagged(InputFile& file) { return file.bytes_at(0, static_cast<Index>(kBegin.size())) == kBegin; }

// Format 119 and later: "<stata_dta><header><release>119</release><byteorder>LSF</byteorder><K>" and 4 bytes.
Index variables_of_119(InputFile& file) {
  constexpr Index kRelease = 28;
  constexpr Index kByteOrder = 52;
  constexpr Index kCount = 70;
  if (file.bytes_at(kRelease, 3) < "119") return 0;
  const bool big_endian = file.bytes_at(kByteOrder, 3) == "MSF";
  std::uint32_t count = 0;
  const std::string bytes = file.bytes_at(kCount, 4);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t place = big_endian ? i : bytes.size() - 1 - i;
    count = count << 8 | static_cast<unsigned char>(bytes[place]);
  }
  return count;
}

}  // namespace

void require_whole_dta(InputFile& file) {
  if (!is_tagged(file)) return;
  constexpr std::string_view kEnd = "</stata_dta>";
  constexpr Index kNear = 64;
  const Index from = file.size() > kNear ? file.size() - kNear : 0;
  if (file.bytes_at(from, kNear).find(kEnd) == std::string::npos) {
    throw read_error(file.path(), {.expected = "'" + std::string(kEnd) + "' at its end",
                                   .found = "the end of the file at byte " + std::to_string(file.size()),
                                   .remedy = kCopyAgain});
  }
  constexpr Index kLeastPerVariable = 600;  // type, name, format and labels have fixed lengths, 642 bytes in all
  const Index variables = variables_of_119(file);
  if (variables * kLeastPerVariable > file.size()) {
    throw read_error(file.path(),
                     {.expected = "a number of variables that " + std::to_string(file.size()) + " bytes can describe",
                      .found = std::to_string(variables) + " at byte 70",
                      .remedy = kCopyAgain});
  }
}

void require_all_dta_labels(InputFile& file) {
  const Reading last = file.last();
  bool ended_well = false;
  if (is_tagged(file)) {
    // The reading that ended the labels looked for another "<lbl>" and met this.
    constexpr std::string_view kEnd = "</value_labels>";
    ended_well = file.bytes_at(last.at, static_cast<Index>(kEnd.size())) == kEnd;
  } else {
    // Older formats end with the labels: it looked for the length of another table (2 or 4 bytes) at the file's end.
    ended_well = last.got == 0 && last.asked <= 4;
  }
  if (ended_well) return;
  throw read_error(file.path(), {.expected = "whole tables of value labels",
                                 .found = "one that breaks off at byte " + std::to_string(last.at + last.got),
                                 .remedy = kCopyAgain});
}

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
