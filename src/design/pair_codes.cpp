#include "design/pair_codes.hpp"

#include <algorithm>
#include <unordered_map>

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

constexpr std::int32_t kUnseen = -1;

/// Remembers the code of each pair in a table of outer × inner where that is small, else in a hash map.
class PairTable {
 public:
  PairTable(std::int64_t outer_count, std::int64_t inner_count, std::int64_t positions) : inner_count_(inner_count) {
    // A table a few times the size of the data costs less than hashing every row.
    constexpr std::int64_t kTablePerPosition = 4;
    constexpr std::int64_t kAlwaysSmall = 1 << 16;
    const bool small =
        outer_count <= std::max(kAlwaysSmall, kTablePerPosition * positions) / std::max<std::int64_t>(1, inner_count);
    if (small) table_.assign(static_cast<std::size_t>(outer_count * inner_count), kUnseen);
  }

  std::int32_t& slot(std::int32_t outer, std::int32_t inner) {
    const std::int64_t key = outer * inner_count_ + inner;
    if (!table_.empty()) return table_[static_cast<std::size_t>(key)];
    return hashed_.try_emplace(key, kUnseen).first->second;
  }

 private:
  std::int64_t inner_count_;
  std::vector<std::int32_t> table_;
  std::unordered_map<std::int64_t, std::int32_t> hashed_;
};

}  // namespace

Codes pair_codes(std::span<const std::int32_t> outer, std::int32_t outer_count, std::span<const std::int32_t> inner,
                 std::int32_t outer_least, std::int32_t inner_least) {
  Codes result;
  result.codes.resize(inner.size());
  if (inner.empty()) return result;
  const std::int64_t inner_count = *std::max_element(inner.begin(), inner.end()) + std::int64_t{1} - inner_least;
  PairTable table(outer_count, inner_count, static_cast<std::int64_t>(inner.size()));
  std::int32_t last_outer = 0;
  std::int32_t last_inner = 0;
  std::int32_t last_code = kUnseen;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    // Most files come in runs of one unit: the last answer is nearly always the next one.
    if (last_code == kUnseen || outer[i] != last_outer || inner[i] != last_inner) {
      last_outer = outer[i];
      last_inner = inner[i];
      std::int32_t& code = table.slot(last_outer - outer_least, last_inner - inner_least);
      if (code == kUnseen) {
        code = result.count++;
        result.outer.push_back(last_outer - outer_least);
      }
      last_code = code;
    }
    result.codes[i] = last_code;
  }
  return result;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
