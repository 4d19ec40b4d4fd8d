#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace irosurvey {
inline namespace v1 {
namespace io {

/// Turns a file's text into UTF-8.
///
/// Each text is converted by itself and finished: in encodings with a state (ISO-2022, WINDOWS-1258), a character that
/// the converter holds back would otherwise come out at the head of the next respondent's answer.
class TextDecoder {
 public:
  /// @throws std::invalid_argument if there is no such encoding.
  explicit TextDecoder(std::string encoding);
  TextDecoder(TextDecoder&&) noexcept;
  TextDecoder& operator=(TextDecoder&&) noexcept;
  ~TextDecoder();

  [[nodiscard]] const std::string& encoding() const noexcept { return encoding_; }

  /// The text in UTF-8, valid until the next call; empty if the bytes aren't text in this encoding. A character that is
  /// cut off at the end is left out: SPSS cuts text at a number of bytes.
  [[nodiscard]] std::optional<std::string_view> decode(std::string_view bytes);

 private:
  struct Converter;

  [[nodiscard]] std::optional<std::string_view> convert(std::string_view bytes);

  std::string encoding_;
  std::unique_ptr<Converter> converter_;  // none for UTF-8, which is only checked
  bool ascii_is_ascii_ = true;
  std::string buffer_;
};

/// `bytes` without an incomplete character at its end if they are UTF-8, else empty.
[[nodiscard]] std::optional<std::string_view> checked_utf8(std::string_view bytes) noexcept;

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
