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
      numbers_(at(shape.cells * shape.slots)),
      sums_(numbers_, 0.0),
      cross_(at(shape.cells) * shape.pairs.size(), 0.0),
      members_(at(shape.cells * shape.groups), 0),
      any_member_(at(shape.groups), 0),
      part_sums_(numbers_),
      part_cross_(cross_.size()),
      means_(numbers_),
      deviations_(numbers_) {}

void TableFold::clear() {
  units_ = 0;
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(cross_.begin(), cross_.end(), 0.0);
  std::fill(members_.begin(), members_.end(), 0);
  std::fill(any_member_.begin(), any_member_.end(), 0);
}

void TableFold::add(const double* table, Index units) {
  add_up(table, units);
  add_squares(table, units);
  count_members(table, units);
  take_in(units);
}

void TableFold::add(const double* table, Index units, std::span<const std::int32_t> touched) {
  const auto slots = static_cast<std::size_t>(shape_.slots);
  const auto cells = static_cast<std::int32_t>(shape_.cells);
  std::fill(part_sums_.begin(), part_sums_.end(), 0.0);
  std::fill(part_cross_.begin(), part_cross_.end(), 0.0);
  holders_.assign(at(shape_.cells), 0);
  any_unit_.assign(at(units), 0);
  for (const std::int32_t record : touched) {
    const auto cell = static_cast<std::size_t>(record % cells);
    ++holders_[cell];
    any_unit_[static_cast<std::size_t>(record / cells)] = 1;
    for (std::size_t i = 0; i < slots; ++i) part_sums_[cell * slots + i] += table[at(record) * slots + i];
  }
  find_means(units);
  for (const std::int32_t record : touched) {
    const auto cell = static_cast<std::size_t>(record % cells);
    kernels::subtract(table + at(record) * slots, &means_[cell * slots], slots, deviations_.data());
    add_products(1.0, deviations_.data(), &part_cross_[cell * shape_.pairs.size()]);
  }
  for (std::size_t cell = 0; cell < holders_.size(); ++cell) {
    // The other units are 0: as far from the mean as the mean from 0.
    add_products(static_cast<double>(units - holders_[cell]), &means_[cell * slots],
                 &part_cross_[cell * shape_.pairs.size()]);
  }
  add_to(members_, holders_);
  any_member_[0] += std::count(any_unit_.begin(), any_unit_.end(), 1);
  take_in(units);
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
  for (Index u = 0; u < units; ++u) kernels::add(table + at(u) * numbers_, numbers_, part_sums_.data());
}

void TableFold::find_means(Index units) {
  const double share = 1.0 / static_cast<double>(units);
  for (std::size_t i = 0; i < numbers_; ++i) means_[i] = part_sums_[i] * share;
}

void TableFold::add_squares(const double* table, Index units) {
  find_means(units);
  std::fill(part_cross_.begin(), part_cross_.end(), 0.0);
  for (Index u = 0; u < units; ++u) {
    const double* unit = table + at(u) * numbers_;
    if (are_all_pairs_of_two(shape_)) {
      kernels::add_squares_of_two(unit, means_.data(), at(shape_.cells), part_cross_.data());
      continue;
    }
    kernels::subtract(unit, means_.data(), numbers_, deviations_.data());
    for (std::size_t cell = 0; cell < at(shape_.cells); ++cell) {
      add_products(1.0, &deviations_[cell * at(shape_.slots)], &part_cross_[cell * shape_.pairs.size()]);
    }
  }
}

/// Adds factor × the products of each pair of a cell's deviations.
void TableFold::add_products(double factor, const double* d, double* cross) const {
  for (const auto& [i, j] : shape_.pairs) *cross++ += factor * d[i] * d[j];
}

void TableFold::count_members(const double* table, Index units) {
  const auto groups = at(shape_.groups);
  const auto slots = static_cast<std::size_t>(shape_.slots);
  for (Index u = 0; u < units; ++u) {
    for (std::size_t g = 0; g < groups; ++g) {
      Index touched = 0;
      const double* weight = table + at(u) * numbers_ + g;
      for (Index cell = 0; cell < shape_.cells; ++cell, weight += slots) {
        const Index holds = *weight > 0.0 ? 1 : 0;
        members_[at(cell) * groups + g] += holds;
        touched |= holds;
      }
      any_member_[g] += touched;
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
