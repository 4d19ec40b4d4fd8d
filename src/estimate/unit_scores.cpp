#include "estimate/unit_scores.hpp"

#include <algorithm>
#include <functional>

#include "core/at.hpp"
#include "estimate/model_kernels.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

Index units_of(const design::Layout& layout) { return layout.stages[at(layout.depth() - 1)].units(); }

}  // namespace

bool UnitScores::fit(const design::Layout& layout, Index rows, Index columns) {
  constexpr Index kRowsOfUnit = 8;
  // Rows apart meet a table that stays near the processor; neighbours go through theirs once.
  constexpr Index kNear = Index{1} << 18;
  constexpr Index kFar = Index{1} << 21;
  if (layout.positions != rows) return false;
  const Index units = units_of(layout);
  const bool apart = !layout.order.empty();
  if (apart && layout.unit_of_row.empty()) return false;
  return units * kRowsOfUnit <= rows && units * (columns + 1) <= (apart ? kNear : kFar);
}

UnitScores::UnitScores(const design::Layout& layout, Index columns) : layout_(&layout) {
  resize(columns);
  if (!layout.order.empty()) return;
  for (Index unit = 0; unit <= units_of(layout); ++unit) {
    begins_.push_back(layout.first_position(layout.depth() - 1, unit));
  }
}

void UnitScores::resize(Index columns) {
  constexpr std::size_t kLanes = 4;
  columns_ = at(columns);
  stride_ = (columns_ + 1 + kLanes - 1) / kLanes * kLanes;
}

Index UnitScores::unit_of(Index row) const {
  return std::upper_bound(begins_.begin(), begins_.end(), row) - begins_.begin() - 1;
}

void UnitScores::take(const std::vector<std::unique_ptr<Part>>& parts) {
  records_.assign(at(units_of(*layout_)) * stride_, 0.0);
  for (const std::unique_ptr<Part>& part : parts) {
    double* into = &records_[at(part->first_) * stride_];
    std::transform(part->records_.begin(), part->records_.end(), into, into, std::plus<>());
  }
}

UnitScores::Part::Part(const UnitScores& whole, Index begin, Index end) : whole_(whole) {
  Index units = units_of(*whole.layout_);
  if (!whole.begins_.empty()) {
    first_ = at_ = begin < end ? whole.unit_of(begin) : 0;
    units = begin < end ? whole.unit_of(end - 1) + 1 - first_ : 0;
  }
  records_.assign(at(units) * whole.stride_, 0.0);
}

void UnitScores::Part::add(const ModelBlock& block) {
  whole_.begins_.empty() ? add_apart(block) : add_neighbours(block);
}

void UnitScores::Part::add_neighbours(const ModelBlock& block) {
  const auto columns = static_cast<int>(whole_.columns_);
  for (int begin = 0; begin < block.rows;) {
    const Index row = block.row(begin);
    while (whole_.begins_[at(at_) + 1] <= row) ++at_;
    const Index past = whole_.begins_[at(at_) + 1];
    int end = begin;
    if (block.is_dense) {
      end = static_cast<int>(std::min<Index>(block.rows, past - block.first));
    } else {
      while (end < block.rows && block.row(end) < past) ++end;
    }
    double* record = &records_[at(at_ - first_) * whole_.stride_];
    add_dots_between(block.x.data(), block.s, columns, begin, end, record);
    record[columns] += static_cast<double>(end - begin);
    begin = end;
  }
}

void UnitScores::Part::add_apart(const ModelBlock& block) {
  const std::int32_t* unit = &whole_.layout_->unit_of_row[at(block.first)];
  if (!block.is_dense) {
    unit_.resize(block.index.size());
    for (int i = 0; i < block.rows; ++i) {
      unit_[static_cast<std::size_t>(i)] = whole_.layout_->unit_of_row[at(block.row(i))];
    }
    unit = unit_.data();
  }
  scatter_scores(block.x.data(), block.s, static_cast<int>(whole_.columns_), block.rows, unit,
                 static_cast<int>(whole_.stride_), records_.data());
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
