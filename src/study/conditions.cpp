// What must be true for several printed figures to hold together: in whole numbers, from counts alone.

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "irosurvey/core/error.hpp"
#include "irosurvey/study/evidence.hpp"
#include "study/lookup.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

std::string percent(Index count, Index base) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", 100.0 * static_cast<double>(count) / static_cast<double>(base));
  return text;
}

std::string range(Index least, Index most) {
  return least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
}

std::string percent_range(Index least, Index most, Index base) {
  return least == most ? percent(least, base) + "%" : percent(least, base) + "% to " + percent(most, base) + "%";
}

/// Figures of a rule with their counts out of all respondents.
struct Figures {
  std::vector<const Finding*> findings;
  std::vector<CountRange> counts;
  Index base = 0;
  std::string people;  ///< "IROs"

  [[nodiscard]] const std::string& printed(std::size_t i) const { return findings[i]->printed; }
  [[nodiscard]] std::string counted(std::size_t i) const {
    return "“" + printed(i) + "” is " + range(counts[i].least, counts[i].most);
  }
};

[[noreturn]] void no_base(const std::string& id, std::string expected) {
  throw Error(ErrorCode::argument, {.subject = "condition on the finding '" + id + "'",
                                    .row = {},
                                    .expected = std::move(expected),
                                    .found = "another finding",
                                    .remedy = {},
                                    .candidates = {}});
}

Figures figures_of(const ConditionRule& rule, std::span<const Finding> findings, const Codebook& codebook) {
  std::vector<std::string> ids = rule.findings;
  if (!rule.whole.empty()) ids.push_back(rule.whole);
  Figures figures;
  for (const std::string& id : ids) {
    const Finding& finding = find_finding(findings, id);
    const Respondents respondents = respondents_of(finding, findings, codebook);
    const Measure* const measure = codebook.measure(id);
    if (!respondents.number || measure == nullptr || measure->statistic != MeasureStatistic::share) {
      no_base(id, "a share of known respondents");
    }
    if (!figures.findings.empty() && figures.base != *respondents.number) {
      no_base(id, "the same respondents as of '" + ids.front() + "'");
    }
    figures.base = *respondents.number;
    figures.people = codebook.instrument(measure->instrument).unit + "s";
    figures.findings.push_back(&finding);
    figures.counts.push_back(counts_of(finding.bounds, figures.base));
    if (!figures.counts.back().possible()) no_base(id, "a share that a count of all can give");
  }
  return figures;
}

// ── within ──────────────────────────────────────────────────────────────────────────────────────────

Deduction rest_of_the_outer(const Figures& figures) {
  const CountRange& inner = figures.counts[0];
  const CountRange& outer = figures.counts[1];
  const Index least = std::max(Index{0}, outer.least - inner.most);
  const Index most = outer.most - inner.least;
  return {"in the second only, if the first is within it", least, most,
          "If all " + std::to_string(figures.base) + " " + figures.people + " answered both, " + figures.counted(0) +
              " of them and " + figures.counted(1) +
              ". If everyone counted in the first is counted in the second too, " + range(least, most) + " (" +
              percent_range(least, most, figures.base) + ") are counted in the second alone."};
}

Deduction least_in_both(const Figures& figures) {
  const CountRange& first = figures.counts[0];
  const CountRange& second = figures.counts[1];
  const Index least = std::max(Index{0}, first.least + second.least - figures.base);
  const Index most = std::min(first.most, second.most);
  return {"in both, whatever the overlap", least, most,
          "Whatever the overlap, " + range(least, most) + " of the " + std::to_string(figures.base) + " (" +
              percent_range(least, most, figures.base) +
              ") are counted in both: the two figures alone don't say that one group lies within "
              "the other."};
}

/// The bases, up to all respondents, of which one count gives both figures.
Deduction one_count_one_base(const Figures& figures) {
  Index least = 0;
  Index most = 0;
  for (Index base = 1; base <= figures.base; ++base) {
    const CountRange a = counts_of(figures.findings[0]->bounds, base);
    const CountRange b = counts_of(figures.findings[1]->bounds, base);
    if (std::max(a.least, b.least) > std::min(a.most, b.most)) continue;
    if (least == 0) least = base;
    most = base;
  }
  return {"bases of which one count gives both", least, most,
          most == 0 ? "Out of one and the same base, whichever it is, no number of " + figures.people +
                          " gives both figures: they are not the same answer to the same question."
                    : "Out of some bases, from " + range(least, most) + ", one and the same number of " +
                          figures.people + " gives both figures."};
}

