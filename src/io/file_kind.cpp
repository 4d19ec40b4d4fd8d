#include "file_kind.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "failure.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {
namespace {

using std::literals::operator""sv;

constexpr const char* kSupported = ".sav or .zsav (SPSS), .dta (Stata), .xpt (SAS transport)";

std::optional<FileKind> kind_by_name(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".sav" || ending == ".zsav") return FileKind::sav;
  if (ending == ".dta") return FileKind::dta;
  if (ending == ".xpt") return FileKind::xpt;
  return std::nullopt;
}

// Stata's formats before 117 begin with release, byte order (1 or 2) and 1.
bool is_old_dta(std::string_view head) {
  constexpr std::string_view kReleases = "\x68\x69\x6c\x6e\x6f\x71\x72\x73";  // 104, 105, 108, 110, 111, 113–115
  return head.size() > 2 && kReleases.find(head[0]) != std::string_view::npos && (head[1] == 1 || head[1] == 2) &&
         head[2] == 1;
}

std::optional<FileKind> kind_by_bytes(std::string_view head) {
  if (head.starts_with("$FL2") || head.starts_with("$FL3")) return FileKind::sav;
  if (head.starts_with("<stata_dta>") || is_old_dta(head)) return FileKind::dta;
  if (head.starts_with("HEADER RECORD*******LIB")) return FileKind::xpt;
  return std::nullopt;
}

struct Signature {
  std::string_view bytes;
  std::string_view meaning;
};

// What people save under the wrong name, or download instead.
constexpr std::array<Signature, 12> kSignatures = {{
    {"PK\x03\x04", "an Excel workbook or another ZIP file"},
    {"\x1f\x8b", "a gzip file"},
    {"PAR1", "a Parquet file"},
    {"%PDF", "a PDF document"},
    {"\xd0\xcf\x11\xe0", "an old Office document"},
    {"ARROW1", "an Arrow file"},
    {"**COMPRESSED**", "a SAS CPORT file"},
    {"<!DOCTYPE", "a web page"},
    {"<!doctype", "a web page"},
    {"<html", "a web page"},
    {"<?xml", "an XML document"},
    {"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"sv, "a SAS data set (.sas7bdat)"},
}};

bool is_text(std::string_view head) {
  return std::none_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte != 0x1b) || byte == 0x7f;
  });
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string describe(std::string_view head) {
  if (const auto kind = kind_by_bytes(head)) return std::string(name_of(*kind));
  for (const Signature& signature : kSignatures) {
    if (head.starts_with(signature.bytes)) return std::string(signature.meaning);
  }
  if (head.find("ASCII SPSS PORT FILE") != std::string_view::npos) return "an SPSS portable file (.por)";
  if (is_text(head)) return "plain text (a CSV file?)";
  return "an unknown file that begins with the bytes " + hexadecimal(head.substr(0, 8));
}

std::string endings_of(FileKind kind) {
  switch (kind) {
    case FileKind::sav: return ".sav";
    case FileKind::dta: return ".dta";
    case FileKind::xpt: return ".xpt";
  }
  return {};
}

}  // namespace

std::string_view name_of(FileKind kind) noexcept {
  switch (kind) {
    case FileKind::sav: return "an SPSS file";
    case FileKind::dta: return "a Stata file";
    case FileKind::xpt: return "a SAS transport file";
  }
  return {};
}

FileKind kind_of(InputFile& file) {
  constexpr Index kHead = 512;
  const std::string head = file.bytes_at(0, kHead);
  file.seek(0);
  const auto by_name = kind_by_name(file.path());
  const auto by_bytes = kind_by_bytes(head);
  if (!by_name) {
    const std::string ending = file.path().extension().string();
    throw read_error(file.path(), {.expected = std::string("a name that ends in ") + kSupported,
                                   .found = ending.empty() ? "no ending" : "'" + ending + "'",
                                   .remedy = "Its first bytes are those of " + describe(head) + "."});
  }
  if (by_bytes == by_name) return *by_name;
  throw read_error(file.path(), {.expected = std::string(name_of(*by_name)) + ", as its name says",
                                 .found = describe(head) + " from byte 0 on",
                                 .remedy = by_bytes ? "Rename it to end in " + endings_of(*by_bytes) + "."
                                                    : "Fetch it again, or save it in the format of its name."});
}

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
