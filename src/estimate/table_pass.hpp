#pragma once

#include "core/parallel.hpp"
#include "estimate/totals.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Whether the totals of units are best written out as tables: one stage adds to the variance, and units fill a good part of
/// their cells. The data alone decide.
[[nodiscard]] bool takes_tables(const Design& design, const Plan& plan);

/// Variances within cells, from tables of units: what `fold_units` gives, up to rounding, at a fraction of the cost.
[[nodiscard]] Totals<CellVariances> fold_tables(const Design& design, const Plan& plan, const Query& query,
                                                StopSignal& stop);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
