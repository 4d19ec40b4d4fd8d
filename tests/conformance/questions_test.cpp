// What every question has to keep that isn't one expression of totals: quantiles, spreads, distributions, cross-tabs, questions
// with several answers. Statistics of the catalogue are in conformance_test.cpp.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "conformance/surveys.hpp"
#include "irosurvey/estimate/distribution.hpp"
#include "irosurvey/estimate/multiple_response.hpp"
#include "irosurvey/estimate/spread.hpp"
#include "irosurvey/inference/crosstab.hpp"
#include "irosurvey/inference/quantile.hpp"
#include "support/agreement.hpp"
#include "support/derivatives.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::AnswerScale;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::QuantileRule;
using irosurvey::Query;
using irosurvey::Spread;
using irosurvey::Status;
using irosurvey::inference::QuantileInterval;

/// Sums of the same numbers in another order, and about another pivot: powers lose a few digits more than totals do.
constexpr double kReordered = 1e-12;
/// Limits are read off at a share that is right to some 2⁻⁵³; values change by their slope there, tens of standard errors.
constexpr double kReadOff = 1e-10;

/// An estimate with its limits, if it has its own.
struct Answer {
  Estimate estimate;
  std::vector<double> limits{};
};

struct Question {
  std::string name;
  std::function<Answer(const Design&, const Query&)> ask;
  std::vector<std::string> columns;  ///< what it is about
  int power = 0;                     ///< of c that estimates are multiplied by where weights are multiplied by c
  double tolerance = kReordered;
  bool smooth = true;  ///< has a derivative by the weights
  /// What an estimate is multiplied by that its base alone decides; a derivative knows nothing of it.
  std::function<double(double)> of_base = [](double) { return 1.0; };
};

std::ostream& operator<<(std::ostream& out, const Question& question) { return out << question.name; }

// ------------------------------------------------------------------------------------------------- the questions

Question quantile(const std::string& name, QuantileRule rule, QuantileInterval interval) {
  const auto ask = [=](const Design& design, const Query& about) {
    irosurvey::inference::QuantileQuery query;
    query.variables = {"distinct"};
    query.probs = {0.25, 0.6};
    query.rule = rule;
    query.interval = interval;
    query.about = about;
    auto found = irosurvey::inference::quantiles(design, query);
    Answer answer{std::move(found.estimate), std::move(found.lower)};
    answer.limits.insert(answer.limits.end(), found.upper.begin(), found.upper.end());
    return answer;
  };
  return {.name = name, .ask = ask, .columns = {"distinct"}, .tolerance = kReadOff, .smooth = false};
}

Question spread(Spread kind, const std::vector<std::string>& columns) {
  const auto ask = [=](const Design& design, const Query& about) {
    return Answer{irosurvey::spreads(design, kind, std::span(&columns, 1), about)};
  };
  Question question{.name = std::string(name_of(kind)), .ask = ask, .columns = columns};
  if (kind == Spread::variance || kind == Spread::covariance) question.of_base = [](double n) { return n / (n - 1.0); };
  if (kind == Spread::sd) question.of_base = [](double n) { return std::sqrt(n / (n - 1.0)); };
  return question;
}

Question crosstab() {
  const auto ask = [](const Design& design, const Query& about) {
    const irosurvey::inference::CrosstabQuery query{.rows = "answer",
                                                    .columns = "g",
                                                    .layers = about.by,
                                                    .where = about.where,
                                                    .missing = about.missing,
                                                    .df = about.df,
                                                    .threads = about.threads};
    Estimate all = counts_and_shares(irosurvey::inference::crosstab(design, query));
    // Shares alone: counts are totals, and what is asked of both below isn't the same.
    std::vector<EstimateRow> shares;
    for (const EstimateRow& row : all.rows) {
      if (all.statistics[static_cast<std::size_t>(row.statistic)].scale == irosurvey::Scale::share)
        shares.push_back(row);
    }
    all.rows = shares;
    all.covariance.clear();
    return Answer{std::move(all)};
  };
  return {.name = "crosstab shares", .ask = ask, .columns = {"answer", "g"}};
}

