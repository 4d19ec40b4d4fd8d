#include "irosurvey/frame/column.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "array_data.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/missing_tag.hpp"
#include "irosurvey/frame/text_builder.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using Bitmap = std::vector<std::uint8_t>;

// Owns whatever vectors a built array points into.
template <class Values>
struct BuiltBuffers {
  Values values;
  Bitmap validity;
};

std::shared_ptr<const Field> field_of(std::string format) {
  auto field = std::make_shared<Field>();
  field->format = std::move(format);
  field->flags = ARROW_FLAG_NULLABLE;
  return field;
}

Column column_of(std::string name, std::string format, std::shared_ptr<const ArrayData> data, bool missing_is_nan,
                 ColumnNotes notes) {
  auto storage = std::make_shared<Column::Storage>();
  storage->name = std::move(name);
  storage->notes = std::move(notes);
  storage->field = field_of(std::move(format));
  storage->length = data->length;
  Chunk chunk;
  chunk.length = data->length;
  chunk.data = std::move(data);
  chunk.missing_is_nan = missing_is_nan;
  storage->chunks.push_back(std::move(chunk));
  mark_user_missing(*storage);
  return Column(std::move(storage));
}

// NaN is missing to every reader, also to those that look at the bitmap only.
Bitmap validity_of(const std::vector<double>& values, Index missing) {
  if (missing == 0) return {};
  Bitmap bitmap((values.size() + 7) / 8, std::uint8_t{0});
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) bitmap[i >> 3] = static_cast<std::uint8_t>(bitmap[i >> 3] | (1U << (i & 7)));
  }
  return bitmap;
}

template <class Value>
std::shared_ptr<const ArrayData> fixed_width(std::vector<Value> values, Bitmap validity, Index missing) {
  auto built = std::make_shared<BuiltBuffers<std::vector<Value>>>();
  built->values = std::move(values);
  built->validity = std::move(validity);
  auto data = std::make_shared<ArrayData>();
  data->length = static_cast<Index>(built->values.size());
  data->null_count = missing;
  data->buffers = {missing == 0 ? nullptr : built->validity.data(), built->values.data()};
  data->owner = std::move(built);
  return data;
}

}  // namespace

Column::Column(std::shared_ptr<const Storage> storage) : storage_(std::move(storage)) {}

Column Column::of_numbers(std::string name, std::vector<double> values, ColumnNotes notes) {
  const Index missing = std::count_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  Bitmap validity = validity_of(values, missing);
  return column_of(std::move(name), "g", fixed_width(std::move(values), std::move(validity), missing), true,
                   std::move(notes));
}

Column Column::of_integers(std::string name, std::vector<Index> values, ColumnNotes notes) {
  return column_of(std::move(name), "l", fixed_width(std::move(values), {}, 0), false, std::move(notes));
}

Column Column::of_text(std::string name, const std::vector<std::optional<std::string>>& values, ColumnNotes notes) {
  TextBuilder builder;
  builder.reserve(static_cast<Index>(values.size()));
  for (const auto& value : values) {
    if (value) {
      builder.append(*value);
    } else {
      builder.append_missing();
    }
  }
  return builder.finish(std::move(name), std::move(notes));
}

const std::string& Column::name() const noexcept { return storage_->name; }
const ColumnNotes& Column::notes() const noexcept { return storage_->notes; }
Index Column::length() const noexcept { return storage_->length; }
std::string_view Column::arrow_format() const noexcept { return storage_->field->format; }
UserMissingRule Column::user_missing_rule() const noexcept { return storage_->rule; }

Column Column::with_name(std::string name) const {
  auto storage = std::make_shared<Storage>(*storage_);
  storage->name = std::move(name);
  return Column(std::move(storage));
}

Column Column::with_notes(ColumnNotes notes) const {
  auto storage = std::make_shared<Storage>(*storage_);
  storage->notes = std::move(notes);
  mark_user_missing(*storage);
  return Column(std::move(storage));
}

Column Column::with_user_missing(UserMissingRule rule) const {
  if (rule == storage_->rule) return *this;
  auto storage = std::make_shared<Storage>(*storage_);
  storage->rule = rule;
  return Column(std::move(storage));
}

