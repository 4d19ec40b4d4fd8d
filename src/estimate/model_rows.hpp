#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "estimate/model_family.hpp"
#include "estimate/model_terms.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

class UnitScores;

/// A few hundred rows of a model, column by column, in the coordinates that it is solved in. Arrays are filled up with rows of
/// weight 0 to a multiple of four.
class ModelBlock {
 public:
  ModelBlock(std::size_t columns, int most_rows);

  int rows = 0;
  int padded = 0;
  std::vector<std::int32_t> index;  ///< rows of the data, where some between them are left out
  Index first = 0;                  ///< else the first of neighbours
  bool is_dense = true;
  std::vector<double*> x;
  double* y = nullptr;
  double* offset = nullptr;
  double* w = nullptr;
  double* eta = nullptr;
  double* s = nullptr;
  double* a = nullptr;

  [[nodiscard]] Index row(int i) const { return is_dense ? first + i : index[static_cast<std::size_t>(i)]; }
  [[nodiscard]] std::span<const double> all(const double* numbers) const {
    return {numbers, static_cast<std::size_t>(padded)};
  }

 private:
  std::vector<double> storage_;
};

/// Sums over the rows of a model at some β.
struct ModelSums {
  explicit ModelSums(Eigen::Index columns)
      : a(Eigen::MatrixXd::Zero(columns, columns)), u(Eigen::VectorXd::Zero(columns)) {}
  void add(const ModelSums& other);

  Eigen::MatrixXd a;  ///< Σ w x x′ μ′²/V
  Eigen::VectorXd u;  ///< Σ w x (y − μ) μ′/V; where iterations begin: with the working response
  Misfit misfit;
};

/// The rows of a model: its matrix bound to a frame, response and offset, and the coordinates it is solved in.
///
/// Where there is an intercept, columns are taken less a pivot near their mean, and so is the response of a linear model: a
/// column that lies far from 0 loses no digits. Columns that are nearly dependent are replaced by nearly orthogonal ones.
class ModelRows {
 public:
  ModelRows(const BoundMatrix& matrix, MeanModel mean, std::span<const double> y, std::span<const double> offset,
            std::span<const std::uint8_t> used);

  /// Pivots from some of the rows. `intercept`: its column; -1: none, and no pivots.
  void find_pivots(int intercept, std::span<const double> weights);
  /// The same coordinates of another matrix: other rows, or the same rows otherwise. `derivative`: of a matrix of derivatives,
  /// which no pivot is taken from.
  [[nodiscard]] ModelRows with_matrix(const BoundMatrix& matrix, bool derivative = false) const;
  /// Leaves columns out; places among those that are in.
  void leave_out(const std::vector<int>& places);
  /// Solves in x′ = x T, T upper triangular, after any T before it.
  void transform(const Eigen::MatrixXd& t);

  [[nodiscard]] Eigen::Index columns() const { return static_cast<Eigen::Index>(active_.size()); }
  [[nodiscard]] const std::vector<std::size_t>& active() const { return active_; }
  [[nodiscard]] const MeanModel& mean() const { return mean_; }
  [[nodiscard]] Index row_count() const { return static_cast<Index>(y_.size()); }
  [[nodiscard]] bool is_used(Index row) const { return used_.empty() || used_[static_cast<std::size_t>(row)] != 0; }
  [[nodiscard]] const BoundMatrix& matrix() const { return *matrix_; }
  [[nodiscard]] std::span<const double> response() const { return y_; }
  [[nodiscard]] std::span<const double> offset() const { return offset_; }
  [[nodiscard]] double centre() const { return centre_; }  ///< what the response of a linear model is taken less

  /// β as it is reported = back β + shift.
  [[nodiscard]] Eigen::MatrixXd back() const;
  [[nodiscard]] Eigen::VectorXd shift() const;
  /// The coordinates of a β as it is reported.
  [[nodiscard]] Eigen::VectorXd forth(const Eigen::VectorXd& reported) const;

  [[nodiscard]] int block_rows() const;
  [[nodiscard]] ModelBlock make_block() const;
  /// Reads the rows [begin, end) that are in the model and have a weight.
  void read(Index begin, Index end, std::span<const double> weights, ModelBlock& block) const;
  /// Reads the columns of these rows (null: first, …), in the model or not, in working coordinates.
  void read_columns(const std::int32_t* rows, Index first, int count, ModelBlock& block) const;

  struct Pass {
    std::span<const double> weights;
    const Eigen::VectorXd* beta = nullptr;  ///< null: where iterations begin
    bool with_misfit = false;
    double* scores = nullptr;                ///< where s of every row goes
    UnitScores* units = nullptr;             ///< where the totals of s x by sampling unit go
    double* working = nullptr;               ///< where w μ′²/V of every row goes
    const double* working_before = nullptr;  ///< present: s with these in the place of w μ′²/V
    double mean_weight = 1.0;                ///< what weights are relative to where iterations begin
    Index every = 1;                         ///< one block in so many
    int threads = 0;
    const Interrupt* interrupt = nullptr;
  };
  /// Rows are cut into parts by their number alone, and parts are merged in order.
  [[nodiscard]] ModelSums sum(const Pass& pass, StopSignal& stop) const;

 private:
  void sum_block(const Pass& pass, ModelBlock& block, std::vector<double>& cross, ModelSums& into) const;
  void finish_columns(int count, ModelBlock& block) const;
  void find_factors();

  const BoundMatrix* matrix_;
  MeanModel mean_;
  std::span<const double> y_;
  std::span<const double> offset_;      ///< empty: none
  std::span<const std::uint8_t> used_;  ///< empty: all
  std::vector<std::size_t> active_;     ///< columns of the matrix
  std::vector<double> pivots_;          ///< of the active columns
  std::vector<std::int32_t> factor_;    ///< of the active columns: which factor each is a level of, or that it is none
  int intercept_ = -1;                  ///< among the active columns
  double centre_ = 0.0;                 ///< of y
  Eigen::MatrixXd t_;                   ///< empty: identity
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
