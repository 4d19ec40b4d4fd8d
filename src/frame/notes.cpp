#include "notes.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "irosurvey/core/error.hpp"
#include "json.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr std::string_view kValueLabels = "irosurvey.value_labels";
constexpr std::string_view kUserMissing = "irosurvey.user_missing";
constexpr std::string_view kFormat = "irosurvey.format";
constexpr std::string_view kTagLabels = "irosurvey.tag_labels";

Json to_json(const LevelValue& value) {
  return std::visit([](const auto& held) { return Json{held}; }, value);
}

LevelValue to_level(const Json& json) {
  if (const auto* truth = json.get<bool>()) return *truth;
  if (const auto* whole = json.get<std::int64_t>()) return *whole;
  if (const auto* number = json.get<double>()) return level_of(*number);
  if (const auto* text = json.get<std::string>()) return *text;
  throw std::invalid_argument("a value that is neither number nor text");
}

// A pair [value, "label"].
const Json::Array& pair_of(const Json& json) {
  const auto* pair = json.get<Json::Array>();
  if (pair == nullptr || pair->size() != 2) throw std::invalid_argument("something other than a pair");
  return *pair;
}

const std::string& text_of(const Json& json) {
  const auto* text = json.get<std::string>();
  if (text == nullptr) throw std::invalid_argument("a label that isn't text");
  return *text;
}

const Json::Array& array_of(const Json& json) {
  const auto* array = json.get<Json::Array>();
  if (array == nullptr) throw std::invalid_argument("something other than an array");
  return *array;
}

Json labels_to_json(const std::vector<Level>& labels) {
  Json::Array array;
  for (const Level& level : labels) array.push_back({Json::Array{to_json(level.value), {level.label}}});
  return {array};
}

std::vector<Level> labels_from_json(const Json& json) {
  std::vector<Level> labels;
  for (const Json& item : array_of(json)) {
    const Json::Array& pair = pair_of(item);
    labels.push_back({to_level(pair[0]), text_of(pair[1])});
  }
  return labels;
}

Json tags_to_json(const std::vector<TagLabel>& labels) {
  Json::Array array;
  for (const TagLabel& label : labels) array.push_back({Json::Array{{std::string(1, label.tag)}, {label.label}}});
  return {array};
}

std::vector<TagLabel> tags_from_json(const Json& json) {
  std::vector<TagLabel> labels;
  for (const Json& item : array_of(json)) {
    const Json::Array& pair = pair_of(item);
    const std::string& tag = text_of(pair[0]);
    if (tag.size() != 1) throw std::invalid_argument("a tag that isn't one letter");
    labels.push_back({tag.front(), text_of(pair[1])});
  }
  return labels;
}

Json user_missing_to_json(const UserMissing& declared) {
  const auto end = [](double value) { return std::isinf(value) ? Json{} : to_json(level_of(value)); };
  Json::Object object;
  Json::Array codes;
  for (const LevelValue& code : declared.codes) codes.push_back(to_json(code));
  if (!codes.empty()) object.emplace_back("codes", Json{codes});
  if (declared.range)
    object.emplace_back("range", Json{Json::Array{end(declared.range->first), end(declared.range->second)}});
  return {object};
}

double end_of_range(const Json& json, double open) {
  if (json.get<std::nullptr_t>() != nullptr) return open;
  if (const auto* whole = json.get<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* number = json.get<double>()) return *number;
  throw std::invalid_argument("an end of a range that isn't a number");
}

UserMissing user_missing_from_json(const Json& json) {
  constexpr double kOpen = std::numeric_limits<double>::infinity();
  if (json.get<Json::Object>() == nullptr) throw std::invalid_argument("something other than an object");
  UserMissing declared;
  if (const Json* codes = json.member("codes")) {
    for (const Json& code : array_of(*codes)) declared.codes.push_back(to_level(code));
  }
  if (const Json* range = json.member("range")) {
    const Json::Array& ends = pair_of(*range);
    declared.range = {end_of_range(ends[0], -kOpen), end_of_range(ends[1], kOpen)};
  }
  return declared;
}

void take_note(const std::string& key, const std::string& text, ColumnNotes& notes) {
  if (key == kLabelKey) notes.label = text;
  if (key == kFormat) notes.format = text;
  if (key == kValueLabels) notes.value_labels = labels_from_json(parse_json(text));
  if (key == kUserMissing) notes.user_missing = user_missing_from_json(parse_json(text));
  if (key == kTagLabels) notes.tag_labels = tags_from_json(parse_json(text));
}

void append_text(const std::string& text, std::string& out) {
  const auto size = static_cast<std::int32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += text;
}

std::int32_t take_size(const char*& at) {
  std::int32_t size = 0;
  std::memcpy(&size, at, sizeof size);
  at += sizeof size;
  return size;
}

std::string take_text(const char*& at) {
  const auto size = static_cast<std::size_t>(take_size(at));
  std::string text(at, size);
  at += size;
  return text;
}

}  // namespace

std::string encode_metadata(const Metadata& metadata) {
  if (metadata.empty()) return {};
  const auto count = static_cast<std::int32_t>(metadata.size());
  std::string encoded(reinterpret_cast<const char*>(&count), sizeof count);
  for (const auto& [key, text] : metadata) {
    append_text(key, encoded);
    append_text(text, encoded);
  }
  return encoded;
}

Metadata decode_metadata(const char* encoded) {
  Metadata metadata;
  if (encoded == nullptr) return metadata;
  const std::int32_t count = take_size(encoded);
  for (std::int32_t i = 0; i < count; ++i) {
    std::string key = take_text(encoded);
    metadata.emplace_back(std::move(key), take_text(encoded));
  }
  return metadata;
}

Metadata to_metadata(const ColumnNotes& notes) {
  Metadata metadata;
  const auto add = [&](std::string_view key, std::string text) { metadata.emplace_back(key, std::move(text)); };
  if (!notes.label.empty()) add(kLabelKey, notes.label);
  if (!notes.value_labels.empty()) add(kValueLabels, write_json(labels_to_json(notes.value_labels)));
  if (!notes.user_missing.empty()) add(kUserMissing, write_json(user_missing_to_json(notes.user_missing)));
  if (!notes.format.empty()) add(kFormat, notes.format);
  if (!notes.tag_labels.empty()) add(kTagLabels, write_json(tags_to_json(notes.tag_labels)));
  return metadata;
}

ColumnNotes take_notes(Metadata& metadata, const std::string& column) {
  ColumnNotes notes;
  for (const auto& [key, text] : metadata) {
    try {
      take_note(key, text, notes);
    } catch (const std::invalid_argument& failure) {
      throw Error(ErrorCode::read, {.subject = "column '" + column + "'",
                                    .row = {},
                                    .expected = "metadata '" + key + "' as irosurvey writes it",
                                    .found = failure.what(),
                                    .remedy = "Remove that key from the field's metadata, or repair it.",
                                    .candidates = {}});
    }
  }
  std::erase_if(metadata, [](const auto& entry) { return entry.first.starts_with("irosurvey."); });
  return notes;
}

}  // namespace v1
}  // namespace irosurvey
