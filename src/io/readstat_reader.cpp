#include "readstat_reader.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "failure.hpp"
#include "irosurvey/frame/missing_tag.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {
namespace {

// What the format prescribes, or people do, where the file doesn't say. Stata took up Unicode with format 118.
std::string default_encoding(FileKind kind, Index version) {
  return kind == FileKind::dta && version < 118 ? "WINDOWS-1252" : "UTF-8";
}

// SAS writes the tags as capitals; a tag means the same in both.
char lower_tag(char tag) noexcept { return tag >= 'A' && tag <= 'Z' ? static_cast<char>(tag - 'A' + 'a') : tag; }

double number_of(const FoundValue& value) noexcept {
  return value.is_missing ? tagged_missing(lower_tag(value.tag)) : value.number;
}

}  // namespace

ReadStatReader::ReadStatReader(const InputFile& file, FileKind kind, const ReadOptions& options)
    : file_(file), kind_(kind), options_(options) {}

void ReadStatReader::choose_encoding(const FoundFile& found) {
  std::string name = options_.encoding.empty() ? std::string(found.encoding) : options_.encoding;
  if (name.empty()) name = default_encoding(kind_, found.version);
  try {
    decoder_.emplace(name);
  } catch (const std::invalid_argument&) {
    if (options_.encoding.empty()) {
      throw read_error(file_.path(), {.expected = "text in an encoding that this machine knows",
                                      .found = "'" + name + "'",
                                      .remedy = kNameEncoding});
    }
    throw Error(ErrorCode::argument, {.subject = "encoding",
                                      .row = {},
                                      .expected = "the name of an encoding, such as 'UTF-8' or 'windows-1252'",
                                      .found = "'" + name + "'",
                                      .remedy = "`iconv -l` lists those that this machine knows.",
                                      .candidates = {}});
  }
}

std::string ReadStatReader::decoded(std::string_view bytes, const std::string& where) {
  if (const auto text = decoder_->decode(bytes)) return std::string(*text);
  throw read_error(file_.path(), {.expected = "text in " + decoder_->encoding(),
                                  .found = "bytes that aren't, in " + where,
                                  .remedy = kNameEncoding});
}

// Every value takes at least a byte of the file, except in .zsav, where whole blocks are deflated.
void ReadStatReader::require_room(Index rows, Index variables) const {
  if (variables <= 0 || rows <= file_.size() / variables) return;
  throw read_error(file_.path(), {.expected = std::to_string(rows) + " rows of " + std::to_string(variables) +
                                              " variables, as its head says",
                                  .found = "the end of the file at byte " + std::to_string(file_.size()),
                                  .remedy = kCopyAgain});
}

void ReadStatReader::on_metadata(const FoundFile& found) {
  choose_encoding(found);
  label_ = decoded(found.label, "the file label");
  promised_rows_ = found.rows;
  packing_ = found.packing;
  if (!found.rows || packing_ == Packing::deflated) return;
  require_room(*found.rows, found.variables);
  reserves_ = true;
}

void ReadStatReader::take_user_missing(const FoundVariable& found, Variable& variable) {
  UserMissing& declared = variable.notes.user_missing;
  const std::string where = "the missing values of variable '" + variable.name + "'";
  for (const auto& [low, high] : found.user_missing) {
    if (low.is_text) {
      declared.codes.emplace_back(decoded(low.text, where));
    } else if (std::isnan(low.number) || std::isnan(high.number)) {
      continue;  // the system-missing value, which is missing anyway
    } else if (low.number == high.number) {
      declared.codes.push_back(level_of(low.number));
    } else {
      declared.range = {low.number, high.number};
    }
  }
}

bool ReadStatReader::on_variable(std::size_t index, const FoundVariable& found) {
  std::string name = decoded(found.name, "the name of variable " + std::to_string(index));
  names_.push_back(name);
  variables_.resize(std::max(variables_.size(), index + 1));
  const auto& wanted = options_.columns;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) return false;

  auto variable = std::make_unique<Variable>();
  variable->is_text = found.is_text;
  variable->label_set = found.label_set;
  variable->notes.label = decoded(found.label, "the label of variable '" + name + "'");
  variable->notes.format = decoded(found.format, "the format of variable '" + name + "'");
  variable->notes.measure = found.measure;
  variable->name = std::move(name);
  take_user_missing(found, *variable);
  if (reserves_) {
    if (variable->is_text) {
      variable->text.reserve(*promised_rows_);
    } else {
      variable->numbers.reserve(static_cast<std::size_t>(*promised_rows_));
    }
  }
  variables_[index] = std::move(variable);
  return true;
}

void ReadStatReader::on_weights(std::size_t index) {
  if (index < variables_.size() && variables_[index]) variables_[index]->notes.weighs = true;
}

void ReadStatReader::on_value(std::size_t index, const FoundValue& value) {
  Variable& variable = *variables_[index];
  poll_interrupt();
  if (variable.is_text) {
    append_text(variable, value);
  } else {
    variable.numbers.push_back(number_of(value));
  }
}

