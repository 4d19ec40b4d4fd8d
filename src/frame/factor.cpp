#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "array_data.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"
#include "level_coder.hpp"
#include "user_missing.hpp"
#include "values.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr std::int32_t kMissing = -1;

void require_levels(const Column::Storage& storage) {
  if (value_kind(*storage.field) != Kind::other) return;
  throw Error(ErrorCode::column, {.subject = "column '" + storage.name + "'",
                                  .row = {},
                                  .expected = "numbers, booleans or text",
                                  .found = describe_type(*storage.field),
                                  .remedy = {},
                                  .candidates = {}});
}

// uint64 beyond Index has no exact level but its double.
std::int32_t code_of(LevelCoder& coder, std::uint64_t value) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  return value <= kLargest ? coder.code(static_cast<Index>(value)) : coder.code(static_cast<double>(value));
}
template <class Integer>
std::int32_t code_of(LevelCoder& coder, Integer value) {
  return coder.code(static_cast<Index>(value));
}

// Codes of a stretch without dictionary. `code_at(i)` is asked for valid rows only.
template <class CodeAt>
void fill_codes(const std::uint8_t* valid, Index offset, std::span<std::int32_t> out, CodeAt&& code_at) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto row = static_cast<Index>(i);
    const bool known = valid == nullptr || bit_at(valid, offset + row);
    out[i] = known ? code_at(row) : kMissing;
  }
}

void code_numbers(const ArrayData& data, const Field& field, Index offset, const std::uint8_t* valid, LevelCoder& coder,
                  std::span<std::int32_t> out) {
  std::vector<double> values(out.size());
  read_numbers(data, field, offset, static_cast<Index>(out.size()), values.data());
  fill_codes(valid, offset, out, [&](Index i) {
    const double value = values[static_cast<std::size_t>(i)];
    return std::isnan(value) ? kMissing : coder.code(value);
  });
}

void code_stretch(const ArrayData& data, const Field& field, Index offset, const std::uint8_t* valid, LevelCoder& coder,
                  std::span<std::int32_t> out) {
  const Kind kind = kind_of(field.format);
  if (out.empty()) return;
  const auto integers = [&](const auto* values) {
    fill_codes(valid, offset, out, [&](Index i) { return code_of(coder, values[i]); });
  };
  if (with_integers(data, kind, offset, integers)) return;
  if (is_text(kind)) {
    const TextReader text(data, kind);
    fill_codes(valid, offset, out, [&](Index i) { return coder.code(text(offset + i)); });
  } else if (kind == Kind::boolean) {
    const auto* bits = static_cast<const std::uint8_t*>(data.buffers[1]);
    fill_codes(valid, offset, out, [&](Index i) { return coder.code(bit_at(bits, offset + i)); });
  } else {
    code_numbers(data, field, offset, valid, coder, out);
  }
}

// Each entry of the dictionary is coded when a row first uses it: entries that no row uses aren't observed.
void code_dictionary(const Chunk& chunk, const Field& field, const std::uint8_t* valid, LevelCoder& coder,
                     std::span<std::int32_t> out) {
  constexpr std::int32_t kUnseen = -2;
  const ArrayData& values = *chunk.data->dictionary;
  const std::uint8_t* valid_entries = own_validity(values, *field.dictionary);
  std::vector<std::int32_t> entries(static_cast<std::size_t>(values.length), kUnseen);
  with_integers(*chunk.data, kind_of(field.format), chunk.offset, [&](const auto* index) {
    fill_codes(valid, chunk.offset, out, [&](Index i) {
      std::int32_t& entry = entries[static_cast<std::size_t>(index[i])];
      if (entry == kUnseen) {
        code_stretch(values, *field.dictionary, values.offset + static_cast<Index>(index[i]), valid_entries, coder,
                     {&entry, 1});
      }
      return entry;
    });
  });
}

