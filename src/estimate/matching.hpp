#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// What makes a statistic the same in several answers: its kind, which of that kind it is, and its level.
struct StatisticKey {
  std::string name;
  Index place = 0;  ///< among the statistics of the same kind and level
  std::optional<LevelValue> level;

  friend bool operator<(const StatisticKey& a, const StatisticKey& b) {
    return std::tie(a.name, a.place, a.level) < std::tie(b.name, b.place, b.level);
  }
};

using CellKey = std::vector<LevelValue>;
using RowKey = std::pair<StatisticKey, CellKey>;

/// The rows of one answer, to be found by what they are about.
class Source {
 public:
  explicit Source(const Estimate& estimate);

  [[nodiscard]] const Estimate& estimate() const { return estimate_; }
  [[nodiscard]] std::optional<std::size_t> find(const RowKey& key) const;

 private:
  const Estimate& estimate_;
  std::map<RowKey, std::size_t> rows_;
};

/// One row of what is made of several answers: where each of them has it.
struct MatchedRow {
  Index statistic = 0;
  Index cell = 0;
  std::vector<std::optional<std::size_t>> places;
  std::vector<double> values;
  Status status = Status::ok;
};

/// Statistics and cells of several answers to one question, in the order of the levels, and the rows of each.
class Matching {
 public:
  /// @param subject  what is made of them, for messages
  /// @throws Error(argument) for answers with different groups
  Matching(std::span<const Estimate> estimates, std::string subject);

  /// Fills `result` with statistics and cells; gives its rows.
  /// @throws Error(argument) if an answer lacks a row, unless it is a share of a level that nobody has there: then it is 0
  [[nodiscard]] std::vector<MatchedRow> match(Estimate& result) const;

  [[nodiscard]] const Source& source(std::size_t which) const { return sources_[which]; }

 private:
  void add_statistic(const StatisticKey& key, const EstimatedStatistic& found);
  [[nodiscard]] MatchedRow row_of(const RowKey& key, const EstimatedStatistic& statistic) const;

  std::string subject_;
  std::vector<Source> sources_;
  std::map<StatisticKey, EstimatedStatistic> statistics_;
  std::map<CellKey, std::vector<Level>> cells_;
};

/// A row of the first answer that has one; its place among the answers.
[[nodiscard]] const EstimateRow& first_row(const MatchedRow& matched, const Matching& matching);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