namespace {

const Chunk& chunk_at(const Column::Storage& storage, Index& row) {
  if (row < 0 || row >= storage.length) {
    throw Error(ErrorCode::argument, {.subject = "row of column '" + storage.name + "'",
                                      .row = {},
                                      .expected = "a row from 0 to " + std::to_string(storage.length - 1),
                                      .found = std::to_string(row),
                                      .remedy = {},
                                      .candidates = {}});
  }
  for (const Chunk& chunk : storage.chunks) {
    if (row < chunk.length) return chunk;
    row -= chunk.length;
  }
  throw Error(ErrorCode::column, {.subject = "column '" + storage.name + "'",
                                  .row = row,
                                  .expected = "chunks that add up to its length",
                                  .found = "fewer rows",
                                  .remedy = {},
                                  .candidates = {}});
}

}  // namespace

char Column::missing_tag(Index row) const {
  const Chunk& chunk = chunk_at(*storage_, row);
  if (kind_of(storage_->field->format) != Kind::float64 || storage_->field->dictionary) return 0;
  return tag_of(static_cast<const double*>(chunk.data->buffers[1])[chunk.offset + row]);
}

std::vector<std::pair<Index, char>> Column::missing_tags() const {
  std::vector<std::pair<Index, char>> tags;
  if (kind_of(storage_->field->format) != Kind::float64 || storage_->field->dictionary) return tags;
  Index row = 0;
  for (const Chunk& chunk : storage_->chunks) {
    const double* values = static_cast<const double*>(chunk.data->buffers[1]) + chunk.offset;
    for (Index i = 0; i < chunk.length; ++i, ++row) {
      if (const char tag = tag_of(values[i]); tag != 0) tags.emplace_back(row, tag);
    }
  }
  return tags;
}

bool Column::is_missing(Index row) const {
  const Chunk& chunk = chunk_at(*storage_, row);
  const Kind kind = kind_of(storage_->field->format);
  if (kind == Kind::null) return true;
  const Index at = chunk.offset + row;
  const std::uint8_t* valid = validity(chunk, *storage_->field, storage_->rule);
  if (valid != nullptr && !bit_at(valid, at)) return true;
  if (kind == Kind::float64) return std::isnan(static_cast<const double*>(chunk.data->buffers[1])[at]);
  if (kind == Kind::float32) return std::isnan(static_cast<const float*>(chunk.data->buffers[1])[at]);
  return false;
}

void TextBuilder::reserve(Index rows) {
  offsets_.reserve(static_cast<std::size_t>(rows) + 1);
  validity_.reserve((static_cast<std::size_t>(rows) + 7) / 8);
}

void TextBuilder::append_validity(bool valid) {
  const auto bit = static_cast<std::size_t>(length());
  if (bit / 8 == validity_.size()) validity_.push_back(0);
  if (valid) validity_[bit / 8] = static_cast<std::uint8_t>(validity_[bit / 8] | (1U << (bit % 8)));
}

void TextBuilder::append(std::string_view value) {
  append_validity(true);
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
}

void TextBuilder::append_missing() {
  append_validity(false);
  offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  ++missing_;
}

namespace {

struct TextBuffers {
  std::vector<std::int64_t> offsets;
  std::vector<char> bytes;
  Bitmap validity;
};

}  // namespace

Column TextBuilder::finish(std::string name, ColumnNotes notes) {
  auto built = std::make_shared<TextBuffers>();
  built->offsets = std::exchange(offsets_, {0});
  built->bytes = std::exchange(bytes_, {});
  built->validity = std::exchange(validity_, {});
  // Readers may ask where the text begins even if there is none.
  if (built->bytes.empty()) built->bytes.push_back('\0');
  auto data = std::make_shared<ArrayData>();
  data->length = static_cast<Index>(built->offsets.size()) - 1;
  data->null_count = std::exchange(missing_, 0);
  data->buffers = {data->null_count == 0 ? nullptr : built->validity.data(), built->offsets.data(),
                   built->bytes.data()};
  data->owner = std::move(built);
  return column_of(std::move(name), "U", std::move(data), false, std::move(notes));
}

}  // namespace v1
}  // namespace irosurvey
