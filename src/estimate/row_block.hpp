#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "estimate/plan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Rows that go to the same place: [begin, end) of a family's order.
struct Run {
  Index begin = 0;
  Index end = 0;
  Index place = 0;
  bool side_by_side = false;  ///< whether the rows are neighbours in the data
};

/// How the rows of a block are best added up.
enum class Way {
  runs,       ///< sorted by place: long runs of neighbours, or few rows that go anywhere
  scattered,  ///< in their order, to few places
  far,        ///< in their order, to many places
};

/// Where the rows of a block go. Places are numbered 0 …; the last is nowhere.
struct Placement {
  Way way = Way::runs;
  Index nowhere = 0;                 ///< how many places there are besides
  std::vector<std::int32_t> places;  ///< of each row, in the rows' order
  std::vector<std::int32_t>
      order;  ///< rows sorted by place, counted from the block's first; those that go nowhere aren't there
  std::vector<Run> runs;
};

/// What the rows of a presence group add up: each row a 1, its numbers, and products of its numbers. Places are cells.
struct GroupRows {
  Placement rows;
  std::vector<std::vector<double>> values;    ///< of each numeric moment: sorted for `runs`, else in the rows' order
  std::vector<std::vector<double>> products;  ///< of each product, sorted
};

/// Rows by level of a coded column. Places are cells × the moment's slots.
struct CodedRows {
  Placement rows;
  std::vector<int> slots;         ///< of the moment, each once
  std::vector<int> slot_of_code;  ///< place in `slots`; -1: none
};

/// A few thousand neighbouring rows, evaluated once for however many columns of weights.
class RowBlock {
 public:
  static constexpr Index kRows = 4096;

  /// @param with_products  whether products are evaluated too
  RowBlock(const Plan& plan, bool with_products);
  /// Evaluates rows [begin, end).
  void evaluate(Index begin, Index end);

  [[nodiscard]] Index begin() const noexcept { return begin_; }
  [[nodiscard]] Index size() const noexcept { return end_ - begin_; }
  [[nodiscard]] const std::vector<GroupRows>& groups() const noexcept { return groups_; }
  [[nodiscard]] const std::vector<CodedRows>& coded() const noexcept { return coded_; }  ///< as Plan::coded

 private:
  void place_rows(Placement& rows);
  void sort(Placement& rows);
  [[nodiscard]] bool take_as_sorted(Placement& rows) const;
  void evaluate_group(std::size_t which);
  void evaluate_values(const PresenceGroup& group, GroupRows& into) const;
  void evaluate_one_run(const NumericMoment& moment, const Placement& rows, std::vector<double>& values) const;
  void evaluate_products(const PresenceGroup& group, GroupRows& into) const;
  void evaluate_coded(int which, const PresenceGroup& group);

  const Plan& plan_;
  bool with_products_;
  Index begin_ = 0;
  Index end_ = 0;
  std::vector<std::int32_t> cells_;
  std::vector<Index> counts_;
  std::vector<GroupRows> groups_;
  std::vector<CodedRows> coded_;
};

/// What a row adds to the slot of a numeric moment: y − c x, or y.
[[nodiscard]] double moment_of(const Plan& plan, const NumericMoment& moment, std::size_t row, std::int32_t cell);
/// What a row adds to a slot, about the centre of that slot.
[[nodiscard]] double centred_moment(const Plan& plan, int slot, std::size_t row, std::int32_t cell);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
