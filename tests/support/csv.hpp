#pragma once

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/table.hpp"

namespace irosurvey_tests {

using CsvRecord = std::vector<std::string>;

/// Fields of one line, by RFC 4180 without line breaks in fields.
inline CsvRecord csv_fields(std::string_view line) {
  CsvRecord fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

/// Lines of a file as fields; comments (#) and empty lines are left out. The first record is the header.
inline std::vector<CsvRecord> csv_records(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("can't open " + path.string());
  std::vector<CsvRecord> records;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#' || line == "\r") continue;
    records.push_back(csv_fields(line));
    if (records.back().size() != records.front().size())
      throw std::runtime_error(path.string() + ": ragged line: " + line);
  }
  return records;
}

inline bool is_missing(const std::string& field) { return field.empty() || field == "NA"; }

inline bool to_number(const std::string& field, double& number) {
  const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), number);
  return problem == std::errc() && end == field.data() + field.size();
}

/// A data file: columns in which every field is a number become numbers, the others text.
inline Table csv_table(const std::filesystem::path& path) {
  const std::vector<CsvRecord> records = csv_records(path);
  Table table;
  for (std::size_t column = 0; column < records.front().size(); ++column) {
    Numbers numbers;
    Texts texts;
    for (std::size_t row = 1; row < records.size(); ++row) {
      const std::string& field = records[row][column];
      texts.push_back(is_missing(field) ? std::nullopt : std::optional(field));
      double number = std::numeric_limits<double>::quiet_NaN();
      if (numbers.size() + 1 == row && (is_missing(field) || to_number(field, number))) numbers.push_back(number);
    }
    if (numbers.size() == texts.size()) {
      table.add(records.front()[column], std::move(numbers));
    } else {
      table.add(records.front()[column], std::move(texts));
    }
  }
  return table;
}

}  // namespace irosurvey_tests