void ReadStatReader::append_text(Variable& variable, const FoundValue& value) {
  if (value.text == nullptr) {
    throw read_error(file_.path(), {.expected = "a text for variable '" + variable.name + "'",
                                    .found = "a reference to a text that isn't in the file",
                                    .remedy = kCopyAgain,
                                    .row = variable.length()});
  }
  const auto text = decoder_->decode(value.text);
  if (!text) {
    throw read_error(file_.path(), {.expected = "text in " + decoder_->encoding(),
                                    .found = "bytes that aren't, in variable '" + variable.name + "', before byte " +
                                             std::to_string(file_.position()),
                                    .remedy = kNameEncoding,
                                    .row = variable.length()});
  }
  // Stata and SAS define the empty text as missing; to SPSS it is a value.
  if (text->empty() && kind_ != FileKind::sav) {
    variable.text.append_missing();
  } else {
    variable.text.append(*text);
  }
}

void ReadStatReader::poll_interrupt() {
  constexpr Index kValues = Index{1} << 16;
  if (++values_since_poll_ < kValues) return;
  values_since_poll_ = 0;
  if (!options_.interrupt || !options_.interrupt()) return;
  throw Error(ErrorCode::interrupted, {.subject = "reading '" + file_.path().string() + "'",
                                       .row = rows(),
                                       .expected = {},
                                       .found = "interrupted",
                                       .remedy = {},
                                       .candidates = {}});
}

void ReadStatReader::on_value_label(std::string_view set, const FoundValue& value, std::string_view label) {
  label_sets_[std::string(set)].push_back(
      {value, value.is_text ? std::string(value.text) : std::string{}, std::string(label)});
}

// Labels may come before the encoding is known, and before the variable that they belong to.
void ReadStatReader::take_labels(Variable& variable) {
  const auto found = label_sets_.find(variable.label_set);
  if (variable.label_set.empty() || found == label_sets_.end()) return;
  const std::string where = "the value labels of variable '" + variable.name + "'";
  for (const Label& label : found->second) {
    std::string text = decoded(label.label, where);
    if (label.value.is_text) {
      variable.notes.value_labels.push_back({decoded(label.text, where), std::move(text)});
    } else if (label.value.tag != 0) {
      variable.notes.tag_labels.push_back({lower_tag(label.value.tag), std::move(text)});
    } else if (!label.value.is_missing) {
      variable.notes.value_labels.push_back({level_of(label.value.number), std::move(text)});
    }
  }
}

Index ReadStatReader::rows() const noexcept {
  std::optional<Index> least;
  for (const auto& variable : variables_) {
    if (variable) least = std::min(least.value_or(variable->length()), variable->length());
  }
  return least.value_or(0);
}

void ReadStatReader::pad_to(Index rows) {
  for (const auto& variable : variables_) {
    if (!variable) continue;
    while (variable->length() < rows) {
      if (variable->is_text) {
        variable->text.append_missing();
      } else {
        variable->numbers.push_back(tagged_missing(0));
      }
    }
  }
}

void ReadStatReader::require_wanted_columns() const {
  for (const std::string& name : options_.columns) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
    throw Error(ErrorCode::column, {.subject = "column '" + name + "'",
                                    .row = {},
                                    .expected = "a variable of '" + file_.path().string() + "'",
                                    .found = "no such name among " + std::to_string(names_.size()) + " variables",
                                    .remedy = {},
                                    .candidates = near_names(name, names_)});
  }
}

// In a damaged file a variable may be described in such a way that its values are never found.
void ReadStatReader::require_one_length() const {
  Index longest = promised_rows_.value_or(0);
  for (const auto& variable : variables_) {
    if (variable) longest = std::max(longest, variable->length());
  }
  for (const auto& variable : variables_) {
    if (!variable || variable->length() == longest) continue;
    throw read_error(file_.path(),
                     {.expected = std::to_string(longest) + " values of variable '" + variable->name + "'",
                      .found = std::to_string(variable->length()),
                      .remedy = kCopyAgain,
                      .row = variable->length()});
  }
}

Frame ReadStatReader::finish() {
  require_wanted_columns();
  require_one_length();
  std::unordered_map<std::string, Column> by_name;
  std::vector<std::string> order;
  for (auto& variable : variables_) {
    if (!variable) continue;
    take_labels(*variable);
    Column column = variable->is_text
                        ? variable->text.finish(variable->name, std::move(variable->notes))
                        : Column::of_numbers(variable->name, std::move(variable->numbers), std::move(variable->notes));
    order.push_back(variable->name);
    if (by_name.emplace(variable->name, std::move(column)).second) continue;
    throw read_error(file_.path(), {.expected = "variables of different names",
                                    .found = "'" + variable->name + "' twice",
                                    .remedy = "Rename one of them in the program that wrote the file."});
  }
  std::vector<Column> columns;
  for (const std::string& name : options_.columns.empty() ? order : options_.columns) {
    columns.push_back(by_name.at(name));
  }
  return Frame(std::move(columns), std::move(label_));
}

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
