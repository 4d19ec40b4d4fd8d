#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {

/// A column as contiguous numbers for a kernel; NaN is missing. Borrows the column's buffer where that is possible
/// (one chunk of float64 without nulls), else owns a converted copy; copies share it.
class IROSURVEY_EXPORT Numbers {
 public:
  Numbers(std::span<const double> values, bool has_missing, std::shared_ptr<const void> owner);

  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }
  [[nodiscard]] bool has_missing() const noexcept { return has_missing_; }

 private:
  std::span<const double> values_;
  bool has_missing_;
  std::shared_ptr<const void> owner_;
};

/// A column as codes of its levels. Levels are in natural order.
struct Factor {
  std::vector<std::int32_t> codes;  ///< index into `levels`; -1 is missing
  std::vector<Level> levels;
  bool has_missing = false;
};

/// Which levels a factor has.
enum class LevelRule {
  observed,  ///< the values that occur
  labelled,  ///< those, and where every one of them has a value label, the labelled values that don't occur: an
             ///< answer that nobody gave is an answer (user-missing codes are no answers); of a boolean, both
};

/// Whether each row has a value: a byte a row, 0 for missing. Empty if none is missing.
using Presence = std::vector<std::uint8_t>;

// What is worked out of a column is kept with it, for as long as the column lives: asked again, it costs nothing.

/// Numbers and booleans (false 0, true 1).
/// @throws Error(column) for text, naming the column; for an infinite value, naming the row.
[[nodiscard]] IROSURVEY_EXPORT Numbers numbers(const Column& column);

/// Any column of numbers, booleans or text (dictionary-encoded too).
[[nodiscard]] IROSURVEY_EXPORT std::shared_ptr<const Factor> shared_factor(const Column& column,
                                                                           LevelRule rule = LevelRule::labelled);

/// Which rows have a value: not null, not NaN, not user-missing under the column's rule.
[[nodiscard]] IROSURVEY_EXPORT std::shared_ptr<const Presence> presence(const Column& column);

/// Which rows of a column of booleans are true, a byte a row: 1, or 0 for false and for missing.
/// @throws Error(column) for any other column
[[nodiscard]] IROSURVEY_EXPORT std::shared_ptr<const std::vector<std::uint8_t>> true_rows(const Column& column);

}  // namespace v1
}  // namespace irosurvey
