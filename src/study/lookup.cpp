#include "study/lookup.hpp"

#include <algorithm>
#include <vector>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

const Finding& find_finding(std::span<const Finding> findings, std::string_view id) {
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.id == id; });
  if (found != findings.end()) return *found;
  std::vector<std::string> ids;
  for (const Finding& finding : findings) ids.push_back(finding.id);
  throw Error(ErrorCode::argument, {.subject = "finding of the codebook",
                                    .row = {},
                                    .expected = "an id of the list of findings",
                                    .found = "'" + std::string(id) + "'",
                                    .remedy = {},
                                    .candidates = near_names(id, ids)});
}

Respondents respondents_of(const Finding& finding, std::span<const Finding> findings, const Codebook& codebook) {
  if (finding.base) return {finding.base, "printed base"};
  const Measure* const measure = codebook.measure(finding.id);
  if (measure == nullptr) return {};
  for (const Measure& other : codebook.measures) {
    if (other.statistic != MeasureStatistic::count || other.instrument != measure->instrument) {
      continue;
    }
    const Finding& count = find_finding(findings, other.id);
    if (count.value) return {static_cast<Index>(count.value->value()), count.id};
  }
  return {};
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
