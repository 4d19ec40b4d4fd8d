#include "xpt_layout.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "failure.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {
namespace {

constexpr Index kRecord = 80;
constexpr Index kNamestr = 140;
constexpr std::size_t kAfterPrefix = 48;  // a header's numbers follow its 48 characters of name

// "HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000…"
bool is_header(std::string_view record, std::string_view name) {
  constexpr std::string_view kPrefix = "HEADER RECORD*******";
  return record.starts_with(kPrefix) && record.substr(kPrefix.size()).starts_with(name) &&
         record.substr(28).starts_with("HEADER RECORD!!!!!!!");
}

bool is_member(std::string_view record) { return is_header(record, "MEMBER ") || is_header(record, "MEMBV8 "); }

std::optional<Index> number_in(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return std::nullopt;
  Index number = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data() + first, end, number).ec != std::errc{}) return std::nullopt;
  return number;
}

std::string trimmed(std::string_view text) {
  const std::size_t last = text.find_last_not_of(' ');
  return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

Error broken_off(InputFile& file, const std::string& expected) {
  return read_error(file.path(), {.expected = expected,
                                  .found = "the end of the file at byte " + std::to_string(file.size()),
                                  .remedy = kCopyAgain});
}

// Calls `use(start, record)` for each whole record from `start` on.
template <class Use>
void for_each_record(InputFile& file, Index start, Use&& use) {
  constexpr Index kBlock = 4096 * kRecord;
  for (Index block = start; block < file.size(); block += kBlock) {
    const std::string bytes = file.bytes_at(block, std::min(kBlock, file.size() - block));
    for (Index at = 0; at + kRecord <= static_cast<Index>(bytes.size()); at += kRecord) {
      use(block + at, std::string_view(bytes).substr(static_cast<std::size_t>(at), kRecord));
    }
  }
}

// The name of the data set whose member header is at `start`: it stands in the record after the next.
std::string data_set_at(InputFile& file, Index start, bool version_8) {
  const std::string record = file.bytes_at(start + 2 * kRecord, kRecord);
  return record.size() < kRecord ? std::string("?") : trimmed(std::string_view(record).substr(8, version_8 ? 32 : 8));
}

void require_one_data_set(InputFile& file) {
  std::vector<Index> members;
  bool version_8 = false;
  for_each_record(file, 0, [&](Index start, std::string_view record) {
    if (!is_member(record)) return;
    version_8 = is_header(record, "MEMBV8 ");
    members.push_back(start);
  });
  if (members.size() < 2) return;
  std::string names;
  for (const Index start : members) names += (names.empty() ? "'" : ", '") + data_set_at(file, start, version_8) + "'";
  throw read_error(file.path(), {.expected = "one data set",
                                 .found = std::to_string(members.size()) + ": " + names + ", the second from byte " +
                                          std::to_string(members[1]) + " on",
                                 .remedy = "Write each data set to a transport file of its own."});
}

// Bytes of a row: the lengths of all variables, big-endian at byte 4 of each description.
Index row_length(InputFile& file, Index first_namestr, Index variables) {
  if (variables < 0 || first_namestr + variables * kNamestr > file.size()) {
    throw broken_off(file, "descriptions of " + std::to_string(variables) + " variables");
  }
  const std::string bytes = file.bytes_at(first_namestr, variables * kNamestr);
  Index length = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kNamestr) {
    const auto high = static_cast<unsigned char>(bytes[at + 4]);
    const auto low = static_cast<unsigned char>(bytes[at + 5]);
    length += 256 * high + low;
  }
  return length;
}

// Between the rows and the end of the last record there is room for blanks, and for nothing else.
void require_whole_rows(InputFile& file, const XptLayout& layout) {
  const Index bytes = file.size() - layout.data_start;
  if (layout.rows) {
    if (*layout.rows * layout.row_length <= bytes) return;
    throw broken_off(file, std::to_string(*layout.rows) + " rows");
  }
  const Index rest = bytes % layout.row_length;
  const std::string tail = file.bytes_at(file.size() - rest, rest);
  if (tail.find_first_not_of(' ') == std::string::npos) return;
  throw read_error(file.path(),
                   {.expected = "whole rows of " + std::to_string(layout.row_length) + " bytes",
                    .found = "the end of the file at byte " + std::to_string(file.size()) + ", within a row",
                    .remedy = kCopyAgain,
                    .row = bytes / layout.row_length});
}

}  // namespace

XptLayout xpt_layout(InputFile& file) {
  if (file.size() % kRecord != 0) throw broken_off(file, "records of 80 bytes");
  require_one_data_set(file);
  XptLayout layout;
  std::optional<Index> namestrs;
  std::optional<Index> variables;
  for_each_record(file, 0, [&](Index start, std::string_view record) {
    if (layout.data_start > 0) return;
    if (!namestrs && (is_header(record, "NAMESTR") || is_header(record, "NAMSTV8"))) {
      namestrs = start + kRecord;
      variables = number_in(record.substr(kAfterPrefix + 5, 5));
    }
    if (is_header(record, "OBS ") || is_header(record, "OBSV8")) {
      layout.data_start = start + kRecord;
      if (is_header(record, "OBSV8")) layout.rows = number_in(record.substr(kAfterPrefix, 15));
    }
  });
  if (!variables || layout.data_start == 0) throw broken_off(file, "the header records before the rows");
  layout.row_length = row_length(file, *namestrs, *variables);
  if (layout.rows == Index{0}) layout.rows.reset();  // older writers leave it at 0
  if (layout.row_length == 0) return layout;
  require_whole_rows(file, layout);
  const Index bytes = file.size() - layout.data_start;
  // Blanks fill the last record: a row that begins before it is a row, even if every answer in it is blank.
  layout.least_rows = layout.rows ? *layout.rows : bytes == 0 ? 0 : (bytes - kRecord) / layout.row_length + 1;
  return layout;
}

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
