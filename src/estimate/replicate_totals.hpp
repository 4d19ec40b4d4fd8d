#pragma once

#include <span>
#include <vector>

#include "design/replicate_set.hpp"
#include "estimate/plan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Totals under the full weights and under every replicate's. Vectors are by cell, then by slot, product or presence group.
struct ReplicateTotals {
  ReplicateTotals(const Plan& plan, Index replicates);
  void add(const ReplicateTotals& other);
  /// Total of a slot of a cell (cell × slots + slot) under each replicate.
  [[nodiscard]] std::span<const double> of_replicates(Index slot) const {
    return std::span(replicates).subspan(static_cast<std::size_t>(slot * stride), static_cast<std::size_t>(count));
  }

  std::vector<double> totals;    ///< cells × slots
  std::vector<Index> n;          ///< cells × groups: rows of positive weight
  std::vector<double> products;  ///< cells × products
  std::vector<double>
      replicates;    ///< cells × slots × R, each R rounded up; then one cell more, for rows that are in none
  Index count = 0;   ///< R
  Index stride = 0;  ///< from slot to slot
};

/// Rows evaluated block by block, once for all columns of weights; or summed into units once, and units times their factors.
///
/// Rows (units) are cut into parts by their number alone, and parts are merged in order: the result doesn't depend on the
/// number of threads.
[[nodiscard]] ReplicateTotals replicate_totals(const Design& design, const Plan& plan, const Query& query);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
