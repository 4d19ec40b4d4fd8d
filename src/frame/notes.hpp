#pragma once

#include <string>
#include <utility>
#include <vector>

#include "irosurvey/frame/column.hpp"

// A column's notes as the metadata of an Arrow field, in JSON that any reader of the file can read:
//   irosurvey.label          the text itself
//   irosurvey.value_labels   [[1,"yes"],[2,"no"]]
//   irosurvey.user_missing   {"codes":[-9],"range":[-8,null]}   null is an open end
//   irosurvey.format         the text itself
//   irosurvey.tag_labels     [["a","refused"]]
//   irosurvey.measure        nominal, ordinal or scale
//   irosurvey.weighs         true

namespace irosurvey {
inline namespace v1 {

using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Key of the label of a column, and of a whole frame.
inline constexpr std::string_view kLabelKey = "irosurvey.label";

/// The Arrow C data interface's encoding of key–value pairs; empty for none.
[[nodiscard]] std::string encode_metadata(const Metadata& metadata);
[[nodiscard]] Metadata decode_metadata(const char* encoded);

/// Unknown for any other name.
[[nodiscard]] Measure measure_named(std::string_view name) noexcept;

[[nodiscard]] Metadata to_metadata(const ColumnNotes& notes);
/// Takes the keys that are ours out of `metadata`.
/// @throws Error(read) naming the column and the key whose text can't be understood.
[[nodiscard]] ColumnNotes take_notes(Metadata& metadata, const std::string& column);

}  // namespace v1
}  // namespace irosurvey