Question several_answers(AnswerScale scale) {
  const auto ask = [=](const Design& design, const Query& about) {
    return Answer{irosurvey::multiple_response(
        design, {.columns = {"yes", "other", "third"}, .counted = {Index{1}}, .scale = scale}, about)};
  };
  return {.name = "multiple response " + std::string(name_of(scale)),
          .ask = ask,
          .columns = {"yes", "other", "third"},
          .power = scale == AnswerScale::count ? 1 : 0};
}

std::vector<Question> questions() {
  const std::vector<double> points = {-1.0, 0.5, 1.0};
  const std::vector<double> edges = {-4.0, -0.5, 0.0, 1.5, 8.0};
  return {
      quantile("quantile math woodruff", QuantileRule::math, QuantileInterval::woodruff),
      quantile("quantile school logit", QuantileRule::school, QuantileInterval::logit),
      quantile("quantile hf3 beta", QuantileRule::hf3, QuantileInterval::beta),
      quantile("quantile hf4 woodruff", QuantileRule::hf4, QuantileInterval::woodruff),
      quantile("quantile hf5 symmetric", QuantileRule::hf5, QuantileInterval::symmetric),
      quantile("quantile hf6 logit", QuantileRule::hf6, QuantileInterval::logit),
      quantile("quantile hf7 woodruff", QuantileRule::hf7, QuantileInterval::woodruff),
      quantile("quantile hf8 beta", QuantileRule::hf8, QuantileInterval::beta),
      quantile("quantile hf9 woodruff", QuantileRule::hf9, QuantileInterval::woodruff),
      quantile("quantile sas woodruff", QuantileRule::sas, QuantileInterval::woodruff),
      spread(Spread::variance, {"distinct"}),
      spread(Spread::sd, {"y"}),
      spread(Spread::covariance, {"y", "x"}),
      spread(Spread::correlation, {"u", "x"}),
      spread(Spread::geometric_mean, {"x"}),
      {.name = "cdf",
       .ask = [=](const Design& design,
                  const Query& about) { return Answer{irosurvey::distribution(design, "u", points, about)}; },
       .columns = {"u"}},
      {.name = "histogram of totals",
       .ask =
           [=](const Design& design, const Query& about) {
             return Answer{irosurvey::histogram(design, "u", edges, irosurvey::HistogramScale::total, about)};
           },
       .columns = {"u"},
       .power = 1},
      crosstab(),
      several_answers(AnswerScale::respondents),
      several_answers(AnswerScale::answers),
      several_answers(AnswerScale::count),
  };
}

/// Without ties: among equal values of unequal weights the rules hf4 … hf9 depend on which comes first, by their definition.
Table survey(std::uint64_t seed, const SyntheticShape& shape = {}) {
  Table table = synthetic_survey(seed, shape);
  Random random(seed + 1);
  Numbers distinct, other, third;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    distinct.push_back(table.numbers("u")[row] + std::ldexp(static_cast<double>(row), -22));
    other.push_back(random.once_in(3) ? 1.0 : 0.0);
    third.push_back(random.once_in(5) ? 1.0 : 0.0);
  }
  return table.add("distinct", distinct).add("other", other).add("third", third);
}

