#include "level_coder.hpp"

#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

// Codes in a file are multiples of something; the finalizer of MurmurHash3 (Appleby, 2011) spreads them over all bits.
std::uint64_t mixed(std::uint64_t bits) noexcept {
  bits ^= bits >> 33;
  bits *= 0xff51afd7ed558ccdULL;
  bits ^= bits >> 33;
  bits *= 0xc4ceb9fe1a85ec53ULL;
  return bits ^ (bits >> 33);
}

template <class Word>
std::uint64_t word_at(const char* bytes) noexcept {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

constexpr std::size_t kShort = 16;

}  // namespace

LevelCoder::ShortText::ShortText(std::string_view text) noexcept : size(text.size()) {
  const char* first = text.data();
  const char* past = first + text.size();
  if (text.size() >= 8) {
    head = word_at<std::uint64_t>(first);
    tail = word_at<std::uint64_t>(past - 8);
  } else if (text.size() >= 4) {
    head = word_at<std::uint32_t>(first);
    tail = word_at<std::uint32_t>(past - 4);
  } else if (!text.empty()) {
    head = static_cast<unsigned char>(first[0]);
    tail = static_cast<std::uint64_t>(static_cast<unsigned char>(first[text.size() / 2])) << 8 |
           static_cast<unsigned char>(past[-1]);
  }
}

LevelCoder::LevelCoder()
    : table_(std::size_t{1} << 14, -1), slots_(std::size_t{1} << 8), short_slots_(std::size_t{1} << 8) {}

std::int32_t LevelCoder::add(LevelValue value) {
  if (values_.size() >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw Error(ErrorCode::column, {.subject = "a grouping column",
                                    .row = {},
                                    .expected = "fewer than 2^31 distinct values",
                                    .found = "more",
                                    .remedy = {},
                                    .candidates = {}});
  }
  values_.push_back(std::move(value));
  return static_cast<std::int32_t>(values_.size()) - 1;
}

std::int32_t LevelCoder::truth(std::size_t place, bool value) {
  if (truths_[place] < 0) truths_[place] = add(value);
  return truths_[place];
}

void LevelCoder::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  const std::size_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.code < 0) continue;
    std::size_t place = slot.hash & mask;
    while (larger[place].code >= 0) place = (place + 1) & mask;
    larger[place] = slot;
  }
  slots_ = std::move(larger);
}

template <class Same, class Make>
std::int32_t LevelCoder::look_up(std::uint64_t hash, Same&& same, Make&& make) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = hash & mask;
  while (slots_[place].code >= 0) {
    const Slot& slot = slots_[place];
    if (slot.hash == hash && same(values_[static_cast<std::size_t>(slot.code)])) return slot.code;
    place = (place + 1) & mask;
  }
  const std::int32_t code = add(make());
  slots_[place] = {hash, code};
  if (2 * ++used_ > slots_.size()) grow();
  return code;
}

std::int32_t LevelCoder::whole(Index value) {
  return look_up(
      mixed(static_cast<std::uint64_t>(value)),
      [&](const LevelValue& known) {
        const auto* held = std::get_if<Index>(&known);
        return held != nullptr && *held == value;
      },
      [&] { return LevelValue(value); });
}

std::int32_t LevelCoder::fraction(double value) {
  const LevelValue level = level_of(value);  // beyond 9e15 a double is whole all the same
  if (const auto* index = std::get_if<Index>(&level)) return whole(*index);
  return look_up(
      mixed(std::bit_cast<std::uint64_t>(value)),
      [&](const LevelValue& known) {
        const auto* held = std::get_if<double>(&known);
        return held != nullptr && *held == value;
      },
      [&] { return level; });
}

namespace {

std::uint64_t hash_of(std::uint64_t head, std::uint64_t tail, std::uint64_t size) noexcept {
  return mixed(head ^ (tail * 0x9e3779b97f4a7c15ULL) ^ (size << 56));
}

}  // namespace

void LevelCoder::grow_short() {
  std::vector<ShortSlot> larger(short_slots_.size() * 2);
  const std::size_t mask = larger.size() - 1;
  for (const ShortSlot& slot : short_slots_) {
    if (slot.code < 0) continue;
    std::size_t place = hash_of(slot.text.head, slot.text.tail, slot.text.size) & mask;
    while (larger[place].code >= 0) place = (place + 1) & mask;
    larger[place] = slot;
  }
  short_slots_ = std::move(larger);
}

std::int32_t LevelCoder::short_text(std::string_view value) {
  const ShortText text(value);
  const std::size_t mask = short_slots_.size() - 1;
  std::size_t place = hash_of(text.head, text.tail, text.size) & mask;
  for (; short_slots_[place].code >= 0; place = (place + 1) & mask) {
    if (short_slots_[place].text == text) return short_slots_[place].code;
  }
  const std::int32_t code = add(std::string(value));
  short_slots_[place] = {text, code};
  if (2 * ++short_used_ > short_slots_.size()) grow_short();
  return code;
}

std::int32_t LevelCoder::code(std::string_view value) {
  if (value.size() <= kShort) return short_text(value);
  return look_up(
      std::hash<std::string_view>{}(value),
      [&](const LevelValue& known) {
        const auto* held = std::get_if<std::string>(&known);
        return held != nullptr && *held == value;
      },
      [&] { return LevelValue(std::string(value)); });
}

}  // namespace v1
}  // namespace irosurvey
