#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/inference/crosstab.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

using SparseRows = Eigen::SparseMatrix<double, Eigen::RowMajor>;

/// Smooth functions of some sums: their values, their derivatives, and how they are computed from other sums.
struct Functions {
  Eigen::VectorXd values;
  SparseRows jacobian;  ///< functions × sums
  std::function<Eigen::VectorXd(std::span<const double>)> at;
  std::string name;  ///< for a message
};

/// The totals of one layer of a table with their margins, and how they vary: all that shares and tests are made of.
///
/// Row i = R and column j = C are the margins: (R, C) is the grand total.
class LayerSums {
 public:
  LayerSums(const CrossTab& table, Index layer);

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index columns() const { return columns_; }
  [[nodiscard]] Index at(Index row, Index column) const { return row * (columns_ + 1) + column; }
  [[nodiscard]] Index size() const { return (rows_ + 1) * (columns_ + 1); }
  [[nodiscard]] double sum(Index row, Index column) const { return sums_[static_cast<std::size_t>(at(row, column))]; }
  [[nodiscard]] Index n(Index row, Index column) const { return n_[static_cast<std::size_t>(at(row, column))]; }
  [[nodiscard]] double grand() const { return sum(rows_, columns_); }
  [[nodiscard]] Index base() const { return n(rows_, columns_); }

  /// Variance of a sum, or with `below` ≥ 0 of its quotient by another.
  [[nodiscard]] double ratio_variance(Index above, Index below, const std::string& name) const;
  /// The diagonal of `covariance`; what is no more than rounding is 0. NaN for a function that a replicate leaves without a
  /// value where that isn't allowed.
  [[nodiscard]] Eigen::VectorXd variances(const Functions& functions) const;
  /// J V J′, or that of the functions' values under every replicate.
  [[nodiscard]] Eigen::MatrixXd covariance(const Functions& functions) const;
  /// J V J′ of every design; V that of the sums under the replicates.
  [[nodiscard]] Eigen::MatrixXd linearized_covariance(const Functions& functions) const;

  /// Rows (columns) that somebody is in.
  [[nodiscard]] std::vector<Index> filled_rows() const;
  [[nodiscard]] std::vector<Index> filled_columns() const;

 private:
  void add_margins(const CrossTab& table, std::size_t first);
  void add_covariances(const CrossTab& table, std::size_t first);
  void settle();
  [[nodiscard]] double linear_variance(Index above, Index below, const std::string& name) const;
  [[nodiscard]] double replicate_variance(Index above, Index below, const std::string& name) const;
  [[nodiscard]] std::vector<Index> cells_of(Index sum) const;
  [[nodiscard]] std::vector<Index> sums_with(Index cell) const;

  const CrossTab& table_;
  Index rows_;
  Index columns_;
  std::vector<double> sums_;
  std::vector<Index> n_;
  Eigen::MatrixXd covariance_;  ///< of the sums; empty with replicates
  Eigen::MatrixXd changes_;     ///< R × sums
};

/// Covariance of functions of sums whose changes by replicate (R × sums) are known.
[[nodiscard]] Eigen::MatrixXd covariance_by_replicates(const ReplicatedCells& replicated, std::span<const double> sums,
                                                       const Eigen::MatrixXd& changes, const Functions& functions);

/// Covariance of the sums themselves.
[[nodiscard]] Eigen::MatrixXd covariance_by_replicates(const ReplicatedCells& replicated, std::span<const double> sums,
                                                       const Eigen::MatrixXd& changes);

/// Y_ij = T_ij − T_i. T_.j / T_.. of some cells of a layer.
[[nodiscard]] Functions departures(const LayerSums& sums, const std::vector<Index>& rows,
                                   const std::vector<Index>& columns);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
