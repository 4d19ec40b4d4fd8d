#include "irosurvey/study/evidence.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "irosurvey/core/error.hpp"
#include "study/lookup.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

constexpr std::array<double, 3> kDesignEffects{1.0, 1.5, 2.0};
constexpr std::array kMethods{inference::IntervalMethod::logit, inference::IntervalMethod::beta};

[[noreturn]] void wrong(std::string subject, std::string expected, std::string found) {
  throw Error(ErrorCode::argument, {.subject = std::move(subject),
                                    .row = {},
                                    .expected = std::move(expected),
                                    .found = std::move(found),
                                    .remedy = {},
                                    .candidates = {}});
}

Index power_of_ten(int places) {
  Index result = 1;
  for (int i = 0; i < places; ++i) result *= 10;
  return result;
}

// base · percent ÷ 100 as a fraction of whole numbers.
struct Fraction {
  Fraction(const Decimal& percent, Index base)
      : above(percent.digits * base), below(100 * power_of_ten(percent.places)) {}

  [[nodiscard]] Index floor() const { return above / below; }
  [[nodiscard]] Index ceiling() const { return (above + below - 1) / below; }

  Index above;
  Index below;
};

Index least_count(const Bounds& bounds, Index base) {
  const Fraction fraction(bounds.low, base);
  return bounds.kind == BoundsKind::above ? fraction.floor() + 1 : fraction.ceiling();
}

Index most_count(const Bounds& bounds, Index base) {
  const Fraction fraction(bounds.high, base);
  return bounds.kind == BoundsKind::below ? fraction.ceiling() - 1 : fraction.floor();
}

}  // namespace

CountRange counts_of(const Bounds& bounds, Index base) {
  if (base < 1) wrong("base of a share", "at least 1", std::to_string(base));
  return {base, least_count(bounds, base), std::min(base, most_count(bounds, base))};
}

Index smallest_base(const Bounds& bounds) {
  const int places = std::max(bounds.low.places, bounds.high.places);
  if (bounds.low.value() > bounds.high.value() || bounds.low.digits < 0 || bounds.high.value() > 100.0) {
    wrong("bounds of a share", "0 ≤ low ≤ high ≤ 100", "others");
  }
  // Out of this many, every multiple of half the last place is a count, so the search ends there.
  const Index enough = 200 * power_of_ten(places);
  for (Index base = 1; base <= enough; ++base) {
    if (counts_of(bounds, base).possible()) return base;
  }
  wrong("bounds of a share", "a share that some count has", "an empty range");
}

inference::Interval evidence_interval(const CountRange& counts, const EvidenceAssumption& assumption,
                                      ConfidenceLevel level) {
  if (!counts.possible()) wrong("interval of a printed share", "a base that can give it", "none");
  if (!(assumption.design_effect > 0.0) || !std::isfinite(assumption.design_effect)) {
    wrong("design effect", "a positive number", std::to_string(assumption.design_effect));
  }
  if (assumption.population && *assumption.population < counts.base) {
    wrong("finite population", "at least the base, " + std::to_string(counts.base),
          std::to_string(*assumption.population));
  }
  const double n = static_cast<double>(counts.base);
  const double outside = assumption.population ? 1.0 - n / static_cast<double>(*assumption.population) : 1.0;
  const auto limits = [&](Index count) {
    const double p = static_cast<double>(count) / n;
    const double variance = n > 1.0 ? assumption.design_effect * outside * p * (1.0 - p) / (n - 1.0) : 0.0;
    return inference::interval(assumption.method,
                               {.value = p, .standard_error = std::sqrt(variance), .df = n - 1.0, .n = n}, level);
  };
  return {limits(counts.least).lower, limits(counts.most).upper};
}

// ── One finding ─────────────────────────────────────────────────────────────────────────────────────

namespace {

bool is_share(const Finding& finding, const Measure* measure) {
  if (finding.kind == FindingKind::percent) return true;
  return finding.kind == FindingKind::phrase && measure != nullptr && measure->statistic == MeasureStatistic::share;
}

void find_populations(Evidence& evidence, const Measure& measure, std::span<const Finding> findings,
                      const Codebook& codebook) {
  const auto& population = codebook.instrument(measure.instrument).design.population;
  if (!population) return;
  evidence.population_words = population->words;
  if (population->count) {
    evidence.populations = {*population->count};
    return;
  }
  const Bounds& bounds = find_finding(findings, population->finding).bounds;
  evidence.populations = {static_cast<Index>(std::ceil(bounds.low.value())),
                          static_cast<Index>(std::floor(bounds.high.value()))};
}

void find_bases(Evidence& evidence) {
  const Bounds& bounds = evidence.finding.bounds;
  evidence.smallest_base = smallest_base(bounds);
  if (!evidence.respondents) return;
  for (Index base = 1; base <= *evidence.respondents; ++base) {
    evidence.counts.push_back(counts_of(bounds, base));
    if (evidence.counts.back().possible()) evidence.largest_base = base;
  }
}

void add_intervals(Evidence& evidence, Index base, ConfidenceLevel level) {
  const CountRange counts = counts_of(evidence.finding.bounds, base);
  std::vector<std::optional<Index>> populations{std::nullopt};
  for (const Index population : evidence.populations) {
    if (population >= base) populations.emplace_back(population);
  }
  for (const auto method : kMethods) {
    for (const auto& population : populations) {
      for (const double effect : kDesignEffects) {
        const EvidenceAssumption assumption{effect, population, method};
        evidence.intervals.push_back({counts, assumption, evidence_interval(counts, assumption, level)});
      }
    }
  }
}

Evidence evidence_of(const Finding& finding, const Measure* measure, std::span<const Finding> findings,
                     const Codebook& codebook, ConfidenceLevel level) {
  Evidence result;
  result.finding = finding;
  result.ours = finding.kind == FindingKind::phrase;
  if (measure != nullptr) {
    result.ours = result.ours || measure->ours;
    result.words = measure->words;
    result.note = measure->note;
    find_populations(result, *measure, findings, codebook);
  }
  const Respondents respondents = respondents_of(finding, findings, codebook);
  result.respondents = respondents.number;
  result.respondents_from = respondents.from;
  find_bases(result);
  add_intervals(result, result.smallest_base, level);
  if (result.largest_base && *result.largest_base != result.smallest_base) {
    add_intervals(result, *result.largest_base, level);
  }
  return result;
}

}  // namespace

const CountRange* Evidence::full() const noexcept { return counts.empty() ? nullptr : &counts.back(); }

std::vector<Evidence> evidence(std::span<const Finding> findings, const Codebook& codebook, ConfidenceLevel level) {
  for (const Measure& measure : codebook.measures) find_finding(findings, measure.id);
  std::vector<Evidence> result;
  for (const Finding& finding : findings) {
    const Measure* const measure = codebook.measure(finding.id);
    if (!is_share(finding, measure)) continue;
    result.push_back(evidence_of(finding, measure, findings, codebook, level));
  }
  return result;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
