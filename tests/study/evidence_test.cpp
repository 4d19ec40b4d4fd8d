#include "irosurvey/study/evidence.hpp"

#include <algorithm>
#include <cmath>

#include "study/support.hpp"

namespace irosurvey::study {
namespace {

using inference::IntervalMethod;
using study_test::error_of;

constexpr Bounds kHalf{{485, 1}, {495, 1}, BoundsKind::rounding};  // 49 %

/// Whether k of n is printed as `percent`, rounded either way at halves: |100 k / n − percent| ≤ 1/2, in whole numbers.
bool rounds_to(Index k, Index n, Index percent) { return std::abs(200 * k - 2 * percent * n) <= n; }

TEST(Counts, AreThoseThatRoundToThePrintedFigure) {
  for (const Index percent : {0, 1, 17, 46, 49, 50, 62, 99, 100}) {
    // At the ends of the scale half of the rounding interval has no counts.
    const Bounds bounds{
        {std::max<Index>(0, 10 * percent - 5), 1}, {std::min<Index>(1000, 10 * percent + 5), 1}, BoundsKind::rounding};
    for (Index n = 1; n <= 400; ++n) {
      const CountRange range = counts_of(bounds, n);
      for (Index k = 0; k <= n; ++k) {
        EXPECT_EQ(range.least <= k && k <= range.most, rounds_to(k, n, percent))
            << k << " of " << n << " as " << percent << " %";
      }
    }
  }
}

TEST(Counts, TakeHalvesEitherWay) {
  // 29 of 200 is 14.5 %, printed as 14 (half to even) or 15 (half up).
  const Bounds fourteen{{135, 1}, {145, 1}, BoundsKind::rounding};
  const Bounds fifteen{{145, 1}, {155, 1}, BoundsKind::rounding};
  EXPECT_EQ(counts_of(fourteen, 200).most, 29);
  EXPECT_EQ(counts_of(fifteen, 200).least, 29);
}

TEST(Counts, LeaveOutAnEndThatTheWordsExclude) {
  const Bounds majority{{50, 0}, {100, 0}, BoundsKind::above};
  EXPECT_EQ(counts_of(majority, 10).least, 6);
  EXPECT_EQ(counts_of(majority, 11).least, 6);
  const Bounds under_five{{0, 0}, {5, 0}, BoundsKind::below};
  EXPECT_EQ(counts_of(under_five, 100).most, 4);
  EXPECT_EQ(counts_of(under_five, 101).most, 5);
}

TEST(Counts, RefuseAnEmptyBase) {
  EXPECT_NE(error_of(ErrorCode::argument, [] { return counts_of(kHalf, 0); }).find("at least 1"), std::string::npos);
}

TEST(SmallestBase, IsTheFirstOfWhichSomeCountRoundsToTheFigure) {
  for (Index percent = 1; percent < 100; ++percent) {
    Index expected = 1;
    const auto possible = [&](Index n) {
      for (Index k = 0; k <= n; ++k) {
        if (rounds_to(k, n, percent)) return true;
      }
      return false;
    };
    while (!possible(expected)) ++expected;
    EXPECT_EQ(smallest_base({{10 * percent - 5, 1}, {10 * percent + 5, 1}, BoundsKind::rounding}), expected)
        << percent << " %";
  }
}

TEST(SmallestBase, RefusesBoundsThatAreNoShare) {
  error_of(ErrorCode::argument, [] { return smallest_base({{85, 0}, {101, 0}, BoundsKind::ours}); });
  error_of(ErrorCode::argument, [] { return smallest_base({{50, 0}, {50, 0}, BoundsKind::above}); });
}

TEST(EvidenceInterval, SpansTheIntervalsOfAllItsCounts) {
  const CountRange counts = counts_of(kHalf, 295);
  EXPECT_EQ(counts.least, 144);
  EXPECT_EQ(counts.most, 146);
  for (const auto method : {IntervalMethod::logit, IntervalMethod::beta}) {
    const auto whole = evidence_interval(counts, {1.0, {}, method});
    for (Index k = counts.least; k <= counts.most; ++k) {
      const auto one = evidence_interval({295, k, k}, {1.0, {}, method});
      EXPECT_LE(whole.lower, one.lower);
      EXPECT_GE(whole.upper, one.upper);
    }
  }
}

TEST(EvidenceInterval, IsThatOfASimpleRandomSample) {
  // logit⁻¹(logit p ± t SE / (p q)), SE² = p q / (n − 1), t of 294 degrees of freedom at 0.975: 1.968066.
  const double p = 145.0 / 295.0;
  const double half = 1.968066 / std::sqrt(294.0 * p * (1.0 - p));
  const auto limits = evidence_interval({295, 145, 145}, {});
  EXPECT_NEAR(limits.lower, 1.0 / (1.0 + std::exp(half - std::log(p / (1.0 - p)))), 1e-6);
  EXPECT_NEAR(limits.upper, 1.0 / (1.0 + std::exp(-half - std::log(p / (1.0 - p)))), 1e-6);
}

TEST(EvidenceInterval, WidensWithTheDesignEffectAndShrinksWithThePopulation) {
  const CountRange counts{65, 43, 43};
  const auto width = [&](double effect, std::optional<Index> population) {
    const auto limits = evidence_interval(counts, {effect, population, IntervalMethod::logit});
    return limits.upper - limits.lower;
  };
  EXPECT_LT(width(1.0, {}), width(1.5, {}));
  EXPECT_LT(width(1.5, {}), width(2.0, {}));
  EXPECT_LT(width(1.0, 152), width(1.0, {}));
  EXPECT_EQ(width(1.0, 65), 0.0);  // everybody answered
  // A design effect of d on n is what n/d is without: only the product counts.
  EXPECT_NEAR(width(2.0, 130), width(1.0, {}), 1e-15);
}

TEST(EvidenceInterval, SaysNothingOfOneAnswer) {
  const auto limits = evidence_interval({1, 1, 1}, {});
  EXPECT_EQ(limits.lower, 0.0);
  EXPECT_EQ(limits.upper, 1.0);
}

TEST(EvidenceInterval, RefusesWhatHasNoMeaning) {
  error_of(ErrorCode::argument, [] { return evidence_interval(counts_of(kHalf, 10), {}); });
  error_of(ErrorCode::argument, [] { return evidence_interval({10, 5, 5}, {0.0, {}, IntervalMethod::logit}); });
  error_of(ErrorCode::argument, [] { return evidence_interval({10, 5, 5}, {1.0, 9, IntervalMethod::logit}); });
}

// ── The survey's own figures ────────────────────────────────────────────────────────────────────────────────────────

class SurveyEvidence : public testing::Test {
 protected:
  static const std::filesystem::path& folder() {
    static const std::filesystem::path path = IROSURVEY_DATA_DIR;
    return path;
  }
  std::vector<Finding> findings = read_findings(folder() / "findings.csv");
  Codebook codebook = read_codebook(folder() / "codebook.toml");
  std::vector<Evidence> all = evidence(findings, codebook);

