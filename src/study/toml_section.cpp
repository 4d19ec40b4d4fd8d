#include "study/toml_section.hpp"

#include <algorithm>
#include <sstream>
#include <type_traits>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

std::string shown(const toml::node& node) {
  std::ostringstream text;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_table<decltype(value)>) {
      text << "a table";
    } else if constexpr (toml::is_array<decltype(value)>) {
      text << "a list";
    } else {
      text << value;
    }
  });
  return text.str();
}

}  // namespace

TomlSection::TomlSection(const toml::table& table, const std::filesystem::path& file, std::string name)
    : table_(&table), file_(&file), name_(std::move(name)) {}

std::vector<std::string> TomlSection::keys() const {
  std::vector<std::pair<toml::source_position, std::string>> found;
  for (const auto& [key, node] : *table_) found.emplace_back(key.source().begin, key.str());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (auto& [position, key] : found) result.push_back(std::move(key));
  return result;
}

void TomlSection::refuse(std::string_view key, std::string expected, std::string found,
                         std::vector<std::string> candidates) const {
  const toml::node* const node = table_->get(key);
  const auto line = (node != nullptr ? node->source() : table_->source()).begin.line;
  std::string where = file_->string() + ", line " + std::to_string(line);
  if (!name_.empty()) where += ", [" + name_ + "]";
  if (!key.empty()) where += ", key '" + std::string(key) + "'";
  throw Error(ErrorCode::read, {.subject = std::move(where),
                                .row = {},
                                .expected = std::move(expected),
                                .found = std::move(found),
                                .remedy = {},
                                .candidates = std::move(candidates)});
}

void TomlSection::finish() const {
  for (const std::string& key : keys()) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    refuse(key, "a key that has a meaning here", "'" + key + "'", near_names(key, asked_));
  }
}

const toml::node* TomlSection::find(std::string_view key) {
  asked_.emplace_back(key);
  return table_->get(key);
}

const toml::node& TomlSection::need(std::string_view key, std::string_view expected) {
  const toml::node* const node = find(key);
  if (node == nullptr) refuse(key, std::string(expected), "nothing");
  return *node;
}

bool TomlSection::has(std::string_view key) { return find(key) != nullptr; }

std::string TomlSection::text(std::string_view key) {
  const toml::node& node = need(key, "a text");
  if (!node.is_string()) refuse(key, "a text", shown(node));
  return node.ref<std::string>();
}

std::string TomlSection::text_or(std::string_view key, std::string otherwise) {
  return has(key) ? text(key) : std::move(otherwise);
}

Index TomlSection::whole(std::string_view key) {
  const toml::node& node = need(key, "a whole number");
  if (!node.is_integer()) refuse(key, "a whole number", shown(node));
  return node.ref<std::int64_t>();
}

std::optional<Index> TomlSection::optional_whole(std::string_view key) {
  return has(key) ? std::optional<Index>(whole(key)) : std::nullopt;
}

bool TomlSection::boolean(std::string_view key) {
  const toml::node& node = need(key, "true or false");
  if (!node.is_boolean()) refuse(key, "true or false", shown(node));
  return node.ref<bool>();
}

bool TomlSection::is_false(std::string_view key) {
  const toml::node* const node = find(key);
  return node != nullptr && node->value_exact<bool>() == false;
}

template <typename Value>
std::vector<Value> TomlSection::list(std::string_view key, std::string_view expected) {
  const toml::node* const node = find(key);
  if (node == nullptr) return {};
  if (!node->is_array()) refuse(key, std::string(expected), shown(*node));
  std::vector<Value> result;
  for (const toml::node& element : *node->as_array()) {
    // A whole number is a number too, but a text or a date never is.
    const auto value =
        std::is_same_v<Value, double> && element.is_integer() ? element.value<Value>() : element.value_exact<Value>();
    if (!value) refuse(key, std::string(expected), shown(element));
    result.push_back(*value);
  }
  return result;
}

std::vector<std::string> TomlSection::texts(std::string_view key) { return list<std::string>(key, "a list of texts"); }

std::vector<Index> TomlSection::wholes(std::string_view key) {
  return list<std::int64_t>(key, "a list of whole numbers");
}

std::vector<double> TomlSection::numbers(std::string_view key) { return list<double>(key, "a list of numbers"); }

std::optional<double> TomlSection::optional_number(std::string_view key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_number()) refuse(key, "a number", shown(*node));
  return node->value<double>();
}

TomlSection TomlSection::section(std::string_view key) {
  const toml::node& node = need(key, "a table");
  if (!node.is_table()) refuse(key, "a table", shown(node));
  return {*node.as_table(), *file_, (name_.empty() ? "" : name_ + ".") + std::string(key)};
}

std::optional<TomlSection> TomlSection::optional_section(std::string_view key) {
  return has(key) ? std::optional<TomlSection>(section(key)) : std::nullopt;
}

std::vector<TomlSection> TomlSection::sections(std::string_view key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return {};
  if (!node->is_array()) refuse(key, "a list of tables", shown(*node));
  std::vector<TomlSection> result;
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_table()) refuse(key, "a list of tables", shown(element));
    result.emplace_back(*element.as_table(), *file_, (name_.empty() ? "" : name_ + ".") + std::string(key));
  }
  return result;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
