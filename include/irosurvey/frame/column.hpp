#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/frame/arrow_abi.hpp"
#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {

/// Codes that the data file declares missing: -9 "not answered", or every code from -9 to -1.
struct UserMissing {
  std::vector<LevelValue> codes{};
  std::optional<std::pair<double, double>> range{};  ///< low and high, both included; either may be infinite

  [[nodiscard]] bool empty() const noexcept { return codes.empty() && !range; }
  friend bool operator==(const UserMissing&, const UserMissing&) = default;
};

/// What a user-missing code means to whoever looks at the column.
enum class UserMissingRule {
  missing,  ///< it is missing (the default)
  keep,     ///< it is a value like any other
};

/// The label of a tagged missing value: .a "refused".
struct TagLabel {
  char tag = 0;  ///< 'a'–'z' or '_'
  std::string label{};

  friend bool operator==(const TagLabel&, const TagLabel&) = default;
};

/// What its author said that a variable measures; SPSS files tell.
enum class Measure {
  unknown,
  nominal,  ///< kinds without an order
  ordinal,  ///< kinds with one
  scale,    ///< amounts
};

/// `nominal`; empty for an unknown one.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Measure measure) noexcept;

/// What a data file says about a variable besides its values.
struct ColumnNotes {
  std::string label{};                ///< the variable's label: the question's wording
  std::vector<Level> value_labels{};  ///< in the file's order
  UserMissing user_missing{};
  std::string format{};                ///< the file's display format, e.g. "F8.2" or "%td"
  std::vector<TagLabel> tag_labels{};  ///< what the tags of missing values stand for
  Measure measure = Measure::unknown;
  bool weighs = false;  ///< the file says that its rows are weighted by this variable (SPSS: WEIGHT BY)

  friend bool operator==(const ColumnNotes&, const ColumnNotes&) = default;
};

/// One variable: a name, notes, and chunks of values in the Arrow layout.
///
/// A column is a value that nobody changes; copies share their buffers. Each chunk may carry a second validity
/// bitmap, in which user-missing codes are missing too: which of the two counts is chosen by `with_user_missing`,
/// over the same value buffer.
class IROSURVEY_EXPORT Column {
 public:
  /// Numbers; NaN is missing.
  static Column of_numbers(std::string name, std::vector<double> values, ColumnNotes notes = {});
  /// Text; an empty optional is missing.
  static Column of_text(std::string name, const std::vector<std::optional<std::string>>& values,
                        ColumnNotes notes = {});
  /// Whole numbers, none missing.
  static Column of_integers(std::string name, std::vector<Index> values, ColumnNotes notes = {});

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] const ColumnNotes& notes() const noexcept;
  [[nodiscard]] Index length() const noexcept;
  /// Arrow format string of the values, e.g. "g" for float64 (Arrow C data interface, "Data type description").
  [[nodiscard]] std::string_view arrow_format() const noexcept;
  [[nodiscard]] UserMissingRule user_missing_rule() const noexcept;

  [[nodiscard]] Column with_name(std::string name) const;
  [[nodiscard]] Column with_notes(ColumnNotes notes) const;
  /// The same buffers, seen by the other rule.
  [[nodiscard]] Column with_user_missing(UserMissingRule rule) const;

  /// Why the value in `row` is missing: 'a'–'z' (Stata's .a–.z, SAS's .A–.Z), '_' (SAS's ._), or 0 for no tag.
  /// @throws Error(argument) unless the row exists.
  [[nodiscard]] char missing_tag(Index row) const;
  /// Every row whose missing value has a tag, with the tag.
  [[nodiscard]] std::vector<std::pair<Index, char>> missing_tags() const;
  /// Whether the value in `row` is missing by the column's rule: null, NaN, or user-missing.
  /// @throws Error(argument) unless the row exists.
  [[nodiscard]] bool is_missing(Index row) const;

  struct Storage;
  explicit Column(std::shared_ptr<const Storage> storage);
  [[nodiscard]] const Storage& storage() const noexcept { return *storage_; }

 private:
  std::shared_ptr<const Storage> storage_;
};

}  // namespace v1
}  // namespace irosurvey
