#include "estimate/row_block.hpp"

#include <algorithm>
#include <numeric>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

double pivot_of(const Plan& plan, std::int32_t cell, int which) {
  return plan.pivots[static_cast<std::size_t>(cell) * static_cast<std::size_t>(plan.pivot_count) +
                     static_cast<std::size_t>(which)];
}

}  // namespace

double moment_of(const Plan& plan, const NumericMoment& moment, std::size_t row, std::int32_t cell) {
  const double y = moment.y.empty() ? 1.0 : moment.y[row];
  if (moment.pivot < 0) return y;
  return y - pivot_of(plan, cell, moment.pivot) * (moment.x.empty() ? 1.0 : moment.x[row]);
}

double centred_moment(const Plan& plan, int slot, std::size_t row, std::int32_t cell) {
  const SlotOrigin& origin = plan.slots[static_cast<std::size_t>(slot)];
  if (origin.kind == SlotOrigin::Kind::one) return 1.0;
  if (origin.kind == SlotOrigin::Kind::numeric) {
    const NumericMoment& m = plan.numeric[static_cast<std::size_t>(origin.moment)];
    return moment_of(plan, m, row, cell) - (m.centre < 0 ? 0.0 : pivot_of(plan, cell, m.centre));
  }
  const CodedMoment& m = plan.coded[static_cast<std::size_t>(origin.moment)];
  return m.slot_of_level[static_cast<std::size_t>(m.codes[row])] == slot ? 1.0 : 0.0;
}

RowBlock::RowBlock(const Plan& plan, bool with_products)
    : plan_(plan), with_products_(with_products), groups_(plan.groups.size()), coded_(plan.coded.size()) {
  for (std::size_t which = 0; which < coded_.size(); ++which) {
    const CodedMoment& moment = plan.coded[which];
    std::vector<int>& slots = coded_[which].slots;
    for (const int slot : moment.slot_of_level) {
      if (slot >= 0 && std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
    }
    for (const int slot : moment.slot_of_level) {
      const auto found = std::find(slots.begin(), slots.end(), slot);
      coded_[which].slot_of_code.push_back(found == slots.end() ? -1 : static_cast<int>(found - slots.begin()));
    }
  }
}

void RowBlock::evaluate(Index begin, Index end) {
  begin_ = begin;
  end_ = end;
  cells_.resize(static_cast<std::size_t>(size()));
  if (plan_.cell_of.groups.empty() && plan_.cell_of.domain.empty()) {
    std::fill(cells_.begin(), cells_.end(), 0);
  } else {
    for (Index i = 0; i < size(); ++i) cells_[static_cast<std::size_t>(i)] = plan_.cell_of(begin + i);
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    evaluate_group(g);
    for (const int which : plan_.groups[g].coded) evaluate_coded(which, plan_.groups[g]);
  }
}

/// Rows that are sorted already, and go somewhere: the common case of one cell, and of files sorted by group.
bool RowBlock::take_as_sorted(Placement& rows) const {
  std::int32_t last = 0;
  for (const std::int32_t place : rows.places) {
    if (place < last || place == rows.nowhere) return false;
    last = place;
  }
  const auto size = static_cast<Index>(rows.places.size());
  rows.order.resize(rows.places.size());
  std::iota(rows.order.begin(), rows.order.end(), 0);
  for (Index first = 0, end = 0; first < size; first = end) {
    const std::int32_t place = rows.places[static_cast<std::size_t>(first)];
    end = std::upper_bound(rows.places.begin() + first, rows.places.end(), place) - rows.places.begin();
    rows.runs.push_back({first, end, place, true});
  }
  return true;
}

/// A stable sort by place, and the runs: counting where there are few places, else comparing.
void RowBlock::sort(Placement& rows) {
  rows.order.clear();
  rows.runs.clear();
  if (take_as_sorted(rows)) return;
  const auto place_of = [&](std::int32_t row) { return rows.places[static_cast<std::size_t>(row)]; };
  if (rows.nowhere <= 4 * kRows) {
    counts_.assign(static_cast<std::size_t>(rows.nowhere) + 2, 0);
    for (const std::int32_t place : rows.places) ++counts_[static_cast<std::size_t>(place) + 1];
    std::partial_sum(counts_.begin(), counts_.end(), counts_.begin());
    const Index kept = counts_[static_cast<std::size_t>(rows.nowhere)];
    rows.order.resize(rows.places.size());
    for (std::size_t i = 0; i < rows.places.size(); ++i) {
      Index& next = counts_[static_cast<std::size_t>(rows.places[i])];
      rows.order[static_cast<std::size_t>(next++)] = static_cast<std::int32_t>(i);
    }
    rows.order.resize(static_cast<std::size_t>(kept));
  } else {
    for (std::size_t i = 0; i < rows.places.size(); ++i) {
      if (rows.places[i] != rows.nowhere) rows.order.push_back(static_cast<std::int32_t>(i));
    }
    std::stable_sort(rows.order.begin(), rows.order.end(),
                     [&](std::int32_t a, std::int32_t b) { return place_of(a) < place_of(b); });
  }
  const std::vector<std::int32_t>& order = rows.order;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && place_of(order[last]) == place_of(order[first])) ++last;
    const auto reach = static_cast<std::size_t>(order[last - 1] - order[first]);
    rows.runs.push_back(
        {static_cast<Index>(first), static_cast<Index>(last), place_of(order[first]), reach == last - first - 1});
  }
}

