#pragma once

#include <Eigen/Dense>
#include <vector>

namespace irosurvey {
inline namespace v1 {

/// A positive semidefinite matrix in factors, P′AP = L L′ with the greatest pivot first and as many columns as A has
/// independent rows. Its diagonal is scaled to 1 before, so that units of measurement don't matter.
class SemidefiniteFactors {
 public:
  /// @param matrix  its lower triangle is read
  explicit SemidefiniteFactors(const Eigen::MatrixXd& matrix);

  /// A solution of A b = c for a c in the range of A. Where rows of A are redundant, their b is 0.
  [[nodiscard]] Eigen::MatrixXd solve(const Eigen::MatrixXd& right) const;
  [[nodiscard]] Eigen::Index rank() const noexcept { return rank_; }

 private:
  Eigen::VectorXd scale_;
  std::vector<Eigen::Index> order_;  ///< rows of A, the independent ones first
  Eigen::MatrixXd lower_;            ///< L, rows in that order
  Eigen::Index rank_ = 0;
};

[[nodiscard]] inline Eigen::VectorXd solve_semidefinite(const Eigen::MatrixXd& matrix, const Eigen::VectorXd& right) {
  return SemidefiniteFactors(matrix).solve(right);
}

}  // namespace v1
}  // namespace irosurvey
