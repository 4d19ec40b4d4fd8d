#include "estimate/table_fold.hpp"

#include <algorithm>

#include "estimate/kernels.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

template <class T>
void add_to(std::vector<T>& into, const std::vector<T>& other) {
  std::transform(into.begin(), into.end(), other.begin(), into.begin(), std::plus<>());
}

/// All pairs of two slots, as a mean or a ratio in many cells asks for.
bool are_all_pairs_of_two(const Shape& shape) {
  const std::vector<std::pair<int, int>> all{{0, 0}, {0, 1}, {1, 1}};
  return shape.slots == 2 && shape.pairs == all;
}

}  // namespace

TableFold::TableFold(const Shape& shape)
    : shape_(shape),
      is_pairs_(are_all_pairs_of_two(shape)),
      numbers_(at(shape.cells * shape.slots)),
      sums_(numbers_, 0.0),
      cross_(at(shape.cells) * shape.pairs.size(), 0.0),
      members_(at(shape.cells * shape.groups), 0),
      any_member_(at(shape.groups), 0),
      part_sums_(numbers_),
      part_above_(numbers_),
      part_cross_(cross_.size()),
      part_squares_(is_pairs_ ? cross_.size() : 0),
      means_(numbers_),
      deviations_(numbers_) {}

void TableFold::clear() {
  units_ = 0;
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(cross_.begin(), cross_.end(), 0.0);
  std::fill(members_.begin(), members_.end(), 0);
  std::fill(any_member_.begin(), any_member_.end(), 0);
}

/// Adds factor × the products of each pair of a cell's deviations.
inline void TableFold::add_products(double factor, const double* d, double* cross) const {
  if (is_pairs_) {
    cross[0] += factor * d[0] * d[0];
    cross[1] += factor * d[0] * d[1];
    cross[2] += factor * d[1] * d[1];
    return;
  }
  for (const auto& [i, j] : shape_.pairs) *cross++ += factor * d[i] * d[j];
}

void TableFold::add(const double* table, Index units) {
  add_up(table, units);
  find_means(units);
  is_pairs_ ? add_squares_of_two(table, units) : add_products(table, units);
  count_members(table, units);
  take_in(units);
}

void TableFold::add(const double* table, Index units, std::span<const std::int32_t> touched) {
  const auto slots = static_cast<std::size_t>(shape_.slots);
  std::fill(part_sums_.begin(), part_sums_.end(), 0.0);
  std::fill(part_cross_.begin(), part_cross_.end(), 0.0);
  holders_.assign(at(shape_.cells), 0);
  std::int32_t last = -1;  // unit
  for_each_touched(touched, [&](std::int32_t unit, std::size_t cell, std::size_t record) {
    ++holders_[cell];
    any_member_[0] += unit != last ? 1 : 0;
    last = unit;
    for (std::size_t i = 0; i < slots; ++i) part_sums_[cell * slots + i] += table[record * slots + i];
  });
  find_means(units);
  for_each_touched(touched, [&](std::int32_t /*unit*/, std::size_t cell, std::size_t record) {
    const double* const own = table + record * slots;
    const double* const means = &means_[cell * slots];
    for (std::size_t i = 0; i < slots; ++i) deviations_[i] = own[i] - means[i];
    add_products(1.0, deviations_.data(), &part_cross_[cell * shape_.pairs.size()]);
  });
  for (std::size_t cell = 0; cell < holders_.size(); ++cell) {
    // The other units are 0: as far from the mean as the mean from 0.
    add_products(static_cast<double>(units - holders_[cell]), &means_[cell * slots],
                 &part_cross_[cell * shape_.pairs.size()]);
  }
  add_to(members_, holders_);
  take_in(units);
}

/// Records are listed unit by unit.
template <class Visit>
void TableFold::for_each_touched(std::span<const std::int32_t> touched, const Visit& visit) const {
  const auto cells = static_cast<std::int32_t>(shape_.cells);
  std::int32_t unit = 0;
  std::int32_t first = 0;  // the unit's record in cell 0
  for (const std::int32_t record : touched) {
    for (; record >= first + cells; first += cells) ++unit;
    visit(unit, static_cast<std::size_t>(record - first), static_cast<std::size_t>(record));
  }
}

