#include "text_decoder.hpp"

#include <iconv.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace io {
namespace {

bool is_utf8_name(std::string_view encoding) {
  std::string name;
  for (const char c : encoding) {
    if (c != '-' && c != '_') name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name == "utf8";
}

bool is_printable_ascii(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// How a character begins tells how many bytes follow, and which second bytes would be an overlong or impossible one
// (The Unicode Standard, table 3-7).
struct Lead {
  int tail = -1;  // -1: not the first byte of a character
  unsigned char least = 0x80;
  unsigned char most = 0xbf;
};

Lead lead_of(unsigned char byte) noexcept {
  if (byte < 0x80) return {.tail = 0};
  if (byte < 0xc2) return {};
  if (byte < 0xe0) return {.tail = 1};
  if (byte == 0xe0) return {.tail = 2, .least = 0xa0};
  if (byte == 0xed) return {.tail = 2, .most = 0x9f};
  if (byte < 0xf0) return {.tail = 2};
  if (byte == 0xf0) return {.tail = 3, .least = 0x90};
  if (byte < 0xf4) return {.tail = 3};
  if (byte == 0xf4) return {.tail = 3, .most = 0x8f};
  return {};
}

}  // namespace

std::optional<std::string_view> checked_utf8(std::string_view bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const Lead lead = lead_of(static_cast<unsigned char>(bytes[at]));
    if (lead.tail < 0) return std::nullopt;
    for (int i = 1; i <= lead.tail; ++i) {
      const std::size_t place = at + static_cast<std::size_t>(i);
      if (place == bytes.size()) return bytes.substr(0, at);
      const auto byte = static_cast<unsigned char>(bytes[place]);
      const unsigned char least = i == 1 ? lead.least : 0x80;
      const unsigned char most = i == 1 ? lead.most : 0xbf;
      if (byte < least || byte > most) return std::nullopt;
    }
    at += static_cast<std::size_t>(lead.tail) + 1;
  }
  return bytes;
}

struct TextDecoder::Converter {
  explicit Converter(const std::string& encoding) : handle(iconv_open("UTF-8", encoding.c_str())) {
    if (handle == failed()) throw std::invalid_argument(encoding);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() { iconv_close(handle); }

  static iconv_t failed() noexcept { return reinterpret_cast<iconv_t>(std::intptr_t{-1}); }

  iconv_t handle;
};

TextDecoder::TextDecoder(std::string encoding) : encoding_(std::move(encoding)) {
  if (is_utf8_name(encoding_)) return;
  converter_ = std::make_unique<Converter>(encoding_);
  for (char c = 0x20; c < 0x7f && ascii_is_ascii_; ++c) {
    const std::string_view character(&c, 1);
    ascii_is_ascii_ = convert(character) == character;
  }
}

TextDecoder::TextDecoder(TextDecoder&&) noexcept = default;
TextDecoder& TextDecoder::operator=(TextDecoder&&) noexcept = default;
TextDecoder::~TextDecoder() = default;

std::optional<std::string_view> TextDecoder::decode(std::string_view bytes) {
  if (ascii_is_ascii_ && is_printable_ascii(bytes)) return bytes;
  return converter_ ? convert(bytes) : checked_utf8(bytes);
}

std::optional<std::string_view> TextDecoder::convert(std::string_view bytes) {
  constexpr std::size_t kMostPerByte = 4;
  constexpr std::size_t kForFlush = 16;
  buffer_.resize(kMostPerByte * bytes.size() + kForFlush);
  char* in = const_cast<char*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): iconv's signature
  char* out = buffer_.data();
  std::size_t in_left = bytes.size();
  std::size_t out_left = buffer_.size();
  iconv(converter_->handle, nullptr, nullptr, nullptr, nullptr);
  const bool stopped = iconv(converter_->handle, &in, &in_left, &out, &out_left) == static_cast<std::size_t>(-1);
  // EINVAL: the last character is cut off.
  if (stopped && errno != EINVAL) return std::nullopt;
  if (iconv(converter_->handle, nullptr, nullptr, &out, &out_left) == static_cast<std::size_t>(-1)) return std::nullopt;
  return std::string_view(buffer_.data(), buffer_.size() - out_left);
}

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
