#include "estimate/plan.hpp"

#include <algorithm>
#include <utility>

#include "design/parts.hpp"
#include "estimate/cells.hpp"
#include "estimate/column_cache.hpp"
#include "estimate/moments.hpp"
#include "estimate/pivots.hpp"
#include "estimate/questions.hpp"
#include "estimate/residuals.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// Rows that stay under `listwise`: those complete in every variable and group of the query. Null: all of them.
std::shared_ptr<const Presence> complete_rows(const std::vector<Question>& questions, const Query& query,
                                              ColumnCache& columns) {
  Presences known;
  for (const std::string& name : query.by) known.push_back(columns.presence_of(name));
  for (const Question& question : questions) {
    for (const Variable& variable : variables_of(question.expression)) known.push_back(columns.known_rows(variable));
  }
  std::shared_ptr<const Presence> complete = all_of(std::move(known));
  if (!complete || std::any_of(complete->begin(), complete->end(), [](std::uint8_t c) { return c != 0; })) {
    return complete;
  }
  throw Error(ErrorCode::argument, {.subject = "missing = 'listwise'",
                                    .row = {},
                                    .expected = "at least one row without a missing value",
                                    .found = "none",
                                    .remedy = "Ask fewer variables at a time, or use missing = 'domain'.",
                                    .candidates = {}});
}

/// Takes incomplete rows out of the sample: units and strata are counted anew without them.
void leave_sample(const Presence& complete, const Design& design, Plan& plan) {
  std::vector<Index> kept;
  for (std::size_t row = 0; row < complete.size(); ++row) {
    if (complete[row] != 0) kept.push_back(static_cast<Index>(row));
  }
  plan.kept_domain = complete;
  for (std::size_t row = 0; row < plan.cell_of.domain.size(); ++row) plan.kept_domain[row] &= plan.cell_of.domain[row];
  plan.cell_of.domain = plan.kept_domain;
  // Weights were calibrated on all rows, and aren't calibrated anew: those that leave keep their part in the residuals.
  if (has_auxiliaries(design) && design.replicates() == 0) return;
  design::Layout layout = design::build_layout(design.frame(), design.spec(), kept);
  design::mark_weighted_units(design.weights(), layout);
  plan.layout = std::make_shared<const design::Layout>(std::move(layout));
}

}  // namespace

std::vector<int> Plan::groups_of_slots() const {
  std::vector<int> result(slots.size(), -1);
  for (int g = 0; g < group_count(); ++g) {
    const PresenceGroup& group = groups[static_cast<std::size_t>(g)];
    result[static_cast<std::size_t>(g)] = g;
    for (const int which : group.numeric) {
      result[static_cast<std::size_t>(numeric[static_cast<std::size_t>(which)].slot)] = g;
    }
    for (const int which : group.coded) {
      for (const int slot : coded[static_cast<std::size_t>(which)].slot_of_level) {
        if (slot >= 0) result[static_cast<std::size_t>(slot)] = g;
      }
    }
  }
  return result;
}

Plan make_plan(const Design& design, const Query& query, PlanScope scope) {
  const Frame& frame = design.frame();
  check_query(query, frame.rows());
  ColumnCache columns(frame, scope == PlanScope::part);
  for (const Statistic& asked : query.statistics) {
    if (scope == PlanScope::part && asked.expression) columns.expect_levels(*asked.expression);
  }
  const std::vector<Question> questions = questions_of(query, frame, columns);
  Plan plan;
  plan.layout = design.parts().layout;
  make_cells(query, scope, columns, plan);
  if (query.missing == MissingRule::listwise) {
    if (const auto complete = complete_rows(questions, query, columns)) leave_sample(*complete, design, plan);
  }
  make_statistics(questions, query, scope, design.replicates() == 0, columns, plan);
  make_pivots(design.weights(), plan);
  // Others read rows where they are folded, or take no squares of unit totals.
  const bool folds_units = design.replicates() == 0 && !has_auxiliaries(design);
  if (scope == PlanScope::whole && folds_units) find_shares(design.weights(), plan);
  columns.hand_over(plan);
  return plan;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
