#include "array_data.hpp"

#include <algorithm>

#include "user_missing.hpp"
#include "values.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

Kind kind_of_letter(char letter) noexcept {
  switch (letter) {
    case 'n': return Kind::null;
    case 'b': return Kind::boolean;
    case 'c': return Kind::int8;
    case 'C': return Kind::uint8;
    case 's': return Kind::int16;
    case 'S': return Kind::uint16;
    case 'i': return Kind::int32;
    case 'I': return Kind::uint32;
    case 'l': return Kind::int64;
    case 'L': return Kind::uint64;
    case 'e': return Kind::float16;
    case 'f': return Kind::float32;
    case 'g': return Kind::float64;
    case 'u': return Kind::utf8;
    case 'U': return Kind::large_utf8;
    default: return Kind::other;
  }
}

// "d:precision,scale" is 128 bits wide, "d:precision,scale,width" says how wide; 256 bits are carried only.
bool is_readable_decimal(std::string_view format) noexcept {
  return format.starts_with("d:") && !format.ends_with(",256");
}

}  // namespace

Kind kind_of(std::string_view arrow_format) noexcept {
  if (arrow_format.size() == 1) return kind_of_letter(arrow_format.front());
  if (arrow_format == "vu") return Kind::utf8_view;
  return is_readable_decimal(arrow_format) ? Kind::decimal : Kind::other;
}

bool is_text(Kind kind) noexcept { return kind == Kind::utf8 || kind == Kind::large_utf8 || kind == Kind::utf8_view; }

bool is_number(Kind kind) noexcept { return kind != Kind::other && !is_text(kind); }

Kind value_kind(const Field& field) noexcept {
  return kind_of(field.dictionary ? field.dictionary->format : field.format);
}

std::string describe_type(const Field& field) {
  const std::string& format = field.dictionary ? field.dictionary->format : field.format;
  const Kind kind = kind_of(format);
  if (is_text(kind)) return "text";
  if (kind == Kind::boolean) return "booleans";
  if (is_number(kind)) return "numbers";
  if (format.starts_with("td")) return "dates";
  if (format.starts_with("ts")) return "timestamps";
  if (format.starts_with("t")) return "times";
  if (format.starts_with("+")) return "nested values";
  return "values of Arrow type '" + format + "'";
}

const std::uint8_t* own_validity(const ArrayData& data, const Field& field) noexcept {
  // Unions, run-end encoded and null arrays have no validity buffer: their first buffer, if any, is something else.
  const bool has_bitmap = !field.format.starts_with("+u") && field.format != "+r" && field.format != "n";
  if (!has_bitmap || data.buffers.empty() || data.null_count == 0) return nullptr;
  return static_cast<const std::uint8_t*>(data.buffers.front());
}

const std::uint8_t* validity(const Chunk& chunk, const Field& field, UserMissingRule rule) noexcept {
  if (rule == UserMissingRule::missing && chunk.strict_validity) return chunk.strict_validity->data();
  return own_validity(*chunk.data, field);
}

void mark_user_missing(Column::Storage& storage) {
  for (Chunk& chunk : storage.chunks) {
    chunk.strict_validity = strict_validity(chunk, *storage.field, storage.notes.user_missing);
  }
}

}  // namespace v1
}  // namespace irosurvey
