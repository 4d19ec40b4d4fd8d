#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {

/// A text column written row by row, straight into Arrow's layout (large_utf8: 64-bit offsets, so that no file is too
/// long for it).
class IROSURVEY_EXPORT TextBuilder {
 public:
  void reserve(Index rows);
  void append(std::string_view value);
  void append_missing();
  [[nodiscard]] Index length() const noexcept { return static_cast<Index>(offsets_.size()) - 1; }

  /// The column; the builder is empty afterwards.
  [[nodiscard]] Column finish(std::string name, ColumnNotes notes = {});

 private:
  std::vector<std::int64_t> offsets_{0};
  std::vector<char> bytes_;
  std::vector<std::uint8_t> validity_;
  Index missing_ = 0;

  void append_validity(bool valid);
};

}  // namespace v1
}  // namespace irosurvey
