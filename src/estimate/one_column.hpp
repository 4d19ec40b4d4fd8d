#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "estimate/plan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Rows of a plan that add up one column of numbers, none of them missing, under weights above 0: the mean or the total of a
/// column, in groups and a domain or without. Most questions are this one.
///
/// Each row is read and added in one loop, so that the memory works while numbers are added. A record is the sum of weights (if
/// `with_weights`) and the sum of w (y − c).
class OneColumn {
 public:
  /// @param with_weights  whether records begin with the sum of weights; without groups and domain it is known beforehand
  /// @return  none, if that isn't what the plan asks
  [[nodiscard]] static std::optional<OneColumn> of(const Plan& plan, std::span<const double> weights,
                                                   bool with_weights);

  /// Adds rows [begin, end) to the records of their units, which lie unit by unit, cell by cell; and what isn't asked by unit
  /// to `by_cell`: their number and, if it is asked, Σ w (y − c)².
  void add_to_units(Index begin, Index end, const std::int32_t* units, double* records,
                    std::span<double> by_cell) const;
  /// Rows in the order of their units.
  struct List {
    const std::int32_t* rows;  ///< null: as they lie
    const double* weights;     ///< in that order
    Index size;
  };
  /// Adds rows [begin, end) of a list, all of one unit, to its records. Memory is asked for rows of the list well ahead.
  void add_unit(const List& list, Index begin, Index end, double* records, std::span<double> by_cell) const;
  /// The same; and lists the cells whose records were 0, of which `touched` has room for one more than there may be.
  /// @return  how many
  std::size_t add_unit_and_list(const List& list, Index begin, Index end, double* records, std::span<double> by_cell,
                                std::int32_t* touched) const;

 private:
  OneColumn() = default;

  /// What a row adds.
  struct Row {
    std::int32_t cell;
    double weight;
    double value;   ///< w (y − c)
    double square;  ///< w (y − c)²
    double count;   ///< 1, or 0 outside the domain
  };
  /// Which parts of a question there are: loops know it before they begin.
  template <bool has_cells, bool has_domain, bool has_squares>
  struct Parts {};

  template <class Use>
  void with_parts(const Use& use) const;
  template <bool has_cells, bool has_domain, bool has_squares, class Use>
  void read_list(const List& list, Index begin, Index end, Parts<has_cells, has_domain, has_squares> parts,
                 const Use& use) const;
  template <bool has_cells, bool has_domain, bool has_squares>
  [[nodiscard]] Row read(Index row, double weight, Parts<has_cells, has_domain, has_squares> parts) const;

  const double* weights_ = nullptr;
  const double* values_ = nullptr;
  const double* pivots_ = nullptr;  ///< of each cell, `stride_` apart
  Index stride_ = 0;
  const std::int32_t* cells_ = nullptr;   ///< null: all rows are in one
  const std::uint8_t* inside_ = nullptr;  ///< null: all rows are
  Index cell_count_ = 1;
  bool with_squares_ = false;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
