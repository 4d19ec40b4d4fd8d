#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "estimate/plan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// What a block of rows adds to the totals of its units: for each place of a record (see `Shape`) a column of numbers.
///
/// Moments are worked out one after another for the whole block, each by a few short loops; a column that lies in memory
/// as it is needed is only pointed at. Rows outside the domain, or with a missing value, add zeros.
class RowRecords {
 public:
  static constexpr int kRows = 512;

  /// @param weights  of all rows
  RowRecords(const Plan& plan, std::span<const double> weights);
  /// Records of the slots from `first_slot` on alone. What is counted and squared is added up by cell, not by unit.
  /// @param weights  of all rows, or of all positions in the order of units if `by_position`
  RowRecords(const Plan& plan, std::span<const double> weights, int first_slot, bool by_position);

  /// Reads `count` rows: those listed from `rows` on, or, if that is null, `first`, `first` + 1 …
  void read(const std::int32_t* rows, Index first, int count);

  /// Cells of the block's rows, -1 for a row that adds to none; null if all are in cell 0, whatever they add.
  [[nodiscard]] const std::int32_t* cells() const { return cells_; }

  /// Adds the block's numbers of rows, and products, to those of their cells.
  void add_to_cells(double* sums) const;

  /// Adds rows [begin, end) of the block, all in one cell, to a record.
  void add_run(int begin, int end, double* record) const;

  /// Adds each row i of [begin, end) that is in a cell to the record `record_of(i, cell)`.
  template <class RecordOf>
  void add_each(int begin, int end, const RecordOf& record_of) const {
    switch (scattered_.empty() ? places_.size() : 0) {
      case 1: return add_narrow<1>(begin, end, record_of);
      case 2: return add_narrow<2>(begin, end, record_of);
      case 3: return add_narrow<3>(begin, end, record_of);
      case 4: return add_narrow<4>(begin, end, record_of);
      case 7: return add_narrow<7>(begin, end, record_of);
      case 8: return add_narrow<8>(begin, end, record_of);
      default: break;
    }
    for (int i = begin; i < end; ++i) {
      const std::int32_t cell = cell_of(i);
      if (cell < 0) continue;
      double* record = record_of(i, cell);
      for (const int place : places_) record[place - first_] += columns_[static_cast<std::size_t>(place)][i];
      add_levels(i, record);
    }
  }

 private:
  /// A column whose levels have too many slots for a column of numbers each: a row adds its weight to one of them.
  struct Scattered {
    int group;
    const std::int32_t* slots;
  };

  RowRecords(const Plan& plan, std::span<const double> weights, int first, bool by_position, int end);

  [[nodiscard]] std::int32_t cell_of(int i) const { return cells_ == nullptr ? 0 : cells_[i]; }

  /// As many numbers as the compiler knows: they go side by side.
  template <int Width, class RecordOf>
  void add_narrow(int begin, int end, const RecordOf& record_of) const {
    std::array<const double*, Width> columns;
    std::copy_n(columns_.begin() + first_, Width, columns.begin());
    for (int i = begin; i < end; ++i) {
      const std::int32_t cell = cell_of(i);
      if (cell < 0) continue;
      double* record = record_of(i, cell);
      for (int k = 0; k < Width; ++k) record[k] += columns[static_cast<std::size_t>(k)][i];
    }
  }

  void add_levels(int i, double* record) const {
    for (const Scattered& scattered : scattered_) {
      const std::int32_t slot = scattered.slots[i];
      if (slot >= 0) record[slot - first_] += columns_[static_cast<std::size_t>(scattered.group)][i];
    }
  }

  template <class Number>
  void ask_for_next(const Number* from) const;
  [[nodiscard]] const double* view(const double* from);
  template <class Number>
  [[nodiscard]] const Number* view(const Number* from, std::vector<Number>& copies) const;
  [[nodiscard]] bool is_scattered(int coded) const;
  double* new_column();
  void read_weights();
  void read_group(int g);
  void read_moment(int which, int g);
  void weigh(int pivot, const double* w, const double* y, const double* x, double* to) const;
  void read_levels(int which, int g);
  void read_product(int which, int g);
  [[nodiscard]] const double* centred(int slot, int g);
  [[nodiscard]] const double* pivots(int which) const { return &plan_.pivots[static_cast<std::size_t>(which)]; }
  [[nodiscard]] const double* less_pivot(const double* y, const double* x, int which);

  const Plan& plan_;
  std::span<const double> weights_;
  int first_;         ///< place in the plan of what records begin with
  bool by_position_;  ///< weights are in the order of units
  bool one_cell_;
  bool all_weighted_;                          ///< no weight is 0
  std::vector<int> places_;                    ///< of a record that have a column of numbers here
  std::vector<std::vector<int>> coded_slots_;  ///< by coded moment: the slots of its levels, each once
  std::vector<const double*> columns_;         ///< by place
  std::vector<const double*> values_;          ///< by numeric moment: y − c x, 0 where it is missing
  std::vector<const std::int32_t*> slots_;     ///< by coded moment: the slot of each row's level
  std::vector<Scattered> scattered_;

  // The block at hand, and room for what has to be worked out or fetched.
  const std::int32_t* rows_ = nullptr;
  Index begin_ = 0;
  int count_ = 0;
  std::size_t used_ = 0;  ///< of `buffers_`
  const double* row_weights_ = nullptr;
  const std::int32_t* cells_ = nullptr;
  std::vector<double> ones_;
  std::vector<std::unique_ptr<double[]>> buffers_;
  std::vector<std::int32_t> codes_;
  std::vector<std::int32_t> cell_codes_;
  std::vector<std::int32_t> kept_cells_;
  std::vector<std::uint8_t> flags_;
  std::vector<std::vector<std::int32_t>> slot_buffers_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
