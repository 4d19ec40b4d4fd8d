#include "coded_column.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "array_data.hpp"
#include "irosurvey/frame/arrow_abi.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

/// The values as an Arrow array of int32 that borrows the factor's codes.
std::shared_ptr<const ArrayData> array_of(const std::shared_ptr<const Factor>& factor, const Presence& present) {
  struct Kept {
    std::shared_ptr<const Factor> factor;
    std::vector<std::uint8_t> validity;
  };
  auto kept = std::make_shared<Kept>();
  kept->factor = factor;
  auto data = std::make_shared<ArrayData>();
  data->length = static_cast<Index>(factor->codes.size());
  data->null_count = 0;
  if (!present.empty()) {
    kept->validity.assign((present.size() + 7) / 8, 0);
    for (std::size_t row = 0; row < present.size(); ++row) {
      if (present[row] == 0) {
        ++data->null_count;
      } else {
        kept->validity[row >> 3] = static_cast<std::uint8_t>(kept->validity[row >> 3] | (1U << (row & 7)));
      }
    }
  }
  data->buffers = {present.empty() ? nullptr : kept->validity.data(), factor->codes.data()};
  data->owner = std::move(kept);
  return data;
}

Presence presence_of(const std::vector<std::int32_t>& codes) {
  Presence present(codes.size());
  std::transform(codes.begin(), codes.end(), present.begin(),
                 [](std::int32_t code) { return static_cast<std::uint8_t>(code >= 0); });
  return present;
}

}  // namespace

Column column_of_codes(std::string name, std::vector<std::int32_t> codes, Index levels) {
  auto factor = std::make_shared<Factor>();
  factor->codes = std::move(codes);
  factor->levels.resize(static_cast<std::size_t>(levels));
  for (std::size_t level = 0; level < factor->levels.size(); ++level)
    factor->levels[level].value = static_cast<Index>(level);
  std::int32_t least = 0;  // a loop that the compiler makes wide
  for (const std::int32_t code : factor->codes) least = std::min(least, code);
  factor->has_missing = least < 0;
  auto present = std::make_shared<const Presence>(factor->has_missing ? presence_of(factor->codes) : Presence{});

  auto field = std::make_shared<Field>();
  field->format = "i";
  field->flags = ARROW_FLAG_NULLABLE;
  auto storage = std::make_shared<Column::Storage>();
  storage->name = std::move(name);
  storage->field = std::move(field);
  storage->length = static_cast<Index>(factor->codes.size());
  Chunk chunk;
  chunk.length = storage->length;
  chunk.data = array_of(factor, *present);
  storage->chunks.push_back(std::move(chunk));
  storage->views.labelled = std::move(factor);
  storage->views.presence = std::move(present);
  return Column(std::move(storage));
}

}  // namespace v1
}  // namespace irosurvey
