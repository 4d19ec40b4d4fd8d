#pragma once

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "irosurvey/frame/arrow.hpp"

namespace irosurvey_tests {

using irosurvey::Index;

/// An Arrow array written out by hand, as a producer of another make would hand it over: offsets, bitmaps, dictionaries.
struct HandmadeArray {
  std::string format;
  Index length = 0;
  Index offset = 0;
  Index null_count = -1;
  std::vector<std::shared_ptr<std::string>> buffers = {};  ///< bytes; null where the array has none
  std::vector<HandmadeArray> children = {};
  std::vector<std::string> child_names = {};
  std::shared_ptr<HandmadeArray> dictionary = {};
  std::string metadata = {};  ///< encoded
};

/// One key–value pair in the encoding of the Arrow C data interface.
inline std::string metadata_of(const std::string& key, const std::string& value) {
  const auto number = [](std::size_t count) {
    const auto small = static_cast<std::int32_t>(count);
    return std::string(reinterpret_cast<const char*>(&small), sizeof small);
  };
  return number(1) + number(key.size()) + key + number(value.size()) + value;
}

template <class T>
std::shared_ptr<std::string> bytes_of(const std::vector<T>& values) {
  // One byte more, so that an empty buffer has an address too.
  auto bytes = std::make_shared<std::string>(values.size() * sizeof(T) + 1, '\0');
  if (!values.empty()) std::memcpy(bytes->data(), values.data(), values.size() * sizeof(T));
  return bytes;
}

inline std::shared_ptr<std::string> text_bytes(const std::string& text) {
  return std::make_shared<std::string>(text + '\0');
}

inline std::shared_ptr<std::string> bits_of(std::initializer_list<int> bits) {
  auto bytes = std::make_shared<std::string>(bits.size() / 8 + 1, '\0');
  std::size_t at = 0;
  for (const int bit : bits) {
    if (bit != 0) (*bytes)[at / 8] = static_cast<char>((*bytes)[at / 8] | (1 << (at % 8)));
    ++at;
  }
  return bytes;
}

/// How many of the structs handed over haven't been released.
inline int& unreleased() {
  static int count = 0;
  return count;
}

struct ArrayKeeper {
  HandmadeArray array;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
  ArrowArray dictionary{};
};

inline void hand_over(const HandmadeArray& array, ArrowArray* out) {
  auto* keeper = new ArrayKeeper{array, {}, {}, {}, {}};
  for (const auto& buffer : array.buffers) keeper->buffers.push_back(buffer ? buffer->data() : nullptr);
  keeper->children.resize(array.children.size());
  for (std::size_t i = 0; i < array.children.size(); ++i) {
    hand_over(array.children[i], &keeper->children[i]);
    keeper->child_pointers.push_back(&keeper->children[i]);
  }
  if (array.dictionary) hand_over(*array.dictionary, &keeper->dictionary);
  ++unreleased();
  *out = {};
  out->length = array.length;
  out->null_count = array.null_count;
  out->offset = array.offset;
  out->n_buffers = static_cast<std::int64_t>(keeper->buffers.size());
  out->buffers = keeper->buffers.data();
  out->n_children = static_cast<std::int64_t>(keeper->children.size());
  out->children = keeper->child_pointers.data();
  out->dictionary = array.dictionary ? &keeper->dictionary : nullptr;
  out->private_data = keeper;
  out->release = [](ArrowArray* handed) {
    auto* held = static_cast<ArrayKeeper*>(handed->private_data);
    for (ArrowArray& child : held->children) {
      if (child.release != nullptr) child.release(&child);
    }
    if (held->dictionary.release != nullptr) held->dictionary.release(&held->dictionary);
    delete held;
    --unreleased();
    handed->release = nullptr;
  };
}

struct SchemaKeeper {
  std::string format;
  std::string name;
  std::string metadata;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;
  ArrowSchema dictionary{};
};

inline void describe(const HandmadeArray& array, const std::string& name, ArrowSchema* out) {
  auto* keeper = new SchemaKeeper{array.format, name, array.metadata, {}, {}, {}};
  keeper->children.resize(array.children.size());
  for (std::size_t i = 0; i < array.children.size(); ++i) {
    describe(array.children[i], array.child_names.at(i), &keeper->children[i]);
    keeper->child_pointers.push_back(&keeper->children[i]);
  }
  if (array.dictionary) describe(*array.dictionary, "", &keeper->dictionary);
  ++unreleased();
  *out = {};
  out->format = keeper->format.c_str();
  out->name = keeper->name.c_str();
  out->metadata = keeper->metadata.empty() ? nullptr : keeper->metadata.data();
  out->flags = ARROW_FLAG_NULLABLE;
  out->n_children = static_cast<std::int64_t>(keeper->children.size());
  out->children = keeper->child_pointers.data();
  out->dictionary = array.dictionary ? &keeper->dictionary : nullptr;
  out->private_data = keeper;
  out->release = [](ArrowSchema* handed) {
    auto* held = static_cast<SchemaKeeper*>(handed->private_data);
    for (ArrowSchema& child : held->children) {
      if (child.release != nullptr) child.release(&child);
    }
    if (held->dictionary.release != nullptr) held->dictionary.release(&held->dictionary);
    delete held;
    --unreleased();
    handed->release = nullptr;
  };
}

struct StreamKeeper {
  std::vector<HandmadeArray> arrays;
  std::string name;
  std::size_t next = 0;
  std::size_t fail_at = static_cast<std::size_t>(-1);
};

/// A stream of the arrays; it fails with "the disk is on fire" instead of giving number `fail_at`.
inline ArrowArrayStream stream_of(std::vector<HandmadeArray> arrays, std::string name = "x",
                                  std::size_t fail_at = static_cast<std::size_t>(-1)) {
  ArrowArrayStream stream{};
  stream.private_data = new StreamKeeper{std::move(arrays), std::move(name), 0, fail_at};
  ++unreleased();
  stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    const auto* keeper = static_cast<const StreamKeeper*>(self->private_data);
    describe(keeper->arrays.front(), keeper->name, out);
    return 0;
  };
  stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    auto* keeper = static_cast<StreamKeeper*>(self->private_data);
    if (keeper->next == keeper->fail_at) return EIO;
    *out = {};
    if (keeper->next < keeper->arrays.size()) hand_over(keeper->arrays[keeper->next++], out);
    return 0;
  };
  stream.get_last_error = [](ArrowArrayStream*) { return "the disk is on fire"; };
  stream.release = [](ArrowArrayStream* self) {
    delete static_cast<StreamKeeper*>(self->private_data);
    --unreleased();
    self->release = nullptr;
  };
  return stream;
}

inline irosurvey::Column column_of(std::vector<HandmadeArray> arrays, std::string name = "x") {
  ArrowArrayStream stream = stream_of(std::move(arrays), std::move(name));
  return irosurvey::import_column(&stream);
}

inline HandmadeArray struct_of(std::vector<HandmadeArray> children, std::vector<std::string> names, Index length,
                               Index offset = 0) {
  return {.format = "+s",
          .length = length,
          .offset = offset,
          .null_count = 0,
          .buffers = {nullptr},
          .children = std::move(children),
          .child_names = std::move(names)};
}

}  // namespace irosurvey_tests
