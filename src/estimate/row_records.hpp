#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "estimate/plan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// What a block of rows adds to the totals of its units: one record a row, laid out as `Shape` says.
///
/// Moments are worked out one after another for the whole block: each is a short loop over arrays. Rows outside the domain,
/// or with a missing value, add zeros. A level of a coded column is one slot of many, so it stays apart from the record.
class RowRecords {
 public:
  static constexpr int kRows = 512;

  RowRecords(const Plan& plan, std::span<const double> weights);

  /// Reads `count` rows: those listed from `rows` on, or, if that is null, `first`, `first` + 1 …
  void read(const std::int32_t* rows, Index first, int count);

  /// The cell of the i-th row of the block; -1: it adds to none. With one cell it is 0 whatever the row adds.
  [[nodiscard]] std::int32_t cell(int i) const { return one_cell_ ? 0 : cells_[static_cast<std::size_t>(i)]; }

  /// Adds the i-th row of the block to a record.
  void add(int i, double* record) const {
    const double* numbers = &records_[static_cast<std::size_t>(i) * dense_.size()];
    for (std::size_t d = 0; d < dense_.size(); ++d) record[dense_[d]] += numbers[d];
    add_levels(i, record);
  }

  /// Adds rows [begin, end) of the block, all in one cell, to a record.
  void add_all(int begin, int end, double* record) const;

  /// The block's records, if they are whole: no column of levels stays apart. Their width is `Shape::width()`.
  [[nodiscard]] const double* whole_records() const { return coded_.empty() ? records_.data() : nullptr; }

 private:
  struct Coded {
    const CodedMoment* moment;
    int group;
    std::vector<std::int32_t> slots;  ///< of each row; -1: none
  };

  void add_levels(int i, double* record) const {
    for (const Coded& coded : coded_) {
      const std::int32_t slot = coded.slots[static_cast<std::size_t>(i)];
      if (slot >= 0) record[slot] += group_weights_[static_cast<std::size_t>(coded.group * kRows + i)];
    }
  }

  template <class RowAt>
  void read_rows(const RowAt& row_at, int count);
  template <class RowAt>
  void read_weights(const RowAt& row_at, int count);
  template <class RowAt>
  void read_group(int g, const RowAt& row_at, int count);
  template <class RowAt>
  void read_moment(int which, int g, const RowAt& row_at, int count);
  template <class RowAt>
  void read_levels(Coded& coded, const RowAt& row_at, int count);
  void multiply(int which, int g, int count);
  [[nodiscard]] double centred(int slot, int i) const;
  [[nodiscard]] double pivot(int i, int which) const;
  [[nodiscard]] double* column(int place);

  const Plan& plan_;
  std::span<const double> weights_;
  bool one_cell_;
  std::vector<int> dense_;     ///< places in a record, one for each number of the block's records
  std::vector<int> dense_at_;  ///< and back
  std::vector<double> records_;
  std::vector<std::int32_t> cells_;
  std::vector<double> row_weights_;    ///< 0 outside the domain
  std::vector<double> group_weights_;  ///< by presence group: 0 where a value is missing
  std::vector<double> values_;         ///< by numeric moment: y − c x
  std::vector<Coded> coded_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
