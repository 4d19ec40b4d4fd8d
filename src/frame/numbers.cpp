#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "array_data.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"
#include "values.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

void require_numbers(const Column::Storage& storage) {
  if (is_number(value_kind(*storage.field))) return;
  throw Error(ErrorCode::column, {.subject = "column '" + storage.name + "'",
                                  .row = {},
                                  .expected = "numbers or booleans",
                                  .found = describe_type(*storage.field),
                                  .remedy = {},
                                  .candidates = {}});
}

// A kernel can read the chunk's own buffer if what is missing there is NaN already.
bool can_borrow(const Column::Storage& storage) {
  if (storage.chunks.size() != 1 || storage.field->dictionary) return false;
  if (kind_of(storage.field->format) != Kind::float64) return false;
  const Chunk& chunk = storage.chunks.front();
  const std::uint8_t* valid = validity(chunk, *storage.field, storage.rule);
  return valid == nullptr || (chunk.missing_is_nan && valid == own_validity(*chunk.data, *storage.field));
}

void gather(const Chunk& chunk, const Field& field, double* out) {
  const ArrayData& values = *chunk.data->dictionary;
  std::vector<double> entries(static_cast<std::size_t>(values.length));
  read_numbers(values, *field.dictionary, values.offset, values.length, entries.data());
  if (const std::uint8_t* valid = own_validity(values, *field.dictionary)) {
    for (Index i = 0; i < values.length; ++i) {
      if (!bit_at(valid, values.offset + i)) entries[static_cast<std::size_t>(i)] = kNaN;
    }
  }
  const std::uint8_t* valid = own_validity(*chunk.data, field);
  with_integers(*chunk.data, kind_of(field.format), chunk.offset, [&](const auto* index) {
    for (Index i = 0; i < chunk.length; ++i) {
      // Under a null the index may be anything.
      const bool known = valid == nullptr || bit_at(valid, chunk.offset + i);
      out[i] = known ? entries[static_cast<std::size_t>(index[i])] : kNaN;
    }
  });
}

void convert(const Chunk& chunk, const Field& field, UserMissingRule rule, double* out) {
  if (field.dictionary) {
    gather(chunk, field, out);
  } else {
    read_numbers(*chunk.data, field, chunk.offset, chunk.length, out);
  }
  const std::uint8_t* valid = validity(chunk, field, rule);
  if (valid == nullptr) return;
  for (Index i = 0; i < chunk.length; ++i) {
    if (!bit_at(valid, chunk.offset + i)) out[i] = kNaN;
  }
}

bool any_missing(std::span<const double> values, const Column::Storage& storage) {
  // x − x is 0 for what is finite, NaN for NaN and for infinity; a sum of it needs no branch.
  // Several sums side by side: none waits for the addition before it.
  constexpr std::size_t kLanes = 8;
  double probes[kLanes] = {};
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) probes[lane] += values[i + lane] - values[i + lane];
  }
  for (const double value : values.subspan(whole)) probes[0] += value - value;
  if (std::all_of(std::begin(probes), std::end(probes), [](double probe) { return probe == 0.0; })) return false;
  const auto infinite = std::find_if(values.begin(), values.end(), [](double value) { return std::isinf(value); });
  if (infinite == values.end()) return true;
  throw Error(ErrorCode::column, {.subject = "column '" + storage.name + "'",
                                  .row = infinite - values.begin(),
                                  .expected = "a finite number",
                                  .found = *infinite > 0 ? "infinity" : "minus infinity",
                                  .remedy = "Set it to missing if it stands for an unknown value.",
                                  .candidates = {}});
}

Numbers make_numbers(const Column::Storage& storage) {
  require_numbers(storage);
  if (can_borrow(storage)) {
    const Chunk& chunk = storage.chunks.front();
    const auto* first = static_cast<const double*>(chunk.data->buffers[1]);
    const std::span<const double> values(chunk.length == 0 ? first : first + chunk.offset,
                                         static_cast<std::size_t>(chunk.length));
    return {values, any_missing(values, storage), chunk.data};
  }
  const auto owned = std::make_shared<std::vector<double>>(static_cast<std::size_t>(storage.length));
  double* out = owned->data();
  for (const Chunk& chunk : storage.chunks) {
    convert(chunk, *storage.field, storage.rule, out);
    out += chunk.length;
  }
  return {*owned, any_missing(*owned, storage), owned};
}

Presence present_numbers(const Numbers& numbers) {
  if (!numbers.has_missing()) return {};
  Presence present(numbers.values().size());
  std::transform(numbers.values().begin(), numbers.values().end(), present.begin(),
                 [](double value) { return static_cast<std::uint8_t>(value == value); });
  return present;
}

Presence present_levels(const Factor& factor) {
  if (!factor.has_missing) return {};
  Presence present(factor.codes.size());
  std::transform(factor.codes.begin(), factor.codes.end(), present.begin(),
                 [](std::int32_t code) { return static_cast<std::uint8_t>(code >= 0); });
  return present;
}

std::vector<std::uint8_t> make_true_rows(const Column::Storage& storage) {
  if (kind_of(storage.field->format) != Kind::boolean || storage.field->dictionary) {
    throw Error(ErrorCode::column, {.subject = "column '" + storage.name + "'",
                                    .row = {},
                                    .expected = "booleans",
                                    .found = describe_type(*storage.field),
                                    .remedy = {},
                                    .candidates = {}});
  }
  std::vector<std::uint8_t> truth(static_cast<std::size_t>(storage.length));
  auto* out = truth.data();
  for (const Chunk& chunk : storage.chunks) {
    const auto* bits = static_cast<const std::uint8_t*>(chunk.data->buffers[1]);
    const std::uint8_t* valid = validity(chunk, *storage.field, storage.rule);
    for (Index i = chunk.offset; i < chunk.offset + chunk.length; ++i) {
      *out++ = static_cast<std::uint8_t>(bit_at(bits, i) && (valid == nullptr || bit_at(valid, i)));
    }
  }
  return truth;
}

}  // namespace

Numbers::Numbers(std::span<const double> values, bool has_missing, std::shared_ptr<const void> owner)
    : values_(values), has_missing_(has_missing), owner_(std::move(owner)) {}

Numbers numbers(const Column& column) {
  const Column::Storage& storage = column.storage();
  return *storage.views.get(&ViewCache::numbers, [&] { return make_numbers(storage); });
}

std::shared_ptr<const Presence> presence(const Column& column) {
  const Column::Storage& storage = column.storage();
  return storage.views.get(&ViewCache::presence, [&] {
    return is_number(value_kind(*storage.field)) ? present_numbers(numbers(column))
                                                 : present_levels(*shared_factor(column));
  });
}

std::shared_ptr<const std::vector<std::uint8_t>> true_rows(const Column& column) {
  const Column::Storage& storage = column.storage();
  return storage.views.get(&ViewCache::truth, [&] { return make_true_rows(storage); });
}

}  // namespace v1
}  // namespace irosurvey
