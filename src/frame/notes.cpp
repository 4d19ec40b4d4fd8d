#include "notes.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr std::string_view kValueLabels = "irosurvey.value_labels";
constexpr std::string_view kUserMissing = "irosurvey.user_missing";
constexpr std::string_view kFormat = "irosurvey.format";
constexpr std::string_view kTagLabels = "irosurvey.tag_labels";
constexpr std::string_view kMeasure = "irosurvey.measure";
constexpr std::string_view kWeighs = "irosurvey.weighs";

using Json = nlohmann::ordered_json;

Json to_json(const LevelValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

LevelValue to_level(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<Index>();
  if (json.is_number()) return level_of(json.get<double>());
  return json.get<std::string>();
}

const Json::array_t& array_of(const Json& json) { return json.get_ref<const Json::array_t&>(); }

// A pair [value, "label"].
const Json::array_t& pair_of(const Json& json) {
  if (array_of(json).size() != 2) throw std::invalid_argument("something other than a pair");
  return array_of(json);
}

Json labels_to_json(const std::vector<Level>& labels) {
  Json array = Json::array();
  for (const Level& level : labels) array.push_back(Json::array({to_json(level.value), level.label}));
  return array;
}

std::vector<Level> labels_from_json(const Json& json) {
  std::vector<Level> labels;
  for (const Json& item : array_of(json)) {
    labels.push_back({to_level(pair_of(item)[0]), pair_of(item)[1].get<std::string>()});
  }
  return labels;
}

Json tags_to_json(const std::vector<TagLabel>& labels) {
  Json array = Json::array();
  for (const TagLabel& label : labels) array.push_back(Json::array({std::string(1, label.tag), label.label}));
  return array;
}

std::vector<TagLabel> tags_from_json(const Json& json) {
  std::vector<TagLabel> labels;
  for (const Json& item : array_of(json)) {
    labels.push_back({pair_of(item)[0].get<std::string>().at(0), pair_of(item)[1].get<std::string>()});
  }
  return labels;
}

// A label in a broken encoding is still a label: what isn't UTF-8 is replaced, not refused.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// JSON has no infinity: an open end of a range is null.
Json user_missing_to_json(const UserMissing& declared) {
  const auto end = [](double value) { return std::isinf(value) ? Json() : to_json(level_of(value)); };
  Json object = Json::object();
  for (const LevelValue& code : declared.codes) object["codes"].push_back(to_json(code));
  if (declared.range) object["range"] = Json::array({end(declared.range->first), end(declared.range->second)});
  return object;
}

UserMissing user_missing_from_json(const Json& json) {
  constexpr double kOpen = std::numeric_limits<double>::infinity();
  UserMissing declared;
  for (const Json& code : json.value("codes", Json::array())) declared.codes.push_back(to_level(code));
  if (json.contains("range")) {
    const auto end = [&](std::size_t which, double open) {
      const Json& value = pair_of(json.at("range"))[which];
      return value.is_null() ? open : value.get<double>();
    };
    declared.range = {end(0, -kOpen), end(1, kOpen)};
  }
  return declared;
}

void take_note(const std::string& key, const std::string& text, ColumnNotes& notes) {
  if (key == kLabelKey) notes.label = text;
  if (key == kFormat) notes.format = text;
  if (key == kValueLabels) notes.value_labels = labels_from_json(Json::parse(text));
  if (key == kUserMissing) notes.user_missing = user_missing_from_json(Json::parse(text));
  if (key == kTagLabels) notes.tag_labels = tags_from_json(Json::parse(text));
  if (key == kMeasure) notes.measure = measure_named(text);
  if (key == kWeighs) notes.weighs = text == "true";
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

std::string_view name_of(Measure measure) noexcept {
  switch (measure) {
    case Measure::unknown: return "";
    case Measure::nominal: return "nominal";
    case Measure::ordinal: return "ordinal";
    case Measure::scale: return "scale";
  }
  return "";
}

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
  if (!notes.value_labels.empty()) add(kValueLabels, text_of(labels_to_json(notes.value_labels)));
  if (!notes.user_missing.empty()) add(kUserMissing, text_of(user_missing_to_json(notes.user_missing)));
  if (!notes.format.empty()) add(kFormat, notes.format);
  if (!notes.tag_labels.empty()) add(kTagLabels, text_of(tags_to_json(notes.tag_labels)));
  if (notes.measure != Measure::unknown) add(kMeasure, std::string(name_of(notes.measure)));
  if (notes.weighs) add(kWeighs, "true");
  return metadata;
}

Measure measure_named(std::string_view name) noexcept {
  for (const Measure measure : {Measure::nominal, Measure::ordinal, Measure::scale}) {
    if (name_of(measure) == name) return measure;
  }
  return Measure::unknown;
}

ColumnNotes take_notes(Metadata& metadata, const std::string& column) {
  ColumnNotes notes;
  for (const auto& [key, text] : metadata) {
    try {
      take_note(key, text, notes);
    } catch (const std::exception& failure) {
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
