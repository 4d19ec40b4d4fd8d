#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "design/parts.hpp"
#include "estimate/plan.hpp"
#include "estimate/row_records.hpp"
#include "irosurvey/core/interrupt.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Totals of neighbouring first-stage units: unit by unit, cell by cell, the plan's slots.
struct UnitRecords {
  std::span<double> totals;
  /// The cell of each record where only those are listed that rows were added to, and all others are 0. None: a table of all.
  std::optional<std::span<const std::int32_t>> cells;
  Index holders = 0;  ///< units with rows in any cell, where records are listed
};

/// Gives units their totals.
class UnitTables {
 public:
  UnitTables() = default;
  UnitTables(const UnitTables&) = delete;
  UnitTables& operator=(const UnitTables&) = delete;
  virtual ~UnitTables() = default;

  /// Units [begin, end); it lasts until the next is asked for, and may be written to.
  [[nodiscard]] virtual UnitRecords units(Index begin, Index end) = 0;
  /// Whether records are listed: as many units at once as may be, then.
  [[nodiscard]] virtual bool lists() const { return false; }
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
  /// Weights in the order of units; empty if the design doesn't keep them, because rows have left its sample.
  [[nodiscard]] std::span<const double> weights_by_position() const;
  /// What reads blocks of rows in the order of units.
  [[nodiscard]] RowRecords row_records() const;
  /// How many numbers aren't asked by unit: of rows, and products.
  [[nodiscard]] std::size_t numbers_by_cell() const;
};

/// Makes what gives the units of a block their totals, so that blocks can be worked on side by side: each once.
using UnitTablesMaker = std::function<std::unique_ptr<UnitTables>(Index block)>;

/// Shuffled rows of few units × cells are summed in their order, for all blocks at once; else rows are read in the order of
/// units.
/// @param rows  outlives what is made
[[nodiscard]] UnitTablesMaker unit_tables(const UnitTableRows& rows, StopSignal& stop);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