/// Sorts rows, and chooses how they are added up: by what the data are like, and nothing else.
void RowBlock::place_rows(Placement& rows) {
  constexpr Index kLongRun = 32;
  constexpr Index kFewPlaces = 96;
  sort(rows);
  const auto kept = static_cast<Index>(rows.order.size());
  Index in_long_runs = 0;
  for (const Run& run : rows.runs) {
    if (run.side_by_side && run.end - run.begin >= kLongRun) in_long_runs += run.end - run.begin;
  }
  if (kept <= size() / 4 || in_long_runs >= kept - kept / 8) {
    rows.way = Way::runs;
  } else {
    rows.way = rows.nowhere <= kFewPlaces ? Way::scattered : Way::far;
  }
}

void RowBlock::evaluate_group(std::size_t which) {
  const PresenceGroup& group = plan_.groups[which];
  Placement& rows = groups_[which].rows;
  rows.nowhere = plan_.cell_count();
  rows.places.resize(cells_.size());
  for (Index i = 0; i < size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool member = cells_[at] >= 0 && group.holds(begin_ + i);
    rows.places[at] = member ? cells_[at] : static_cast<std::int32_t>(rows.nowhere);
  }
  place_rows(rows);
  evaluate_values(group, groups_[which]);
  if (with_products_) evaluate_products(group, groups_[which]);
}

void RowBlock::evaluate_values(const PresenceGroup& group, GroupRows& into) const {
  into.values.resize(group.numeric.size());
  const std::vector<std::int32_t>& order = into.rows.order;
  for (std::size_t m = 0; m < group.numeric.size(); ++m) {
    const NumericMoment& moment = plan_.numeric[static_cast<std::size_t>(group.numeric[m])];
    std::vector<double>& values = into.values[m];
    const auto value_of = [&](std::size_t at) {
      return moment_of(plan_, moment, static_cast<std::size_t>(begin_) + at, cells_[at]);
    };
    if (into.rows.way == Way::runs && into.rows.runs.size() == 1 && into.rows.runs.front().side_by_side) {
      evaluate_one_run(moment, into.rows, values);
    } else if (into.rows.way == Way::runs) {
      values.resize(order.size());
      for (std::size_t k = 0; k < order.size(); ++k) values[k] = value_of(static_cast<std::size_t>(order[k]));
    } else {
      values.assign(cells_.size(), 0.0);
      for (const std::int32_t row : order) {
        values[static_cast<std::size_t>(row)] = value_of(static_cast<std::size_t>(row));
      }
    }
  }
}

/// Neighbours in one cell: the same pivot for all.
void RowBlock::evaluate_one_run(const NumericMoment& moment, const Placement& rows, std::vector<double>& values) const {
  values.resize(rows.order.size());
  if (values.empty()) return;
  const auto first = static_cast<std::size_t>(begin_ + rows.order.front());
  const auto cell = static_cast<std::int32_t>(rows.runs.front().place);
  const double pivot = moment.pivot < 0 ? 0.0 : pivot_of(plan_, cell, moment.pivot);
  const auto part_of = [&](std::span<const double> column) {
    return column.empty() ? column : column.subspan(first, values.size());
  };
  const std::span<const double> y = part_of(moment.y);
  const std::span<const double> x = part_of(moment.x);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = y.empty() ? 1.0 : y[k];
  if (moment.pivot < 0) return;
  for (std::size_t k = 0; k < values.size(); ++k) values[k] -= pivot * (x.empty() ? 1.0 : x[k]);
}

void RowBlock::evaluate_products(const PresenceGroup& group, GroupRows& into) const {
  into.products.resize(group.products.size());
  const std::vector<std::int32_t>& order = into.rows.order;
  for (std::size_t p = 0; p < into.products.size(); ++p) {
    const ProductMoment& product = plan_.products[static_cast<std::size_t>(group.products[p])];
    into.products[p].resize(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
      const auto at = static_cast<std::size_t>(order[k]);
      const std::size_t row = static_cast<std::size_t>(begin_) + at;
      into.products[p][k] = centred_moment(plan_, product.first, row, cells_[at]) *
                            centred_moment(plan_, product.second, row, cells_[at]);
    }
  }
}

void RowBlock::evaluate_coded(int which, const PresenceGroup& group) {
  const CodedMoment& moment = plan_.coded[static_cast<std::size_t>(which)];
  CodedRows& coded = coded_[static_cast<std::size_t>(which)];
  const auto slots = static_cast<std::int32_t>(coded.slots.size());
  coded.rows.nowhere = plan_.cell_count() * slots;
  coded.rows.places.assign(cells_.size(), static_cast<std::int32_t>(coded.rows.nowhere));
  for (Index i = 0; i < size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (cells_[at] < 0 || !group.holds(begin_ + i)) continue;
    const int slot = coded.slot_of_code[static_cast<std::size_t>(moment.codes[static_cast<std::size_t>(begin_ + i)])];
    if (slot >= 0) coded.rows.places[at] = cells_[at] * slots + slot;
  }
  place_rows(coded.rows);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
