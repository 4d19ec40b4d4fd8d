#pragma once

#include <memory>
#include <vector>

#include "design/layout.hpp"
#include "estimate/model_rows.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Totals of the scores s x of a model, and the number of its rows, by sampling unit of the last stage that counts. They are
/// summed while the rows are at hand to be solved, so that nobody reads them again for a variance.
class UnitScores {
 public:
  /// Whether units are few enough for a table of them. The data alone decide.
  [[nodiscard]] static bool fit(const design::Layout& layout, Index rows, Index columns);

  UnitScores(const design::Layout& layout, Index columns);

  /// Totals of some of the rows.
  class Part {
   public:
    /// Rows [begin, end) of the data.
    Part(const UnitScores& whole, Index begin, Index end);
    /// Adds the rows of a block, whose s is known.
    void add(const ModelBlock& block);

   private:
    friend class UnitScores;
    void add_neighbours(const ModelBlock& block);
    void add_apart(const ModelBlock& block);

    const UnitScores& whole_;
    Index first_ = 0;  ///< unit of the first record
    Index at_ = 0;     ///< unit of the last row, where rows lie in the order of units
    std::vector<double> records_;
    std::vector<std::int32_t> unit_;
  };

  /// Parts that a pass over the rows is cut into at most.
  static constexpr Index kMostParts = 8;

  /// The parts' sums, in their order, in the place of what was here.
  void take(const std::vector<std::unique_ptr<Part>>& parts);
  /// The model has lost columns since.
  void resize(Index columns);

  /// Numbers of a record: s x by column, rows of the model, and room.
  [[nodiscard]] std::size_t stride() const { return stride_; }
  [[nodiscard]] std::size_t width() const { return columns_ + 1; }
  [[nodiscard]] const std::vector<double>& records() const { return records_; }

 private:
  [[nodiscard]] Index unit_of(Index row) const;

  const design::Layout* layout_;
  std::vector<Index> begins_;  ///< first row of each unit and the end, where rows lie in the order of units
  std::size_t columns_ = 0;
  std::size_t stride_ = 0;
  std::vector<double> records_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