/// The part that was worked out.
void TableFold::take_in(Index units) {
  merge_cross(part_sums_, units, part_cross_);
  units_ += units;
  add_to(sums_, part_sums_);
}

void TableFold::merge(const TableFold& other) {
  merge_cross(other.sums_, other.units_, other.cross_);
  units_ += other.units_;
  add_to(sums_, other.sums_);
  add_to(members_, other.members_);
  add_to(any_member_, other.any_member_);
}

void TableFold::add_up(const double* table, Index units) {
  std::fill(part_sums_.begin(), part_sums_.end(), 0.0);
  std::fill(part_above_.begin(), part_above_.end(), 0.0);
  kernels::add_and_count(table, units, numbers_, part_sums_.data(), part_above_.data());
}

void TableFold::find_means(Index units) {
  const double share = 1.0 / static_cast<double>(units);
  for (std::size_t i = 0; i < numbers_; ++i) means_[i] = part_sums_[i] * share;
}

/// Squares lie apart from products until the end: short loops over neighbours.
void TableFold::add_squares_of_two(const double* table, Index units) {
  const std::size_t cells = at(shape_.cells);
  std::fill(part_squares_.begin(), part_squares_.end(), 0.0);
  double* const squares = part_squares_.data();
  kernels::add_squares_of_two(table, units, cells, means_.data(), squares, squares + cells, squares + 2 * cells);
  for (std::size_t cell = 0; cell < cells; ++cell) {
    for (std::size_t p = 0; p < 3; ++p) part_cross_[3 * cell + p] = squares[p * cells + cell];
  }
}

void TableFold::add_products(const double* table, Index units) {
  std::fill(part_cross_.begin(), part_cross_.end(), 0.0);
  for (Index u = 0; u < units; ++u) {
    kernels::subtract(table + at(u) * numbers_, means_.data(), numbers_, deviations_.data());
    for (std::size_t cell = 0; cell < at(shape_.cells); ++cell) {
      add_products(1.0, &deviations_[cell * at(shape_.slots)], &part_cross_[cell * shape_.pairs.size()]);
    }
  }
}

/// Of the sums that are above 0, those of weights say who holds members.
void TableFold::count_members(const double* table, Index units) {
  const auto groups = at(shape_.groups);
  const auto slots = static_cast<std::size_t>(shape_.slots);
  for (std::size_t cell = 0; cell < at(shape_.cells); ++cell) {
    for (std::size_t g = 0; g < groups; ++g) {
      members_[cell * groups + g] += static_cast<Index>(part_above_[cell * slots + g]);
    }
  }
  for (Index u = 0; u < units; ++u) {
    const double* const unit = table + at(u) * numbers_;
    for (std::size_t g = 0; g < groups; ++g) {
      std::size_t place = g;
      while (place < numbers_ && !(unit[place] > 0.0)) place += slots;
      any_member_[g] += place < numbers_ ? 1 : 0;
    }
  }
}

/// Cross-products about the mean of both parts together: those of each, and n m / (n + m) times the squares of the distance
/// between their means.
void TableFold::merge_cross(const std::vector<double>& sums, Index units, const std::vector<double>& cross) {
  add_to(cross_, cross);
  if (units_ == 0 || units == 0) return;
  const auto n = static_cast<double>(units_);
  const auto m = static_cast<double>(units);
  for (std::size_t i = 0; i < numbers_; ++i) deviations_[i] = sums[i] * (1.0 / m) - sums_[i] * (1.0 / n);
  for (std::size_t cell = 0; cell < at(shape_.cells); ++cell) {
    add_products(n * m / (n + m), &deviations_[cell * at(shape_.slots)], &cross_[cell * shape_.pairs.size()]);
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
