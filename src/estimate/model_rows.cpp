#include "estimate/model_rows.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "core/at.hpp"
#include "estimate/model_kernels.hpp"
#include "estimate/unit_scores.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kLanes = 4;
constexpr std::size_t kVectors = 6;  // y, offset, w, eta, s, a

int padded_to_lanes(int rows) { return (rows + kLanes - 1) / kLanes * kLanes; }

}  // namespace

ModelBlock::ModelBlock(std::size_t columns, int most_rows) {
  const auto room = static_cast<std::size_t>(padded_to_lanes(most_rows));
  storage_.assign((columns + kVectors) * room, 0.0);
  index.resize(room);
  double* next = storage_.data();
  for (std::size_t k = 0; k < columns; ++k, next += room) x.push_back(next);
  for (double** vector : {&y, &offset, &w, &eta, &s, &a}) {
    *vector = next;
    next += room;
  }
}

void ModelSums::add(const ModelSums& other) {
  a += other.a;
  u += other.u;
  misfit.deviance += other.misfit.deviance;
  misfit.pearson += other.misfit.pearson;
  misfit.size = std::max(misfit.size, other.misfit.size);
}

ModelRows::ModelRows(const BoundMatrix& matrix, MeanModel mean, std::span<const double> y,
                     std::span<const double> offset, std::span<const std::uint8_t> used)
    : matrix_(&matrix), mean_(mean), y_(y), offset_(offset), used_(used) {
  for (std::size_t k = 0; k < matrix.columns.size(); ++k) active_.push_back(k);
  pivots_.assign(active_.size(), 0.0);
  find_factors();
}

void ModelRows::find_factors() {
  std::map<const std::int32_t*, std::int32_t> known;
  factor_.assign(active_.size(), kColumnOfNumbers);
  for (std::size_t k = 0; k < active_.size() && t_.size() == 0; ++k) {
    const std::vector<BoundPart>& parts = matrix_->columns[active_[k]];
    if (parts.empty()) factor_[k] = kColumnOfOnes;
    if (parts.size() != 1 || parts.front().codes == nullptr) continue;
    factor_[k] = known.try_emplace(parts.front().codes, static_cast<std::int32_t>(known.size())).first->second;
  }
}

void ModelRows::find_pivots(int intercept, std::span<const double> weights) {
  intercept_ = intercept;
  if (intercept < 0) return;
  constexpr Index kSampled = 1024;
  std::vector<std::int32_t> rows;
  const Index step = std::max<Index>(1, row_count() / kSampled);
  for (Index row = 0; row < row_count(); row += step) {
    if (is_used(row) && weights[at(row)] != 0.0) rows.push_back(static_cast<std::int32_t>(row));
  }
  if (rows.empty()) return;
  const auto count = static_cast<int>(rows.size());
  std::vector<double> values(rows.size());
  const auto mean_of = [&] {
    // About the first: the sum of a thousand numbers far from 0 would lose what tells them apart.
    double sum = 0.0;
    for (const double value : values) sum += value - values.front();
    return values.front() + sum / static_cast<double>(count);
  };
  for (std::size_t k = 0; k < active_.size(); ++k) {
    const std::vector<BoundPart>& parts = matrix_->columns[active_[k]];
    const bool has_numbers =
        std::any_of(parts.begin(), parts.end(), [](const BoundPart& part) { return part.numbers != nullptr; });
    if (!has_numbers) continue;  // an indicator is near enough to 0
    matrix_->fill(active_[k], rows.data(), 0, count, 0.0, values.data());
    pivots_[k] = mean_of();
  }
  if (!mean_.is_linear()) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows[i]);
    values[i] = y_[row] - (offset_.empty() ? 0.0 : offset_[row]);
  }
  centre_ = mean_of();
}

ModelRows ModelRows::with_matrix(const BoundMatrix& matrix, bool derivative) const {
  ModelRows other = *this;
  other.matrix_ = &matrix;
  other.find_factors();
  if (derivative) std::fill(other.pivots_.begin(), other.pivots_.end(), 0.0);
  return other;
}

