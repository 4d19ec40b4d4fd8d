#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/index.hpp"
#include "irosurvey/frame/column.hpp"
#include "irosurvey/frame/views.hpp"

// How a column lies in memory. This header is the room's own; outsiders see Column.

namespace irosurvey {
inline namespace v1 {

/// One Arrow array: pointers into buffers that `owner` keeps alive. Who owns them (a producer's ArrowArray, a vector of
/// ours) makes no difference after import.
struct ArrayData {
  Index length = 0;
  Index offset = 0;
  Index null_count = -1;  ///< -1: not counted
  std::vector<const void*> buffers;
  std::vector<std::shared_ptr<const ArrayData>> children;
  std::shared_ptr<const ArrayData> dictionary;
  std::shared_ptr<const void> owner;
};

/// One Arrow field: a type, and whatever its producer said about it.
struct Field {
  std::string format;
  std::string name;
  std::string metadata;  ///< in the ABI's encoding, without the keys that are ours
  std::int64_t flags = 0;
  std::vector<std::shared_ptr<const Field>> children;
  std::shared_ptr<const Field> dictionary;
};

/// A stretch of a column: rows `offset` to `offset + length` of an array.
struct Chunk {
  std::shared_ptr<const ArrayData> data;
  Index offset = 0;
  Index length = 0;
  /// The second validity bitmap, in which user-missing codes are missing too; empty where no such code occurs.
  /// It is read at `offset` like the array's own, so that either can be exported over the same values.
  std::shared_ptr<const std::vector<std::uint8_t>> strict_validity;
  /// Where the array's own bitmap says missing, the value is NaN: float64 that we built ourselves.
  bool missing_is_nan = false;
};

/// What has been worked out of a column, kept for the next question. A copy begins with nothing: it may mean other things.
class ViewCache {
 public:
  ViewCache() = default;
  ViewCache(const ViewCache&) noexcept {}
  ViewCache& operator=(const ViewCache&) = delete;

  /// The view at `place`, made by `make` when it is first asked for.
  template <class View, class Make>
  std::shared_ptr<const View> get(std::shared_ptr<const View> ViewCache::* place, const Make& make) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const View>& known = this->*place;
    if (!known) known = std::make_shared<const View>(make());
    return known;
  }

  std::shared_ptr<const Numbers> numbers;
  std::shared_ptr<const Factor> observed;
  std::shared_ptr<const Factor> labelled;
  std::shared_ptr<const Presence> presence;
  std::shared_ptr<const std::vector<std::uint8_t>> truth;

 private:
  std::recursive_mutex mutex_;  // presence is told by numbers
};

struct Column::Storage {
  std::string name;
  ColumnNotes notes;
  std::shared_ptr<const Field> field;
  std::vector<Chunk> chunks;
  Index length = 0;
  UserMissingRule rule = UserMissingRule::missing;
  mutable ViewCache views{};
};

/// The types that the engine computes with; every other one is carried and not looked into.
enum class Kind {
  null,
  boolean,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  float32,
  float64,
  decimal,
  utf8,
  large_utf8,
  utf8_view,
  other,
};

[[nodiscard]] Kind kind_of(std::string_view arrow_format) noexcept;
[[nodiscard]] bool is_text(Kind kind) noexcept;
/// Null, boolean, integer, floating or decimal.
[[nodiscard]] bool is_number(Kind kind) noexcept;
/// The kind of the values: the dictionary's where there is one.
[[nodiscard]] Kind value_kind(const Field& field) noexcept;
/// "text", "float64" …, for messages.
[[nodiscard]] std::string describe_type(const Field& field);

[[nodiscard]] inline bool bit_at(const std::uint8_t* bits, Index i) noexcept {
  return ((bits[i >> 3] >> (i & 7)) & 1) != 0;
}

/// Bitmap of the chunk's valid rows under `rule`, read from bit `chunk.offset`; null if every row is valid.
[[nodiscard]] const std::uint8_t* validity(const Chunk& chunk, const Field& field, UserMissingRule rule) noexcept;
/// The array's own bitmap; null if every row is valid (or if the type has none).
[[nodiscard]] const std::uint8_t* own_validity(const ArrayData& data, const Field& field) noexcept;

/// Gives every chunk the second bitmap that `notes.user_missing` asks for.
void mark_user_missing(Column::Storage& storage);

}  // namespace v1
}  // namespace irosurvey
