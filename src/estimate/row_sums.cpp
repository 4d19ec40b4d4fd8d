#include "estimate/row_sums.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

RowSums::RowSums(const Plan& plan, std::span<const double> weights) : plan_(plan), weights_(weights) {}

bool RowSums::add(Index begin, Index end, UnitSums& unit, std::vector<double>& products) const {
  bool any_weight = false;
  const auto product_count = static_cast<std::size_t>(plan_.product_count());
  for (Index position = begin; position < end; ++position) {
    const Index row = plan_.layout->row(position);
    const double weight = weights_[static_cast<std::size_t>(row)];
    if (weight == 0.0) continue;
    any_weight = true;
    const std::int32_t cell = plan_.cell_of_row[static_cast<std::size_t>(row)];
    if (cell < 0) continue;
    add_row(row, weight, cell, unit.touch(cell), products.data() + static_cast<std::size_t>(cell) * product_count);
  }
  return any_weight;
}

void RowSums::add_row(Index row, double weight, std::int32_t cell, double* record, double* products) const {
  const auto r = static_cast<std::size_t>(row);
  for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
    const PresenceGroup& group = plan_.groups[g];
    if (!group.holds(row)) continue;
    record[g] += weight;
    record[plan_.slots.size() + g] += 1.0;
    for (const int which : group.numeric) {
      const NumericMoment& m = plan_.numeric[static_cast<std::size_t>(which)];
      record[m.slot] += weight * moment(m, r, cell);
    }
    for (const int which : group.coded) {
      const CodedMoment& m = plan_.coded[static_cast<std::size_t>(which)];
      const int slot = m.slot_of_level[static_cast<std::size_t>(m.codes[r])];
      if (slot >= 0) record[slot] += weight;
    }
    for (const int which : group.products) {
      const ProductMoment& p = plan_.products[static_cast<std::size_t>(which)];
      products[which] += weight * centred(p.first, r, cell) * centred(p.second, r, cell);
    }
  }
}

double RowSums::moment(const NumericMoment& m, std::size_t row, std::int32_t cell) const {
  const double y = m.y.empty() ? 1.0 : m.y[row];
  if (m.pivot < 0) return y;
  return y - pivot(cell, m.pivot) * (m.x.empty() ? 1.0 : m.x[row]);
}

/// What a row adds to a slot, about the centre of that slot: near 0, so that squares keep their digits.
double RowSums::centred(int slot, std::size_t row, std::int32_t cell) const {
  const SlotOrigin& origin = plan_.slots[static_cast<std::size_t>(slot)];
  if (origin.kind == SlotOrigin::Kind::numeric) {
    const NumericMoment& m = plan_.numeric[static_cast<std::size_t>(origin.moment)];
    return moment(m, row, cell) - (m.centre < 0 ? 0.0 : pivot(cell, m.centre));
  }
  if (origin.kind == SlotOrigin::Kind::one) return 1.0;
  const CodedMoment& m = plan_.coded[static_cast<std::size_t>(origin.moment)];
  return m.slot_of_level[static_cast<std::size_t>(m.codes[row])] == slot ? 1.0 : 0.0;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
