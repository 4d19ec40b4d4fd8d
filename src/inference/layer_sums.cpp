#include "inference/layer_sums.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "design/replicate_set.hpp"
#include "estimate/replicate_variance.hpp"
#include "estimate/vary.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

using estimation::ReplicateVariance;

std::size_t place(Index index) { return static_cast<std::size_t>(index); }

design::ReplicateRule rule_of(const ReplicatedCells& replicated) {
  design::ReplicateRule rule;
  rule.scale = replicated.scale;
  rule.rscales = replicated.rscales;
  rule.centre = replicated.centre;
  rule.strata = replicated.strata;
  rule.strata_count = replicated.strata_count;
  rule.failed = replicated.failed;
  return rule;
}

/// f(T_r) − f(T): replicates × functions.
Eigen::MatrixXd moved_values(std::span<const double> sums, const Eigen::MatrixXd& changes, const Functions& functions) {
  Eigen::MatrixXd moved(changes.rows(), functions.values.size());
  std::vector<double> under(sums.size());
  for (Eigen::Index r = 0; r < changes.rows(); ++r) {
    for (std::size_t i = 0; i < sums.size(); ++i) under[i] = sums[i] + changes(r, static_cast<Eigen::Index>(i));
    moved.row(r) = functions.at(under) - functions.values;
  }
  return moved;
}

/// Of the terms that make each function, to first order.
Eigen::VectorXd sizes_of(std::span<const double> sums, const Functions& functions) {
  const Eigen::Map<const Eigen::VectorXd> at_hand(sums.data(), static_cast<Eigen::Index>(sums.size()));
  return functions.jacobian.cwiseAbs() * at_hand.cwiseAbs();
}

}  // namespace

LayerSums::LayerSums(const CrossTab& table, Index layer)
    : table_(table), rows_(table.row_count()), columns_(table.column_count()) {
  const auto first = place(layer * rows_ * columns_);
  add_margins(table, first);
  if (table.replicated.rscales.empty()) {
    add_covariances(table, first);
    settle();
    return;
  }
  const std::size_t replicates = table.replicated.rscales.size();
  changes_ = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(replicates), size());
  for (Index cell = 0; cell < rows_ * columns_; ++cell) {
    const Eigen::Map<const Eigen::VectorXd> change(table.replicated.changes.data() + (first + place(cell)) * replicates,
                                                   static_cast<Eigen::Index>(replicates));
    for (const Index sum : sums_with(cell)) changes_.col(sum) += change;
  }
}

void LayerSums::add_margins(const CrossTab& table, std::size_t first) {
  sums_.assign(place(size()), 0.0);
  n_.assign(place(size()), 0);
  for (Index cell = 0; cell < rows_ * columns_; ++cell) {
    for (const Index sum : sums_with(cell)) {
      sums_[place(sum)] += table.totals[first + place(cell)];
      n_[place(sum)] += table.n[first + place(cell)];
    }
  }
}

/// The cell itself, its row, its column, everything.
std::vector<Index> LayerSums::sums_with(Index cell) const {
  const Index i = cell / columns_;
  const Index j = cell % columns_;
  return {at(i, j), at(i, columns_), at(rows_, j), at(rows_, columns_)};
}

std::vector<Index> LayerSums::cells_of(Index sum) const {
  const Index i = sum / (columns_ + 1);
  const Index j = sum % (columns_ + 1);
  std::vector<Index> cells;
  for (Index row = i < rows_ ? i : 0; row < (i < rows_ ? i + 1 : rows_); ++row) {
    for (Index column = j < columns_ ? j : 0; column < (j < columns_ ? j + 1 : columns_); ++column)
      cells.push_back(row * columns_ + column);
  }
  return cells;
}

/// V of cells and margins: A V A′ with A the 0-1 matrix that adds up, row by row and then column by column.
void LayerSums::add_covariances(const CrossTab& table, std::size_t first) {
  const Index cells = rows_ * columns_;
  const std::size_t all = table.totals.size();
  const Eigen::Map<const Eigen::MatrixXd, 0, Eigen::OuterStride<>> own(
      table.covariance.data() + first * all + first, cells, cells,
      Eigen::OuterStride<>(static_cast<Eigen::Index>(all)));
  Eigen::MatrixXd half = Eigen::MatrixXd::Zero(cells, size());
  for (Index cell = 0; cell < cells; ++cell) {
    for (const Index sum : sums_with(cell)) half.col(sum) += own.col(cell);
  }
  covariance_ = Eigen::MatrixXd::Zero(size(), size());
  const Eigen::MatrixXd turned = half.transpose();
  for (Index cell = 0; cell < cells; ++cell) {
    for (const Index sum : sums_with(cell)) covariance_.col(sum) += turned.col(cell);
  }
}