/// The largest base of the second figure if its count is one that gives the first as well.
Deduction one_count_two_bases(const Figures& figures) {
  const Index all = figures.base;
  std::vector<bool> gives_first(static_cast<std::size_t>(all) + 1, false);
  for (Index base = 1; base <= all; ++base) {
    const CountRange counts = counts_of(figures.findings[0]->bounds, base);
    for (Index k = counts.least; k <= counts.most; ++k) {
      gives_first[static_cast<std::size_t>(k)] = true;
    }
  }
  Index largest = 0;
  for (Index base = 1; base <= all; ++base) {
    const CountRange counts = counts_of(figures.findings[1]->bounds, base);
    for (Index k = counts.least; k <= counts.most; ++k) {
      if (gives_first[static_cast<std::size_t>(k)]) largest = base;
    }
  }
  const std::string people = figures.people;
  return {"base of the second, if the same people are counted", 0, largest,
          largest == 0 ? "The same number of " + people + " can't give both figures, whatever the bases."
                       : "Out of different bases, the same number of " + people + " can give both only if “" +
                             figures.printed(1) + "” is out of at most " + std::to_string(largest) + ": at least " +
                             std::to_string(all - largest) + " of the " + std::to_string(all) +
                             " would have left that question out."};
}

/// The base that the first figure would need for the count that all respondents give to the second.
Deduction base_needed_by_the_first(const Figures& figures) {
  const Index count = figures.counts[1].least;
  Index base = std::max(count, Index{1});
  while (counts_of(figures.findings[0]->bounds, base).most < count) ++base;
  return {"base of the first, for the count of the second", base, base,
          "If “" + figures.printed(1) + "” is out of all " + std::to_string(figures.base) + ", it counts at least " +
              std::to_string(count) + "; for “" + figures.printed(0) +
              "” to count as many, it would have to be out of " + std::to_string(base) + " or more" +
              (base > figures.base ? ": more than responded." : ".")};
}

// ── not within, overlap ─────────────────────────────────────────────────────────────────────────────

Deduction outside_the_second(const Figures& figures) {
  const CountRange& first = figures.counts[0];
  const CountRange& second = figures.counts[1];
  const Index least = std::max(Index{0}, first.least - second.most);
  return {"in the first and not in the second", least, first.most,
          "If all " + std::to_string(figures.base) + " " + figures.people + " answered both, " + figures.counted(0) +
              " of them and " + figures.counted(1) + ". At least " + std::to_string(least) +
              " are counted in the first and not in the second."};
}

Deduction counted_in_several(const Figures& figures) {
  const std::size_t parts = figures.findings.size() - 1;
  Index least_sum = 0;
  Index most_sum = 0;
  std::string sum;
  for (std::size_t i = 0; i < parts; ++i) {
    least_sum += figures.counts[i].least;
    most_sum += figures.counts[i].most;
    sum += (i == 0 ? "" : ", ") + figures.counted(i);
  }
  // A person in all parts is counted `parts` times: `parts` − 1 times more than once.
  const Index spread = static_cast<Index>(parts) - 1;
  const Index beyond = std::max(Index{0}, least_sum - figures.counts[parts].most);
  const Index least = (beyond + spread - 1) / spread;
  const Index most = std::min(figures.counts[parts].most, most_sum / 2);
  return {"in several of the parts", least, most,
          "If all " + std::to_string(figures.base) + " " + figures.people + " answered, " + sum +
              ": together at least " + std::to_string(least_sum) + ". But “" + figures.printed(parts) +
              "” is at most " + std::to_string(figures.counts[parts].most) + ", so that at least " +
              std::to_string(least) + " must be counted in several."};
}

std::vector<Deduction> deduce(ConditionRule::Kind kind, const Figures& figures) {
  switch (kind) {
    case ConditionRule::Kind::within:
      // A first figure of 0% counts nobody, whatever its base.
      if (figures.findings[0]->bounds.high.digits == 0) return {rest_of_the_outer(figures)};
      return {rest_of_the_outer(figures), least_in_both(figures), one_count_one_base(figures),
              one_count_two_bases(figures), base_needed_by_the_first(figures)};
    case ConditionRule::Kind::not_within: return {outside_the_second(figures)};
    case ConditionRule::Kind::overlap: return {counted_in_several(figures)};
  }
  return {};
}

}  // namespace

std::vector<ConditionEvidence> conditions(std::span<const Finding> findings, const Codebook& codebook) {
  std::vector<ConditionEvidence> result;
  for (const ConditionRule& rule : codebook.conditions) {
    Figures figures = figures_of(rule, findings, codebook);
    std::vector<Deduction> deductions = deduce(rule.kind, figures);
    result.push_back({rule, figures.base, std::move(figures.counts), std::move(deductions)});
  }
  return result;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