std::vector<std::int32_t> code_rows(const Column::Storage& storage, LevelCoder& coder) {
  std::vector<std::int32_t> codes(static_cast<std::size_t>(storage.length));
  std::span<std::int32_t> rest(codes);
  for (const Chunk& chunk : storage.chunks) {
    const auto out = rest.first(static_cast<std::size_t>(chunk.length));
    rest = rest.subspan(out.size());
    const std::uint8_t* valid = validity(chunk, *storage.field, storage.rule);
    if (storage.field->dictionary) {
      code_dictionary(chunk, *storage.field, valid, coder, out);
    } else {
      code_stretch(*chunk.data, *storage.field, chunk.offset, valid, coder, out);
    }
  }
  return codes;
}

// Labels are written with doubles in some files and with integers in others; a level is the same either way.
LevelValue normal(const LevelValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr ? level_of(*number) : value;
}

std::vector<Level> normal_labels(const ColumnNotes& notes) {
  std::vector<Level> labels;
  labels.reserve(notes.value_labels.size());
  for (const Level& label : notes.value_labels) labels.push_back({normal(label.value), label.label});
  const auto before = [](const Level& a, const Level& b) { return level_less(a.value, b.value); };
  std::stable_sort(labels.begin(), labels.end(), before);
  return labels;
}

const Level* label_of(const std::vector<Level>& sorted_labels, const LevelValue& value) {
  const auto before = [](const Level& label, const LevelValue& wanted) { return level_less(label.value, wanted); };
  const auto found = std::lower_bound(sorted_labels.begin(), sorted_labels.end(), value, before);
  return found != sorted_labels.end() && found->value == value ? &*found : nullptr;
}

// The labelled values join the coder's levels if every level that occurs has a label.
void add_labelled(LevelCoder& coder, const std::vector<Level>& labels, const UserMissing& user_missing) {
  if (labels.empty()) return;
  const std::vector<LevelValue>& observed = coder.values();
  const bool all_labelled = std::all_of(observed.begin(), observed.end(),
                                        [&](const LevelValue& value) { return label_of(labels, value) != nullptr; });
  if (!all_labelled) return;
  for (const Level& label : labels) {
    if (is_user_missing(label.value, user_missing)) continue;
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
            (void)coder.code(std::string_view(value));
          } else {
            (void)coder.code(value);
          }
        },
        label.value);
  }
}

// Yes and no are both answers to a yes-or-no question.
void add_truth(LevelCoder& coder, const Field& field) {
  if (kind_of(field.format) != Kind::boolean) return;
  (void)coder.code(false);
  (void)coder.code(true);
}

Factor make_factor(const Column::Storage& storage, LevelRule rule) {
  require_levels(storage);
  LevelCoder coder;
  Factor result;
  result.codes = code_rows(storage, coder);
  const std::vector<Level> labels = normal_labels(storage.notes);
  if (rule == LevelRule::labelled) {
    add_labelled(coder, labels, storage.notes.user_missing);
    add_truth(coder, *storage.field);
  }

  const std::vector<LevelValue>& values = coder.values();
  std::vector<std::int32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return level_less(values[static_cast<std::size_t>(a)], values[static_cast<std::size_t>(b)]);
  });
  std::vector<std::int32_t> place(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto code = static_cast<std::size_t>(order[i]);
    place[code] = static_cast<std::int32_t>(i);
    const Level* label = label_of(labels, values[code]);
    result.levels.push_back({values[code], label != nullptr ? label->label : std::string{}});
  }
  for (std::int32_t& code : result.codes) {
    if (code == kMissing) {
      result.has_missing = true;
    } else {
      code = place[static_cast<std::size_t>(code)];
    }
  }
  return result;
}

}  // namespace

std::shared_ptr<const Factor> shared_factor(const Column& column, LevelRule rule) {
  const Column::Storage& storage = column.storage();
  const auto place = rule == LevelRule::labelled ? &ViewCache::labelled : &ViewCache::observed;
  return storage.views.get(place, [&] { return make_factor(storage, rule); });
}

}  // namespace v1
}  // namespace irosurvey
