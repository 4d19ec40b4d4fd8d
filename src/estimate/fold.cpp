#include "estimate/fold.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr auto kNowhere = static_cast<std::size_t>(-1);

}  // namespace

// ---------------------------------------------------------------------------------------------------- within cells

CellVariances::CellVariances(const Shape& shape)
    : pairs_(shape.pairs), values_(static_cast<std::size_t>(shape.cells) * shape.pairs.size(), 0.0) {}

void CellVariances::add(const CellVariances& other) {
  std::transform(values_.begin(), values_.end(), other.values_.begin(), values_.begin(), std::plus<>());
}

void CellVariances::add_square(const UnitSums& d, double factor) {
  for (const std::int32_t cell : d.cells()) {
    const std::span<const double> record = d.record(cell);
    double* v = &values_[place(cell)];
    for (const auto& [i, j] : pairs_) {
      *v++ += factor * record[static_cast<std::size_t>(i)] * record[static_cast<std::size_t>(j)];
    }
  }
}

VarianceFold::VarianceFold(const Shape& shape)
    : pairs_(shape.pairs),
      slots_(static_cast<std::size_t>(shape.slots)),
      states_(shape.cells, static_cast<int>(1 + slots_ + shape.pairs.size())) {}

// A state is a count, the means, and the cross-products about them.

void VarianceFold::add(const UnitSums& unit) {
  for (const std::int32_t cell : unit.cells()) {
    const double* z = unit.record(cell).data();
    double* state = states_.touch(cell);
    double* means = state + 1;
    double* cross = means + slots_;
    const double count = ++state[0];
    const double share = 1.0 / count;
    const double kept = (count - 1.0) * share;
    // With the old means: Σ grows by (z_i − z̄_i)(z_j − z̄_j) (n − 1) / n.
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const auto [i, j] = pairs_[p];
      cross[p] += kept * (z[i] - means[i]) * (z[j] - means[j]);
    }
    for (std::size_t i = 0; i < slots_; ++i) means[i] += (z[i] - means[i]) * share;
  }
}

void VarianceFold::merge(const VarianceFold& other) {
  for (const std::int32_t cell : other.states_.cells()) {
    const double* theirs = other.states_.record(cell).data();
    const double* their_means = theirs + 1;
    const double* their_cross = their_means + slots_;
    double* state = states_.touch(cell);
    double* means = state + 1;
    double* cross = means + slots_;
    const double together = state[0] + theirs[0];
    const double between = state[0] * theirs[0] / together;
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const auto [i, j] = pairs_[p];
      cross[p] += their_cross[p] + between * (their_means[i] - means[i]) * (their_means[j] - means[j]);
    }
    for (std::size_t i = 0; i < slots_; ++i) means[i] += (their_means[i] - means[i]) * (theirs[0] / together);
    state[0] = together;
  }
}

void VarianceFold::close(Index units, double scale, CellVariances& into, const StopSignal& /*short work*/) {
  for (const std::int32_t cell : states_.cells()) {
    const double* state = states_.record(cell).data();
    const double* means = state + 1;
    const double* cross = means + slots_;
    // The units that don't touch the cell are zeros: merged, they add their distance from the mean.
    const double untouched = static_cast<double>(units) - state[0];
    const double between = state[0] * untouched / static_cast<double>(units);
    double* v = &into.values_[into.place(cell)];
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const auto [i, j] = pairs_[p];
      v[p] += scale * (cross[p] + between * means[i] * means[j]);
    }
  }
  clear();
}

void VarianceFold::clear() { states_.clear(); }

// ---------------------------------------------------------------------------------------------------- between cells

FullCovariance::FullCovariance(const Shape& shape)
    : slots_(static_cast<std::size_t>(shape.slots)),
      size_(static_cast<std::size_t>(shape.cells) * slots_),
      values_(size_ * size_, 0.0) {}

void FullCovariance::add(const FullCovariance& other) {
  std::transform(values_.begin(), values_.end(), other.values_.begin(), values_.begin(), std::plus<>());
}

void FullCovariance::add_square(const UnitSums& d, double factor) {
  for (const std::int32_t a : d.cells()) {
    for (const std::int32_t b : d.cells()) {
      for (std::size_t i = 0; i < slots_; ++i) {
        for (std::size_t j = 0; j < slots_; ++j) {
          at(place(a, static_cast<int>(i)), place(b, static_cast<int>(j))) += factor * d.record(a)[i] * d.record(b)[j];
        }
      }
    }
  }
}

CovarianceFold::CovarianceFold(const Shape& shape)
    : slots_(static_cast<std::size_t>(shape.slots)), place_(static_cast<std::size_t>(shape.cells), kNowhere) {}

void CovarianceFold::add(const UnitSums& unit) {
  for (const std::int32_t cell : unit.cells()) {
    const std::span<const double> z = unit.record(cell).first(slots_);
    cells_.push_back(cell);
    values_.insert(values_.end(), z.begin(), z.end());
  }
  starts_.push_back(cells_.size());
}

void CovarianceFold::merge(const CovarianceFold& other) {
  for (std::size_t u = 1; u < other.starts_.size(); ++u) starts_.push_back(cells_.size() + other.starts_[u]);
  cells_.insert(cells_.end(), other.cells_.begin(), other.cells_.end());
  values_.insert(values_.end(), other.values_.begin(), other.values_.end());
}

struct CovarianceFold::Columns {
  std::vector<std::int32_t> cells;  ///< ascending
  std::vector<double> sums;         ///< `slots_` for each of them
  std::vector<Index> units;         ///< how many units touch each
};