::testing::AssertionResult same(const Answer& a, const Answer& b) {
  if (auto found = same_answer(a.estimate, b.estimate); !found) return found;
  for (std::size_t i = 0; i < a.limits.size(); ++i) {
    if (!same_bits(a.limits[i], b.limits[i])) return ::testing::AssertionFailure() << "limit " << i << " differs";
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult near(const Answer& a, const Answer& b, double tolerance) {
  if (auto found = near_answer(a.estimate, b.estimate, tolerance); !found) return found;
  const std::size_t rows = a.estimate.rows.size();
  for (std::size_t i = 0; i < a.limits.size(); ++i) {
    const double scale = std::sqrt(a.estimate.rows[i % rows].variance);
    if (auto found = agree(a.limits[i], b.limits[i], tolerance, std::isfinite(scale) ? scale : 0.0); !found) {
      return found << " (limit " << i << ")";
    }
  }
  return ::testing::AssertionSuccess();
}

class Questions : public ::testing::TestWithParam<Question> {
 protected:
  [[nodiscard]] static Answer ask(const Table& table, const DesignSpec& spec, const Query& about) {
    return GetParam().ask(Design::declare(table.frame(), spec), about);
  }
  [[nodiscard]] static Query grouped() { return {.by = {"sex"}, .covariance = true, .threads = 1}; }
  [[nodiscard]] static double tolerance() { return GetParam().tolerance; }
  Table table_ = survey(61);
};

// ------------------------------------------------------------------------------------------------- what mustn't matter

TEST_P(Questions, OrderOfRowsAndLabelsOfUnitsChangeNothing) {
  const Table other = reordered(table_, 62);
  for (const DesignSpec& spec : designs()) {
    EXPECT_TRUE(near(ask(table_, spec, grouped()), ask(other, spec, grouped()), tolerance()));
  }
}

TEST_P(Questions, ThreadsChangeNoBit) {
  const Table table = survey(63, {.strata = 4, .units = 200, .subunits = 5, .rows = 10});
  const Design design = Design::declare(table.frame(), two_stages());
  Query about = grouped();
  const Answer alone = GetParam().ask(design, about);
  for (const int threads : {2, 7}) {
    about.threads = threads;
    EXPECT_TRUE(same(alone, GetParam().ask(design, about))) << threads << " threads";
  }
}

TEST_P(Questions, ScaledWeightsScaleTotalsAndNothingElse) {
  const Answer plain = ask(table_, two_stages(), grouped());
  for (const double factor : {1.0 / 1024.0, 3.7, 1e6}) {
    Table scaled = table_;
    for (double& w : scaled.numbers("w")) w *= factor;
    Answer found = ask(scaled, two_stages(), grouped());
    const double by = std::pow(factor, GetParam().power);
    for (EstimateRow& row : found.estimate.rows) {
      row.value /= by;
      row.variance /= by * by;
      row.srs_variance /= by * by;
      row.weighted_n /= factor;
    }
    for (double& one : found.estimate.covariance) one /= by * by;
    EXPECT_TRUE(near(plain, found, tolerance())) << factor;
  }
}

// ---------------------------------------------------------------------------------------------------------- domains

TEST_P(Questions, ADomainIsZeroWeightsOutside) {
  const Mask where = domain_of(table_);
  const Table outside = with_zero_weights_outside(table_, where);
  for (const DesignSpec& spec : designs()) {
    Query about = grouped();
    const Answer zero_weights = ask(outside, spec, about);
    about.where = where;
    EXPECT_TRUE(near(ask(table_, spec, about), zero_weights, tolerance()));
  }
}

TEST_P(Questions, OfAllRowsIsThatOfNoDomain) {
  Query about = grouped();
  const Answer everyone = ask(table_, two_stages(), about);
  about.where = Mask(table_.rows(), 1);
  EXPECT_TRUE(same(everyone, ask(table_, two_stages(), about)));
}

TEST_P(Questions, MissingValuesAreOutsideTheDomain) {
  const Mask where = domain_of(table_);
  const Table holes = with_missing_outside(table_, where, GetParam().columns);
  Query about = grouped();
  const Answer missing = ask(holes, two_stages(), about);
  about.where = where;
  EXPECT_TRUE(near(ask(table_, two_stages(), about), missing, tolerance()));
}

TEST_P(Questions, AGroupIsADomain) {
  const Answer groups = ask(table_, two_stages(), grouped());
  for (Index code = 1; code <= 2; ++code) {
    Query about{.threads = 1};
    about.where = Mask();
    for (const double sex : table_.numbers("sex")) about.where->push_back(sex == static_cast<double>(code) ? 1 : 0);
    const Answer alone = ask(table_, two_stages(), about);
    std::size_t next = 0;
    for (const EstimateRow& row : groups.estimate.rows) {
      if (groups.estimate.cells[static_cast<std::size_t>(row.cell)].front().value != irosurvey::LevelValue{code})
        continue;
      ASSERT_LT(next, alone.estimate.rows.size());
      const EstimateRow& other = alone.estimate.rows[next++];
      EXPECT_EQ(row.status, other.status);
      EXPECT_TRUE(agree(row.value, other.value, tolerance(), std::sqrt(row.variance)));
      EXPECT_TRUE(agree(row.variance, other.variance, tolerance(), 1e-28));
      EXPECT_EQ(row.n, other.n);
      EXPECT_EQ(row.df, other.df);
    }
    EXPECT_EQ(next, alone.estimate.rows.size());
  }
}

TEST_P(Questions, AnEmptyDomainIsEmptyNotAnError) {
  Query about = grouped();
  about.where = Mask(table_.rows(), 0);
  const Answer found = ask(table_, two_stages(), about);
  ASSERT_FALSE(found.estimate.rows.empty());
  for (const EstimateRow& row : found.estimate.rows) {
    EXPECT_EQ(row.status, Status::empty);
    EXPECT_EQ(row.n, 0);
    EXPECT_EQ(row.df, 0.0);
    EXPECT_TRUE(std::isnan(row.value) && std::isnan(row.variance));
  }
}

// ------------------------------------------------------------------------------------------------------- replicates

TEST_P(Questions, HaveTheSameReplicatesByUnitAndByColumn) {
  const Answer units = GetParam().ask(by_unit(table_), grouped());
  const Answer columns = GetParam().ask(by_column(table_), grouped());
  EXPECT_TRUE(near(units, columns, tolerance()));
}

TEST_P(Questions, GoThroughReplicatesAsTheFormulaSays) {
  if (!GetParam().smooth) GTEST_SKIP() << "standard errors are those of the share below";
  // θ_r − θ by subtraction: each value has 15 digits, their difference fewer.
  constexpr double kSubtracted = 1e-9;
  const Design design = by_unit(table_);
  const Answer found = GetParam().ask(design, grouped());
  std::vector<double> expected(found.estimate.rows.size(), 0.0);
  for (Index r = 0; r < design.replicates(); ++r) {
    Table changed = table_;
    changed.add("w", design.replicate_weights(r));
    const Answer replicate = ask(changed, {.weights = "w"}, grouped());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const EstimateRow& here = found.estimate.rows[i];
      const EstimateRow& there = replicate.estimate.rows[i];
      // The base is that of the sample in every replicate.
      const double corrected = there.value * GetParam().of_base(static_cast<double>(here.n)) /
                               GetParam().of_base(static_cast<double>(there.n));
      expected[i] += 0.8 * (corrected - here.value) * (corrected - here.value);
    }
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(agree(found.estimate.rows[i].variance, expected[i], kSubtracted, 1e-24)) << i;
  }
}

// ------------------------------------------------------------------------------------------------------- gradient

TEST_P(Questions, VarianceOfADesignIsThatOfTheTotalOfNumericalDerivatives) {
  if (!GetParam().smooth) GTEST_SKIP() << "a step function of the weights";
  constexpr double kStep = 1e-4;
  Table table =
      survey(64, {.strata = 3, .units = 3, .subunits = 2, .rows = 4, .missing = false, .zero_weights = false});
  std::vector<Numbers> scores;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const double step = kStep * table.numbers("w")[i];
    Answer sides[2];
    for (int side = 0; side < 2; ++side) {
      Table changed = table;
      changed.numbers("w")[i] += side == 0 ? -step : step;
      sides[side] = ask(changed, {.weights = "w"}, grouped());
    }
    scores.resize(sides[0].estimate.rows.size(), Numbers(table.rows(), 0.0));
    for (std::size_t r = 0; r < scores.size(); ++r)
      scores[r][i] = (sides[1].estimate.rows[r].value - sides[0].estimate.rows[r].value) / (2.0 * step);
  }
  for (const DesignSpec& spec : {one_stage(), two_stages()}) {
    const Answer found = ask(table, spec, grouped());
    for (std::size_t r = 0; r < found.estimate.rows.size(); ++r) {
      if (found.estimate.rows[r].status != Status::ok) continue;
      table.add("score", scores[r]);
      const Estimate total =
          estimate(Design::declare(table.frame(), spec), {.statistics = {irosurvey::total("score")}});
      EXPECT_TRUE(agree(found.estimate.rows[r].variance, total.rows[0].variance, kNumericalDerivative, 1e-12)) << r;
    }
  }
}

std::string name_of_question(const ::testing::TestParamInfo<Question>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(BesideTheCatalogue, Questions, ::testing::ValuesIn(questions()), name_of_question);

}  // namespace
}  // namespace irosurvey_tests
