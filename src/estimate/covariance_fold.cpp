#include <Eigen/Core>
#include <algorithm>

#include "estimate/fold.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr std::int32_t kNowhere = -1;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

}  // namespace

CovarianceFold::CovarianceFold(const Shape& shape)
    : slots_(static_cast<std::size_t>(shape.slots)), place_(static_cast<std::size_t>(shape.cells) * slots_, kNowhere) {}

void CovarianceFold::add(const UnitSums& unit) {
  for (const std::int32_t cell : unit.cells()) {
    const double* z = unit.record(cell).data();
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      if (z[slot] == 0.0) continue;
      entries_.push_back({static_cast<std::int32_t>(at(cell) * slots_ + slot), z[slot]});
    }
  }
  starts_.push_back(entries_.size());
}

void CovarianceFold::merge(const CovarianceFold& other) {
  for (std::size_t u = 1; u < other.starts_.size(); ++u) starts_.push_back(entries_.size() + other.starts_[u]);
  entries_.insert(entries_.end(), other.entries_.begin(), other.entries_.end());
}

/// Totals in ascending order, the common ones first; their places are in `place_`.
struct CovarianceFold::Columns {
  std::vector<std::int32_t> totals;
  std::vector<double> sums;
  std::int32_t common = 0;  ///< how many are
  Eigen::VectorXd means;    ///< of the common ones
};

CovarianceFold::Columns CovarianceFold::columns(Index units) {
  Columns columns;
  std::vector<Index> touches;
  for (const Entry& entry : entries_) {
    std::int32_t& place = place_[at(entry.total)];
    if (place == kNowhere) {
      place = static_cast<std::int32_t>(columns.totals.size());
      columns.totals.push_back(entry.total);
      touches.push_back(0);
    }
    ++touches[at(place)];
  }

  // Products of rare totals are summed about 0, and the product of the means taken away. Where at most half of the units
  // add to a total, that is at most half of what it is taken from, and no digits are lost. It saves time only where units
  // add to few of the totals: an entry of the written-out form costs far less.
  constexpr double kRareShare = 0.5;
  constexpr double kCheapShare = 0.2;
  const auto n = static_cast<double>(units);
  const bool all_common =
      static_cast<double>(entries_.size()) > kCheapShare * n * static_cast<double>(columns.totals.size());
  const auto is_common = [&](std::int32_t total) {
    return all_common || static_cast<double>(touches[at(place_[at(total)])]) > kRareShare * n;
  };
  std::sort(columns.totals.begin(), columns.totals.end());
  const auto first_rare = std::stable_partition(columns.totals.begin(), columns.totals.end(), is_common);
  columns.common = static_cast<std::int32_t>(first_rare - columns.totals.begin());
  for (std::size_t i = 0; i < columns.totals.size(); ++i) {
    place_[at(columns.totals[i])] = static_cast<std::int32_t>(i);
  }
  columns.sums.assign(columns.totals.size(), 0.0);
  for (const Entry& entry : entries_) columns.sums[at(place_[at(entry.total)])] += entry.value;
  columns.means = Eigen::Map<const Eigen::VectorXd>(columns.sums.data(), columns.common) / n;
  return columns;
}

void CovarianceFold::close(Index units, double scale, FullCovariance& into, const StopSignal& stop) {
  if (!entries_.empty()) {
    const Columns touched = columns(units);
    add_products(touched, scale, into, stop);
    subtract_means(touched, units, scale, into);
    for (const std::int32_t total : touched.totals) place_[at(total)] = kNowhere;
  }
  clear();
}

/// Σ over units of d d′ between common totals, z d′ between rare and common ones (Σ d = 0: no mean is needed), and z z′
/// between rare ones; d the deviation from the mean, z the unit's total. Units go by the slab.
void CovarianceFold::add_products(const Columns& columns, double scale, FullCovariance& into,
                                  const StopSignal& stop) const {
  constexpr std::size_t kSlab = 512;
  const Eigen::Index common = columns.common;
  const auto rare = static_cast<Eigen::Index>(columns.totals.size()) - common;
  Eigen::MatrixXd among_common = Eigen::MatrixXd::Zero(common, common);
  Eigen::MatrixXd common_by_rare = Eigen::MatrixXd::Zero(common, rare);
  for (std::size_t begin = 0; begin + 1 < starts_.size(); begin += kSlab) {
    stop.check();
    const std::size_t end = std::min(starts_.size() - 1, begin + kSlab);
    Eigen::MatrixXd slab = (-columns.means).replicate(1, static_cast<Eigen::Index>(end - begin));
    for (std::size_t u = begin; u < end; ++u) {
      const auto unit = static_cast<Eigen::Index>(u - begin);
      const Entry* first = entries_.data() + starts_[u];
      const Entry* past = entries_.data() + starts_[u + 1];
      for (const Entry* e = first; e != past; ++e) {
        const std::int32_t place = place_[at(e->total)];
        if (place < common) slab(place, unit) += e->value;
      }
      if (rare == 0) continue;
      for (const Entry* a = first; a != past; ++a) {
        const std::int32_t place = place_[at(a->total)];
        if (place < common) continue;
        common_by_rare.col(place - common) += a->value * slab.col(unit);
        double* row = &into.at(at(a->total), 0);
        for (const Entry* b = first; b != past; ++b) {
          if (place_[at(b->total)] >= common) row[b->total] += scale * a->value * b->value;
        }
      }
    }
    // Eigen reads the first number of a matrix that has none.
    if (common > 0) among_common.selfadjointView<Eigen::Lower>().rankUpdate(slab);
  }
  for (Eigen::Index a = 0; a < common; ++a) {
    const std::size_t row = at(columns.totals[static_cast<std::size_t>(a)]);
    for (Eigen::Index b = 0; b < common; ++b) {
      into.at(row, at(columns.totals[static_cast<std::size_t>(b)])) +=
          scale * among_common(std::max(a, b), std::min(a, b));
    }
    for (Eigen::Index b = 0; b < rare; ++b) {
      const std::size_t column = at(columns.totals[static_cast<std::size_t>(common + b)]);
      into.at(row, column) += scale * common_by_rare(a, b);
      into.at(column, row) += scale * common_by_rare(a, b);
    }
  }
}

/// n z̄ z̄′ between rare totals.
void CovarianceFold::subtract_means(const Columns& columns, Index units, double scale, FullCovariance& into) {
  const double factor = scale / static_cast<double>(units);
  for (auto a = static_cast<std::size_t>(columns.common); a < columns.totals.size(); ++a) {
    for (auto b = static_cast<std::size_t>(columns.common); b < columns.totals.size(); ++b) {
      into.at(at(columns.totals[a]), at(columns.totals[b])) -= factor * columns.sums[a] * columns.sums[b];
    }
  }
}

void CovarianceFold::clear() {
  starts_.assign(1, 0);
  entries_.clear();
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
