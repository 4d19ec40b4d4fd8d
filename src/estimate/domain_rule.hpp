#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/parallel.hpp"
#include "design/layout.hpp"
#include "estimate/fold.hpp"
#include "estimate/plan.hpp"
#include "estimate/unit_sums.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

// A domain, here, is a cell together with a presence group: the base of a statistic. One that has members in a single unit
// of a stratum makes a singleton of it, which the rule of the design may treat like one that was drawn as such
// (DomainSingletons::rule). None of this is made where the rule isn't asked for.

/// How many units of a stratum hold members of each domain, and the units' totals together.
class DomainUnits {
 public:
  explicit DomainUnits(const Shape& shape);

  void add(const UnitSums& unit);
  void merge(const DomainUnits& other);
  void clear();

  /// Calls `visit(cell, group, units)` for each domain that has members.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const std::int32_t cell : units_.cells()) {
      const std::span<const double> counts = units_.record(cell);
      for (std::size_t g = 0; g < counts.size(); ++g) {
        if (counts[g] > 0.0) visit(cell, static_cast<int>(g), static_cast<Index>(counts[g]));
      }
    }
  }
  /// Whether a single unit holds members of a total's domain.
  [[nodiscard]] bool is_single(std::int32_t cell, std::size_t slot) const {
    return units_.record(cell)[static_cast<std::size_t>(group_of_slot_[slot])] == 1.0;
  }
  [[nodiscard]] bool any_single() const;
  /// Of a total whose domain has members in one unit, that unit's.
  [[nodiscard]] std::span<const double> totals(std::int32_t cell) const { return totals_.record(cell); }
  [[nodiscard]] const std::vector<std::int32_t>& cells() const { return units_.cells(); }

 private:
  std::size_t slots_;
  std::vector<int> group_of_slot_;
  UnitSums units_;   ///< by cell and group
  UnitSums totals_;  ///< by cell and slot
};

/// Where a domain left a singleton for which there is no rule.
struct DomainSingleton {
  Index stage = 0;
  Index stratum = 0;
  std::int32_t cell = 0;
  int group = 0;
};

/// Closes strata by the rule of the design in each domain. With d_i the deviation of a unit's totals z_i, in a stratum of n
/// units that adds scale × Σ d_i d_i′:
///
/// d_i = z_i − z̄ where several units hold members of the total's domain. Where one does: 0 under `remove`, `certainty` and
/// `average`; z_i minus the mean over all units of the stage in the same higher-stage unit under `adjust`. Under `average`
/// the strata of a higher-stage unit are then multiplied by √(k k′), k = H / (H − S) of either total's domain, which H strata
/// hold, S of them in a single unit.
template <class Fold>
class DomainRule {
 public:
  using Store = typename Fold::Store;

  DomainRule(const Shape& shape, const design::Layout& layout, SingletonRule rule);

  /// Closes the fold of a stratum.
  /// @param factor  product of the higher stages' sampling fractions
  void close(Fold& fold, const DomainUnits& domains, Index stage, Index stratum, double factor, Store& variance,
             const StopSignal& stop);
  /// All strata in a higher-stage unit (of the first stage: in the sample) are closed.
  /// @param totals  of all their units
  void finish(Index stage, const UnitSums& totals, Index units, Store& variance);
  /// Takes in what the next block of first-stage units gave.
  void absorb(DomainRule& next);
  /// The first singleton for which there is no rule.
  [[nodiscard]] const std::optional<DomainSingleton>& refused() const { return refused_; }

 private:
  /// A stratum under `adjust`, waiting for the mean over all units.
  struct Waiting {
    struct Total {
      std::int32_t cell;
      std::int32_t slot;
      double mean;  ///< over the stratum's units
    };
    double factor;
    std::vector<Total> totals;
  };
  /// Strata that hold members of a domain.
  struct Tally {
    Index strata = 0;
    Index singles = 0;
    Index last = 0;  ///< one of those with a single unit
  };
  /// What the strata of one higher-stage unit have given so far.
  struct Siblings {
    std::vector<Waiting> waiting;
    std::vector<Tally> tallies;    ///< by domain; empty unless the rule is `average`
    std::unique_ptr<Store> apart;  ///< their variance, until it is known by how much to multiply it
  };

  void refuse(const DomainSingleton& found);
  void tally(const DomainUnits& domains, Index stage, Index stratum);
  void wait(const DomainUnits& domains, double scale, double units, Siblings& siblings) const;
  void place(Siblings& siblings, const UnitSums& totals, Index units, Store& variance);
  void average(Index stage, Siblings& siblings, Store& variance);

  const Shape& shape_;
  const design::Layout& layout_;
  SingletonRule rule_;
  std::vector<Siblings> siblings_;  ///< by stage
  UnitSums distance_;
  std::optional<DomainSingleton> refused_;
};

extern template class DomainRule<VarianceFold>;
extern template class DomainRule<CovarianceFold>;

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
