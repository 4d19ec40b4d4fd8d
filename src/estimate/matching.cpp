#include "estimate/matching.hpp"

#include <algorithm>

#include "core/at.hpp"
#include "core/refuse.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

CellKey key_of(const std::vector<Level>& cell) {
  CellKey key;
  for (const Level& level : cell) key.push_back(level.value);
  return key;
}

std::vector<StatisticKey> statistic_keys(const Estimate& estimate) {
  std::map<StatisticKey, Index> seen;
  std::vector<StatisticKey> keys;
  for (const EstimatedStatistic& statistic : estimate.statistics) {
    StatisticKey key{statistic.level ? statistic.name : "", 0, std::nullopt};
    if (statistic.level) key.level = statistic.level->value;
    key.place = seen[key]++;
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

Source::Source(const Estimate& estimate) : estimate_(estimate) {
  const std::vector<StatisticKey> keys = statistic_keys(estimate);
  for (std::size_t row = 0; row < estimate.rows.size(); ++row) {
    const EstimateRow& found = estimate.rows[row];
    rows_.emplace(RowKey{keys[at(found.statistic)], key_of(estimate.cells[at(found.cell)])}, row);
  }
}

std::optional<std::size_t> Source::find(const RowKey& key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

Matching::Matching(std::span<const Estimate> estimates, std::string subject) : subject_(std::move(subject)) {
  for (const Estimate& estimate : estimates) {
    if (estimate.by != estimates[0].by) refuse(subject_, "answers with the same groups", "different ones");
    sources_.emplace_back(estimate);
    const std::vector<StatisticKey> keys = statistic_keys(estimate);
    for (std::size_t s = 0; s < keys.size(); ++s) add_statistic(keys[s], estimate.statistics[s]);
    for (const std::vector<Level>& cell : estimate.cells) cells_.emplace(key_of(cell), cell);
  }
}

std::vector<MatchedRow> Matching::match(Estimate& result) const {
  for (const auto& [key, cell] : cells_) result.cells.push_back(cell);
  std::vector<MatchedRow> matched;
  for (const auto& [key, statistic] : statistics_) {
    Index cell = 0;
    for (const auto& [cell_key, levels] : cells_) {
      matched.push_back(row_of({key, cell_key}, statistic));
      matched.back().statistic = static_cast<Index>(result.statistics.size());
      matched.back().cell = cell++;
    }
    result.statistics.push_back(statistic);
  }
  return matched;
}

void Matching::add_statistic(const StatisticKey& key, const EstimatedStatistic& found) {
  const auto [place, is_new] = statistics_.emplace(key, found);
  if (is_new) return;
  // Each plausible value is a variable of its own; the answer is about all of them.
  EstimatedStatistic& known = place->second;
  for (const std::string& variable : found.variables) {
    if (std::find(known.variables.begin(), known.variables.end(), variable) == known.variables.end()) {
      known.variables.push_back(variable);
    }
  }
}

MatchedRow Matching::row_of(const RowKey& key, const EstimatedStatistic& statistic) const {
  MatchedRow row;
  for (const Source& source : sources_) {
    row.places.push_back(source.find(key));
    if (row.places.back()) {
      const EstimateRow& found = source.estimate().rows[*row.places.back()];
      if (found.status != Status::ok) row.status = found.status;
      row.values.push_back(found.value);
    } else if (statistic.scale == Scale::share && statistic.level) {
      row.values.push_back(0.0);  // nobody has that level
    } else {
      refuse(subject_, "answers to the same question", "a row that one of them doesn't have",
             "Ask the same statistics each time.");
    }
  }
  return row;
}

const EstimateRow& first_row(const MatchedRow& matched, const Matching& matching) {
  const auto first =
      std::find_if(matched.places.begin(), matched.places.end(), [](const auto& place) { return place.has_value(); });
  const auto which = static_cast<std::size_t>(first - matched.places.begin());
  return matching.source(which).estimate().rows[first->value()];
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
