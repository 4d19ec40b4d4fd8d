#pragma once

#include <algorithm>
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
  int pivot = -1;    ///< -1: a plain total of y
  int centre = -1;   ///< pivot about which the spread of rows is measured where the total has none of its own
  int divisor = -1;  ///< slot of the total of x; -1: there is no x

  /// What is taken from its rows, in totals or in the spread alone.
  [[nodiscard]] int any_pivot() const { return std::max(pivot, centre); }
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

/// Rows of one base: those on which the same columns are present, in the domains of the statistic's totals where it has none
/// over all rows.
struct PresenceGroup {
  std::vector<std::string> columns;         ///< what tells it from others: columns with missing values, and domains
  std::shared_ptr<const Presence> present;  ///< of all of them together; null: every row
  std::vector<int> numeric;                 ///< moments, by number
  std::vector<int> coded;
  std::vector<int> products;

  [[nodiscard]] bool holds(Index row) const { return !present || (*present)[static_cast<std::size_t>(row)] != 0; }
};

/// Which cell a row is in: that of its group, unless it is outside the domain.
struct CellMap {
  std::span<const std::int32_t> groups;  ///< -1: in no group. Empty: all rows are in cell 0
  std::span<const std::uint8_t> domain;  ///< 0: outside. Empty: every row is in it

  /// -1: in none.
  [[nodiscard]] std::int32_t operator()(Index row) const {
    const auto r = static_cast<std::size_t>(row);
    if (!domain.empty() && domain[r] == 0) return -1;
    return groups.empty() ? 0 : groups[r];
  }
};

/// What kind of quantity a slot holds, as far as the spread of rows is concerned.
struct SlotOrigin {
  enum class Kind { one, numeric, coded } kind = Kind::one;
  int moment = -1;
  std::string name{};  ///< the same in every plan of a query, whatever rows it was made for; empty: its group's
  int pivot = -1;      ///< of a share's total: about which pivot it is taken, see `ShareMoment`
};

/// The total that a share is the quotient of: T(z − c) over T(1), z an indicator. Rows add up z alone; c T(1) is taken off
/// when a unit is finished. A share near 1 varies by the few rows that haven't the level, not by the size of the units.
struct ShareMoment {
  int slot = 0;
  int group = 0;  ///< slot of T(1)
  int pivot =
      0;  ///< of a cell where most rows have the level: about their share; else 0, so that what is rare stays so
};

/// A statistic of the query, compiled.
struct PlannedStatistic {
  EstimatedStatistic about;
  Program program;
  int group = 0;
  std::vector<int> pairs;     ///< covariances between its slots i ≤ j, by number in Plan::pairs
  std::vector<int> products;  ///< sums of products likewise; -1: follows from totals. Empty: not asked for
};

/// How many numbers are added up, whatever they mean. A unit's record in a cell holds the slots, then the number of rows
/// in each presence group, then the products.
struct Shape {
  Index cells = 1;
  int slots = 0;
  int groups = 1;
  int products = 0;
  std::vector<std::pair<int, int>> pairs;  ///< slots whose covariance within a cell is wanted
  std::vector<int> group_of_slot{};        ///< the presence group of each slot; empty: there is but one

  [[nodiscard]] int group_of(std::size_t slot) const { return group_of_slot.empty() ? 0 : group_of_slot[slot]; }
  [[nodiscard]] int width() const { return slots + groups + products; }
};

/// A query worked out: cells, the distinct moments that rows add up, and programs that read their totals.
///
/// Slots 0 … groups − 1 hold each presence group's sum of weights; the others follow. A plan borrows the query's domain.
struct Plan {
  std::vector<std::vector<Level>> cells;
  CellMap cell_of;
  std::vector<PresenceGroup> groups;
  std::vector<SlotOrigin> slots;
  std::vector<NumericMoment> numeric;
  std::vector<CodedMoment> coded;
  std::vector<ShareMoment> shares;
  std::vector<ProductMoment> products;
  std::vector<PlannedStatistic> statistics;
  std::vector<std::pair<int, int>> pairs;  ///< slots whose covariance some statistic needs
  int pivot_count = 0;
  std::vector<double> pivots;  ///< pivot p of cell c at [c × pivot_count + p]

  std::shared_ptr<const design::Layout> layout;  ///< of the sample: the design's own, unless rows left it
  std::vector<Numbers> kept_numbers;             ///< owners of the spans above
  std::vector<std::shared_ptr<const Factor>> kept_factors;
  std::vector<std::int32_t> kept_groups;
  std::vector<std::uint8_t> kept_domain;

  [[nodiscard]] Index cell_count() const { return static_cast<Index>(cells.size()); }
  [[nodiscard]] int slot_count() const { return static_cast<int>(slots.size()); }
  [[nodiscard]] int group_count() const { return static_cast<int>(groups.size()); }
  [[nodiscard]] int product_count() const { return static_cast<int>(products.size()); }
  [[nodiscard]] double& pivot(Index cell, int which) {
    return pivots[static_cast<std::size_t>(cell * pivot_count + which)];
  }
  [[nodiscard]] double pivot(Index cell, int which) const {
    return pivots[static_cast<std::size_t>(cell * pivot_count + which)];
  }
  /// The presence group that each slot belongs to.
  [[nodiscard]] std::vector<int> groups_of_slots() const;
  [[nodiscard]] Shape shape() const {
    return {cell_count(), slot_count(), group_count(), product_count(), pairs, groups_of_slots()};
  }
};

/// How the rows at hand stand to those that a query is about.
enum class PlanScope {
  whole,  ///< they are all of them
  part,   ///< there are more elsewhere, with levels of their own: what is asked by name may be missing here
  keys,   ///< they show all levels and groups of rows that were summed in parts
};

/// Of rows that come in parts (`part`, `keys`), bases are told apart by the columns that they ask for, not by whether these
/// have missing values here, so that plans of all parts add up the same moments.
/// @throws Error(column, argument) as `estimate`.
[[nodiscard]] Plan make_plan(const Design& design, const Query& query, PlanScope scope = PlanScope::whole);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
