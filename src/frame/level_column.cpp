#include "frame/level_column.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "array_data.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using Bitmap = std::vector<std::uint8_t>;

/// Sets bit i where `is_set(i)`.
template <class IsSet>
Bitmap bitmap_of(std::size_t bits, const IsSet& is_set) {
  Bitmap bitmap((bits + 7) / 8, std::uint8_t{0});
  for (std::size_t i = 0; i < bits; ++i) {
    if (is_set(i)) bitmap[i >> 3] = static_cast<std::uint8_t>(bitmap[i >> 3] | (1U << (i & 7)));
  }
  return bitmap;
}

template <class Values>
struct Built {
  Values values;
  Bitmap valid;
};

/// Whole numbers or booleans, with a bitmap of those that aren't missing.
template <class Values>
Column built_column(std::string name, std::string format, Values values, std::span<const std::int32_t> codes,
                    ColumnNotes notes) {
  auto built = std::make_shared<Built<Values>>();
  built->values = std::move(values);
  built->valid = bitmap_of(codes.size(), [&](std::size_t i) { return codes[i] >= 0; });
  auto data = std::make_shared<ArrayData>();
  data->length = static_cast<Index>(codes.size());
  data->null_count = std::count(codes.begin(), codes.end(), -1);
  data->buffers = {data->null_count == 0 ? nullptr : built->valid.data(), built->values.data()};
  data->owner = std::move(built);
  auto field = std::make_shared<Field>();
  field->format = std::move(format);
  field->flags = ARROW_FLAG_NULLABLE;
  auto storage = std::make_shared<Column::Storage>();
  storage->name = std::move(name);
  storage->notes = std::move(notes);
  storage->field = std::move(field);
  storage->length = data->length;
  Chunk chunk;
  chunk.length = data->length;
  chunk.data = std::move(data);
  storage->chunks.push_back(std::move(chunk));
  mark_user_missing(*storage);
  return Column(std::move(storage));
}

template <class Kind>
bool all_are(std::span<const LevelValue> levels) {
  return std::all_of(levels.begin(), levels.end(),
                     [](const LevelValue& level) { return std::holds_alternative<Kind>(level); });
}

const LevelValue& at(std::span<const LevelValue> levels, std::int32_t code) {
  return levels[static_cast<std::size_t>(code)];
}

double number_of(const LevelValue& level) {
  const auto* whole = std::get_if<Index>(&level);
  return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(level);
}

Column text_column(std::string name, std::span<const LevelValue> levels, std::span<const std::int32_t> codes,
                   ColumnNotes notes) {
  std::vector<std::optional<std::string>> values(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] >= 0) values[i] = std::get<std::string>(at(levels, codes[i]));
  }
  return Column::of_text(std::move(name), values, std::move(notes));
}

}  // namespace

Column column_of_levels(std::string name, std::span<const LevelValue> levels, std::span<const std::int32_t> codes,
                        bool boolean, ColumnNotes notes) {
  if (boolean && all_are<bool>(levels)) {
    Bitmap truths =
        bitmap_of(codes.size(), [&](std::size_t i) { return codes[i] >= 0 && std::get<bool>(at(levels, codes[i])); });
    return built_column(std::move(name), "b", std::move(truths), codes, std::move(notes));
  }
  if (!levels.empty() && all_are<std::string>(levels)) {
    return text_column(std::move(name), levels, codes, std::move(notes));
  }
  if (!levels.empty() && all_are<Index>(levels)) {
    std::vector<Index> values(codes.size(), 0);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (codes[i] >= 0) values[i] = std::get<Index>(at(levels, codes[i]));
    }
    return built_column(std::move(name), "l", std::move(values), codes, std::move(notes));
  }
  for (const LevelValue& level : levels) {
    if (std::holds_alternative<Index>(level) || std::holds_alternative<double>(level)) continue;
    throw Error(ErrorCode::column, {.subject = "column '" + name + "'",
                                    .row = {},
                                    .expected = "values of one type in all parts of the data",
                                    .found = "'" + to_text(levels.front()) + "' and '" + to_text(level) + "'",
                                    .remedy = "Give the column one type.",
                                    .candidates = {}});
  }
  std::vector<double> values(codes.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] >= 0) values[i] = number_of(at(levels, codes[i]));
  }
  return Column::of_numbers(std::move(name), std::move(values), std::move(notes));
}

}  // namespace v1
}  // namespace irosurvey
