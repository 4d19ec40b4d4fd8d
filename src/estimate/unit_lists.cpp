#include "estimate/unit_lists.hpp"

#include <algorithm>
#include <optional>

#include "estimate/one_column.hpp"
#include "estimate/row_records.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using design::Layout;

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

class UnitLists final : public UnitTables {
 public:
  explicit UnitLists(const UnitTableRows& rows)
      : layout_(*rows.plan.layout),
        slots_(at(rows.plan.slot_count())),
        cells_(at(rows.plan.cell_count())),
        by_position_(rows.weights_by_position()),
        one_column_(by_position_.empty() ? std::nullopt : OneColumn::of(rows.plan, rows.weights, true)),
        by_cell_(rows.numbers_by_cell(), 0.0) {
    if (!one_column_) records_.emplace(rows.row_records());
  }

  [[nodiscard]] UnitRecords units(Index begin, Index end) override {
    const Index first = layout_.first_position(0, begin);
    const Index past = layout_.first_position(0, end);
    reserve(at(std::min(past - first, (end - begin) * static_cast<Index>(cells_))));
    size_ = 0;
    holders_ = 0;
    one_column_ ? list_column(begin, end) : list_blocks(begin, first, past);
    return {.totals = {totals_.data(), size_ * slots_},
            .cells = std::span<const std::int32_t>(listed_.data(), size_),
            .holders = holders_};
  }

  [[nodiscard]] std::span<const double> by_cell() const override { return by_cell_; }
  [[nodiscard]] bool lists() const override { return true; }

 private:
  /// Room for so many records, and for the table of a unit, which is 0 between units.
  void reserve(std::size_t records) {
    if (listed_.size() <= records) {
      listed_.resize(records + 1);  // each row writes down its cell, and most are kept
      totals_.resize(records * slots_);
    }
    table_.resize(cells_ * slots_, 0.0);
  }

  void list_column(Index begin, Index end) {
    const std::int32_t* const order = layout_.order.empty() ? nullptr : layout_.order.rows().data();
    const OneColumn::List list{order, by_position_.data(), layout_.positions};
    for (Index unit = begin; unit < end; ++unit) {
      const std::size_t touched =
          one_column_->add_unit_and_list(list, layout_.first_position(0, unit), layout_.first_position(0, unit + 1),
                                         table_.data(), by_cell_, &listed_[size_]);
      write_down(touched);
    }
  }

  void list_blocks(Index unit, Index first, Index past) {
    std::size_t touched = 0;
    for (Index position = first; position < past;) {
      const auto count = static_cast<int>(std::min<Index>(RowRecords::kRows, past - position));
      records_->read(layout_.order.empty() ? nullptr : &layout_.order[at(position)], position, count);
      records_->add_to_cells(by_cell_.data());
      for (int done = 0; done < count;) {
        const Index unit_end = layout_.first_position(0, unit + 1);
        const auto stop = static_cast<int>(std::min<Index>(unit_end - position, count));
        records_->add_each(done, stop, [&](int, std::int32_t cell) {
          double* const record = &table_[at(cell) * slots_];
          listed_[size_ + touched] = cell;
          touched += *record == 0.0 ? 1 : 0;
          return record;
        });
        done = stop;
        if (position + done < unit_end) break;
        write_down(touched);
        touched = 0;
        ++unit;
      }
      position += count;
    }
  }

  /// The records of a unit, whose cells are listed.
  void write_down(std::size_t touched) {
    double* to = &totals_[size_ * slots_];
    for (std::size_t k = size_; k < size_ + touched; ++k) {
      double* const record = &table_[at(listed_[k]) * slots_];
      for (std::size_t i = 0; i < slots_; ++i) {
        *to++ = record[i];
        record[i] = 0.0;
      }
    }
    size_ += touched;
    holders_ += touched > 0 ? 1 : 0;
  }

  const Layout& layout_;
  std::size_t slots_;
  std::size_t cells_;
  std::span<const double> by_position_;  ///< weights of `one_column_`
  std::optional<OneColumn> one_column_;
  std::optional<RowRecords> records_;  ///< where there isn't one column
  std::vector<double> by_cell_;
  std::vector<double> table_;  ///< of the unit at hand
  std::vector<std::int32_t> listed_;
  std::vector<double> totals_;
  std::size_t size_ = 0;  ///< records listed
  Index holders_ = 0;
};

}  // namespace

std::unique_ptr<UnitTables> unit_lists(const UnitTableRows& rows) { return std::make_unique<UnitLists>(rows); }

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
