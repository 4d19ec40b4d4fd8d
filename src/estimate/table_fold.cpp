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

StratumSums::StratumSums(const Shape& shape)
    : sums(at(shape.cells * shape.slots), 0.0),
      cross(at(shape.cells) * shape.pairs.size(), 0.0),
      members(at(shape.cells * shape.groups), 0),
      any_member(at(shape.groups), 0) {}

void StratumSums::clear() {
  units = 0;
  std::fill(sums.begin(), sums.end(), 0.0);
  std::fill(cross.begin(), cross.end(), 0.0);
  std::fill(members.begin(), members.end(), 0);
  std::fill(any_member.begin(), any_member.end(), 0);
}

TableFold::TableFold(const Shape& shape)
    : shape_(shape),
      is_pairs_(are_all_pairs_of_two(shape)),
      numbers_(at(shape.cells * shape.slots)),
      part_sums_(numbers_),
      part_cross_(at(shape.cells) * shape.pairs.size()),
      means_(numbers_),
      deviations_(numbers_) {}

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

void TableFold::add(const double* table, Index units, StratumSums& into) {
  add_up(table, units);
  find_means(units);
  is_pairs_ ? add_squares_of_two(table, units) : add_products(table, units);
  count_members(table, units, into);
  take_in(units, into);
}

void TableFold::add_listed(std::span<const double> totals, std::span<const std::int32_t> cells, Index units,
                           Index holders, StratumSums& into) {
  add_up_listed(totals, cells);
  if (centre_listed(units)) add_crowded(totals, cells, units);
  into.any_member[0] += holders;
  add_to(into.members, holders_);
  take_in(units, into);
}

/// Number, sums, and sums of products about 0, together by cell: one place to go to for each record.
void TableFold::add_up_listed(std::span<const double> totals, std::span<const std::int32_t> cells) {
  const auto slots = static_cast<std::size_t>(shape_.slots);
  const std::size_t width = 1 + slots + shape_.pairs.size();
  listed_.assign(at(shape_.cells) * width, 0.0);
  const double* own = totals.data();
  for (const std::int32_t cell : cells) {
    double* const to = &listed_[at(cell) * width];
    to[0] += 1.0;
    for (std::size_t i = 0; i < slots; ++i) to[1 + i] += own[i];
    add_products(1.0, own, to + 1 + slots);
    own += slots;
  }
}

bool TableFold::is_crowded(std::size_t cell, Index units) const { return 2 * holders_[cell] > units; }

/// Takes from products about 0 what makes them products about the mean; leaves 0 where too many units touch a cell.
/// @return  whether there are such cells
bool TableFold::centre_listed(Index units) {
  const auto slots = static_cast<std::size_t>(shape_.slots);
  const std::size_t pairs = shape_.pairs.size();
  const double share = 1.0 / static_cast<double>(units);
  holders_.resize(at(shape_.cells));
  bool any_crowded = false;
  const double* from = listed_.data();
  for (std::size_t cell = 0; cell < holders_.size(); ++cell) {
    holders_[cell] = static_cast<Index>(*from++);
    const bool crowded = is_crowded(cell, units);
    any_crowded |= crowded;
    double* const sums = &part_sums_[cell * slots];
    double* const cross = &part_cross_[cell * pairs];
    std::copy_n(from, slots, sums);
    from += slots;
    if (crowded) {
      std::fill_n(cross, pairs, 0.0);
    } else {
      std::copy_n(from, pairs, cross);
      add_products(-share, sums, cross);
    }
    from += pairs;
  }
  return any_crowded;
}

/// The second pass, of cells that too many units touch.
void TableFold::add_crowded(std::span<const double> totals, std::span<const std::int32_t> cells, Index units) {
  const auto slots = static_cast<std::size_t>(shape_.slots);
  const std::size_t pairs = shape_.pairs.size();
  find_means(units);
  const double* own = totals.data();
  for (const std::int32_t cell : cells) {
    if (is_crowded(at(cell), units)) {
      const double* const means = &means_[at(cell) * slots];
      for (std::size_t i = 0; i < slots; ++i) deviations_[i] = own[i] - means[i];
      add_products(1.0, deviations_.data(), &part_cross_[at(cell) * pairs]);
    }
    own += slots;
  }
  for (std::size_t cell = 0; cell < holders_.size(); ++cell) {
    if (!is_crowded(cell, units)) continue;
    // The other units are 0: as far from the mean as the mean from 0.
    add_products(static_cast<double>(units - holders_[cell]), &means_[cell * slots], &part_cross_[cell * pairs]);
  }
}

/// The part that was worked out.
void TableFold::take_in(Index units, StratumSums& into) {
  if (into.units == 0) {
    into.sums.swap(part_sums_);
    into.cross.swap(part_cross_);
    into.units = units;
    return;
  }
  merge_cross(part_sums_, units, part_cross_, into);
  into.units += units;
  add_to(into.sums, part_sums_);
}

void TableFold::merge(const StratumSums& part, StratumSums& into) {
  merge_cross(part.sums, part.units, part.cross, into);
  into.units += part.units;
  add_to(into.sums, part.sums);
  add_to(into.members, part.members);
  add_to(into.any_member, part.any_member);
}

void TableFold::add_up(const double* table, Index units) {
  std::fill(part_sums_.begin(), part_sums_.end(), 0.0);
  part_above_.assign(numbers_, 0.0);
  kernels::add_and_count(table, units, numbers_, part_sums_.data(), part_above_.data());
}

void TableFold::find_means(Index units) {
  const double share = 1.0 / static_cast<double>(units);
  for (std::size_t i = 0; i < numbers_; ++i) means_[i] = part_sums_[i] * share;
}

/// Squares lie apart from products until the end: short loops over neighbours.
void TableFold::add_squares_of_two(const double* table, Index units) {
  const std::size_t cells = at(shape_.cells);
  part_squares_.assign(3 * cells, 0.0);
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
void TableFold::count_members(const double* table, Index units, StratumSums& into) const {
  const auto groups = at(shape_.groups);
  const auto slots = static_cast<std::size_t>(shape_.slots);
  for (std::size_t cell = 0; cell < at(shape_.cells); ++cell) {
    for (std::size_t g = 0; g < groups; ++g) {
      into.members[cell * groups + g] += static_cast<Index>(part_above_[cell * slots + g]);
    }
  }
  for (Index u = 0; u < units; ++u) {
    const double* const unit = table + at(u) * numbers_;
    for (std::size_t g = 0; g < groups; ++g) {
      std::size_t place = g;
      while (place < numbers_ && !(unit[place] > 0.0)) place += slots;
      into.any_member[g] += place < numbers_ ? 1 : 0;
    }
  }
}

/// Cross-products about the mean of both parts together: those of each, and n m / (n + m) times the squares of the distance
/// between their means.
void TableFold::merge_cross(const std::vector<double>& sums, Index units, const std::vector<double>& cross,
                            StratumSums& into) {
  add_to(into.cross, cross);
  if (into.units == 0 || units == 0) return;
  const auto n = static_cast<double>(into.units);
  const auto m = static_cast<double>(units);
  for (std::size_t i = 0; i < numbers_; ++i) deviations_[i] = sums[i] * (1.0 / m) - into.sums[i] * (1.0 / n);
  for (std::size_t cell = 0; cell < at(shape_.cells); ++cell) {
    add_products(n * m / (n + m), &deviations_[cell * at(shape_.slots)], &into.cross[cell * shape_.pairs.size()]);
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
