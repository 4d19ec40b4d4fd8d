#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "design/layout.hpp"
#include "estimate/program.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// A column of numbers that rows add up: w (y − c x), with c the pivot of the row's cell (0 in a plain total).
///
/// Empty spans stand for the constant 1.
struct NumericMoment {
  int slot = 0;
  std::span<const double> y;
  std::span<const double> x;
  int pivot = -1;   ///< -1: a plain total of y
  int centre = -1;  ///< pivot about which the spread of rows is measured where the total has none of its own
};

/// A column of codes: a row adds its weight to the slot of its level.
struct CodedMoment {
  const std::int32_t* codes = nullptr;
  std::vector<int> slot_of_level;  ///< -1: no statistic asks for it
};

/// The sum over rows of w a b, a and b the centred values of two slots: what spread within the domain is computed from.
struct ProductMoment {
  int first = 0;  ///< slots
  int second = 0;
};

/// Rows on which the same columns are present. Their statistics share a base.
struct PresenceGroup {
  std::vector<std::string> columns;   ///< those that have missing values
  std::vector<std::uint8_t> present;  ///< a byte a row; empty: every row
  std::vector<int> numeric;           ///< moments, by number
  std::vector<int> coded;
  std::vector<int> products;

  [[nodiscard]] bool holds(Index row) const { return present.empty() || present[static_cast<std::size_t>(row)] != 0; }
};

/// What kind of quantity a slot holds, as far as the spread of rows is concerned.
struct SlotOrigin {
  enum class Kind { one, numeric, coded } kind = Kind::one;
  int moment = -1;
};

/// A statistic of the query, compiled.
struct PlannedStatistic {
  EstimatedStatistic about;
  Program program;
  int group = 0;
  std::vector<int> pairs;     ///< covariances between its slots i ≤ j, by number in Plan::pairs
  std::vector<int> products;  ///< sums of products likewise; -1: follows from totals. Empty: not asked for
};

/// A query worked out: cells, the distinct moments that rows add up, and programs that read their totals.
///
/// Slots 0 … groups − 1 hold each presence group's sum of weights; the others follow.
struct Plan {
  std::vector<std::vector<Level>> cells;
  std::vector<std::int32_t> cell_of_row;  ///< -1: outside the domain, or in no group
  std::vector<PresenceGroup> groups;
  std::vector<SlotOrigin> slots;
  std::vector<NumericMoment> numeric;
  std::vector<CodedMoment> coded;
  std::vector<ProductMoment> products;
  std::vector<PlannedStatistic> statistics;
  std::vector<std::pair<int, int>> pairs;  ///< slots whose covariance some statistic needs
  int pivot_count = 0;
  std::vector<double> pivots;  ///< pivot p of cell c at [c × pivot_count + p]

  std::shared_ptr<const design::Layout> layout;  ///< of the sample: the design's own, unless rows left it
  std::vector<Numbers> kept_numbers;             ///< owners of the spans above
  std::vector<std::shared_ptr<const Factor>> kept_factors;

  [[nodiscard]] Index cell_count() const { return static_cast<Index>(cells.size()); }
  [[nodiscard]] int slot_count() const { return static_cast<int>(slots.size()); }
  [[nodiscard]] int group_count() const { return static_cast<int>(groups.size()); }
  [[nodiscard]] int product_count() const { return static_cast<int>(products.size()); }
};

/// @throws Error(column, argument) as `estimate`.
[[nodiscard]] Plan make_plan(const Design& design, const Query& query);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
