#pragma once

#include <optional>
#include <string_view>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/inference/interval.hpp"
#include "irosurvey/study/evidence.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// Where an interval lies, seen from a requirement.
enum class Standing {
  within,  ///< all of it meets the requirement
  across,  ///< part of it does
  beyond,  ///< none of it does
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Standing standing) noexcept;

/// @param required  what meets the requirement, ends included; an open end is infinite
/// @throws Error(argument) for limits that aren't in order.
[[nodiscard]] IROSURVEY_EXPORT Standing standing_of(const inference::Interval& limits,
                                                    const inference::Interval& required);

/// The difference between two printed shares of independent samples, second less first.
struct PrintedDifference {
  double least = 0.0;  ///< of all counts that agree with the two figures
  double most = 0.0;
  inference::Interval limits{};  ///< with chance
};

/// With limits l and u of each share (`evidence_interval`),
///     d − √((p₂ − l₂)² + (u₁ − p₁)²),   d + √((u₂ − p₂)² + (p₁ − l₁)²)
/// (Newcombe 1998, method 10, with design-based limits: Zou and Donner 2008), at the counts that make it the lowest and at
/// those that make it the highest: rounding is in it.
/// @throws Error(argument) as `evidence_interval`.
[[nodiscard]] IROSURVEY_EXPORT PrintedDifference printed_difference(const CountRange& first, const CountRange& second,
                                                                    double design_effect = 1.0,
                                                                    ConfidenceLevel level = ConfidenceLevel{0.95});

/// How many must have answered the second question, of which only a printed figure is known, for the two to differ by more
/// than chance: from this base on every base up to `most` does, that can give the figure at all. Absent: none is large enough.
/// @throws Error(argument) as `counts_of` and `evidence_interval`.
[[nodiscard]] IROSURVEY_EXPORT std::optional<Index> base_that_tells_apart(const CountRange& first, const Bounds& second,
                                                                          Index most = 2000, double design_effect = 1.0,
                                                                          ConfidenceLevel level = ConfidenceLevel{
                                                                              0.95});

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
