#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// A comma-separated file as RFC 4180 has it: quoted fields, doubled quotes, line breaks inside quotes;
/// lines may end in LF or CRLF. The first record names the columns.
class CsvTable {
 public:
  /// @throws Error(read) for a file that can't be opened, isn't well formed, or doesn't have exactly
  ///         `columns`, in any order.
  static CsvTable read(const std::filesystem::path& path, const std::vector<std::string>& columns);
  static CsvTable parse(std::string_view text, const std::filesystem::path& path,
                        const std::vector<std::string>& columns);

  [[nodiscard]] Index rows() const noexcept { return static_cast<Index>(records_.size()); }
  [[nodiscard]] const std::string& text(Index row, std::string_view column) const;
  /// @throws Error(read) if the field is empty.
  [[nodiscard]] const std::string& required(Index row, std::string_view column) const;
  /// Absent if the field is empty. @throws Error(read) unless it is a whole number.
  [[nodiscard]] std::optional<Index> whole(Index row, std::string_view column) const;
  /// Refuses a field.
  [[noreturn]] void refuse(Index row, std::string_view column, std::string expected,
                           std::vector<std::string> candidates = {}) const;

 private:
  struct Record {
    Index line;  ///< on which it begins, counted from 1
    std::vector<std::string> fields;
  };

  std::filesystem::path path_;
  std::vector<std::string> header_;
  std::vector<Record> records_;

  friend class CsvReader;
};

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
