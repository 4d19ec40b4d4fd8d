#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// A table of a TOML file, read key by key. Every refusal names file, line and key; a key that nobody asked
/// for is refused by `finish`, so that a misspelt one isn't silently without effect.
class TomlSection {
 public:
  TomlSection(const toml::table& table, const std::filesystem::path& file, std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The keys in the order of the file. (toml++ itself sorts them.)
  [[nodiscard]] std::vector<std::string> keys() const;

  bool has(std::string_view key);
  std::string text(std::string_view key);  ///< @throws Error(read) if absent, as all of these do
  std::string text_or(std::string_view key, std::string otherwise);
  Index whole(std::string_view key);
  std::optional<Index> optional_whole(std::string_view key);
  bool boolean(std::string_view key);
  bool is_false(std::string_view key);                   ///< for a key that is `false` or something else
  std::vector<std::string> texts(std::string_view key);  ///< empty if absent
  std::vector<Index> wholes(std::string_view key);       ///< empty if absent
  std::vector<double> numbers(std::string_view key);     ///< empty if absent
  std::optional<double> optional_number(std::string_view key);
  TomlSection section(std::string_view key);
  std::optional<TomlSection> optional_section(std::string_view key);
  std::vector<TomlSection> sections(std::string_view key);  ///< an array of tables; empty if absent
  /// A key that is read elsewhere, or is there for the reader alone.
  void pass(std::string_view key) { asked_.emplace_back(key); }

  /// @throws Error(read) for the first key that nobody asked for.
  void finish() const;
  [[noreturn]] void refuse(std::string_view key, std::string expected, std::string found,
                           std::vector<std::string> candidates = {}) const;

 private:
  const toml::node* find(std::string_view key);
  const toml::node& need(std::string_view key, std::string_view expected);
  template <typename Value>
  std::vector<Value> list(std::string_view key, std::string_view expected);

  const toml::table* table_;
  const std::filesystem::path* file_;
  std::string name_;
  std::vector<std::string> asked_;
};

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
