#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/parallel.hpp"
#include "estimate/cumulated_weights.hpp"
#include "estimate/plan.hpp"
#include "estimate/value_order.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// The rows of a base, those of a cell side by side, in the order of the data within a cell.
struct CellRows {
  std::vector<Index> begin;               ///< cells + 1
  std::span<const double> values;         ///< of the variable
  std::span<const double> weights;        ///< full ones
  std::span<const std::int32_t> rows;     ///< of the data; empty: each place is its own row
  std::unique_ptr<double[]> kept_values;  ///< owners of the spans, unless they are the data's own
  std::unique_ptr<double[]> kept_weights;
  std::unique_ptr<std::int32_t[]> kept_rows;
};

/// How work is done.
struct Work {
  int threads = 0;
  const Interrupt& interrupt;
};

/// One variable's values in every cell of a plan, in the order that quantiles need: made in two passes over the rows,
/// however many cells there are. The result doesn't depend on the number of threads.
class OrderedCells {
 public:
  /// @param group  the plan's presence group of the variable
  /// @param probs  quantiles that will be asked for
  /// @param monotone  whether no weight is below 0
  OrderedCells(const Plan& plan, const PresenceGroup& group, std::span<const double> values,
               std::span<const double> weights, std::span<const double> probs, Index most_splitters, bool monotone,
               const Work& work);

  // Its parts borrow from each other.
  OrderedCells(const OrderedCells&) = delete;
  OrderedCells& operator=(const OrderedCells&) = delete;
  ~OrderedCells() = default;

  /// The quantile of a cell under the full weights; NaN where no weight is positive. One thread for each cell at a time.
  [[nodiscard]] double quantile(Index cell, double p, QuantileRule rule) { return full_[at(cell)].quantile(p, rule); }

  [[nodiscard]] Index cells() const noexcept { return static_cast<Index>(orders_.size()); }
  [[nodiscard]] ValueOrder& order(Index cell) { return orders_[at(cell)]; }
  [[nodiscard]] Index most_buckets() const;
  /// Row of the data that holds the value at a place of a cell.
  [[nodiscard]] Index row(Index cell, std::int32_t place) const {
    const Index position = rows_.begin[at(cell)] + place;
    return rows_.rows.empty() ? position : rows_.rows[at(position)];
  }

  /// A column of codes 0 … Q that says between which of its cell's Q thresholds (ascending, cell by cell) a row's value lies: how
  /// many thresholds are below it. Missing where the variable is.
  [[nodiscard]] Column intervals(const std::string& name, std::span<const double> thresholds, const Work& work) const;
  /// A column of codes that says in which bucket of its cell a row's value is.
  [[nodiscard]] Column buckets(const std::string& name, const Work& work) const;

 private:
  static std::size_t at(Index index) { return static_cast<std::size_t>(index); }
  template <class CodeOf>
  [[nodiscard]] Column coded(const std::string& name, Index levels, const Work& work, const CodeOf& code_of) const;

  const Plan& plan_;
  std::span<const double> values_;
  CellRows rows_;
  std::deque<ValueOrder> orders_;
  std::vector<std::vector<double>> totals_;  ///< by cell, by bucket
  std::deque<CumulatedWeights> full_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
