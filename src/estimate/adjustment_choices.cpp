#include "estimate/adjustment_choices.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "design/parts.hpp"
#include "estimate/residuals.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

void add_adjustments(const Design& design, std::vector<Choice>& choices) {
  const auto& adjustments = design.parts().adjustments;
  if (!adjustments || adjustments->empty()) return;
  std::string names;
  for (const design::AdjustmentStep& step : *adjustments) names += (names.empty() ? "" : "; then ") + step.report.name;
  choices.push_back({"calibration", std::move(names)});
  for (const design::AdjustmentStep& step : *adjustments) {
    for (const std::string& note : step.report.notes) choices.push_back({"calibration note", note});
  }
  if (!has_auxiliaries(design) || design.replicates() > 0) return;
  const auto met_totals = [](const design::AdjustmentStep& step) { return step.x.has_value(); };
  const design::AdjustmentStep& last = *std::find_if(adjustments->rbegin(), adjustments->rend(), met_totals);
  std::string residuals = "regression with " + std::string(name_of(last.residual_weights)) + " weights";
  if (adjustments->size() > 1) residuals += ", " + std::string(name_of(last.residual_order));
  choices.push_back({"residuals", std::move(residuals)});
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
