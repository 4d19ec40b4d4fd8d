#include "estimate/row_records.hpp"

#include <algorithm>
#include <set>

#include "estimate/kernels.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// The slots of a column's levels, each once.
std::vector<int> slots_of(const CodedMoment& moment) {
  const std::set<int> slots(moment.slot_of_level.begin(), moment.slot_of_level.end());
  return {slots.upper_bound(-1), slots.end()};
}

}  // namespace

RowRecords::RowRecords(const Plan& plan, std::span<const double> weights)
    : RowRecords(plan, weights, 0, false, plan.shape().width()) {}

RowRecords::RowRecords(const Plan& plan, std::span<const double> weights, int first_slot, bool by_position)
    : RowRecords(plan, weights, first_slot, by_position, plan.slot_count()) {}

RowRecords::RowRecords(const Plan& plan, std::span<const double> weights, int first, bool by_position, int end)
    : plan_(plan),
      weights_(weights),
      first_(first),
      by_position_(by_position),
      one_cell_(plan.cell_count() == 1 && plan.cell_of.groups.empty()),
      all_weighted_(plan.layout->has_weight.empty()),
      columns_(at(plan.shape().width()), nullptr),
      values_(plan.numeric.size(), nullptr),
      slots_(plan.coded.size(), nullptr),
      ones_(kRows, 1.0),
      codes_(kRows),
      cell_codes_(kRows),
      kept_cells_(kRows),
      flags_(kRows),
      slot_buffers_(plan.coded.size(), std::vector<std::int32_t>(kRows)) {
  for (const CodedMoment& moment : plan.coded) coded_slots_.push_back(slots_of(moment));
  for (int place = first; place < end; ++place) {
    const bool apart = place < plan.slot_count() && plan.slots[at(place)].kind == SlotOrigin::Kind::coded &&
                       is_scattered(plan.slots[at(place)].moment);
    if (!apart) places_.push_back(place);
  }
}

bool RowRecords::is_scattered(int coded) const {
  // Beyond so many slots a column of numbers for each costs more than a jump for each row.
  constexpr std::size_t kFewSlots = 8;
  return coded_slots_[at(coded)].size() > kFewSlots;
}

double* RowRecords::new_column() {
  // Columns a power of two apart would fight for the same lines of the cache.
  constexpr std::size_t kStride = kRows + 8;
  if (used_ == buffers_.size()) buffers_.push_back(std::make_unique_for_overwrite<double[]>(kStride));
  return buffers_[used_++].get();
}

/// Asks the memory for a column's rows of the next block. Blocks are about as long as pages, at whose ends the processor stops
/// guessing what will be read, and begins anew in each column.
template <class Number>
void RowRecords::ask_for_next(const Number* from) const {
  constexpr Index kInLine = 64 / sizeof(Number);
  const Index next = begin_ + count_;
  const Index past = std::min(next + count_, plan_.layout->positions);
  for (Index row = next; row < past; row += kInLine) __builtin_prefetch(from + row, 0, 2);
}

/// Where the block's values of a column lie; copied together first where the rows aren't neighbours.
template <class Number>
const Number* RowRecords::view(const Number* from, std::vector<Number>& copies) const {
  if (rows_ == nullptr) {
    ask_for_next(from);
    return from + begin_;
  }
  kernels::gather(from, rows_, count_, copies.data());
  return copies.data();
}

const double* RowRecords::view(const double* from) {
  if (rows_ == nullptr) {
    ask_for_next(from);
    return from + begin_;
  }
  double* copy = new_column();
  kernels::gather(from, rows_, count_, copy);
  return copy;
}

void RowRecords::read(const std::int32_t* rows, Index first, int count) {
  rows_ = rows;
  begin_ = first;
  count_ = count;
  used_ = 0;
  scattered_.clear();
  read_weights();
  for (int g = 0; g < plan_.group_count(); ++g) {
    read_group(g);
    const PresenceGroup& group = plan_.groups[at(g)];
    for (const int which : group.numeric) read_moment(which, g);
    for (const int which : group.coded) read_levels(which, g);
    for (const int which : group.products) read_product(which, g);
  }
}

void RowRecords::read_weights() {
  const CellMap& cell_of = plan_.cell_of;
  row_weights_ = by_position_ ? weights_.data() + begin_ : view(weights_.data());
  if (!cell_of.domain.empty()) {
    double* inside = new_column();
    kernels::keep_if(view(cell_of.domain.data(), flags_), row_weights_, count_, inside);
    row_weights_ = inside;
  }
  if (one_cell_) return;
  if (cell_of.groups.empty()) {
    std::fill_n(kept_cells_.begin(), count_, 0);
    cells_ = kept_cells_.data();
  } else {
    cells_ = view(cell_of.groups.data(), cell_codes_);
  }
  if (all_weighted_ && cell_of.domain.empty()) return;
  kernels::leave_unweighted(cells_, row_weights_, count_, kept_cells_.data());
  cells_ = kept_cells_.data();
}