CovarianceFold::Columns CovarianceFold::columns() {
  Columns columns;
  for (const std::int32_t cell : cells_) {
    if (place_[static_cast<std::size_t>(cell)] != kNowhere) continue;
    place_[static_cast<std::size_t>(cell)] = 0;
    columns.cells.push_back(cell);
  }
  std::sort(columns.cells.begin(), columns.cells.end());
  for (std::size_t i = 0; i < columns.cells.size(); ++i) place_[static_cast<std::size_t>(columns.cells[i])] = i;
  columns.sums.assign(columns.cells.size() * slots_, 0.0);
  columns.units.assign(columns.cells.size(), 0);
  for (std::size_t entry = 0; entry < cells_.size(); ++entry) {
    const std::size_t column = place_[static_cast<std::size_t>(cells_[entry])];
    ++columns.units[column];
    for (std::size_t i = 0; i < slots_; ++i) columns.sums[column * slots_ + i] += values_[entry * slots_ + i];
  }
  return columns;
}

void CovarianceFold::close(Index units, double scale, FullCovariance& into, const StopSignal& stop) {
  const Columns touched = columns();
  if (!touched.cells.empty()) {
    // The sparse form takes a square away. Where each cell is touched by at most half of the units, that is at most half
    // of what it is taken from, and no digits are lost. It saves time only where units touch few of the cells: an
    // entry of the dense form costs far less.
    constexpr double kSafeShare = 0.5;
    constexpr double kCheapShare = 0.2;
    const auto n = static_cast<double>(units);
    const auto most = static_cast<double>(*std::max_element(touched.units.begin(), touched.units.end()));
    const auto entries = static_cast<double>(cells_.size());
    const bool sparse =
        most <= kSafeShare * n && entries <= kCheapShare * n * static_cast<double>(touched.cells.size());
    sparse ? close_sparse(touched, units, scale, into, stop) : close_dense(touched, units, scale, into, stop);
  }
  for (const std::int32_t cell : touched.cells) place_[static_cast<std::size_t>(cell)] = kNowhere;
  clear();
}

/// Σ (z − z̄)(z − z̄)′ from deviations written out, a slab of units at a time.
void CovarianceFold::close_dense(const Columns& columns, Index units, double scale, FullCovariance& into,
                                 const StopSignal& stop) const {
  constexpr Index kSlab = 512;
  const auto width = static_cast<Eigen::Index>(columns.sums.size());
  const Eigen::Map<const Eigen::VectorXd> sums(columns.sums.data(), width);
  const Eigen::VectorXd means = sums / static_cast<double>(units);
  Eigen::MatrixXd cross = Eigen::MatrixXd::Zero(width, width);
  const auto kept = static_cast<Index>(starts_.size()) - 1;
  for (Index begin = 0; begin < kept; begin += kSlab) {
    stop.check();
    const Index end = std::min(kept, begin + kSlab);
    Eigen::MatrixXd slab = (-means).replicate(1, end - begin);
    for (Index u = begin; u < end; ++u) {
      for (std::size_t e = starts_[static_cast<std::size_t>(u)]; e < starts_[static_cast<std::size_t>(u) + 1]; ++e) {
        const auto at = static_cast<Eigen::Index>(place_[static_cast<std::size_t>(cells_[e])] * slots_);
        for (std::size_t i = 0; i < slots_; ++i) {
          slab(at + static_cast<Eigen::Index>(i), u - begin) += values_[e * slots_ + i];
        }
      }
    }
    cross.selfadjointView<Eigen::Lower>().rankUpdate(slab);
  }
  for (Eigen::Index a = 0; a < width; ++a) {
    const std::size_t row =
        into.place(columns.cells[static_cast<std::size_t>(a) / slots_], 0) + static_cast<std::size_t>(a) % slots_;
    for (Eigen::Index b = 0; b < width; ++b) {
      const std::size_t column =
          into.place(columns.cells[static_cast<std::size_t>(b) / slots_], 0) + static_cast<std::size_t>(b) % slots_;
      into.at(row, column) += scale * cross(std::max(a, b), std::min(a, b));
    }
  }
}

/// Σ z z′ over the cells that units touch, minus n z̄ z̄′.
void CovarianceFold::close_sparse(const Columns& columns, Index units, double scale, FullCovariance& into,
                                  const StopSignal& stop) const {
  for (std::size_t u = 0; u + 1 < starts_.size(); ++u) {
    stop.check();
    for (std::size_t a = starts_[u]; a < starts_[u + 1]; ++a) {
      for (std::size_t b = starts_[u]; b < starts_[u + 1]; ++b) {
        for (std::size_t i = 0; i < slots_; ++i) {
          double* row = &into.at(into.place(cells_[a], static_cast<int>(i)), into.place(cells_[b], 0));
          for (std::size_t j = 0; j < slots_; ++j) row[j] += scale * values_[a * slots_ + i] * values_[b * slots_ + j];
        }
      }
    }
  }
  const double factor = scale / static_cast<double>(units);
  for (std::size_t a = 0; a < columns.sums.size(); ++a) {
    const std::size_t row = into.place(columns.cells[a / slots_], 0) + a % slots_;
    for (std::size_t b = 0; b < columns.sums.size(); ++b) {
      const std::size_t column = into.place(columns.cells[b / slots_], 0) + b % slots_;
      into.at(row, column) -= factor * columns.sums[a] * columns.sums[b];
    }
  }
}

void CovarianceFold::clear() {
  starts_.assign(1, 0);
  cells_.clear();
  values_.clear();
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
