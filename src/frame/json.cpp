#include "json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace irosurvey {
inline namespace v1 {
namespace {

void write_text(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

template <class Number>
void write_number(Number number, std::string& out) {
  std::array<char, 32> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void write(const Json& json, std::string& out) {
  if (const auto* truth = json.get<bool>()) {
    out += *truth ? "true" : "false";
  } else if (const auto* whole = json.get<std::int64_t>()) {
    write_number(*whole, out);
  } else if (const auto* number = json.get<double>()) {
    write_number(*number, out);

  } else if (const auto* text = json.get<std::string>()) {
    write_text(*text, out);
  } else if (const auto* array = json.get<Json::Array>()) {
    const char* before = "[";
    for (const Json& item : *array) {
      out += before;
      write(item, out);
      before = ",";
    }
    out += array->empty() ? "[]" : "]";
  } else if (const auto* object = json.get<Json::Object>()) {
    const char* before = "{";
    for (const auto& [key, item] : *object) {
      out += before;
      write_text(key, out);
      out += ':';
      write(item, out);
      before = ",";
    }
    out += object->empty() ? "{}" : "}";
  } else {
    out += "null";
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Json document() {
    Json result = value(0);
    space();
    if (at_ != text_.size()) fail("more text after the end");
    return result;
  }

 private:
  static constexpr int kDeepest = 32;

  [[noreturn]] void fail(const std::string& what) const {
    throw std::invalid_argument(what + " at byte " + std::to_string(at_));
  }

  [[nodiscard]] char next() const {
    if (at_ >= text_.size()) fail("an unfinished value");
    return text_[at_];
  }

  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  bool take(char wanted) {
    space();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Json value(int depth) {
    if (depth > kDeepest) fail("values nested too deep");
    space();
    switch (next()) {
      case '[': return {array(depth)};
      case '{': return {object(depth)};
      case '"': return {text()};
      default: break;
    }
    if (take("null")) return {};
    if (take("true")) return {true};
    if (take("false")) return {false};
    return number();
  }

  Json::Array array(int depth) {
    Json::Array items;
    ++at_;
    if (take(']')) return items;
    do {
      items.push_back(value(depth + 1));
    } while (take(','));
    if (!take(']')) fail("an array without its ]");
    return items;
  }

  Json::Object object(int depth) {
    Json::Object items;
    ++at_;
    if (take('}')) return items;
    do {
      space();
      if (next() != '"') fail("a key that isn't text");
      std::string key = text();
      if (!take(':')) fail("a key without its :");
      items.emplace_back(std::move(key), value(depth + 1));
    } while (take(','));
    if (!take('}')) fail("an object without its }");
    return items;
  }

  Json number() {
    const std::size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
    const std::string_view digits = text_.substr(at_, end - at_);
    const char* last = digits.data() + digits.size();
    std::int64_t whole = 0;
    double fraction = 0.0;
    Json result;
    if (std::from_chars(digits.data(), last, whole).ptr == last && !digits.empty()) {
      result.value = whole;
    } else if (std::from_chars(digits.data(), last, fraction).ptr == last && !digits.empty()) {
      result.value = fraction;
    } else {
      fail("no value");
    }
    at_ = end;
    return result;
  }

  std::string text() {
    std::string result;
    for (++at_; next() != '"'; ++at_) {
      if (next() == '\\') {
        ++at_;
        escape(result);
      } else {
        result += text_[at_];
      }
    }
    ++at_;
    return result;
  }

  void escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t letter = kLetters.find(next());
    if (letter != std::string_view::npos) {
      out += kMeanings[letter];
    } else if (next() == 'u') {
      append_utf8(code_point(), out);
    } else {
      fail("an unknown escape");
    }
  }

  std::uint32_t four_digits() {
    std::uint32_t unit = 0;
    const std::string_view digits = text_.substr(std::min(at_ + 1, text_.size()), 4);
    if (digits.size() != 4 || std::from_chars(digits.data(), digits.data() + 4, unit, 16).ptr != digits.data() + 4) {
      fail("a \\u without four digits");
    }
    at_ += 4;
    return unit;
  }

  // What lies beyond 16 bits is written as two escapes, a high and a low surrogate.
  std::uint32_t code_point() {
    const std::uint32_t high = four_digits();
    if (high < 0xd800 || high > 0xdfff) return high;
    if (high > 0xdbff || !text_.substr(at_ + 1).starts_with("\\u")) fail("half of a surrogate pair");
    at_ += 2;
    const std::uint32_t low = four_digits();
    if (low < 0xdc00 || low > 0xdfff) fail("half of a surrogate pair");
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  static void append_utf8(std::uint32_t point, std::string& out) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
    if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x800) {
      out += static_cast<char>(0xc0 | (point >> 6));
      tail(0);
    } else if (point < 0x10000) {
      out += static_cast<char>(0xe0 | (point >> 12));
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xf0 | (point >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const Json* Json::member(std::string_view key) const noexcept {
  const auto* object = get<Object>();
  if (object == nullptr) return nullptr;
  for (const auto& [name, item] : *object) {
    if (name == key) return &item;
  }
  return nullptr;
}

std::string write_json(const Json& json) {
  std::string out;
  write(json, out);
  return out;
}

Json parse_json(std::string_view text) { return Parser(text).document(); }

}  // namespace v1
}  // namespace irosurvey
