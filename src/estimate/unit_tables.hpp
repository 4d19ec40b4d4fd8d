#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "design/parts.hpp"
#include "estimate/plan.hpp"
#include "irosurvey/core/interrupt.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Totals of neighbouring first-stage units as a table: unit by unit, cell by cell, the plan's slots.
class UnitTables {
 public:
  UnitTables() = default;
  UnitTables(const UnitTables&) = delete;
  UnitTables& operator=(const UnitTables&) = delete;
  virtual ~UnitTables() = default;

  /// Units [begin, end); it lasts until the next is asked for, and may be written to.
  [[nodiscard]] virtual double* units(Index begin, Index end) = 0;
  /// Numbers of the records that rows were added to (all others are 0), if they are few enough to be listed.
  [[nodiscard]] virtual std::optional<std::span<const std::int32_t>> touched() const = 0;
  /// What isn't asked by unit, of the rows read so far: by cell, the rows of each presence group, then the products.
  [[nodiscard]] virtual std::span<const double> by_cell() const = 0;
};

/// What tables are made of.
struct UnitTableRows {
  const Design::Parts& design;
  const Plan& plan;
  std::span<const double> weights;
  int threads = 0;
  const Interrupt& interrupt;

  /// Whether a unit's slots are the same for every question, but for its numbers: slot 0 is the sum of its weights.
  [[nodiscard]] bool weights_known() const;
  /// Whether most units have no rows in most cells.
  [[nodiscard]] bool touches_few() const;
  /// The weights of each unit; empty unless they are known.
  [[nodiscard]] std::span<const double> known_weights() const;
};

/// Tables for each of the blocks that units are cut into, so that they can be worked on side by side. Shuffled rows of few
/// units × cells are summed in their order, for all blocks at once; else rows are read in the order of units.
[[nodiscard]] std::vector<std::unique_ptr<UnitTables>> unit_tables(const UnitTableRows& rows, Index blocks,
                                                                   StopSignal& stop);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
