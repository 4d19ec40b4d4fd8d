#include "user_missing.hpp"

#include <algorithm>
#include <string>

#include "values.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

// The declared codes, sorted out by type once, so that a row costs a few comparisons.
class Codes {
 public:
  explicit Codes(const UserMissing& declared) : range_(declared.range) {
    for (const LevelValue& code : declared.codes) {
      if (const auto* text = std::get_if<std::string>(&code)) texts_.push_back(*text);
      if (const auto* whole = std::get_if<Index>(&code)) numbers_.push_back(static_cast<double>(*whole));
      if (const auto* number = std::get_if<double>(&code)) numbers_.push_back(*number);
    }
  }

  [[nodiscard]] bool holds(double value) const noexcept {
    if (range_ && value >= range_->first && value <= range_->second) return true;
    return std::find(numbers_.begin(), numbers_.end(), value) != numbers_.end();
  }

  [[nodiscard]] bool holds(std::string_view value) const noexcept {
    return std::find(texts_.begin(), texts_.end(), value) != texts_.end();
  }

 private:
  std::vector<double> numbers_;
  std::vector<std::string> texts_;
  std::optional<std::pair<double, double>> range_;
};

// For each row of a stretch without dictionary, whether its value is a code.
std::vector<bool> codes_in(const ArrayData& data, const Field& field, Index offset, Index length, const Codes& codes) {
  std::vector<bool> is_code(static_cast<std::size_t>(length), false);
  const Kind kind = kind_of(field.format);
  const std::uint8_t* valid = own_validity(data, field);
  const auto counts = [&](Index i) { return valid == nullptr || bit_at(valid, offset + i); };
  if (is_text(kind)) {
    const TextReader text(data, kind);
    for (Index i = 0; i < length; ++i)
      is_code[static_cast<std::size_t>(i)] = counts(i) && codes.holds(text(offset + i));
  } else if (is_number(kind) && kind != Kind::null && kind != Kind::boolean) {
    std::vector<double> numbers(static_cast<std::size_t>(length));
    read_numbers(data, field, offset, length, numbers.data());
    for (Index i = 0; i < length; ++i) {
      const auto at = static_cast<std::size_t>(i);
      is_code[at] = counts(i) && codes.holds(numbers[at]);
    }
  }
  return is_code;
}

std::vector<bool> codes_in(const Chunk& chunk, const Field& field, const Codes& codes) {
  if (!field.dictionary) return codes_in(*chunk.data, field, chunk.offset, chunk.length, codes);
  const ArrayData& values = *chunk.data->dictionary;
  const std::vector<bool> in_dictionary = codes_in(values, *field.dictionary, values.offset, values.length, codes);
  std::vector<bool> is_code(static_cast<std::size_t>(chunk.length), false);
  const std::uint8_t* valid = own_validity(*chunk.data, field);
  with_integers(*chunk.data, kind_of(field.format), chunk.offset, [&](const auto* index) {
    for (Index i = 0; i < chunk.length; ++i) {
      if (valid != nullptr && !bit_at(valid, chunk.offset + i)) continue;
      is_code[static_cast<std::size_t>(i)] = in_dictionary[static_cast<std::size_t>(index[i])];
    }
  });
  return is_code;
}

}  // namespace

std::shared_ptr<const std::vector<std::uint8_t>> strict_validity(const Chunk& chunk, const Field& field,
                                                                 const UserMissing& rule) {
  if (rule.empty() || chunk.length == 0) return nullptr;
  const std::vector<bool> is_code = codes_in(chunk, field, Codes(rule));
  if (std::find(is_code.begin(), is_code.end(), true) == is_code.end()) return nullptr;
  const Index bits = chunk.offset + chunk.length;
  auto bitmap = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>((bits + 7) / 8), std::uint8_t{0});
  const std::uint8_t* own = own_validity(*chunk.data, field);
  for (Index i = 0; i < chunk.length; ++i) {
    const Index bit = chunk.offset + i;
    const bool valid = (own == nullptr || bit_at(own, bit)) && !is_code[static_cast<std::size_t>(i)];
    std::uint8_t& byte = (*bitmap)[static_cast<std::size_t>(bit >> 3)];
    if (valid) byte = static_cast<std::uint8_t>(byte | (1U << (bit & 7)));
  }
  return bitmap;
}

bool is_user_missing(const LevelValue& value, const UserMissing& rule) {
  const Codes codes(rule);
  if (const auto* text = std::get_if<std::string>(&value)) return codes.holds(std::string_view(*text));
  if (const auto* whole = std::get_if<Index>(&value)) return codes.holds(static_cast<double>(*whole));
  if (const auto* number = std::get_if<double>(&value)) return codes.holds(*number);
  return false;
}

}  // namespace v1
}  // namespace irosurvey
