#pragma once

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Small data files, written byte by byte from the formats' descriptions: the reader is checked by another hand than the one
// that wrote the library under it.

namespace irosurvey_tests {

/// A folder that disappears with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "irosurvey-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream file(path_ / name, std::ios::binary);
    file << bytes;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::string padded(std::string text, std::size_t size, char with = ' ') {
  text.resize(size, with);
  return text;
}

using Cell = std::variant<double, std::string>;

// ── SPSS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

inline const double sav_missing = -std::numeric_limits<double>::max();

struct SavVariable {
  std::string name;
  std::string label = {};
  std::int32_t width = 0;  ///< 0: a number; up to 8: a text
  std::int32_t missing_kind = 0;
  std::vector<Cell> missing = {};
  std::vector<std::pair<Cell, std::string>> value_labels = {};
};

struct SavFile {
  std::vector<SavVariable> variables;
  std::vector<std::vector<Cell>> rows;
  std::string label = {};
  std::string encoding = "UTF-8";
  std::int32_t weight = 0;                  ///< place of the variable by which rows are weighted, from 1; 0: none
  std::vector<std::int32_t> measures = {};  ///< of each variable; none: the file doesn't say
  std::int32_t promised_rows = -2;          ///< -2: as many as there are
  std::string response_sets = {};           ///< as the record of multiple-response sets holds them

  [[nodiscard]] static std::string cell(const Cell& value) {
    if (const auto* number = std::get_if<double>(&value)) return raw(*number);
    return padded(std::get<std::string>(value), 8);
  }

  [[nodiscard]] std::string dictionary() const {
    std::string bytes;
    for (const SavVariable& variable : variables) {
      bytes += raw<std::int32_t>(2) + raw(variable.width) + raw<std::int32_t>(variable.label.empty() ? 0 : 1) +
               raw(variable.missing_kind);
      const std::int32_t format = variable.width > 0 ? (1 << 16) + (variable.width << 8) : (5 << 16) + (8 << 8) + 2;
      bytes += raw(format) + raw(format) + padded(variable.name, 8);
      if (!variable.label.empty()) {
        bytes += raw(static_cast<std::int32_t>(variable.label.size()));
        bytes += padded(variable.label, (variable.label.size() + 3) / 4 * 4);
      }
      for (const Cell& value : variable.missing) bytes += cell(value);
    }
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const auto& labels = variables[i].value_labels;
      if (labels.empty()) continue;
      bytes += raw<std::int32_t>(3) + raw(static_cast<std::int32_t>(labels.size()));
      for (const auto& [value, text] : labels) {
        bytes += cell(value) + static_cast<char>(text.size()) + padded(text, (text.size() + 8) / 8 * 8 - 1);
      }
      bytes += raw<std::int32_t>(4) + raw<std::int32_t>(1) + raw(static_cast<std::int32_t>(i + 1));
    }
    return bytes;
  }

  /// Measure, width and alignment of each variable.
  [[nodiscard]] std::string display() const {
    if (measures.empty()) return {};
    std::string bytes = raw<std::int32_t>(7) + raw<std::int32_t>(11) + raw<std::int32_t>(4) +
                        raw(static_cast<std::int32_t>(3 * measures.size()));
    for (const std::int32_t measure : measures) bytes += raw(measure) + raw<std::int32_t>(8) + raw<std::int32_t>(1);
    return bytes;
  }

  /// Multiple-response sets.
  [[nodiscard]] std::string sets() const {
    if (response_sets.empty()) return {};
    return raw<std::int32_t>(7) + raw<std::int32_t>(7) + raw<std::int32_t>(1) +
           raw(static_cast<std::int32_t>(response_sets.size())) + response_sets;
  }

  [[nodiscard]] std::string head() const {
    const auto count = promised_rows == -2 ? static_cast<std::int32_t>(rows.size()) : promised_rows;
    return "$FL2" + padded("@(#) SPSS DATA FILE by hand", 60) + raw<std::int32_t>(2) +
           raw(static_cast<std::int32_t>(variables.size())) + raw<std::int32_t>(0) + raw(weight) + raw(count) +
           raw(100.0) + "01 Jan 13" + "12:00:00" + padded(label, 64) + std::string(3, '\0') + dictionary() + sets() +
           display() + raw<std::int32_t>(7) + raw<std::int32_t>(20) + raw<std::int32_t>(1) +
           raw(static_cast<std::int32_t>(encoding.size())) + encoding + raw<std::int32_t>(999) + raw<std::int32_t>(0);
  }

  [[nodiscard]] std::string bytes() const {
    std::string all = head();
    for (const auto& row : rows) {
      for (const Cell& value : row) all += cell(value);
    }
    return all;
  }
};

// ── Stata 10 to 12 (format 114) ────────────────────────────────────────────────────────────────────────────────────────

struct DtaVariable {
  std::string name;
  unsigned char type = 255;  ///< 251 int8, 252 int16, 253 int32, 254 float, 255 double; below: a text of so many bytes
  std::string label = {};
  std::string label_set = {};
};