  [[nodiscard]] const Evidence& of(std::string_view id) const {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Evidence& one) { return one.finding.id == id; });
    if (found == all.end()) throw std::runtime_error("no evidence on " + std::string(id));
    return *found;
  }
};

TEST_F(SurveyEvidence, TakesEveryPrintedPercentage) {
  for (const Finding& finding : findings) {
    const bool found =
        std::any_of(all.begin(), all.end(), [&](const Evidence& one) { return one.finding.id == finding.id; });
    if (finding.kind != FindingKind::phrase) {
      EXPECT_EQ(found, finding.kind == FindingKind::percent) << finding.id;
    }
  }
}

TEST_F(SurveyEvidence, GivesTheCountsOfEveryBaseUpToTheRespondents) {
  const Evidence& monitor = of("ncb13-monitor");
  EXPECT_EQ(monitor.respondents, 295);
  EXPECT_EQ(monitor.respondents_from, "ncb13-n-iro");
  ASSERT_EQ(monitor.counts.size(), 295u);
  for (const CountRange& range : monitor.counts) {
    for (Index k = 0; k <= range.base; ++k) {
      EXPECT_EQ(range.least <= k && k <= range.most, rounds_to(k, range.base, 49));
    }
  }
  EXPECT_EQ(monitor.smallest_base, 35);  // 17 of 35 = 48.57 %
  EXPECT_EQ(monitor.largest_base, 295);
  EXPECT_EQ(monitor.full()->least, 144);
  EXPECT_FALSE(monitor.ours);
}

TEST_F(SurveyEvidence, MarksReadingsOfWordsAsOurs) {
  EXPECT_TRUE(of("ncb13-follow-up").ours);
  EXPECT_TRUE(of("ncb13-caseload").ours);
  EXPECT_TRUE(of("ncb13-extra-cp-chair").ours);
  EXPECT_FALSE(of("ncb13-court-papers").ours);
}

TEST_F(SurveyEvidence, KnowsWhoseNumberIsKnown) {
  EXPECT_EQ(of("ncb13-caseload").respondents, 65);
  EXPECT_EQ(of("ncb13-caseload").populations, std::vector<Index>{152});
  EXPECT_EQ(of("ncb13-monitor").populations, (std::vector<Index>{850, 950}));
  EXPECT_FALSE(of("ncb13-monitor").population_words.empty());
  EXPECT_TRUE(of("basw12-caseload").populations.empty());
  EXPECT_FALSE(of("basw12-caseload").respondents.has_value());
}

