#include <algorithm>
#include <cstring>
#include <utility>

#include "array_data.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/arrow.hpp"
#include "notes.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

[[noreturn]] void fail(std::string expected, std::string found) {
  throw Error(ErrorCode::read, {.subject = "Arrow stream",
                                .row = {},
                                .expected = std::move(expected),
                                .found = std::move(found),
                                .remedy = {},
                                .candidates = {}});
}

// Releases on every way out what the producer handed over.
template <class Handed>
class Releasing {
 public:
  explicit Releasing(Handed* handed) noexcept : handed_(handed) {}
  Releasing(const Releasing&) = delete;
  Releasing& operator=(const Releasing&) = delete;
  ~Releasing() {
    if (handed_->release != nullptr) handed_->release(handed_);
  }

 private:
  Handed* handed_;
};

void require_success(ArrowArrayStream* stream, int status) {
  if (status == 0) return;
  const char* message = stream->get_last_error(stream);
  fail("data from the producer", message != nullptr ? message : std::string("error: ") + std::strerror(status));
}

std::shared_ptr<Field> read_field(const ArrowSchema& schema, const Metadata& metadata) {
  auto field = std::make_shared<Field>();
  field->format = schema.format;
  field->name = schema.name != nullptr ? schema.name : "";
  field->flags = schema.flags;
  field->metadata = encode_metadata(metadata);
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    field->children.push_back(read_field(child, decode_metadata(child.metadata)));
  }
  if (schema.dictionary != nullptr) {
    field->dictionary = read_field(*schema.dictionary, decode_metadata(schema.dictionary->metadata));
  }
  return field;
}

std::shared_ptr<Column::Storage> read_column_schema(const ArrowSchema& schema) {
  Metadata metadata = decode_metadata(schema.metadata);
  auto storage = std::make_shared<Column::Storage>();
  storage->name = schema.name != nullptr ? schema.name : "";
  storage->notes = take_notes(metadata, storage->name);
  storage->field = read_field(schema, metadata);
  return storage;
}

std::shared_ptr<const ArrayData> view_of(const ArrowArray& array, const std::shared_ptr<const void>& owner) {
  auto data = std::make_shared<ArrayData>();
  data->length = array.length;
  data->offset = array.offset;
  data->null_count = array.null_count;
  data->buffers.assign(array.buffers, array.buffers + array.n_buffers);
  for (std::int64_t i = 0; i < array.n_children; ++i) data->children.push_back(view_of(*array.children[i], owner));
  if (array.dictionary != nullptr) data->dictionary = view_of(*array.dictionary, owner);
  data->owner = owner;
  return data;
}

// Moves the array out of where the producer put it (a consumer may do so with children too, so that each column keeps
// only its own buffers alive).
std::shared_ptr<const ArrayData> take_array(ArrowArray& array) {
  const auto release = [](ArrowArray* taken) {
    if (taken->release != nullptr) taken->release(taken);
    delete taken;
  };
  std::shared_ptr<ArrowArray> owner(new ArrowArray(array), release);
  array.release = nullptr;
  return view_of(*owner, owner);
}

// Whether `next` goes on where `last` ends, in the same buffers: a producer whose columns are cut differently cuts each of
// them at every other one's ends.
bool continues(const Chunk& last, const ArrayData& next, Index offset) {
  const ArrayData& data = *last.data;
  if (data.buffers != next.buffers || last.offset + last.length != offset || !next.children.empty()) return false;
  if (!data.dictionary || !next.dictionary) return !data.dictionary && !next.dictionary;
  return data.dictionary->buffers == next.dictionary->buffers && data.dictionary->offset == next.dictionary->offset &&
         data.dictionary->length == next.dictionary->length;
}

void append_chunk(Column::Storage& storage, ArrowArray& array, Index offset, Index length) {
  if (length == 0) return;
  std::shared_ptr<const ArrayData> data = take_array(array);
  const Index first = data->offset + offset;
  storage.length += length;
  if (!storage.chunks.empty() && continues(storage.chunks.back(), *data, first)) {
    Chunk& last = storage.chunks.back();
    auto longer = std::make_shared<ArrayData>(*last.data);
    longer->length = std::max(longer->length, first + length - longer->offset);
    longer->null_count = longer->null_count == 0 && data->null_count == 0 ? 0 : -1;
    last.data = std::move(longer);
    last.length += length;
    return;
  }
  Chunk chunk;
  chunk.data = std::move(data);
  chunk.offset = first;
  chunk.length = length;
  storage.chunks.push_back(std::move(chunk));
}

void require_no_null_rows(const ArrowArray& batch) {
  const bool has_bitmap = batch.null_count != 0 && batch.n_buffers > 0 && batch.buffers[0] != nullptr;
  if (!has_bitmap) return;
  const auto* valid = static_cast<const std::uint8_t*>(batch.buffers[0]);
  for (Index i = 0; i < batch.length; ++i) {
    if (!bit_at(valid, batch.offset + i)) fail("record batches", "structs that are null as a whole");
  }
}

Column finish(std::shared_ptr<Column::Storage> storage) {
  mark_user_missing(*storage);
  return Column(std::move(storage));
}

std::string frame_label(const ArrowSchema& schema) {
  for (auto& [key, text] : decode_metadata(schema.metadata)) {
    if (key == kLabelKey) return text;
  }
  return {};
}

// Calls `use(array)` for each array of the stream.
template <class Use>
void for_each_array(ArrowArrayStream* stream, Use&& use) {
  while (true) {
    ArrowArray array{};
    require_success(stream, stream->get_next(stream, &array));
    if (array.release == nullptr) return;
    const Releasing<ArrowArray> array_guard(&array);
    use(array);
  }
}

}  // namespace

Frame import_stream(ArrowArrayStream* stream) {
  const Releasing<ArrowArrayStream> stream_guard(stream);
  ArrowSchema schema{};
  require_success(stream, stream->get_schema(stream, &schema));
  const Releasing<ArrowSchema> schema_guard(&schema);
  if (std::strcmp(schema.format, "+s") != 0) {
    fail("a table: a stream of structs", std::string("a stream of Arrow type '") + schema.format + "'");
  }
  std::vector<std::shared_ptr<Column::Storage>> columns;
  for (std::int64_t i = 0; i < schema.n_children; ++i) columns.push_back(read_column_schema(*schema.children[i]));
  for_each_array(stream, [&](ArrowArray& batch) {
    require_no_null_rows(batch);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      append_chunk(*columns[i], *batch.children[i], batch.offset, batch.length);
    }
  });
  std::vector<Column> finished;
  for (auto& column : columns) finished.push_back(finish(std::move(column)));
  return Frame(std::move(finished), frame_label(schema));
}

Column import_column(ArrowArrayStream* stream) {
  const Releasing<ArrowArrayStream> stream_guard(stream);
  ArrowSchema schema{};
  require_success(stream, stream->get_schema(stream, &schema));
  const Releasing<ArrowSchema> schema_guard(&schema);
  std::shared_ptr<Column::Storage> column = read_column_schema(schema);
  for_each_array(stream, [&](ArrowArray& array) { append_chunk(*column, array, 0, array.length); });
  return finish(std::move(column));
}

}  // namespace v1
}  // namespace irosurvey