void ModelRows::leave_out(const std::vector<int>& places) {
  std::vector<std::size_t> active;
  std::vector<double> pivots;
  int intercept = -1;
  for (std::size_t k = 0; k < active_.size(); ++k) {
    if (std::find(places.begin(), places.end(), static_cast<int>(k)) != places.end()) continue;
    if (static_cast<int>(k) == intercept_) intercept = static_cast<int>(active.size());
    active.push_back(active_[k]);
    pivots.push_back(pivots_[k]);
  }
  active_ = std::move(active);
  pivots_ = std::move(pivots);
  intercept_ = intercept;
  find_factors();
}

void ModelRows::transform(const MatrixXd& t) {
  t_ = t_.size() == 0 ? t : MatrixXd(t_ * t);
  find_factors();
}

MatrixXd ModelRows::back() const {
  MatrixXd back = t_.size() == 0 ? MatrixXd(MatrixXd::Identity(columns(), columns())) : t_;
  if (intercept_ < 0) return back;
  // 1 β₀ + Σ (x_k − c_k) β_k: the intercept takes −c_k β_k.
  const Eigen::Map<const VectorXd> pivots(pivots_.data(), columns());
  back.row(intercept_) -=
      pivots.transpose() * (t_.size() == 0 ? MatrixXd(MatrixXd::Identity(columns(), columns())) : t_);
  return back;
}

VectorXd ModelRows::shift() const {
  VectorXd shift = VectorXd::Zero(columns());
  if (intercept_ >= 0) shift[intercept_] = centre_;
  return shift;
}

VectorXd ModelRows::forth(const VectorXd& reported) const {
  VectorXd result = reported - shift();
  if (intercept_ >= 0) {
    const Eigen::Map<const VectorXd> pivots(pivots_.data(), columns());
    result[intercept_] += pivots.dot(reported);
  }
  if (t_.size() != 0) t_.triangularView<Eigen::Upper>().solveInPlace(result);
  return result;
}

int ModelRows::block_rows() const {
  constexpr std::size_t kNumbers = 3'584;  // of a block: 28 KB stay next to the processor
  constexpr std::size_t kFewest = 128;
  constexpr std::size_t kMost = 2'048;
  return padded_to_lanes(static_cast<int>(std::clamp(kNumbers / (matrix_->columns.size() + kVectors), kFewest, kMost)));
}

ModelBlock ModelRows::make_block() const { return {active_.size(), block_rows()}; }

void ModelRows::finish_columns(int count, ModelBlock& block) const {
  block.rows = count;
  block.padded = padded_to_lanes(count);
  for (double* column : block.x) std::fill(column + count, column + block.padded, 0.0);
  if (t_.size() == 0) return;
  // The last column first: each takes from those before it, which are still as they were.
  for (Eigen::Index k = columns() - 1; k >= 0; --k) {
    double* own = block.x[static_cast<std::size_t>(k)];
    const double scale = t_(k, k);
    for (int i = 0; i < block.padded; ++i) own[i] *= scale;
    add_linear(block.x.data(), t_.col(k).data(), static_cast<int>(k), block.padded, own);
  }
}

void ModelRows::read_columns(const std::int32_t* rows, Index first, int count, ModelBlock& block) const {
  for (std::size_t k = 0; k < active_.size(); ++k) {
    matrix_->fill(active_[k], rows, first, count, pivots_[k], block.x[k]);
  }
  finish_columns(count, block);
}

void ModelRows::read(Index begin, Index end, std::span<const double> weights, ModelBlock& block) const {
  int count = 0;
  block.first = begin;
  if (used_.empty() && all_nonzero(&weights[at(begin)], end - begin)) count = static_cast<int>(end - begin);
  const bool all = count > 0;  // neighbours, all of them: no list
  for (Index row = begin; !all && row < end; ++row) {
    block.index[static_cast<std::size_t>(count)] = static_cast<std::int32_t>(row);
    const bool in = weights[at(row)] != 0.0 && is_used(row);
    count += in ? 1 : 0;
  }
  block.is_dense = count == static_cast<int>(end - begin);
  read_columns(block.is_dense ? nullptr : block.index.data(), begin, count, block);
  if (block.is_dense) {
    copy_less(&y_[at(begin)], centre_, count, block.y);
    copy_less(&weights[at(begin)], 0.0, count, block.w);
    if (!offset_.empty()) copy_less(&offset_[at(begin)], 0.0, count, block.offset);
  }
  for (int i = 0; i < count && !block.is_dense; ++i) {
    const std::size_t row = at(block.row(i));
    block.y[i] = y_[row] - centre_;
    block.w[i] = weights[row];
    block.offset[i] = offset_.empty() ? 0.0 : offset_[row];
  }
  for (double* vector : {block.y, block.w, block.offset}) std::fill(vector + count, vector + block.padded, 0.0);
}

