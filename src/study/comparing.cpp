#include "irosurvey/study/comparing.hpp"

#include <cmath>
#include <string>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

double share_of(Index count, Index base) { return static_cast<double>(count) / static_cast<double>(base); }

struct Limited {
  double share;
  inference::Interval limits;
};

Limited limited(Index base, Index count, double design_effect, ConfidenceLevel level) {
  const EvidenceAssumption assumption{.design_effect = design_effect, .population = {}};
  return {share_of(count, base), evidence_interval({base, count, count}, assumption, level)};
}

double lower_limit(const Limited& first, const Limited& second) {
  return second.share - first.share - std::hypot(second.share - second.limits.lower, first.limits.upper - first.share);
}

double upper_limit(const Limited& first, const Limited& second) {
  return second.share - first.share + std::hypot(second.limits.upper - second.share, first.share - first.limits.lower);
}

}  // namespace

std::string_view name_of(Standing standing) noexcept {
  switch (standing) {
    case Standing::within: return "within";
    case Standing::across: return "across";
    case Standing::beyond: return "beyond";
  }
  return "";
}

Standing standing_of(const inference::Interval& limits, const inference::Interval& required) {
  const bool in_order = limits.lower <= limits.upper && required.lower <= required.upper;
  if (!in_order) {
    throw Error(ErrorCode::argument, {.subject = "an interval and what is required",
                                      .row = {},
                                      .expected = "lower limits that are at most the upper ones",
                                      .found = "others",
                                      .remedy = {},
                                      .candidates = {}});
  }
  if (limits.lower >= required.lower && limits.upper <= required.upper) return Standing::within;
  return limits.upper < required.lower || limits.lower > required.upper ? Standing::beyond : Standing::across;
}

PrintedDifference printed_difference(const CountRange& first, const CountRange& second, double design_effect,
                                     ConfidenceLevel level) {
  const Limited low_first = limited(first.base, first.least, design_effect, level);
  const Limited high_first = limited(first.base, first.most, design_effect, level);
  const Limited low_second = limited(second.base, second.least, design_effect, level);
  const Limited high_second = limited(second.base, second.most, design_effect, level);
  return {.least = low_second.share - high_first.share,
          .most = high_second.share - low_first.share,
          .limits = {lower_limit(high_first, low_second), upper_limit(low_first, high_second)}};
}

std::optional<Index> base_that_tells_apart(const CountRange& first, const Bounds& second, Index most,
                                           double design_effect, ConfidenceLevel level) {
  std::optional<Index> found;
  for (Index base = most; base >= 1; --base) {
    const CountRange counts = counts_of(second, base);
    if (!counts.possible()) continue;
    const inference::Interval limits = printed_difference(first, counts, design_effect, level).limits;
    if (limits.lower <= 0.0 && limits.upper >= 0.0) break;
    found = base;
  }
  return found;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
