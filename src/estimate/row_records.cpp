#include "estimate/row_records.hpp"

#include <algorithm>
#include <bit>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// `value` or 0, without a branch: a missing value is NaN, and 0 × NaN isn't 0.
double value_if(bool holds, double value) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) & -static_cast<std::uint64_t>(holds));
}

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Sums of records of a width that the compiler knows stay in registers.
template <int Width>
void add_narrow(const double* records, int count, double* into) {
  double sums[Width];
  std::copy_n(into, Width, sums);
  for (int i = 0; i < count; ++i) {
    for (int k = 0; k < Width; ++k) sums[k] += records[i * Width + k];
  }
  std::copy_n(sums, Width, into);
}

}  // namespace

RowRecords::RowRecords(const Plan& plan, std::span<const double> weights)
    : plan_(plan),
      weights_(weights),
      one_cell_(plan.cell_count() == 1 && plan.cell_of.groups.empty()),
      dense_at_(at(plan.shape().width()), -1) {
  const Shape shape = plan.shape();
  for (int place = 0; place < shape.width(); ++place) {
    if (place < shape.slots && plan.slots[at(place)].kind == SlotOrigin::Kind::coded) continue;
    dense_at_[at(place)] = static_cast<int>(dense_.size());
    dense_.push_back(place);
  }
  records_.resize(dense_.size() * kRows);
  cells_.resize(one_cell_ ? 0 : kRows);
  row_weights_.resize(kRows);
  group_weights_.resize(plan.groups.size() * kRows);
  values_.resize(plan.numeric.size() * kRows);
  for (int g = 0; g < plan.group_count(); ++g) {
    for (const int which : plan.groups[at(g)].coded) {
      coded_.push_back({&plan.coded[at(which)], g, std::vector<std::int32_t>(kRows, -1)});
    }
  }
}

double* RowRecords::column(int place) { return &records_[at(dense_at_[at(place)])]; }

void RowRecords::read(const std::int32_t* rows, Index first, int count) {
  if (rows != nullptr) {
    read_rows([rows](int i) { return static_cast<std::size_t>(rows[i]); }, count);
  } else {
    const auto start = static_cast<std::size_t>(first);
    read_rows([start](int i) { return start + static_cast<std::size_t>(i); }, count);
  }
}

template <class RowAt>
void RowRecords::read_rows(const RowAt& row_at, int count) {
  read_weights(row_at, count);
  for (Coded& coded : coded_) read_levels(coded, row_at, count);
  for (int g = 0; g < plan_.group_count(); ++g) {
    read_group(g, row_at, count);
    for (const int which : plan_.groups[at(g)].numeric) read_moment(which, g, row_at, count);
    for (const int which : plan_.groups[at(g)].products) multiply(which, g, count);
  }
}

template <class RowAt>
void RowRecords::read_weights(const RowAt& row_at, int count) {
  const CellMap& cell_of = plan_.cell_of;
  if (cell_of.domain.empty()) {
    for (int i = 0; i < count; ++i) row_weights_[at(i)] = weights_[row_at(i)];
  } else {
    for (int i = 0; i < count; ++i) {
      row_weights_[at(i)] = value_if(cell_of.domain[row_at(i)] != 0, weights_[row_at(i)]);
    }
  }
  if (one_cell_) return;
  for (int i = 0; i < count; ++i) {
    const std::int32_t group = cell_of.groups.empty() ? 0 : cell_of.groups[row_at(i)];
    cells_[at(i)] = row_weights_[at(i)] == 0.0 ? -1 : group;
  }
}

template <class RowAt>
void RowRecords::read_group(int g, const RowAt& row_at, int count) {
  const PresenceGroup& group = plan_.groups[at(g)];
  double* weights = &group_weights_[at(g * kRows)];
  if (group.present) {
    const Presence& present = *group.present;
    for (int i = 0; i < count; ++i) weights[i] = value_if(present[row_at(i)] != 0, row_weights_[at(i)]);
  } else {
    std::copy_n(row_weights_.data(), count, weights);
  }
  double* sums = column(g);
  double* counts = column(plan_.slot_count() + g);
  const std::size_t stride = dense_.size();
  for (int i = 0; i < count; ++i) {
    sums[at(i) * stride] = weights[i];
    counts[at(i) * stride] = value_if(weights[i] != 0.0, 1.0);
  }
}

