#include "study/csv.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

std::string place(const std::filesystem::path& path, Index line) {
  return path.string() + ", line " + std::to_string(line);
}

[[noreturn]] void malformed(const std::filesystem::path& path, Index line, std::string expected, std::string found,
                            std::string remedy = {}) {
  throw Error(ErrorCode::read, {.subject = place(path, line),
                                .row = {},
                                .expected = std::move(expected),
                                .found = std::move(found),
                                .remedy = std::move(remedy),
                                .candidates = {}});
}

}  // namespace

/// Takes the text apart, character by character.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::filesystem::path& path) : text_(text), path_(path) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  std::vector<CsvTable::Record> records() {
    std::vector<CsvTable::Record> result;
    while (at_ < text_.size()) {
      CsvTable::Record record{line_, {}};
      do {
        record.fields.push_back(field());
      } while (take(','));
      end_of_record();
      const bool blank = record.fields.size() == 1 && record.fields.front().empty();
      if (!blank) result.push_back(std::move(record));
    }
    return result;
  }

 private:
  [[nodiscard]] bool more() const { return at_ < text_.size(); }

  bool take(char c) {
    if (!more() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string field() { return take('"') ? quoted_field() : plain_field(); }

  std::string plain_field() {
    const std::size_t begin = at_;
    while (more() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') {
      if (text_[at_] == '"') {
        malformed(path_, line_, "quotation marks around a whole field", "one inside a field",
                  "Put the field in quotation marks, and double those inside it.");
      }
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted_field() {
    const Index begun = line_;
    std::string result;
    while (more()) {
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        result += c;
      } else if (take('"')) {
        result += '"';
      } else {
        return result;
      }
    }
    malformed(path_, begun, "a closing quotation mark", "the end of the file");
  }

  void end_of_record() {
    if (!more()) return;
    take('\r');
    if (take('\n')) {
      ++line_;
    } else if (more()) {
      malformed(path_, line_, "a comma or the end of the line after a field", "'" + std::string(1, text_[at_]) + "'");
    }
  }

  std::string_view text_;
  const std::filesystem::path& path_;
  std::size_t at_ = 0;
  Index line_ = 1;
};

namespace {

void check_header(const std::vector<std::string>& header, const std::vector<std::string>& columns,
                  const std::filesystem::path& path) {
  for (const std::string& name : header) {
    if (std::count(header.begin(), header.end(), name) > 1) {
      malformed(path, 1, "every column once", "'" + name + "' twice");
    }
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) {
      throw Error(ErrorCode::read, {.subject = place(path, 1),
                                    .row = {},
                                    .expected = "columns that the study knows",
                                    .found = "'" + name + "'",
                                    .remedy = {},
                                    .candidates = near_names(name, columns)});
    }
  }
  std::string missing;
  for (const std::string& name : columns) {
    if (std::find(header.begin(), header.end(), name) == header.end()) missing += " '" + name + "'";
  }
  if (!missing.empty()) malformed(path, 1, "a column for each of" + missing, "none");
}

}  // namespace

CsvTable CsvTable::read(const std::filesystem::path& path, const std::vector<std::string>& columns) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorCode::read, {.subject = path.string(),
                                  .row = {},
                                  .expected = "a comma-separated file",
                                  .found = "no file that can be opened",
                                  .remedy = {},
                                  .candidates = {}});
  }
  std::ostringstream text;
  text << file.rdbuf();
  return parse(text.str(), path, columns);
}

CsvTable CsvTable::parse(std::string_view text, const std::filesystem::path& path,
                         const std::vector<std::string>& columns) {
  CsvTable table;
  table.path_ = path;
  table.records_ = CsvReader(text, path).records();
  if (table.records_.empty()) malformed(path, 1, "a line that names the columns", "nothing");
  table.header_ = std::move(table.records_.front().fields);
  table.records_.erase(table.records_.begin());
  check_header(table.header_, columns, path);
  for (const Record& record : table.records_) {
    if (record.fields.size() == table.header_.size()) continue;
    malformed(path, record.line, std::to_string(table.header_.size()) + " fields", std::to_string(record.fields.size()),
              "A field with a comma in it stands in quotation marks.");
  }
  return table;
}

const std::string& CsvTable::text(Index row, std::string_view column) const {
  const auto found = std::find(header_.begin(), header_.end(), column);
  return records_.at(static_cast<std::size_t>(row)).fields.at(static_cast<std::size_t>(found - header_.begin()));
}

const std::string& CsvTable::required(Index row, std::string_view column) const {
  const std::string& field = text(row, column);
  if (field.empty()) refuse(row, column, "a value");
  return field;
}

std::optional<Index> CsvTable::whole(Index row, std::string_view column) const {
  const std::string& field = text(row, column);
  if (field.empty()) return std::nullopt;
  Index value = 0;
  const char* const end = field.data() + field.size();
  const auto [last, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc{} || last != end) refuse(row, column, "a whole number");
  return value;
}

void CsvTable::refuse(Index row, std::string_view column, std::string expected,
                      std::vector<std::string> candidates) const {
  const Record& record = records_.at(static_cast<std::size_t>(row));
  const std::string& field = text(row, column);
  throw Error(ErrorCode::read, {.subject = place(path_, record.line) + ", column '" + std::string(column) + "'",
                                .row = {},
                                .expected = std::move(expected),
                                .found = field.empty() ? "nothing" : "'" + field + "'",
                                .remedy = {},
                                .candidates = std::move(candidates)});
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