struct DtaFile {
  std::vector<DtaVariable> variables;
  std::string rows;  ///< as they lie in the file
  std::int32_t row_count = 0;
  std::string label = {};
  std::vector<std::pair<std::string, std::vector<std::pair<std::int32_t, std::string>>>> label_sets = {};

  template <class Write>
  [[nodiscard]] std::string for_each_variable(Write&& write) const {
    std::string bytes;
    for (const DtaVariable& variable : variables) bytes += write(variable);
    return bytes;
  }

  [[nodiscard]] std::string bytes() const {
    const auto zeros = [](const std::string& text, std::size_t size) { return padded(text, size, '\0'); };
    std::string all = std::string("\x72\x02\x01") + '\0' + raw(static_cast<std::int16_t>(variables.size())) +
                      raw(row_count) + zeros(label, 81) + zeros("01 Jan 2013 12:00", 18);
    all += for_each_variable([](const DtaVariable& v) { return std::string(1, static_cast<char>(v.type)); });
    all += for_each_variable([&](const DtaVariable& v) { return zeros(v.name, 33); });
    all += std::string(2 * (variables.size() + 1), '\0');
    all += for_each_variable([&](const DtaVariable&) { return zeros("%9.0g", 49); });
    all += for_each_variable([&](const DtaVariable& v) { return zeros(v.label_set, 33); });
    all += for_each_variable([&](const DtaVariable& v) { return zeros(v.label, 81); });
    all += std::string(5, '\0') + rows;
    for (const auto& [name, labels] : label_sets) {
      std::string offsets;
      std::string values;
      std::string texts;
      for (const auto& [value, text] : labels) {
        offsets += raw(static_cast<std::int32_t>(texts.size()));
        values += raw(value);
        texts.append(text).push_back('\0');
      }
      std::string table = raw(static_cast<std::int32_t>(labels.size()));
      table.append(raw(static_cast<std::int32_t>(texts.size()))).append(offsets).append(values).append(texts);
      all.append(raw(static_cast<std::int32_t>(table.size()))).append(zeros(name, 33)).append(3, '\0').append(table);
    }
    return all;
  }
};

/// Stata's .a to .z among doubles: 2^1023 and so many times 2^(1023 - 12) (Stata, "dta file format", missing values).
inline double dta_tag(char tag) { return std::ldexp(1.0, 1023) + (tag - 'a' + 1) * std::ldexp(1.0, 1023 - 12); }

// ── SAS transport, version 5 ───────────────────────────────────────────────────────────────────────────────────────────

/// A double in IBM's hexadecimal floating point: sign, exponent of 16 (+64), 56 bits of fraction.
inline std::string ibm(double value) {
  std::string bytes(8, '\0');
  if (value == 0.0) return bytes;
  int exponent = 64;
  double fraction = std::fabs(value);
  for (; fraction >= 1.0; fraction /= 16.0) ++exponent;
  for (; fraction < 1.0 / 16.0; fraction *= 16.0) --exponent;
  auto bits = static_cast<std::uint64_t>(std::ldexp(fraction, 56));
  for (std::size_t i = 7; i >= 1; --i, bits >>= 8) bytes[i] = static_cast<char>(bits & 0xff);
  bytes[0] = static_cast<char>(exponent | (value < 0 ? 0x80 : 0));
  return bytes;
}

inline std::string xpt_missing(char tag = '.') { return tag + std::string(7, '\0'); }

struct XptVariable {
  std::string name;
  std::int16_t width = 8;
  bool is_text = false;
  std::string label = {};
};

struct XptFile {
  std::vector<XptVariable> variables;
  std::string rows;
  std::string data_set = "SAMPLE";

  static std::string header(const std::string& name, const std::string& numbers = std::string(30, '0')) {
    return padded("HEADER RECORD*******" + padded(name, 8) + "HEADER RECORD!!!!!!!" + numbers, 80);
  }
  static std::string two(std::int16_t value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
  }
  static std::string whole_records(std::string text) {
    const std::size_t size = (text.size() + 79) / 80 * 80;
    return padded(std::move(text), size);
  }

  /// One data set, without the file's own head.
  [[nodiscard]] std::string member() const {
    std::string count = std::to_string(variables.size());
    count.insert(0, 4 - count.size(), '0');
    std::string described;
    for (const XptVariable& variable : variables) {
      std::string one = two(variable.is_text ? 2 : 1) + two(0) + two(variable.width) + two(1) +
                        padded(variable.name, 8) + padded(variable.label, 40) + padded("", 8);
      described += padded(std::move(one), 140, '\0');
    }
    return header("MEMBER", "000000000000000001600000000140") + header("DSCRPTR") +
           padded("SAS     " + padded(data_set, 8) + "SASDATA 9.4     by hand", 80) + padded("01JAN13:12:00:00", 80) +
           header("NAMESTR", "000000" + count + std::string(20, '0')) + whole_records(described) + header("OBS") +
           whole_records(rows);
  }

  [[nodiscard]] std::string bytes() const {
    return header("LIBRARY") + padded("SAS     SAS     SASLIB  9.4     by hand", 80) + padded("01JAN13:12:00:00", 80) +
           member();
  }
};

}  // namespace irosurvey_tests
