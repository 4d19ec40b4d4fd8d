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
    : plan_(plan), with_products_(with_products), groups_(plan.groups.size()), coded_(plan.coded.size()) {}

void RowBlock::evaluate(Index begin, Index end) {
  begin_ = begin;
  end_ = end;
  cells_.resize(static_cast<std::size_t>(size()));
  targets_.resize(cells_.size());
  for (Index i = 0; i < size(); ++i) {
    cells_[static_cast<std::size_t>(i)] = plan_.cell_of(begin + i);
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    evaluate_group(g);
    for (const int which : plan_.groups[g].coded) evaluate_coded(which, plan_.groups[g]);
  }
}

/// A stable sort by target: counting where there are few targets, else comparing.
void RowBlock::sort(std::span<const Index> targets, Index target_count, SortedRows& into) {
  into.order.clear();
  into.runs.clear();
  if (target_count <= 4 * kRows) {
    counts_.assign(static_cast<std::size_t>(target_count) + 1, 0);
    Index kept = 0;
    for (const Index target : targets) {
      if (target < 0) continue;
      ++counts_[static_cast<std::size_t>(target) + 1];
      ++kept;
    }
    std::partial_sum(counts_.begin(), counts_.end(), counts_.begin());
    into.order.resize(static_cast<std::size_t>(kept));
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i] < 0) continue;
      into.order[static_cast<std::size_t>(counts_[static_cast<std::size_t>(targets[i])]++)] =
          static_cast<std::int32_t>(i);
    }
  } else {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i] >= 0) into.order.push_back(static_cast<std::int32_t>(i));
    }
    std::stable_sort(into.order.begin(), into.order.end(), [&](std::int32_t a, std::int32_t b) {
      return targets[static_cast<std::size_t>(a)] < targets[static_cast<std::size_t>(b)];
    });
  }
  const auto size = static_cast<Index>(into.order.size());
  const auto target_at = [&](Index k) {
    return targets[static_cast<std::size_t>(into.order[static_cast<std::size_t>(k)])];
  };
  for (Index first = 0, last = 0; first < size; first = last) {
    while (last < size && target_at(last) == target_at(first)) ++last;
    const Index reach = into.order[static_cast<std::size_t>(last - 1)] - into.order[static_cast<std::size_t>(first)];
    into.runs.push_back({first, last, target_at(first), reach == last - first - 1});
  }
}

void RowBlock::evaluate_group(std::size_t which) {
  const PresenceGroup& group = plan_.groups[which];
  GroupRows& into = groups_[which];
  for (Index i = 0; i < size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    targets_[at] = cells_[at] >= 0 && group.holds(begin_ + i) ? cells_[at] : -1;
  }
  sort(targets_, plan_.cell_count(), into.rows);
  const std::vector<std::int32_t>& order = into.rows.order;
  into.values.resize(group.numeric.size());
  for (std::size_t m = 0; m < group.numeric.size(); ++m) {
    const NumericMoment& moment = plan_.numeric[static_cast<std::size_t>(group.numeric[m])];
    into.values[m].resize(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
      const auto at = static_cast<std::size_t>(order[k]);
      into.values[m][k] = moment_of(plan_, moment, static_cast<std::size_t>(begin_) + at, cells_[at]);
    }
  }
  into.products.resize(with_products_ ? group.products.size() : 0);
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
  const Index slots = plan_.slot_count();
  for (Index i = 0; i < size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    targets_[at] = -1;
    if (cells_[at] < 0 || !group.holds(begin_ + i)) continue;
    const std::int32_t code = moment.codes[static_cast<std::size_t>(begin_ + i)];
    const int slot = moment.slot_of_level[static_cast<std::size_t>(code)];
    if (slot >= 0) targets_[at] = cells_[at] * slots + slot;
  }
  sort(targets_, plan_.cell_count() * slots, coded_[static_cast<std::size_t>(which)]);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
