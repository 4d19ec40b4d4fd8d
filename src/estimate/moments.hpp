#pragma once

#include <vector>

#include "estimate/questions.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Compiles the questions: the distinct moments that they need, the bases on which these are taken, and programs that read
/// their totals.
/// @param with_pairs  whether their variances are computed from covariances of totals; replicates need none
void make_statistics(const std::vector<Question>& questions, const Query& query, PlanScope scope, bool with_pairs,
                     ColumnCache& columns, Plan& plan);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