/// A margin that doesn't vary (weights were made to meet it) has no covariance with anything: what is left is rounding.
void LayerSums::settle() {
  const Eigen::VectorXd deviations = covariance_.diagonal().cwiseMax(0.0).cwiseSqrt();
  for (Index sum = 0; sum < size(); ++sum) {
    const std::vector<Index> cells = cells_of(sum);
    if (cells.size() == 1) continue;
    // (Σ SE)² bounds the terms that were added up.
    double size_of_terms = 0.0;
    for (const Index cell : cells) size_of_terms += deviations[at(cell / columns_, cell % columns_)];
    const double settled =
        estimation::settled_variance(covariance_(sum, sum), size_of_terms * size_of_terms, "a margin of the table");
    if (settled > 0.0) continue;
    covariance_.row(sum).setZero();
    covariance_.col(sum).setZero();
  }
}

double LayerSums::ratio_variance(Index above, Index below, const std::string& name) const {
  return changes_.size() > 0 ? replicate_variance(above, below, name) : linear_variance(above, below, name);
}

double LayerSums::linear_variance(Index above, Index below, const std::string& name) const {
  if (below < 0) return covariance_(above, above);
  if (above == below) return 0.0;
  const double divisor = sums_[place(below)];
  const double share = sums_[place(above)] / divisor;
  const double own = covariance_(above, above);
  const double both = 2.0 * share * covariance_(above, below);
  const double base = share * share * covariance_(below, below);
  return estimation::settled_variance(own - both + base, own + std::abs(both) + base, name) / divisor / divisor;
}

double LayerSums::replicate_variance(Index above, Index below, const std::string& name) const {
  const design::ReplicateRule rule = rule_of(table_.replicated);
  ReplicateVariance variance(rule, 1);
  Eigen::VectorXd changes = changes_.col(above);
  double size = sums_[place(above)];
  if (below >= 0) {
    const double divisor = sums_[place(below)];
    const double share = size / divisor;
    size = 2.0 * share;
    changes = (changes - share * changes_.col(below)).array() / (divisor + changes_.col(below).array());
    // A group that a replicate leaves empty has no share under it; the rest of the table needn't suffer.
    if (rule.failed == FailedReplicates::fail && !changes.allFinite()) return std::numeric_limits<double>::quiet_NaN();
  }
  variance.set(0, {changes.data(), place(changes.size())}, size, name);
  return variance.variance(0);
}

Eigen::MatrixXd LayerSums::covariance(const Functions& functions) const {
  if (changes_.size() > 0) return covariance_by_replicates(table_.replicated, sums_, changes_, functions);
  const Eigen::MatrixXd half = functions.jacobian * covariance_;
  return functions.jacobian * half.transpose();
}

Eigen::MatrixXd LayerSums::linearized_covariance(const Functions& functions) const {
  if (changes_.size() == 0) return covariance(functions);
  const Eigen::MatrixXd half = functions.jacobian * covariance_by_replicates(table_.replicated, sums_, changes_);
  return functions.jacobian * half.transpose();
}

Eigen::VectorXd LayerSums::variances(const Functions& functions) const {
  Eigen::VectorXd result(functions.values.size());
  if (changes_.size() == 0) {
    const Eigen::MatrixXd half = functions.jacobian * covariance_;
    const SparseRows sizes = functions.jacobian.cwiseAbs();
    const Eigen::MatrixXd half_size = sizes * covariance_.cwiseAbs();
    for (Eigen::Index f = 0; f < result.size(); ++f) {
      result[f] = estimation::settled_variance(functions.jacobian.row(f).dot(half.row(f).transpose()),
                                               sizes.row(f).dot(half_size.row(f).transpose()), functions.name);
    }
    return result;
  }
  const design::ReplicateRule rule = rule_of(table_.replicated);
  const Eigen::MatrixXd moved = moved_values(sums_, changes_, functions);
  const Eigen::VectorXd sizes = sizes_of(sums_, functions);
  for (Eigen::Index f = 0; f < result.size(); ++f) {
    Eigen::VectorXd of_one = moved.col(f);
    result[f] = std::numeric_limits<double>::quiet_NaN();
    if (rule.failed == FailedReplicates::fail && !of_one.allFinite()) continue;
    ReplicateVariance variance(rule, 1);
    variance.set(0, {of_one.data(), place(of_one.size())}, sizes[f], functions.name);
    result[f] = variance.variance(0);
  }
  return result;
}