void ModelRows::sum_block(const Pass& pass, ModelBlock& block, std::vector<double>& cross, ModelSums& into) const {
  const auto p = static_cast<int>(columns());
  const std::span<const double> y = block.all(block.y);
  const std::span<const double> w = block.all(block.w);
  if (pass.beta == nullptr && !mean_.is_linear()) {
    begin_rows(mean_, y, block.all(block.offset), w, pass.mean_weight, block.s, block.a);
  } else {
    std::copy_n(block.offset, block.padded, block.eta);
    if (pass.beta != nullptr) add_linear(block.x.data(), pass.beta->data(), p, block.padded, block.eta);
    const std::span<const double> eta = block.all(block.eta);
    if (pass.with_misfit) {
      const Misfit found = evaluate_rows_and_misfit(mean_, y, eta, w, block.s, block.a);
      into.misfit.deviance += found.deviance;
      into.misfit.pearson += found.pearson;
      into.misfit.size = std::max(into.misfit.size, found.size);
    } else {
      evaluate_rows(mean_, y, eta, w, block.s, block.a);
    }
  }
  add_cross_products(block.x.data(), factor_.data(), block.a, p, block.padded, cross.data());
  add_dots(block.x.data(), block.s, p, block.padded, into.u.data());
  if (pass.scores != nullptr && pass.working_before == nullptr) {
    for (int i = 0; i < block.rows; ++i) pass.scores[block.row(i)] = block.s[i];
  } else if (pass.scores != nullptr) {
    for (int i = 0; i < block.rows; ++i) {
      const Index row = block.row(i);
      pass.scores[row] = block.a[i] == 0.0 ? 0.0 : pass.working_before[row] * (block.s[i] / block.a[i]);
    }
  }
  if (pass.working != nullptr) {
    for (int i = 0; i < block.rows; ++i) pass.working[block.row(i)] = block.a[i];
  }
}

ModelSums ModelRows::sum(const Pass& pass, StopSignal& stop) const {
  constexpr Index kRowsPerPart = 32'768;
  const Index most_parts = pass.units == nullptr ? 16 : UnitScores::kMostParts;
  const Index size = block_rows();
  const Index blocks = (row_count() + size - 1) / size;
  const Index parts =
      std::clamp<Index>(row_count() / kRowsPerPart, 1, std::min(most_parts, std::max<Index>(1, blocks)));
  const Eigen::Index p = columns();
  std::vector<ModelSums> sums(at(parts), ModelSums(p));
  std::vector<std::unique_ptr<UnitScores::Part>> units(pass.units == nullptr ? 0 : at(parts));
  static const Interrupt kNever{};
  run_tasks(parts, pass.threads, pass.interrupt == nullptr ? kNever : *pass.interrupt, stop, [&](Index part) {
    ModelBlock block = make_block();
    std::vector<double> cross(static_cast<std::size_t>(p * (p + 1) / 2), 0.0);
    ModelSums& own = sums[at(part)];
    const Index first = blocks * part / parts;
    const Index past = blocks * (part + 1) / parts;
    if (pass.units != nullptr) {
      const Index end = std::min(past * size, row_count());
      units[at(part)] = std::make_unique<UnitScores::Part>(*pass.units, first * size, end);
    }
    for (Index b = first; b < past; ++b) {
      if (b % pass.every != 0) continue;
      stop.check();
      read(b * size, std::min((b + 1) * size, row_count()), pass.weights, block);
      if (block.rows == 0) continue;
      sum_block(pass, block, cross, own);
      if (pass.units != nullptr) units[at(part)]->add(block);
    }
    std::size_t next = 0;
    for (Eigen::Index k = 0; k < p; ++k) {
      for (Eigen::Index l = 0; l <= k; ++l) own.a(k, l) = own.a(l, k) = cross[next++];
    }
  });
  for (std::size_t part = 1; part < sums.size(); ++part) sums[0].add(sums[part]);
  if (pass.units != nullptr) pass.units->take(units);
  return std::move(sums[0]);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
