#include "irosurvey/frame/frame.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

void require_one_length(const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    if (column.length() == columns.front().length()) continue;
    throw Error(ErrorCode::column, {.subject = "column '" + column.name() + "'",
                                    .row = {},
                                    .expected = std::to_string(columns.front().length()) + " rows, as in column '" +
                                                columns.front().name() + "'",
                                    .found = std::to_string(column.length()),
                                    .remedy = "The columns of a frame have one length.",
                                    .candidates = {}});
  }
}

void require_distinct_names(const std::vector<Column>& columns) {
  std::unordered_set<std::string_view> seen;
  for (const Column& column : columns) {
    if (seen.insert(column.name()).second) continue;
    throw Error(ErrorCode::column, {.subject = "column '" + column.name() + "'",
                                    .row = {},
                                    .expected = "names that differ",
                                    .found = "the name twice",
                                    .remedy = "Rename one of the two columns.",
                                    .candidates = {}});
  }
}

auto find(const std::vector<Column>& columns, std::string_view name) noexcept {
  return std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.name() == name; });
}

}  // namespace

Frame::Frame(std::vector<Column> columns, std::string label)
    : columns_(std::move(columns)), label_(std::move(label)), rows_(columns_.empty() ? 0 : columns_.front().length()) {
  require_one_length(columns_);
  require_distinct_names(columns_);
}

std::vector<std::string> Frame::names() const {
  std::vector<std::string> result;
  result.reserve(columns_.size());
  for (const Column& column : columns_) result.push_back(column.name());
  return result;
}

bool Frame::has(std::string_view name) const noexcept { return find(columns_, name) != columns_.end(); }

const Column& Frame::column(std::string_view name) const {
  const auto found = find(columns_, name);
  if (found != columns_.end()) return *found;
  throw Error(ErrorCode::column, {.subject = "column '" + std::string(name) + "'",
                                  .row = {},
                                  .expected = "a column of the data",
                                  .found = "no such name among " + std::to_string(columns_.size()) + " columns",
                                  .remedy = {},
                                  .candidates = near_names(name, names())});
}

Frame Frame::with_column(Column column) const {
  std::vector<Column> columns = columns_;
  const auto place = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& existing) { return existing.name() == column.name(); });
  if (place == columns.end()) {
    columns.push_back(std::move(column));
  } else {
    *place = std::move(column);
  }
  return Frame(std::move(columns), label_);
}

Frame Frame::with_label(std::string label) const {
  Frame result = *this;
  result.label_ = std::move(label);
  return result;
}

Frame Frame::with_user_missing(UserMissingRule rule) const {
  Frame result = *this;
  for (Column& column : result.columns_) column = column.with_user_missing(rule);
  return result;
}

}  // namespace v1
}  // namespace irosurvey
