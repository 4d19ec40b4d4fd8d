#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "array_data.hpp"
#include "irosurvey/frame/arrow.hpp"
#include "notes.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

// ── Schemas ────────────────────────────────────────────────────────────────────────────────────────────────────────────

struct SchemaHolder {
  std::string format;
  std::string name;
  std::string metadata;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;
  ArrowSchema dictionary{};
};

// A consumer may have moved children out, and then their `release` is null.
template <class Struct, class Holder>
void release(Struct* handed) {
  auto* holder = static_cast<Holder*>(handed->private_data);
  for (Struct& child : holder->children) {
    if (child.release != nullptr) child.release(&child);
  }
  if (holder->dictionary.release != nullptr) holder->dictionary.release(&holder->dictionary);
  delete holder;
  handed->release = nullptr;
}

// Fills `out` from a holder that has its children already.
void hand_over(std::unique_ptr<SchemaHolder> holder, std::int64_t flags, ArrowSchema* out) {
  for (ArrowSchema& child : holder->children) holder->child_pointers.push_back(&child);
  *out = {};
  out->format = holder->format.c_str();
  out->name = holder->name.c_str();
  out->metadata = holder->metadata.empty() ? nullptr : holder->metadata.data();
  out->flags = flags;
  out->n_children = static_cast<std::int64_t>(holder->children.size());
  out->children = holder->child_pointers.empty() ? nullptr : holder->child_pointers.data();
  out->dictionary = holder->dictionary.release != nullptr ? &holder->dictionary : nullptr;
  out->release = release<ArrowSchema, SchemaHolder>;
  out->private_data = holder.release();
}

void export_schema(const Field& field, const std::string& name, std::string metadata, ArrowSchema* out) {
  auto holder = std::make_unique<SchemaHolder>();
  holder->format = field.format;
  holder->name = name;
  holder->metadata = std::move(metadata);
  holder->children.resize(field.children.size());
  for (std::size_t i = 0; i < field.children.size(); ++i) {
    const Field& child = *field.children[i];
    export_schema(child, child.name, child.metadata, &holder->children[i]);
  }
  if (field.dictionary) {
    export_schema(*field.dictionary, field.dictionary->name, field.dictionary->metadata, &holder->dictionary);
  }
  hand_over(std::move(holder), field.flags, out);
}

void export_schema(const Column& column, ArrowSchema* out) {
  const Column::Storage& storage = column.storage();
  const std::string& theirs = storage.field->metadata;
  Metadata metadata = decode_metadata(theirs.empty() ? nullptr : theirs.data());
  for (auto& entry : to_metadata(storage.notes)) metadata.push_back(std::move(entry));
  export_schema(*storage.field, storage.name, encode_metadata(metadata), out);
  // Whatever the producer promised, a user-missing code is a null now.
  out->flags |= ARROW_FLAG_NULLABLE;
}

void export_schema(const Frame& frame, ArrowSchema* out) {
  auto holder = std::make_unique<SchemaHolder>();
  holder->format = "+s";
  if (!frame.label().empty()) holder->metadata = encode_metadata({{std::string(kLabelKey), frame.label()}});
  holder->children.resize(frame.columns().size());
  for (std::size_t i = 0; i < frame.columns().size(); ++i) export_schema(frame.columns()[i], &holder->children[i]);
  hand_over(std::move(holder), 0, out);
}

// ── Arrays ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

struct ArrayHolder {
  std::shared_ptr<const void> data;
  std::shared_ptr<const void> second_bitmap;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
  ArrowArray dictionary{};
};

void hand_over(std::unique_ptr<ArrayHolder> holder, Index offset, Index length, Index null_count, ArrowArray* out) {
  for (ArrowArray& child : holder->children) holder->child_pointers.push_back(&child);
  *out = {};
  out->length = length;
  out->null_count = null_count;
  out->offset = offset;
  out->n_buffers = static_cast<std::int64_t>(holder->buffers.size());
  out->buffers = holder->buffers.data();
  out->n_children = static_cast<std::int64_t>(holder->children.size());
  out->children = holder->child_pointers.empty() ? nullptr : holder->child_pointers.data();
  out->dictionary = holder->dictionary.release != nullptr ? &holder->dictionary : nullptr;
  out->release = release<ArrowArray, ArrayHolder>;
  out->private_data = holder.release();
}

// The same buffers under a new roof. Every child has its own, because a consumer may keep one and release the rest.
std::unique_ptr<ArrayHolder> hold(const std::shared_ptr<const ArrayData>& data) {
  auto holder = std::make_unique<ArrayHolder>();
  holder->data = data;
  holder->buffers = data->buffers;
  holder->children.resize(data->children.size());
  for (std::size_t i = 0; i < data->children.size(); ++i) {
    const auto& child = data->children[i];
    hand_over(hold(child), child->offset, child->length, child->null_count, &holder->children[i]);
  }
  if (data->dictionary) {
    const auto& dictionary = data->dictionary;
    hand_over(hold(dictionary), dictionary->offset, dictionary->length, dictionary->null_count, &holder->dictionary);
  }
  return holder;
}

