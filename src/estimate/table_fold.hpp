#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "estimate/plan.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// What a stratum's units come to, or a part of them.
struct StratumSums {
  explicit StratumSums(const Shape& shape);
  void clear();

  Index units = 0;
  std::vector<double> sums;       ///< by cell and slot
  std::vector<double> cross;      ///< by cell and pair, about the mean
  std::vector<Index> members;     ///< units, by cell and presence group
  std::vector<Index> any_member;  ///< units, by presence group
};

/// Folds tables of a stratum's units, in which every cell of every unit is written out: sums, then cross-products of the
/// deviations from their mean (two passes over a table that is near), and parts merged as in Chan, Golub and LeVeque (1983).
///
/// Of records that are listed, products are summed about 0 where at most half of the units touch the cell. With m of n units
/// S² <= m Σ z², so Σ z² - S²/n is at least (1 - m/n) Σ z²: a half, and one bit is lost at most. Other cells have two passes.
///
/// Weights aren't negative: a unit holds members of a cell if their weights add up to something.
class TableFold {
 public:
  explicit TableFold(const Shape& shape);

  /// Takes in `units` more units of a stratum; `table` is unit by unit, cell by cell, slot by slot.
  void add(const double* table, Index units, StratumSums& into);
  /// The same of units that touch few of their cells: the records that aren't 0, with the cell of each; `holders` of the units
  /// have one. It costs what there are records, and little for each cell.
  void add_listed(std::span<const double> totals, std::span<const std::int32_t> cells, Index units, Index holders,
                  StratumSums& into);
  /// Takes in another part of the same stratum.
  void merge(const StratumSums& part, StratumSums& into);

 private:
  void add_up_listed(std::span<const double> totals, std::span<const std::int32_t> cells);
  [[nodiscard]] bool centre_listed(Index units);
  void add_crowded(std::span<const double> totals, std::span<const std::int32_t> cells, Index units);
  [[nodiscard]] bool is_crowded(std::size_t cell, Index units) const;
  void find_means(Index units);
  void add_products(double factor, const double* d, double* cross) const;
  void take_in(Index units, StratumSums& into);
  void add_up(const double* table, Index units);
  void add_squares_of_two(const double* table, Index units);
  void add_products(const double* table, Index units);
  void count_members(const double* table, Index units, StratumSums& into) const;
  void merge_cross(const std::vector<double>& sums, Index units, const std::vector<double>& cross, StratumSums& into);

  Shape shape_;
  bool is_pairs_;        ///< two slots, and all their covariances: as a mean or a ratio in many cells asks for
  std::size_t numbers_;  ///< cells × slots

  // Of the table at hand.
  std::vector<double> part_sums_;
  std::vector<double> part_above_;  ///< how many units' are above 0
  std::vector<double> part_cross_;
  std::vector<double>
      part_squares_;  ///< of two slots: a², then a b, then b² of all cells; empty where there aren't two
  std::vector<double> means_;
  std::vector<double> deviations_;
  std::vector<double> listed_;  ///< by cell: units that touch it, their sums, sums of products about 0
  std::vector<Index> holders_;  ///< units that touch each cell
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
