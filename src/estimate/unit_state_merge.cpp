// What one state holds, on its way into another.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/at.hpp"
#include "estimate/pivot_move.hpp"
#include "estimate/unit_state.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// Puts what one state holds into another, key by key.
class Merge {
 public:
  Merge(UnitTotals::State& into, const UnitTotals::State& from) : into_(into), from_(from) {}

  void check() const {
    check_plan();
    if (from_.rows == 0) return;
    check_sizes();
    if (into_.rows > 0) expect_pivots(into_.pivot_count, from_.pivot_count);
    if (!into_.rows_are_units() || into_.rows + from_.rows <= std::numeric_limits<std::int32_t>::max()) return;
    throw Error(ErrorCode::design, {.subject = "data in parts",
                                    .row = {},
                                    .expected = "at most 2,147,483,647 rows that are sampling units",
                                    .found = std::to_string(into_.rows + from_.rows),
                                    .remedy = {},
                                    .candidates = {}});
  }

  void run() {
    for (const auto& [name, labels] : from_.labels) {
      std::vector<std::int32_t>& codes = codes_[name];
      for (const LevelValue& label : labels.values()) codes.push_back(into_.labels[name].insert(label));
    }
    for (const auto& [name, about] : from_.about) into_.about.try_emplace(name, about);
    if (into_.rows == 0) into_.label = from_.label;
    if (into_.pivot_count == 0) into_.pivot_count = from_.pivot_count;
    merge_sizes();
    const std::vector<Index> cells = merge_cells();
    const std::vector<Index> units = merge_units();
    merge_records(cells, units, merge_places());
    into_.rows += from_.rows;
  }

 private:
  void check_plan() const {
    const std::vector<std::string> ours = into_.plan_text();
    const std::vector<std::string> theirs = from_.plan_text();
    const auto [our, their] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
    if (our == ours.end() && their == theirs.end()) return;
    const auto shown = [](auto line, auto end) { return line == end ? std::string("nothing") : *line; };
    throw Error(ErrorCode::argument, {.subject = "parts to be merged",
                                      .row = {},
                                      .expected = "sums for the same question (" + shown(our, ours.end()) + ")",
                                      .found = shown(their, theirs.end()),
                                      .remedy = "Sum all parts with the same design and the same question.",
                                      .candidates = {}});
  }

  void check_sizes() const {
    const std::vector<std::string> columns = into_.unit_columns();
    for (std::size_t s = 0; s < from_.sizes.size(); ++s) {
      for (const auto& [key, size] : from_.sizes[s]) {
        std::vector<std::int32_t> ours;
        for (std::size_t c = 0; c < key.size(); ++c) {
          const auto labels = into_.labels.find(columns[c]);
          const LevelValue& label = from_.labels.at(columns[c]).values()[at(key[c])];
          ours.push_back(labels == into_.labels.end() ? -1 : labels->second.find(label));
        }
        const auto known = into_.sizes[s].find(ours);
        if (known == into_.sizes[s].end() || known->second == size) continue;
        throw varying_size(std::get<std::string>(into_.stages[s].stage.fpc), size, known->second, std::nullopt);
      }
    }
  }

  /// Codes of the first columns of a key, as the other state numbers their labels.
  [[nodiscard]] std::vector<std::int32_t> translated(std::span<const std::int32_t> key,
                                                     const std::vector<std::string>& columns) const {
    std::vector<std::int32_t> ours;
    for (std::size_t c = 0; c < key.size() && c < columns.size(); ++c) {
      ours.push_back(codes_.at(columns[c])[at(key[c])]);
    }
    return ours;
  }

  void merge_sizes() {
    const std::vector<std::string> columns = into_.unit_columns();
    for (std::size_t s = 0; s < from_.sizes.size(); ++s) {
      for (const auto& [key, size] : from_.sizes[s]) into_.sizes[s].try_emplace(translated(key, columns), size);
    }
  }

  std::vector<Index> merge_cells() {
    std::vector<Index> cells;
    for (Index c = 0; c < from_.cells.size(); ++c) {
      cells.push_back(into_.insert_cell(translated(from_.cells.key(c), into_.query.by)));
      for (int p = 0; p < into_.pivot_count; ++p) {
        double& ours = into_.pivot(cells.back(), p);
        if (std::isnan(ours)) ours = from_.pivot(c, p);
      }
    }
    return cells;
  }

  std::vector<Index> merge_units() {
    const std::vector<std::string> columns = into_.unit_columns();
    std::vector<Index> units;
    for (Index u = 0; u < from_.units.size(); ++u) {
      const std::span<const std::int32_t> theirs = from_.units.key(u);
      std::vector<std::int32_t> key = translated(theirs, columns);
      if (into_.rows_are_units()) key.push_back(static_cast<std::int32_t>(into_.rows + theirs.back()));
      units.push_back(into_.insert_unit(key));
      if (from_.has_weight[at(u)] != 0) into_.has_weight[at(units.back())] = 1;
    }
    return units;
  }

  std::vector<int> merge_places() {
    std::vector<int> numbers;
    std::vector<Place> found = from_.places.all();
    // A place is named after those that it names, but may come before them.
    for (const Place& place : found) numbers.push_back(into_.places.find(place.name));
    auto next = static_cast<int>(into_.places.size());
    for (int& number : numbers) number = number < 0 ? next++ : number;
    for (Place& place : found) {
      for (std::int32_t* named : {&place.group, &place.first, &place.second}) {
        if (*named >= 0) *named = numbers[at(*named)];
      }
      into_.places.insert(place);
    }
    into_.records.widen(into_.places.size());
    return numbers;
  }

  void merge_records(const std::vector<Index>& cells, const std::vector<Index>& units, const std::vector<int>& places) {
    const PivotMove move(from_.places);
    const auto pivots = at(into_.pivot_count);
    std::vector<double> moved;
    from_.records.for_each([&](Index unit, Index cell, std::span<const double> record) {
      moved.assign(record.begin(), record.end());
      move(std::span(from_.pivots).subspan(at(cell) * pivots, pivots),
           std::span(into_.pivots).subspan(at(cells[at(cell)]) * pivots, pivots), moved);
      double* total = into_.records.at(units[at(unit)], cells[at(cell)]);
      for (std::size_t k = 0; k < moved.size(); ++k) total[at(places[k])] += moved[k];
    });
  }

  UnitTotals::State& into_;
  const UnitTotals::State& from_;
  std::map<std::string, std::vector<std::int32_t>> codes_;  ///< by column: our code of each of their labels
};

}  // namespace
}  // namespace estimation

void UnitTotals::State::merge(const State& other) {
  estimation::Merge merging(*this, other);
  merging.check();
  if (other.rows > 0) merging.run();
}

}  // namespace v1
}  // namespace irosurvey
