#pragma once

#include <vector>

#include "irosurvey/study/reproduce.hpp"
#include "study/analysis.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// The figures of a finding: one, or one for each question. Derived variables are added to `analysis`.
std::vector<Figure> rehearse_finding(Analysis& analysis, const Finding& finding, const Measure& measure, bool synthetic,
                                     ConfidenceLevel level);

/// The rows of a table: the whole, then by each of its variables.
std::vector<TableRow> tabulate(Analysis& analysis, const Measure& table, bool synthetic, ConfidenceLevel level);

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
