#pragma once

#include <vector>

#include "estimate/plan.hpp"
#include "estimate/unit_sums.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// The innermost step: adds rows to the totals of the unit they are in.
///
/// A cell's record holds the plan's slots, then the number of rows in each presence group.
class RowSums {
 public:
  RowSums(const Plan& plan, std::span<const double> weights);

  [[nodiscard]] static int width(const Plan& plan) { return plan.slot_count() + plan.group_count(); }

  /// Adds the rows at positions [begin, end) to `unit`, and their products to `products` (cells × products).
  /// @returns whether any of them has a positive weight, in the domain or not
  bool add(Index begin, Index end, UnitSums& unit, std::vector<double>& products) const;

 private:
  void add_row(Index row, double weight, std::int32_t cell, double* record, double* products) const;
  [[nodiscard]] double moment(const NumericMoment& m, std::size_t row, std::int32_t cell) const;
  [[nodiscard]] double centred(int slot, std::size_t row, std::int32_t cell) const;
  [[nodiscard]] double pivot(std::int32_t cell, int which) const {
    return plan_.pivots[static_cast<std::size_t>(cell) * static_cast<std::size_t>(plan_.pivot_count) +
                        static_cast<std::size_t>(which)];
  }

  const Plan& plan_;
  std::span<const double> weights_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