double RowRecords::pivot(int i, int which) const {
  const std::int32_t cell = one_cell_ ? 0 : std::max(0, cells_[at(i)]);
  return plan_.pivots[static_cast<std::size_t>(cell) * at(plan_.pivot_count) + at(which)];
}

template <class RowAt>
void RowRecords::read_moment(int which, int g, const RowAt& row_at, int count) {
  const NumericMoment& m = plan_.numeric[at(which)];
  double* values = &values_[at(which * kRows)];
  for (int i = 0; i < count; ++i) values[i] = m.y.empty() ? 1.0 : m.y[row_at(i)];
  if (m.pivot >= 0 && one_cell_) {
    const double c = pivot(0, m.pivot);
    for (int i = 0; i < count; ++i) values[i] -= c * (m.x.empty() ? 1.0 : m.x[row_at(i)]);
  } else if (m.pivot >= 0) {
    for (int i = 0; i < count; ++i) values[i] -= pivot(i, m.pivot) * (m.x.empty() ? 1.0 : m.x[row_at(i)]);
  }
  const double* weights = &group_weights_[at(g * kRows)];
  if (plan_.groups[at(g)].present || !plan_.cell_of.domain.empty()) {
    for (int i = 0; i < count; ++i) values[i] = value_if(weights[i] != 0.0, values[i]);
  }
  double* sums = column(m.slot);
  const std::size_t stride = dense_.size();
  for (int i = 0; i < count; ++i) sums[at(i) * stride] = weights[i] * values[i];
}

template <class RowAt>
void RowRecords::read_levels(Coded& coded, const RowAt& row_at, int count) {
  const CodedMoment& m = *coded.moment;
  for (int i = 0; i < count; ++i) {
    const std::int32_t code = m.codes[row_at(i)];
    coded.slots[at(i)] = code < 0 ? -1 : m.slot_of_level[at(code)];
  }
}

/// What a row adds to a slot, about the centre of that slot: near 0, so that squares keep their digits.
double RowRecords::centred(int slot, int i) const {
  const SlotOrigin& origin = plan_.slots[at(slot)];
  if (origin.kind == SlotOrigin::Kind::one) return 1.0;
  if (origin.kind == SlotOrigin::Kind::numeric) {
    const NumericMoment& m = plan_.numeric[at(origin.moment)];
    return values_[at(origin.moment * kRows + i)] - (m.centre < 0 ? 0.0 : pivot(i, m.centre));
  }
  const auto coded = std::find_if(coded_.begin(), coded_.end(), [&](const Coded& candidate) {
    return candidate.moment == &plan_.coded[at(origin.moment)];
  });
  return coded->slots[at(i)] == slot ? 1.0 : 0.0;
}

void RowRecords::multiply(int which, int g, int count) {
  const ProductMoment& p = plan_.products[at(which)];
  double* sums = column(plan_.slot_count() + plan_.group_count() + which);
  const double* weights = &group_weights_[at(g * kRows)];
  const std::size_t stride = dense_.size();
  const SlotOrigin& first = plan_.slots[at(p.first)];
  if (p.first == p.second && first.kind == SlotOrigin::Kind::numeric && one_cell_) {
    const int centre = plan_.numeric[at(first.moment)].centre;
    const double c = centre < 0 ? 0.0 : pivot(0, centre);
    const double* values = &values_[at(first.moment * kRows)];
    for (int i = 0; i < count; ++i) sums[at(i) * stride] = weights[i] * ((values[i] - c) * (values[i] - c));
    return;
  }
  for (int i = 0; i < count; ++i) sums[at(i) * stride] = weights[i] * centred(p.first, i) * centred(p.second, i);
}

void RowRecords::add_all(int begin, int end, double* record) const {
  const double* first = &records_[at(begin) * dense_.size()];
  const int count = end - begin;
  if (coded_.empty()) {
    switch (dense_.size()) {
      case 3: return add_narrow<3>(first, count, record);
      case 4: return add_narrow<4>(first, count, record);
      case 7: return add_narrow<7>(first, count, record);
      default: break;
    }
  }
  for (int i = begin; i < end; ++i) add(i, record);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
