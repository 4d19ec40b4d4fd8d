#pragma once

#include <functional>
#include <memory>
#include <span>

#include "core/parallel.hpp"
#include "estimate/plan.hpp"
#include "estimate/unit_sums.hpp"
#include "irosurvey/core/interrupt.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Where the totals of sampling units come from: from rows, here; or from sums that were made elsewhere.
class UnitSource {
 public:
  UnitSource() = default;
  UnitSource(const UnitSource&) = delete;
  UnitSource& operator=(const UnitSource&) = delete;
  virtual ~UnitSource() = default;

  /// Adds the totals of all that a unit of a stage holds to `into`, whose records are as wide as the shape says.
  virtual void add(Index stage, Index unit, UnitSums& into) = 0;
};

/// Makes a source for each block of units, so that blocks can be worked on side by side.
using SourceMaker = std::function<std::unique_ptr<UnitSource>()>;

/// Sources that sum the rows of a plan.
///
/// Rows that lie in the order of units are read as they lie. Where they don't, and units × cells are few, rows are summed
/// into a table of units in the order of the file, once for all sources; else they are fetched in the order of units.
[[nodiscard]] SourceMaker row_sources(const Plan& plan, std::span<const double> weights, int threads,
                                      const Interrupt& interrupt, StopSignal& stop);

/// A source that reads the rows of each unit of any stage, one after the other.
[[nodiscard]] std::unique_ptr<UnitSource> rows_by_unit(const Plan& plan, std::span<const double> weights);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
