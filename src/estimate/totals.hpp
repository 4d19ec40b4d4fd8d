#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "estimate/fold.hpp"
#include "estimate/plan.hpp"
#include "estimate/unit_source.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// First-stage units and strata, for degrees of freedom.
struct UnitCounts {
  Index units = 0;         ///< that hold members
  Index strata = 0;        ///< that hold members
  Index strata_units = 0;  ///< all units of positive weight in those strata

  void add(const UnitCounts& other) {
    units += other.units;
    strata += other.strata;
    strata_units += other.strata_units;
  }
};

/// What one pass over the rows gives. Vectors are by cell, then by slot, product or presence group.
template <class Store>
struct Totals {
  explicit Totals(const Shape& shape);
  void add(const Totals& other);

  std::vector<double> totals;      ///< cells × slots: weighted totals of moments
  std::vector<Index> n;            ///< cells × groups: rows of positive weight
  std::vector<double> products;    ///< cells × products
  std::vector<UnitCounts> counts;  ///< cells × groups
  std::vector<UnitCounts> whole;   ///< groups: members of any cell
  UnitCounts design;               ///< all rows of positive weight
  Store variance;                  ///< of the totals
};

/// What units are folded under: a design, the layout of its sample, and how the work is done.
struct Sampling {
  const Design& design;
  const design::Layout& layout;
  int threads = 0;
  const Interrupt& interrupt;
  /// Names the domain of a cell and a presence group, for a message; none: they are all of the sample.
  std::function<std::string(Index cell, int group)> domain_name{};
};

/// Whether a stratum of which a domain leaves one unit follows the rule for singletons. Of a calibrated design it is residuals
/// that are folded, and units without members have theirs, too.
[[nodiscard]] bool domains_make_singletons(const Design& design);

/// Folds units into the variance of totals: each stage's strata in turn, times the product of the higher stages' sampling
/// fractions.
///
/// `Fold` decides what of the variance is kept. The units are cut into blocks by the number of rows alone, and blocks are
/// merged in order: the result doesn't depend on the number of threads.
/// @throws Error(singleton) where the rule of the design is `fail`, or `average` with nothing to average; with
///         DomainSingletons::rule, where it is that in a domain.
template <class Fold>
[[nodiscard]] Totals<typename Fold::Store> fold_units(const Sampling& sampling, const Shape& shape,
                                                      const SourceMaker& make_source, StopSignal& stop);

/// Names the domains of a plan by a statistic that has them as its base, and by the levels of their cell.
[[nodiscard]] std::function<std::string(Index cell, int group)> domain_namer(const Plan& plan, const Query& query);

/// The same of a plan: rows summed into units, and those folded.
template <class Fold>
[[nodiscard]] Totals<typename Fold::Store> accumulate(const Design& design, const Plan& plan, const Query& query);

/// The answer to a query from units that were summed elsewhere.
[[nodiscard]] Estimate estimate_from_units(const Sampling& sampling, const Query& query, Plan& plan,
                                           const SourceMaker& units);

extern template struct Totals<CellVariances>;
extern template struct Totals<FullCovariance>;
extern template Totals<CellVariances> fold_units<VarianceFold>(const Sampling&, const Shape&, const SourceMaker&,
                                                               StopSignal&);
extern template Totals<FullCovariance> fold_units<CovarianceFold>(const Sampling&, const Shape&, const SourceMaker&,
                                                                  StopSignal&);
extern template Totals<CellVariances> accumulate<VarianceFold>(const Design&, const Plan&, const Query&);
extern template Totals<FullCovariance> accumulate<CovarianceFold>(const Design&, const Plan&, const Query&);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
