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
  Index target = 0;           ///< of a group: the cell; of a coded moment: cell × slots + slot
  bool side_by_side = false;  ///< whether the rows are neighbours in the data
};

/// Rows of a block sorted by where they go.
struct SortedRows {
  std::vector<std::int32_t> order;  ///< rows, counted from the block's first; those that go nowhere aren't there
  std::vector<Run> runs;
};

/// What the rows of a presence group add up: each row a 1, its numbers, and products of its numbers.
struct GroupRows {
  SortedRows rows;
  std::vector<std::vector<double>> values;    ///< of each numeric moment of the group, in the rows' order
  std::vector<std::vector<double>> products;  ///< of each product
};

/// A few thousand neighbouring rows, evaluated once for however many columns of weights.
class RowBlock {
 public:
  static constexpr Index kRows = 2048;

  /// @param with_products  whether products are evaluated too
  RowBlock(const Plan& plan, bool with_products);
  /// Evaluates rows [begin, end).
  void evaluate(Index begin, Index end);

  [[nodiscard]] Index begin() const noexcept { return begin_; }
  [[nodiscard]] Index size() const noexcept { return end_ - begin_; }
  [[nodiscard]] const std::vector<GroupRows>& groups() const noexcept { return groups_; }
  [[nodiscard]] const std::vector<SortedRows>& coded() const noexcept { return coded_; }  ///< as Plan::coded

 private:
  void sort(std::span<const Index> targets, Index target_count, SortedRows& into);
  void evaluate_group(std::size_t which);
  void evaluate_coded(int which, const PresenceGroup& group);

  const Plan& plan_;
  bool with_products_;
  Index begin_ = 0;
  Index end_ = 0;
  std::vector<std::int32_t> cells_;
  std::vector<Index> targets_;
  std::vector<Index> counts_;
  std::vector<GroupRows> groups_;
  std::vector<SortedRows> coded_;
};

/// What a row adds to the slot of a numeric moment: y − c x, or y.
[[nodiscard]] double moment_of(const Plan& plan, const NumericMoment& moment, std::size_t row, std::int32_t cell);
/// What a row adds to a slot, about the centre of that slot.
[[nodiscard]] double centred_moment(const Plan& plan, int slot, std::size_t row, std::int32_t cell);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
