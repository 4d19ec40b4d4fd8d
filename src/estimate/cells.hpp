#pragma once

#include "estimate/column_cache.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// The cells of a query, and which of them each row is in. Of one column, all of its levels; of several, the combinations that
/// occur, in the order of the levels, the first column slowest.
/// @throws Error(argument) if no row is in any group, unless there are more rows elsewhere.
void make_cells(const Query& query, PlanScope scope, ColumnCache& columns, Plan& plan);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
