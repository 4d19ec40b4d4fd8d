#include "estimate/one_column.hpp"

#include <algorithm>
#include <bit>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr double kNoPivot = 0.0;

/// Without a branch, which a random domain would mispredict.
inline double value_if(bool holds, double value) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) & -static_cast<std::uint64_t>(holds));
}

/// Adds up what isn't asked by unit. Of one cell in registers, written down at the end.
template <bool has_cells, bool has_squares>
class ByCell {
 public:
  explicit ByCell(std::span<double> sums) : sums_(sums.data()) {}

  void add(std::int32_t cell, double count, double square) {
    constexpr int kWidth = has_squares ? 2 : 1;
    double* const to = has_cells ? sums_ + std::ptrdiff_t{cell} * kWidth : own_;
    to[0] += count;
    if constexpr (has_squares) to[1] += square;
  }
  void finish() {
    if constexpr (has_cells) return;
    sums_[0] += own_[0];
    if constexpr (has_squares) sums_[1] += own_[1];
  }

 private:
  double* sums_;
  double own_[2] = {0.0, 0.0};
};

}  // namespace

template <class Use>
void OneColumn::with_parts(const Use& use) const {
  const auto squares = [&]<bool has_cells, bool has_domain>() {
    with_squares_ ? use(Parts<has_cells, has_domain, true>{}) : use(Parts<has_cells, has_domain, false>{});
  };
  if (cells_ == nullptr) {
    inside_ == nullptr ? squares.template operator()<false, false>() : squares.template operator()<false, true>();
  } else {
    inside_ == nullptr ? squares.template operator()<true, false>() : squares.template operator()<true, true>();
  }
}

template <bool has_cells, bool has_domain, bool has_squares>
inline OneColumn::Row OneColumn::read(Index row, double weight,
                                      Parts<has_cells, has_domain, has_squares> /*parts*/) const {
  const std::int32_t cell = has_cells ? cells_[row] : 0;
  const double centred = values_[row] - pivots_[std::max(cell, 0) * stride_];
  Row read{cell, weight, weight * centred, 0.0, 1.0};
  if constexpr (has_domain) {
    const bool is_inside = inside_[row] != 0;
    read.weight = value_if(is_inside, read.weight);
    read.value = value_if(is_inside, read.value);
    read.count = value_if(is_inside, 1.0);
  }
  if constexpr (has_squares) read.square = read.value * centred;
  return read;
}

void OneColumn::add_to_units(Index begin, Index end, const std::int32_t* units, double* records,
                             std::span<double> by_cell) const {
  with_parts([&]<bool has_cells, bool has_domain, bool has_squares>(Parts<has_cells, has_domain, has_squares> parts) {
    // A table with cells is far: ask the memory for each record well before it is needed.
    constexpr Index kAhead = has_cells ? 24 : 0;
    constexpr Index kWidth = has_cells || has_domain ? 2 : 1;
    ByCell<has_cells, has_squares> rest(by_cell);
    const auto record_of = [&](Index row, std::int32_t cell) {
      return records + (units[row] * cell_count_ + cell) * kWidth;
    };
    for (Index row = begin; row < end; ++row) {
      if constexpr (has_cells) {
        const Index ahead = std::min(row + kAhead, end - 1);
        __builtin_prefetch(record_of(ahead, std::max(cells_[ahead], 0)), 1);
      }
      const Row own = read(row, weights_[row], parts);
      if (has_cells && own.cell < 0) continue;
      double* const record = record_of(row, own.cell);
      if constexpr (kWidth == 2) record[0] += own.weight;
      record[kWidth - 1] += own.value;
      rest.add(own.cell, own.count, own.square);
    }
    rest.finish();
  });
}

/// Uses rows [begin, end) of a list that are in a cell.
template <bool has_cells, bool has_domain, bool has_squares, class Use>
inline void OneColumn::read_list(const List& list, Index begin, Index end,
                                 Parts<has_cells, has_domain, has_squares> parts, const Use& use) const {
  const auto use_if_in_cell = [&](const Row& row) {
    if (!has_cells || row.cell >= 0) use(row);
  };
  if (list.rows == nullptr) {
    for (Index row = begin; row < end; ++row) use_if_in_cell(read(row, list.weights[row], parts));
    return;
  }
  constexpr Index kAhead = 32;
  for (Index i = begin; i < end; ++i) {
    const std::int32_t ahead = list.rows[std::min(i + kAhead, list.size - 1)];
    __builtin_prefetch(values_ + ahead);
    if constexpr (has_cells) __builtin_prefetch(cells_ + ahead);
    if constexpr (has_domain) __builtin_prefetch(inside_ + ahead);
    use_if_in_cell(read(list.rows[i], list.weights[i], parts));
  }
}

void OneColumn::add_unit(const List& list, Index begin, Index end, double* records, std::span<double> by_cell) const {
  with_parts([&]<bool has_cells, bool has_domain, bool has_squares>(Parts<has_cells, has_domain, has_squares> parts) {
    ByCell<has_cells, has_squares> rest(by_cell);
    read_list(list, begin, end, parts, [&](const Row& row) {
      double* const record = records + Index{2} * row.cell;
      record[0] += row.weight;
      record[1] += row.value;
      rest.add(row.cell, row.count, row.square);
    });
    rest.finish();
  });
}

std::size_t OneColumn::add_unit_and_list(const List& list, Index begin, Index end, double* records,
                                         std::span<double> by_cell, std::int32_t* touched) const {
  std::int32_t* next = touched;
  with_parts([&]<bool has_cells, bool has_domain, bool has_squares>(Parts<has_cells, has_domain, has_squares> parts) {
    ByCell<has_cells, has_squares> rest(by_cell);
    std::int32_t* place = touched;
    read_list(list, begin, end, parts, [&](const Row& row) {
      double* const record = records + Index{2} * row.cell;
      *place = row.cell;  // whether it stays is known without a branch
      place += static_cast<int>(record[0] == 0.0) & static_cast<int>(row.weight > 0.0);
      record[0] += row.weight;
      record[1] += row.value;
      rest.add(row.cell, row.count, row.square);
    });
    rest.finish();
    next = place;
  });
  return static_cast<std::size_t>(next - touched);
}

std::optional<OneColumn> OneColumn::of(const Plan& plan, std::span<const double> weights, bool with_weights) {
  const bool one_number = plan.groups.size() == 1 && !plan.groups[0].present && plan.coded.empty() &&
                          plan.numeric.size() == 1 && plan.numeric[0].x.empty() && !plan.numeric[0].y.empty();
  if (!one_number || !plan.layout->has_weight.empty()) return std::nullopt;
  const NumericMoment& moment = plan.numeric[0];
  const bool is_mean = moment.pivot >= 0;
  if (plan.products.size() > (is_mean ? 1U : 0U)) return std::nullopt;  // the spread of a total has another middle
  const bool needs_weights = !plan.cell_of.groups.empty() || !plan.cell_of.domain.empty();
  if (needs_weights != with_weights) return std::nullopt;
  OneColumn made;
  made.weights_ = weights.data();
  made.values_ = moment.y.data();
  made.pivots_ = is_mean ? &plan.pivots[static_cast<std::size_t>(moment.pivot)] : &kNoPivot;
  made.stride_ = is_mean ? plan.pivot_count : 0;
  made.cells_ = plan.cell_of.groups.empty() ? nullptr : plan.cell_of.groups.data();
  made.inside_ = plan.cell_of.domain.empty() ? nullptr : plan.cell_of.domain.data();
  made.cell_count_ = plan.cell_count();
  made.with_squares_ = !plan.products.empty();
  return made;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
