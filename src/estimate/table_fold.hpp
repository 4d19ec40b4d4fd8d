#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "estimate/plan.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Folds tables of a stratum's units, in which every cell of every unit is written out: sums, then cross-products of the
/// deviations from their mean (two passes over a table that is near), and parts merged as in Chan, Golub and LeVeque (1983).
///
/// Weights aren't negative: a unit holds members of a cell if their weights add up to something.
class TableFold {
 public:
  explicit TableFold(const Shape& shape);

  /// Takes in `units` more units of the stratum; `table` is unit by unit, cell by cell, slot by slot.
  void add(const double* table, Index units);
  /// The same of a table most of which is 0, but for the records listed.
  void add(const double* table, Index units, std::span<const std::int32_t> touched);
  /// Takes in another part of the same stratum.
  void merge(const TableFold& other);
  void clear();

  [[nodiscard]] Index units() const { return units_; }
  [[nodiscard]] const std::vector<double>& sums() const { return sums_; }       ///< by cell and slot
  [[nodiscard]] const std::vector<double>& cross() const { return cross_; }     ///< by cell and pair, about the mean
  [[nodiscard]] const std::vector<Index>& members() const { return members_; }  ///< units, by cell and presence group
  [[nodiscard]] const std::vector<Index>& any_member() const { return any_member_; }  ///< units, by presence group

 private:
  template <class Visit>
  void for_each_touched(std::span<const std::int32_t> touched, const Visit& visit) const;
  void find_means(Index units);
  void add_products(double factor, const double* d, double* cross) const;
  void take_in(Index units);
  void add_up(const double* table, Index units);
  void add_squares_of_two(const double* table, Index units);
  void add_products(const double* table, Index units);
  void count_members(const double* table, Index units);
  void merge_cross(const std::vector<double>& sums, Index units, const std::vector<double>& cross);

  Shape shape_;
  bool is_pairs_;        ///< two slots, and all their covariances: as a mean or a ratio in many cells asks for
  std::size_t numbers_;  ///< cells × slots
  Index units_ = 0;
  std::vector<double> sums_;
  std::vector<double> cross_;
  std::vector<Index> members_;
  std::vector<Index> any_member_;

  // Of the table at hand.
  std::vector<double> part_sums_;
  std::vector<double> part_above_;  ///< how many units' are above 0
  std::vector<double> part_cross_;
  std::vector<double>
      part_squares_;  ///< of two slots: a², then a b, then b² of all cells; empty where there aren't two
  std::vector<double> means_;
  std::vector<double> deviations_;
  std::vector<Index> holders_;  ///< units that touch each cell
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
