#include "estimate/key_table.hpp"

#include <algorithm>
#include <limits>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr std::size_t kFirstSlots = 16;

std::uint64_t hash_of(std::span<const std::int32_t> key) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
  std::uint64_t hash = kOdd;
  for (const std::int32_t code : key) {
    hash = (hash ^ static_cast<std::uint32_t>(code)) * kOdd;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

std::int32_t LabelTable::insert(const LevelValue& label) {
  const auto [place, is_new] = codes_.try_emplace(label, static_cast<std::int32_t>(values_.size()));
  if (is_new) values_.push_back(label);
  return place->second;
}

std::vector<std::int32_t> LabelTable::ranks() const {
  std::vector<std::int32_t> ranks(values_.size());
  std::int32_t rank = 0;
  for (const auto& [label, code] : codes_) ranks[static_cast<std::size_t>(code)] = rank++;
  return ranks;
}

KeyTable::KeyTable(std::size_t width) : width_(width), slots_(kFirstSlots, -1) {}

/// The slot of a key, or the free one where it would go.
std::size_t KeyTable::place_of(std::span<const std::int32_t> key) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t place = hash_of(key) & mask;; place = (place + 1) & mask) {
    const std::int32_t found = slots_[place];
    if (found < 0) return place;
    const std::span<const std::int32_t> there = this->key(found);
    if (std::equal(key.begin(), key.end(), there.begin())) return place;
  }
}

Index KeyTable::find(std::span<const std::int32_t> key) const { return slots_[place_of(key)]; }

Index KeyTable::insert(std::span<const std::int32_t> key) {
  const std::size_t place = place_of(key);
  if (slots_[place] >= 0) return slots_[place];
  if (size_ == std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorCode::design, {.subject = "data in parts",
                                    .row = {},
                                    .expected = "at most 2,147,483,647 sampling units",
                                    .found = "more",
                                    .remedy = {},
                                    .candidates = {}});
  }
  slots_[place] = static_cast<std::int32_t>(size_);
  codes_.insert(codes_.end(), key.begin(), key.end());
  if (2 * static_cast<std::size_t>(++size_) > slots_.size()) grow();
  return size_ - 1;
}

void KeyTable::grow() {
  slots_.assign(2 * slots_.size(), -1);
  for (Index number = 0; number < size_; ++number) slots_[place_of(key(number))] = static_cast<std::int32_t>(number);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