TEST_F(SurveyEvidence, SeesAFigureThatItsPrintedBaseCannotGive) {
  // 40 of 56 is 71.4 %, 41 of 56 is 73.2 %: 72 % of 56 can't be.
  const Evidence& location = of("nairo15-location");
  EXPECT_EQ(location.respondents, 56);
  EXPECT_FALSE(location.full()->possible());
  EXPECT_EQ(location.largest_base, 54);  // 39 of 54
  EXPECT_TRUE(of("nairo15-independence").full()->possible());
}

TEST_F(SurveyEvidence, HasAnIntervalForEveryAssumption) {
  // Two bases × two methods × (no population, 850, 950) × three design effects.
  EXPECT_EQ(of("ncb13-monitor").intervals.size(), 2u * 2u * 3u * 3u);
  EXPECT_EQ(of("ncb13-caseload").intervals.size(), 2u * 2u * 2u * 3u);
  for (const EvidenceInterval& interval : of("ncb13-monitor").intervals) {
    EXPECT_LT(interval.limits.lower, 0.485);
    EXPECT_GT(interval.limits.upper, 0.495);
  }
}

TEST_F(SurveyEvidence, RefusesACodebookThatMeasuresAnUnknownFinding) {
  codebook.measures.front().id = "ncb13-n-iros";
  const std::string message = error_of(ErrorCode::argument, [&] { return evidence(findings, codebook); });
  EXPECT_NE(message.find("Did you mean 'ncb13-n-iro'"), std::string::npos) << message;
}

// ── Figures that must hold together ─────────────────────────────────────────────────────────────────────────────────

const Deduction& named(const ConditionEvidence& condition, std::string_view part) {
  for (const Deduction& deduction : condition.deductions) {
    if (deduction.name.find(part) != std::string::npos) return deduction;
  }
  throw std::runtime_error("no deduction named " + std::string(part));
}

TEST_F(SurveyEvidence, SaysWhatMustBeTrueFor46And62PerCentToHold) {
  const auto rules = conditions(findings, codebook);
  const ConditionEvidence& within = rules.front();
  ASSERT_EQ(within.rule.findings, (std::vector<std::string>{"ncb13-other-duties", "ncb13-any-extra-duty"}));
  EXPECT_EQ(within.respondents, 295);

  // By looking at every pair of counts that give the two figures.
  Index least = 295;
  Index most = 0;
  for (Index a = 0; a <= 295; ++a) {
    for (Index b = a; b <= 295; ++b) {
      if (!rounds_to(a, 295, 46) || !rounds_to(b, 295, 62)) continue;
      least = std::min(least, b - a);
      most = std::max(most, b - a);
    }
  }
  EXPECT_EQ(named(within, "second only").least, least);
  EXPECT_EQ(named(within, "second only").most, most);
  EXPECT_EQ(least, 45);
  EXPECT_EQ(most, 49);

  EXPECT_EQ(named(within, "one count gives both").most, 0);  // of no base

  // By looking at every count and every two bases.
  Index largest = 0;
  for (Index k = 0; k <= 295; ++k) {
    for (Index n = std::max<Index>(k, 1); n <= 295; ++n) {
      if (!rounds_to(k, n, 46)) continue;
      for (Index m = std::max<Index>(k, 1); m <= 295; ++m) {
        if (rounds_to(k, m, 62)) largest = std::max(largest, m);
      }
    }
  }
  EXPECT_EQ(named(within, "same people").most, largest);
  EXPECT_GT(named(within, "base of the first").least, 295);
}

TEST_F(SurveyEvidence, CountsWhoMustBeInSeveralParts) {
  const auto rules = conditions(findings, codebook);
  const auto overlap = std::find_if(rules.begin(), rules.end(), [](const ConditionEvidence& one) {
    return one.rule.kind == ConditionRule::Kind::overlap;
  });
  ASSERT_NE(overlap, rules.end());
  // 141 + 67 + 49 = 257 answers of at most 184 people: 73 too many, and nobody has more than two of them.
  EXPECT_EQ(named(*overlap, "several").least, 37);
}

TEST_F(SurveyEvidence, RefusesAConditionOnWhatIsNoShare) {
  codebook.conditions.front().findings[0] = "ncb13-n-iro";
  EXPECT_NE(error_of(ErrorCode::argument, [&] { return conditions(findings, codebook); }).find("ncb13-n-iro"),
            std::string::npos);
}

}  // namespace
}  // namespace irosurvey::study