Eigen::MatrixXd covariance_by_replicates(const ReplicatedCells& replicated, std::span<const double> sums,
                                         const Eigen::MatrixXd& changes, const Functions& functions) {
  const design::ReplicateRule rule = rule_of(replicated);
  const Eigen::Index count = functions.values.size();
  const Eigen::MatrixXd moved = moved_values(sums, changes, functions);
  const Eigen::VectorXd sizes = sizes_of(sums, functions);
  ReplicateVariance variance(rule, count);
  for (Eigen::Index f = 0; f < count; ++f) {
    Eigen::VectorXd of_one = moved.col(f);
    variance.set(f, {of_one.data(), place(of_one.size())}, sizes[f], functions.name);
  }
  const std::vector<double> found = variance.covariance();
  return Eigen::Map<const Eigen::MatrixXd>(found.data(), count, count);
}

Eigen::MatrixXd covariance_by_replicates(const ReplicatedCells& replicated, std::span<const double> sums,
                                         const Eigen::MatrixXd& changes) {
  const design::ReplicateRule rule = rule_of(replicated);
  ReplicateVariance variance(rule, changes.cols());
  for (Eigen::Index sum = 0; sum < changes.cols(); ++sum) {
    Eigen::VectorXd of_one = changes.col(sum);
    variance.set(sum, {of_one.data(), place(of_one.size())}, sums[place(sum)], "a total of the table");
  }
  const std::vector<double> found = variance.covariance();
  return Eigen::Map<const Eigen::MatrixXd>(found.data(), changes.cols(), changes.cols());
}

std::vector<Index> LayerSums::filled_rows() const {
  std::vector<Index> filled;
  for (Index i = 0; i < rows_; ++i) {
    if (n(i, columns_) > 0) filled.push_back(i);
  }
  return filled;
}

std::vector<Index> LayerSums::filled_columns() const {
  std::vector<Index> filled;
  for (Index j = 0; j < columns_; ++j) {
    if (n(rows_, j) > 0) filled.push_back(j);
  }
  return filled;
}

Functions departures(const LayerSums& sums, const std::vector<Index>& rows, const std::vector<Index>& columns) {
  const Index row_margin = sums.rows();
  const Index column_margin = sums.columns();
  Functions functions;
  functions.name = "the departure of a cell from independence";
  const auto count = static_cast<Eigen::Index>(rows.size() * columns.size());
  functions.values.resize(count);
  functions.jacobian.resize(count, sums.size());
  std::vector<Eigen::Triplet<double>> entries;
  std::vector<std::array<Index, 3>> places;
  const double grand = sums.grand();
  for (const Index i : rows) {
    for (const Index j : columns) {
      const auto f = static_cast<int>(places.size());
      const double in_row = sums.sum(i, column_margin) / grand;
      const double in_column = sums.sum(row_margin, j) / grand;
      functions.values[f] = sums.sum(i, j) - in_row * in_column * grand;
      places.push_back({sums.at(i, j), sums.at(i, column_margin), sums.at(row_margin, j)});
      entries.emplace_back(f, static_cast<int>(places.back()[0]), 1.0);
      entries.emplace_back(f, static_cast<int>(places.back()[1]), -in_column);
      entries.emplace_back(f, static_cast<int>(places.back()[2]), -in_row);
      entries.emplace_back(f, static_cast<int>(sums.at(row_margin, column_margin)), in_row * in_column);
    }
  }
  functions.jacobian.setFromTriplets(entries.begin(), entries.end());
  functions.at = [places = std::move(places),
                  grand_place = place(sums.at(row_margin, column_margin))](std::span<const double> under) {
    Eigen::VectorXd values(static_cast<Eigen::Index>(places.size()));
    for (std::size_t f = 0; f < places.size(); ++f) {
      values[static_cast<Eigen::Index>(f)] =
          under[place(places[f][0])] - under[place(places[f][1])] * under[place(places[f][2])] / under[grand_place];
    }
    return values;
  };
  return functions;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
