#include "row_keys.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "array_data.hpp"
#include "core/large_array.hpp"
#include "irosurvey/frame/views.hpp"
#include "values.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

/// Values that are whole lie in [least, most].
struct Bounds {
  Index least = std::numeric_limits<Index>::max();
  Index most = std::numeric_limits<Index>::min();
};

/// Calls `use(values, length)` for each chunk of whole or floating numbers, in the chunk's own type, until it says false.
/// @returns false if it did, or if a chunk holds something else.
template <class Use>
bool each_stretch(const Column::Storage& storage, const Use& use) {
  const Kind kind = kind_of(storage.field->format);
  return std::all_of(storage.chunks.begin(), storage.chunks.end(), [&](const Chunk& chunk) {
    bool goes_on = false;
    const auto stretch = [&](const auto* values) { goes_on = use(values, static_cast<std::size_t>(chunk.length)); };
    if (!with_integers(*chunk.data, kind, chunk.offset, stretch) && kind == Kind::float64) {
      stretch(static_cast<const double*>(chunk.data->buffers[1]) + chunk.offset);
    }
    return goes_on;
  });
}

template <class Integer>
bool widen(const Integer* values, std::size_t size, Bounds& bounds) {
  Integer least = std::numeric_limits<Integer>::max();
  Integer most = std::numeric_limits<Integer>::min();
  for (std::size_t i = 0; i < size; ++i) {
    least = std::min(least, values[i]);
    most = std::max(most, values[i]);
  }
  if (std::cmp_greater(most, std::numeric_limits<Index>::max())) return false;
  bounds.least = std::min(bounds.least, static_cast<Index>(least));
  bounds.most = std::max(bounds.most, static_cast<Index>(most));
  return true;
}

/// Files of other programs hold whole numbers as doubles. NaN, too, is none.
bool widen(const double* values, std::size_t size, Bounds& bounds) {
  constexpr double kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr double kMost = std::numeric_limits<std::int32_t>::max();
  std::int32_t least = std::numeric_limits<std::int32_t>::max();
  std::int32_t most = std::numeric_limits<std::int32_t>::min();
  constexpr std::size_t kBlock = 4096;
  for (std::size_t begin = 0; begin < size; begin += kBlock) {
    int others = 0;  // counted, not asked one by one: there is no branch in the loop
    for (std::size_t i = begin; i < std::min(size, begin + kBlock); ++i) {
      const double value = values[i];
      const double inside = value > kLeast ? (value < kMost ? value : kMost) : kLeast;
      const auto whole = static_cast<std::int32_t>(inside);
      others += static_cast<double>(whole) == value ? 0 : 1;
      least = std::min(least, whole);
      most = std::max(most, whole);
    }
    if (others > 0) return false;
  }
  bounds.least = std::min(bounds.least, Index{least});
  bounds.most = std::max(bounds.most, Index{most});
  return true;
}

/// Bounds of whole numbers that are close enough together for a table of them.
std::optional<Bounds> narrow(const Column::Storage& storage) {
  constexpr Index kAlwaysSmall = 1 << 16;
  constexpr Index kMost = std::numeric_limits<std::int32_t>::max();
  const bool all_valid = std::all_of(storage.chunks.begin(), storage.chunks.end(), [&](const Chunk& chunk) {
    return validity(chunk, *storage.field, storage.rule) == nullptr;
  });
  if (storage.field->dictionary || storage.length == 0 || !all_valid) return std::nullopt;
  Bounds bounds;
  if (!each_stretch(storage, [&](const auto* values, std::size_t size) { return widen(values, size, bounds); })) {
    return std::nullopt;
  }
  const auto reach = static_cast<std::uint64_t>(bounds.most) - static_cast<std::uint64_t>(bounds.least);
  const Index small = std::min(std::max(kAlwaysSmall, storage.length), kMost);
  if (reach >= static_cast<std::uint64_t>(small)) return std::nullopt;
  return bounds;
}

RowKeys borrowed(const Chunk& chunk, const Bounds& bounds) {
  const auto* first = static_cast<const std::int32_t*>(chunk.data->buffers[1]) + chunk.offset;
  return {.keys = {first, static_cast<std::size_t>(chunk.length)},
          .least = static_cast<std::int32_t>(bounds.least),
          .range = static_cast<std::int32_t>(bounds.most - bounds.least + 1),
          .owner = chunk.data};
}

RowKeys converted(const Column::Storage& storage, const Bounds& bounds) {
  const auto keys = std::make_shared<LargeArray<std::int32_t>>(static_cast<std::size_t>(storage.length));
  std::span<std::int32_t> rest = keys->writable();
  each_stretch(storage, [&](const auto* values, std::size_t size) {
    std::transform(values, values + size, rest.begin(),
                   [&](auto value) { return static_cast<std::int32_t>(static_cast<Index>(value) - bounds.least); });
    rest = rest.subspan(size);
    return true;
  });
  return {.keys = {keys->data(), keys->size()},
          .least = 0,
          .range = static_cast<std::int32_t>(bounds.most - bounds.least + 1),
          .owner = keys};
}

}  // namespace

RowKeys row_keys(const Column& column) {
  const Column::Storage& storage = column.storage();
  if (const std::optional<Bounds> bounds = narrow(storage)) {
    const bool as_it_is = kind_of(storage.field->format) == Kind::int32 && storage.chunks.size() == 1;
    return as_it_is ? borrowed(storage.chunks.front(), *bounds) : converted(storage, *bounds);
  }
  const auto labels = shared_factor(column, LevelRule::observed);
  return {.keys = labels->codes,
          .least = 0,
          .range = static_cast<std::int32_t>(labels->levels.size()),
          .has_missing = labels->has_missing,
          .owner = labels};
}

}  // namespace v1
}  // namespace irosurvey
