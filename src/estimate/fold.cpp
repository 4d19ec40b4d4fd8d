#include "estimate/fold.hpp"

#include <algorithm>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
// ---------------------------------------------------------------------------------------------------- within cells

CellVariances::CellVariances(const Shape& shape)
    : pairs_(shape.pairs), values_(static_cast<std::size_t>(shape.cells) * shape.pairs.size(), 0.0) {}

void CellVariances::add(const CellVariances& other) {
  std::transform(values_.begin(), values_.end(), other.values_.begin(), values_.begin(), std::plus<>());
}

void CellVariances::add(const std::vector<double>& cross, double factor) {
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += factor * cross[i];
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

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
