#pragma once

#include <memory>

#include "estimate/unit_tables.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Units as lists of the records that their rows touch, for questions of which most units have no rows in most cells. Rows are
/// read in the order of units; each unit is summed in a table of all cells, small enough to stay near, and what it touched is
/// written down and made 0 again.
[[nodiscard]] std::unique_ptr<UnitTables> unit_lists(const UnitTableRows& rows);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