// Rows `first` to `first + length` of a chunk.
void export_slice(const Chunk& chunk, const Field& field, UserMissingRule rule, Index first, Index length,
                  ArrowArray* out) {
  auto holder = hold(chunk.data);
  const std::uint8_t* valid = validity(chunk, field, rule);
  const bool strict = rule == UserMissingRule::missing && chunk.strict_validity != nullptr;
  if (strict) {
    holder->second_bitmap = chunk.strict_validity;
    holder->buffers.front() = valid;
  }
  const bool is_whole = !strict && first == 0 && length == chunk.data->length;
  const Index null_count = is_whole || chunk.data->null_count == 0 ? chunk.data->null_count : -1;
  hand_over(std::move(holder), chunk.offset + first, length, strict ? -1 : null_count, out);
}

// ── Streams ────────────────────────────────────────────────────────────────────────────────────────────────────────────

class ColumnSource {
 public:
  explicit ColumnSource(Column column) : column_(std::move(column)) {}

  void schema(ArrowSchema* out) const { export_schema(column_, out); }

  void next(ArrowArray* out) {
    const Column::Storage& storage = column_.storage();
    *out = {};
    if (chunk_ == storage.chunks.size()) return;
    const Chunk& chunk = storage.chunks[chunk_++];
    export_slice(chunk, *storage.field, storage.rule, 0, chunk.length, out);
  }

 private:
  Column column_;
  std::size_t chunk_ = 0;
};

// Columns may be cut differently; a batch ends where any of them does, so that no buffer has to be copied.
class FrameSource {
 public:
  explicit FrameSource(Frame frame) : frame_(std::move(frame)), places_(frame_.columns().size()) {}

  void schema(ArrowSchema* out) const { export_schema(frame_, out); }

  void next(ArrowArray* out) {
    *out = {};
    if (done_ == frame_.rows()) return;
    const Index length = rows_of_next_batch();
    auto holder = std::make_unique<ArrayHolder>();
    holder->buffers = {nullptr};
    holder->children.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Column::Storage& storage = frame_.columns()[i].storage();
      Place& place = places_[i];
      const Chunk& chunk = storage.chunks[place.chunk];
      export_slice(chunk, *storage.field, storage.rule, place.row, length, &holder->children[i]);
      place.row += length;
      if (place.row == chunk.length) place = {place.chunk + 1, 0};
    }
    done_ += length;
    hand_over(std::move(holder), 0, length, 0, out);
  }

 private:
  struct Place {
    std::size_t chunk = 0;
    Index row = 0;
  };

  [[nodiscard]] Index rows_of_next_batch() const {
    Index rows = frame_.rows() - done_;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Chunk& chunk = frame_.columns()[i].storage().chunks[places_[i].chunk];
      rows = std::min(rows, chunk.length - places_[i].row);
    }
    return rows;
  }

  Frame frame_;
  std::vector<Place> places_;
  Index done_ = 0;
};

template <class Source>
struct StreamHolder {
  Source source;
  std::string error;
};

// No exception may cross into the consumer's code.
template <class Source, class Work>
int guarded(ArrowArrayStream* stream, Work&& work) noexcept {
  auto* holder = static_cast<StreamHolder<Source>*>(stream->private_data);
  try {
    work(holder->source);
    return 0;
  } catch (const std::exception& failure) {
    holder->error = failure.what();
    return ENOMEM;
  }
}

template <class Source>
void open_stream(Source source, ArrowArrayStream* out) {
  auto holder = std::make_unique<StreamHolder<Source>>(StreamHolder<Source>{std::move(source), {}});
  *out = {};
  out->get_schema = [](ArrowArrayStream* stream, ArrowSchema* schema) {
    return guarded<Source>(stream, [&](Source& from) { from.schema(schema); });
  };
  out->get_next = [](ArrowArrayStream* stream, ArrowArray* array) {
    return guarded<Source>(stream, [&](Source& from) { from.next(array); });
  };
  out->get_last_error = [](ArrowArrayStream* stream) -> const char* {
    const auto* held = static_cast<const StreamHolder<Source>*>(stream->private_data);
    return held->error.empty() ? nullptr : held->error.c_str();
  };
  out->release = [](ArrowArrayStream* stream) {
    delete static_cast<StreamHolder<Source>*>(stream->private_data);
    stream->release = nullptr;
  };
  out->private_data = holder.release();
}

}  // namespace

void export_stream(const Frame& frame, ArrowArrayStream* out) { open_stream(FrameSource(frame), out); }

void export_stream(const Column& column, ArrowArrayStream* out) { open_stream(ColumnSource(column), out); }

}  // namespace v1
}  // namespace irosurvey
