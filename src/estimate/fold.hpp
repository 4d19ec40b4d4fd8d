#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "estimate/plan.hpp"
#include "estimate/unit_sums.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

class DomainUnits;

// A fold takes the finished units of a stratum one by one, and gives Σ (z_i − z̄)(z_i − z̄)′ over all n units of it, those
// that touch no cell included, which are zero. There are two, alike from outside: variances within each cell, which cost
// little; and covariances between all cells, for questions that need them.

/// Covariances between the slots of each cell, for the pairs that the plan names.
class CellVariances {
 public:
  explicit CellVariances(const Shape& shape);
  void add(const CellVariances& other);
  /// Adds factor × cross-products, by cell and pair.
  void add(const std::vector<double>& cross, double factor);
  /// Adds factor × d d′.
  void add_square(const UnitSums& d, double factor);
  /// Adds the other's covariances, each times the factors of both its totals.
  /// @param by_total  factors by cell and slot
  void add_scaled(const CellVariances& other, const std::vector<double>& by_total, std::size_t slots);
  [[nodiscard]] double operator()(Index cell, int pair) const {
    return values_[place(cell) + static_cast<std::size_t>(pair)];
  }

 private:
  friend class VarianceFold;
  [[nodiscard]] std::size_t place(Index cell) const { return static_cast<std::size_t>(cell) * pairs_.size(); }

  std::vector<std::pair<int, int>> pairs_;
  std::vector<double> values_;
};

/// Counts, means and cross-products of the units that touch each cell (Welford 1962; merged as in Chan, Golub and LeVeque
/// 1983): never a sum of squares minus a square.
class VarianceFold {
 public:
  using Store = CellVariances;
  explicit VarianceFold(const Shape& shape);

  void add(const UnitSums& unit);
  /// Takes in the units of another part of the same stratum.
  void merge(const VarianceFold& other);
  /// Makes 0 of the deviations of totals whose domain has members in a single unit.
  void leave_out(const DomainUnits& domains);
  /// Adds scale × cross-products over `units` units to `into`, and begins anew.
  void close(Index units, double scale, CellVariances& into, const StopSignal& stop);
  void clear();

 private:
  std::vector<std::pair<int, int>> pairs_;
  std::size_t slots_;
  UnitSums states_;  ///< count, means, cross-products of each touched cell
};

/// Covariances between the slots of all cells: a symmetric matrix of (cells × slots)².
class FullCovariance {
 public:
  explicit FullCovariance(const Shape& shape);
  void add(const FullCovariance& other);
  void add_square(const UnitSums& d, double factor);
  void add_scaled(const FullCovariance& other, const std::vector<double>& by_total, std::size_t slots);
  [[nodiscard]] double operator()(Index cell_a, int slot_a, Index cell_b, int slot_b) const {
    return values_[place(cell_a, slot_a) * size_ + place(cell_b, slot_b)];
  }
  double& at(std::size_t row, std::size_t column) { return values_[row * size_ + column]; }
  [[nodiscard]] std::size_t place(Index cell, int slot) const {
    return static_cast<std::size_t>(cell) * slots_ + static_cast<std::size_t>(slot);
  }

 private:
  std::size_t slots_;
  std::size_t size_;
  std::vector<double> values_;
};

/// Keeps the units of a stratum, as the totals that each adds to, until it is closed.
///
/// Totals that most units add to are *common*: their deviations from the mean are written out. The others are *rare*: units
/// that don't add to them needn't be looked at.
class CovarianceFold {
 public:
  using Store = FullCovariance;
  explicit CovarianceFold(const Shape& shape);

  void add(const UnitSums& unit);
  void merge(const CovarianceFold& other);
  void leave_out(const DomainUnits& domains);
  void close(Index units, double scale, FullCovariance& into, const StopSignal& stop);
  void clear();

 private:
  struct Entry {
    std::int32_t total;  ///< cell × slots + slot
    double value;
  };
  struct Columns;  ///< the totals that some unit of the stratum adds to
  [[nodiscard]] Columns columns(Index units);
  void add_products(const Columns& columns, double scale, FullCovariance& into, const StopSignal& stop) const;
  static void subtract_means(const Columns& columns, Index units, double scale, FullCovariance& into);

  std::size_t slots_;
  std::vector<std::size_t> starts_{0};  ///< of each unit's entries
  std::vector<Entry> entries_;
  std::vector<std::int32_t> place_;  ///< of each total, while a stratum is closed; -1: nowhere
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
