#include "core/least_squares.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd scale_of(const MatrixXd& matrix) {
  return matrix.diagonal().unaryExpr([](double d) { return d > 0.0 ? 1.0 / std::sqrt(d) : 0.0; });
}

}  // namespace

// Cholesky's method with complete pivoting (Higham 2002, section 10.3). Eigen's own LDLT picks its pivots from a diagonal
// that it hasn't brought up to date, and so doesn't tell the rank.
SemidefiniteFactors::SemidefiniteFactors(const MatrixXd& matrix) : scale_(scale_of(matrix)) {
  const Index size = matrix.rows();
  order_.resize(static_cast<std::size_t>(size));
  std::iota(order_.begin(), order_.end(), Index{0});
  lower_ = scale_.asDiagonal() * MatrixXd(matrix.selfadjointView<Eigen::Lower>()) * scale_.asDiagonal();
  // What is left of a redundant row is rounding of its 1.
  const double nothing = 64.0 * static_cast<double>(size) * std::numeric_limits<double>::epsilon();
  for (; rank_ < size; ++rank_) {
    Index best = 0;
    const Index left = size - rank_;
    if (!(lower_.diagonal().tail(left).maxCoeff(&best) > nothing)) break;
    best += rank_;
    std::swap(order_[static_cast<std::size_t>(rank_)], order_[static_cast<std::size_t>(best)]);
    lower_.row(rank_).swap(lower_.row(best));
    lower_.col(rank_).tail(left).swap(lower_.col(best).tail(left));
    lower_(rank_, rank_) = std::sqrt(lower_(rank_, rank_));
    lower_.col(rank_).tail(left - 1) /= lower_(rank_, rank_);
    lower_.bottomRightCorner(left - 1, left - 1).noalias() -=
        lower_.col(rank_).tail(left - 1) * lower_.col(rank_).tail(left - 1).transpose();
  }
}

MatrixXd SemidefiniteFactors::solve(const MatrixXd& right) const {
  MatrixXd ordered(rank_, right.cols());
  for (Index i = 0; i < rank_; ++i) {
    const Index row = order_[static_cast<std::size_t>(i)];
    ordered.row(i) = scale_[row] * right.row(row);
  }
  const auto lower = lower_.topLeftCorner(rank_, rank_).triangularView<Eigen::Lower>();
  lower.solveInPlace(ordered);
  lower.transpose().solveInPlace(ordered);
  MatrixXd solution = MatrixXd::Zero(right.rows(), right.cols());
  for (Index i = 0; i < rank_; ++i) {
    const Index row = order_[static_cast<std::size_t>(i)];
    solution.row(row) = scale_[row] * ordered.row(i);
  }
  return solution;
}

}  // namespace v1
}  // namespace irosurvey
