#include "estimate/pivots.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// Slope of y on x over the first few rows of a cell, by least squares: a pivot needs to be near, not to be right. It
/// makes y − c x small whatever the signs of x, and exactly 0 where all rows have y = c x, as in a constant column.
struct PivotSums {
  double first = 0.0;  ///< y / x of the first row that has one
  double xy = 0.0;     ///< Σ x (y − first × x)
  double xx = 0.0;
  Index rows = 0;

  void add(double y, double x) {
    if (x == 0.0) return;  // it says nothing of the slope; outside the total's own domain it is always 0
    ++rows;
    if (xx == 0.0) first = y / x;
    xy += x * (y - first * x);
    xx += x * x;
  }
  [[nodiscard]] double pivot() const {
    const double slope = first + xy / xx;
    return std::isfinite(slope) ? slope : 0.0;
  }
};

/// Pivots of one moment in every cell, each from up to `kRows` rows of its cell.
void find_pivots(const NumericMoment& moment, const PresenceGroup& group, std::span<const double> weights, Plan& plan) {
  constexpr Index kRows = 32;
  std::vector<PivotSums> sums(plan.cells.size());
  Index open_cells = plan.cell_count();
  for (Index row = 0; row < static_cast<Index>(weights.size()) && open_cells > 0; ++row) {
    const auto r = static_cast<std::size_t>(row);
    const std::int32_t cell = plan.cell_of(row);
    if (cell < 0 || weights[r] == 0.0 || !group.holds(row)) continue;
    PivotSums& of_cell = sums[static_cast<std::size_t>(cell)];
    if (of_cell.rows == kRows) continue;
    of_cell.add(moment.y.empty() ? 1.0 : moment.y[r], moment.x.empty() ? 1.0 : moment.x[r]);
    if (of_cell.rows == kRows) --open_cells;
  }
  for (std::size_t cell = 0; cell < sums.size(); ++cell) {
    plan.pivot(static_cast<Index>(cell), moment.any_pivot()) = sums[cell].pivot();
  }
}

}  // namespace

void find_shares(std::span<const double> weights, Plan& plan) {
  if (plan.shares.empty()) return;
  const auto rows = static_cast<Index>(weights.size());
  const Index looked_at = std::min<Index>(rows, 1024 + 8 * plan.cell_count());
  const auto slots = static_cast<std::size_t>(plan.slot_count());
  std::vector<double> sums(plan.cells.size() * slots, 0.0);
  for (Index i = 0; i < looked_at; ++i) {
    const Index row = rows * i / looked_at;
    const std::int32_t cell = plan.cell_of(row);
    const double weight = weights[static_cast<std::size_t>(row)];
    if (cell < 0 || weight == 0.0) continue;
    double* const of_cell = &sums[static_cast<std::size_t>(cell) * slots];
    for (std::size_t g = 0; g < plan.groups.size(); ++g) {
      if (!plan.groups[g].holds(row)) continue;
      of_cell[g] += weight;
      for (const int which : plan.groups[g].coded) {
        const CodedMoment& moment = plan.coded[static_cast<std::size_t>(which)];
        const std::int32_t code = moment.codes[static_cast<std::size_t>(row)];
        const int slot = code < 0 ? -1 : moment.slot_of_level[static_cast<std::size_t>(code)];
        if (slot >= 0) of_cell[slot] += weight;
      }
    }
  }
  set_shares(sums, plan);
}

void make_pivots(std::span<const double> weights, Plan& plan) {
  // At least one cell's: rows outside of all cells read the first one's.
  plan.pivots.assign(std::max<std::size_t>(1, plan.cells.size()) * static_cast<std::size_t>(plan.pivot_count), 0.0);
  for (const PresenceGroup& group : plan.groups) {
    for (const int which : group.numeric)
      find_pivots(plan.numeric[static_cast<std::size_t>(which)], group, weights, plan);
  }
}

void set_shares(std::span<const double> totals, Plan& plan) {
  for (Index cell = 0; cell < plan.cell_count(); ++cell) {
    const std::span<const double> of_cell = totals.subspan(static_cast<std::size_t>(cell * plan.slot_count()));
    for (const ShareMoment& share : plan.shares) {
      const double found =
          of_cell[static_cast<std::size_t>(share.slot)] / of_cell[static_cast<std::size_t>(share.group)];
      plan.pivot(cell, share.pivot) = found > 0.5 ? found : 0.0;
    }
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
