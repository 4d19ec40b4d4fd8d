#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/inference/interval.hpp"
#include "irosurvey/study/codebook.hpp"
#include "irosurvey/study/findings.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// What a printed figure can bear by itself, without any microdata.

/// The counts k out of `base` that agree with a printed share: least ≤ k ≤ most. None if least > most.
struct CountRange {
  Index base = 0;
  Index least = 0;
  Index most = -1;

  [[nodiscard]] bool possible() const noexcept { return least <= most; }
};

/// The counts k with low ≤ 100 k / base ≤ high, in whole numbers throughout.
/// @param bounds in per cent
/// @throws Error(argument) if base < 1.
[[nodiscard]] IROSURVEY_EXPORT CountRange counts_of(const Bounds& bounds, Index base);

/// The smallest base of which some count agrees with `bounds` (in per cent).
/// @throws Error(argument) if low > high or the bounds lie outside 0–100.
[[nodiscard]] IROSURVEY_EXPORT Index smallest_base(const Bounds& bounds);

/// What is assumed when an interval is put around a printed share.
struct EvidenceAssumption {
  double design_effect = 1.0;
  std::optional<Index> population;  ///< size of the finite population; absent: infinite
  inference::IntervalMethod method = inference::IntervalMethod::logit;
};

/// The interval of a share of which only a printed, rounded figure is known: from the lower limit at the
/// least count that agrees with it to the upper limit at the most.
///
/// Of a count k of n: p = k/n, SE² = d (1 − n/N) p (1 − p) / (n − 1) with the design effect d, and
/// n − 1 degrees of freedom. More than that the respondents can't have; how many fewer their clustering
/// leaves isn't known without the microdata, and d stands for it.
/// @throws Error(argument) for a design effect that isn't positive, or a population below the base.
[[nodiscard]] IROSURVEY_EXPORT inference::Interval evidence_interval(const CountRange& counts,
                                                                     const EvidenceAssumption& assumption,
                                                                     ConfidenceLevel level = ConfidenceLevel{0.95});

/// An interval with what was assumed for it. Limits are on the scale 0–1.
struct EvidenceInterval {
  CountRange counts;
  EvidenceAssumption assumption;
  inference::Interval limits{};
};

/// What is known from print about one share.
struct Evidence {
  Finding finding;
  bool ours = false;  ///< the share or its bounds are our reading of words
  std::string words;  ///< what is counted, in words; empty where the codebook doesn't say
  std::string note;
  std::optional<Index> respondents;  ///< the largest base it can have; absent: not printed
  std::string respondents_from;      ///< id of the finding that says so, or "printed base"
  std::vector<CountRange> counts;    ///< for every base from 1 to `respondents`; empty if unknown
  Index smallest_base = 0;
  std::optional<Index> largest_base;  ///< of those up to `respondents`; absent if unknown, or if none can give it
  std::vector<Index> populations;     ///< none, one number, or the ends of a range
  std::string population_words;
  std::vector<EvidenceInterval> intervals;

  /// The counts out of all respondents; null if unknown.
  [[nodiscard]] IROSURVEY_EXPORT const CountRange* full() const noexcept;
};

/// Every share in print: percentages of any study, and the words that the codebook reads as shares.
///
/// Intervals are made by the logit and the beta method, for design effects of 1, 1.5 and 2, at the smallest
/// and the largest base that the figure can have, without a finite population and with each that is known.
/// @throws Error(argument) if the codebook measures a finding that isn't there.
[[nodiscard]] IROSURVEY_EXPORT std::vector<Evidence> evidence(std::span<const Finding> findings,
                                                              const Codebook& codebook,
                                                              ConfidenceLevel level = ConfidenceLevel{0.95});

/// A number that follows from several printed figures, with the sentence that says it.
struct Deduction {
  std::string name;
  Index least = 0;
  Index most = 0;
  std::string sentence;
};

/// What must be true for printed figures to hold together, computed in whole numbers.
struct ConditionEvidence {
  ConditionRule rule;
  Index respondents = 0;
  std::vector<CountRange> counts;  ///< of the rule's findings, and then of its whole, out of all respondents
  std::vector<Deduction> deductions;
};

/// @throws Error(argument) if a rule names a finding that isn't there or isn't a share of known respondents.
[[nodiscard]] IROSURVEY_EXPORT std::vector<ConditionEvidence> conditions(std::span<const Finding> findings,
                                                                         const Codebook& codebook);

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