void RowRecords::read_group(int g) {
  const PresenceGroup& group = plan_.groups[at(g)];
  const double* weights = row_weights_;
  if (group.present) {
    double* present = new_column();
    kernels::keep_if(view(group.present->data(), flags_), row_weights_, count_, present);
    weights = present;
  }
  columns_[at(g)] = weights;
  const double* counts = ones_.data();
  if (group.present || !plan_.cell_of.domain.empty() || !all_weighted_) {
    double* nonzero = new_column();
    kernels::indicate(weights, count_, nonzero);
    counts = nonzero;
  }
  columns_[at(plan_.slot_count() + g)] = counts;
}

/// y − c x, with c the pivot of each row's cell; no x: 1.
const double* RowRecords::less_pivot(const double* y, const double* x, int which) {
  double* centred = new_column();
  if (!one_cell_) {
    kernels::centre_by_cell(y, x, pivots(which), plan_.pivot_count, cells_, count_, centred);
  } else if (x == nullptr) {
    kernels::centre(y, *pivots(which), count_, centred);
  } else {
    kernels::centre(y, x, *pivots(which), count_, centred);
  }
  return centred;
}

/// w (y − c x), with c the pivot of each row's cell (0 for a plain total); no x: 1.
void RowRecords::weigh(int pivot, const double* w, const double* y, const double* x, double* to) const {
  if (pivot >= 0 && !one_cell_) {
    kernels::weigh_by_cell(w, y, x, pivots(pivot), plan_.pivot_count, cells_, count_, to);
  } else if (x == nullptr) {
    kernels::weigh(w, y, pivot < 0 ? 0.0 : *pivots(pivot), count_, to);
  } else {
    kernels::weigh(w, y, x, *pivots(pivot), count_, to);
  }
}

void RowRecords::read_moment(int which, int g) {
  const NumericMoment& m = plan_.numeric[at(which)];
  const double* values = m.y.empty() ? ones_.data() : view(m.y.data());
  double* weighted = new_column();
  columns_[at(m.slot)] = weighted;
  const double* x = m.x.empty() || m.pivot < 0 ? nullptr : view(m.x.data());
  if (plan_.products.empty())
    return weigh(m.pivot, columns_[at(g)], values, x, weighted);  // nobody asks for the values
  if (m.pivot >= 0) values = less_pivot(values, x, m.pivot);
  if (plan_.groups[at(g)].present || !plan_.cell_of.domain.empty() || !all_weighted_) {
    double* kept = new_column();  // what is missing is NaN, and 0 × NaN isn't 0
    kernels::keep_where(columns_[at(g)], values, count_, kept);
    values = kept;
  }
  values_[at(which)] = values;
  kernels::multiply(columns_[at(g)], values, count_, weighted);
}

void RowRecords::read_levels(int which, int g) {
  const CodedMoment& m = plan_.coded[at(which)];
  std::int32_t* slots = slot_buffers_[at(which)].data();
  kernels::look_up(view(m.codes, codes_), m.slot_of_level.data(), count_, slots);
  slots_[at(which)] = slots;
  if (is_scattered(which)) {
    scattered_.push_back({g, slots});
    return;
  }
  for (const int slot : coded_slots_[at(which)]) {
    double* selected = new_column();
    kernels::select(slots, slot, columns_[at(g)], count_, selected);
    columns_[at(slot)] = selected;
  }
}

/// What rows add to a slot, about the centre of that slot: near 0, so that squares keep their digits.
const double* RowRecords::centred(int slot, int g) {
  const SlotOrigin& origin = plan_.slots[at(slot)];
  if (origin.kind == SlotOrigin::Kind::one) return ones_.data();
  if (origin.kind == SlotOrigin::Kind::coded) {
    double* indicator = new_column();
    kernels::select(slots_[at(origin.moment)], slot, ones_.data(), count_, indicator);
    return indicator;
  }
  const NumericMoment& m = plan_.numeric[at(origin.moment)];
  if (m.centre < 0) return values_[at(origin.moment)];
  const double* centred = less_pivot(values_[at(origin.moment)], nullptr, m.centre);
  double* kept = new_column();  // a row that adds nothing isn't at its centre
  kernels::keep_where(columns_[at(g)], centred, count_, kept);
  return kept;
}

void RowRecords::read_product(int which, int g) {
  const ProductMoment& p = plan_.products[at(which)];
  const double* first = centred(p.first, g);
  const double* second = p.second == p.first ? first : centred(p.second, g);
  double* weighted = new_column();
  kernels::multiply(columns_[at(g)], first, count_, weighted);
  double* product = new_column();
  kernels::multiply(weighted, second, count_, product);
  columns_[at(plan_.slot_count() + plan_.group_count() + which)] = product;
}

void RowRecords::add_run(int begin, int end, double* record) const {
  for (const int place : places_) record[place - first_] += kernels::sum(columns_[at(place)] + begin, end - begin);
  if (scattered_.empty()) return;
  for (int i = begin; i < end; ++i) add_levels(i, record);
}

void RowRecords::add_to_cells(double* sums) const {
  const std::size_t begin = plan_.slots.size();
  const std::size_t width = columns_.size() - begin;
  for (std::size_t k = 0; k < width; ++k) {
    const double* column = columns_[begin + k];
    if (cells_ == nullptr) {
      sums[k] += column == ones_.data() ? static_cast<double>(count_) : kernels::sum(column, count_);
      continue;
    }
    for (int i = 0; i < count_; ++i) {
      if (cells_[i] >= 0) sums[static_cast<std::size_t>(cells_[i]) * width + k] += column[i];
    }
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
