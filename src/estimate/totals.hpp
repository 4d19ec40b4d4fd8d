#pragma once

#include <optional>
#include <vector>

#include "estimate/fold.hpp"
#include "estimate/plan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// First-stage units and strata, for degrees of freedom.
struct UnitCounts {
  Index units = 0;         ///< that hold members
  Index strata = 0;        ///< that hold members
  Index strata_units = 0;  ///< all units of positive weight in those strata
};

/// What one pass over the rows gives. Vectors are by cell, then by slot, product or presence group.
template <class Store>
struct Totals {
  explicit Totals(const Plan& plan);
  void add(const Totals& other);

  std::vector<double> totals;      ///< cells × slots: weighted totals of moments
  std::vector<Index> n;            ///< cells × groups: rows of positive weight
  std::vector<double> products;    ///< cells × products
  std::vector<UnitCounts> counts;  ///< cells × groups
  std::vector<UnitCounts> whole;   ///< groups: members of any cell
  UnitCounts design;               ///< all rows of positive weight
  Store variance;                  ///< of the totals
};

/// Sums rows into units, and folds units into the variance of totals: each stage's strata in turn, times the product of
/// the higher stages' sampling fractions.
///
/// `Fold` decides what of the variance is kept. The rows are cut into blocks by their number alone, and blocks are merged
/// in order: the result doesn't depend on the number of threads.
/// @throws Error(singleton) where the rule of the design is `fail`, or `average` with nothing to average.
template <class Fold>
[[nodiscard]] Totals<typename Fold::Store> accumulate(const Design& design, const Plan& plan, const Query& query);

extern template struct Totals<CellVariances>;
extern template struct Totals<FullCovariance>;
extern template Totals<CellVariances> accumulate<VarianceFold>(const Design&, const Plan&, const Query&);
extern template Totals<FullCovariance> accumulate<CovarianceFold>(const Design&, const Plan&, const Query&);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
