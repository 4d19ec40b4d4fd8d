// Random designs against rational arithmetic once more: spreads, shares of cross-tabs, distribution functions, and questions with
// several answers. A root or a logarithm isn't rational; its square, or the mean of whole exponents, is.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "estimate/exact_oracle.hpp"
#include "estimate/random_survey.hpp"
#include "irosurvey/estimate/distribution.hpp"
#include "irosurvey/estimate/multiple_response.hpp"
#include "irosurvey/estimate/spread.hpp"
#include "irosurvey/inference/crosstab.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"

namespace irosurvey_tests {
namespace {

using exact::Dual;
using exact::Rational;
using exact::to_double;
using irosurvey::Design;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Index;
using irosurvey::Spread;
using irosurvey::Status;

// As in exact_test.cpp: whole numbers of at most 60 rows are added without rounding, and a few divisions and one quadratic form
// are rounded; two digits more go where powers cancel.
constexpr double kExact = 1e-11;
constexpr double kRoundingOfTerms = 1e-13;

using Column = std::vector<std::optional<Rational>>;
using Totals = std::span<const Dual>;

/// What a row has in a column, or nothing.
using Look = std::function<std::optional<Rational>(std::size_t)>;

/// A survey, and answers about it in rational numbers.
class Judge {
 public:
  explicit Judge(std::uint64_t seed) : random_(seed), survey_(SurveyMaker(random_)()) {
    Numbers exponent;
    for (std::size_t row = 0; row < survey_.table.rows(); ++row) exponent.push_back(random_.between(-3, 3));
    Numbers power = exponent;
    for (double& value : power) value = std::exp2(value);
    survey_.table.add("exponent", exponent).add("power", power);
  }

  [[nodiscard]] Design design() const { return Design::declare(survey_.table.frame(), survey_.spec); }

  [[nodiscard]] std::optional<Rational> number(const std::string& name, std::size_t row) const {
    const double value = survey_.table.numbers(name)[row];
    return std::isnan(value) ? std::nullopt : std::optional(Rational(value));
  }

  [[nodiscard]] Column column(const Look& look) const {
    Column values;
    for (std::size_t row = 0; row < survey_.table.rows(); ++row) values.push_back(look(row));
    return values;
  }

  /// Throws exact::NoRule where the rule for singletons says nothing.
  [[nodiscard]] exact::Answer answer(const std::vector<Look>& looks, std::function<Dual(Totals)> value) const {
    exact::Statistic statistic{{}, std::move(value)};
    for (const Look& look : looks) statistic.columns.push_back(column(look));
    return exact::Oracle(survey_.sample, std::vector<int>(survey_.table.rows(), 0), 1)({statistic}).rows.front();
  }

 private:
  Random random_;
  RandomSurvey survey_;
};

/// How many rows of each kind were met, so that a generator that stops making them is noticed.
struct Met {
  int answered = 0;
  int refused = 0;
  int nobody = 0;
};

/// `factor`: what the value is multiplied by beside the judge's.
void expect_near(const EstimateRow& found, const exact::Answer& expected, double factor = 1.0) {
  const double value = to_double(expected.value);
  EXPECT_NEAR(found.value, factor * value, factor * kExact * to_double(expected.magnitude));
  const double terms = kRoundingOfTerms * to_double(expected.variance_terms);
  const double variance = to_double(expected.variance);
  EXPECT_NEAR(found.variance, factor * factor * variance, factor * factor * (kExact * variance + terms));
}

using Check = std::function<void(const Judge&, const Design&, Met&)>;

void over_random_designs(const Check& check, int designs = 150) {
  Met met;
  for (int seed = 1; seed <= designs && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Judge judge(static_cast<std::uint64_t>(seed));
    try {  // a stratum without a rule is one whatever is asked
      (void)judge.answer({[](std::size_t) { return std::optional(Rational(1)); }}, [](Totals t) { return t[0]; });
    } catch (const exact::NoRule&) {
      ++met.refused;
      continue;
    }
    check(judge, judge.design(), met);
  }
  if (testing::Test::HasFailure()) return;
  EXPECT_GT(met.answered, designs);
  EXPECT_GT(met.refused, designs / 50);
}

// ---------------------------------------------------------------------------------------------- spreads

/// Σ w xy / Σ w − (Σ w x / Σ w)(Σ w y / Σ w), of places in the totals.
Dual central(Totals t, std::size_t xy, std::size_t x, std::size_t y, std::size_t ones) {
  return t[xy] / t[ones] - (t[x] / t[ones]) * (t[y] / t[ones]);
}

/// xy, x, y, 1, xx, yy over the rows that have both.
std::vector<Look> powers(const Judge& judge, const std::string& x, const std::string& y) {
  const auto of_both = [&judge, x, y](auto function) -> Look {
    return [&judge, x, y, function](std::size_t row) -> std::optional<Rational> {
      const auto a = judge.number(x, row);
      const auto b = judge.number(y, row);
      return a && b ? std::optional(Rational(function(*a, *b))) : std::nullopt;
    };
  };
  return {of_both([](const Rational& a, const Rational& b) { return Rational(a * b); }),
          of_both([](const Rational& a, const Rational&) { return a; }),
          of_both([](const Rational&, const Rational& b) { return b; }),
          of_both([](const Rational&, const Rational&) { return Rational(1); }),
          of_both([](const Rational& a, const Rational&) { return Rational(a * a); }),
          of_both([](const Rational&, const Rational& b) { return Rational(b * b); })};
}

EstimateRow spread(const Design& design, Spread kind, const std::vector<std::string>& columns) {
  return irosurvey::spreads(design, kind, std::span(&columns, 1), {}).rows.front();
}

/// Whether there is a number to compare; fewer than two rows have no spread.
bool answered(const EstimateRow& found, const exact::Answer& expected, Met& met) {
  EXPECT_EQ(found.n, expected.n);
  if (expected.n >= 2) return ++met.answered > 0;
  EXPECT_EQ(found.status, expected.n == 0 ? Status::empty : Status::undefined);
  ++met.nobody;
  return false;
}

double correction(const exact::Answer& at) { return static_cast<double>(at.n) / static_cast<double>(at.n - 1); }

TEST(ExactQuestions, VariancesAndCovariances) {
  over_random_designs([](const Judge& judge, const Design& design, Met& met) {
    const auto value = [](Totals t) { return central(t, 0, 1, 2, 3); };
    for (const auto& [x, y] : {std::pair{"y", "y"}, {"u", "u"}, {"y", "x"}}) {
      const exact::Answer expected = judge.answer(powers(judge, x, y), value);
      const bool alone = std::string(x) == y;
      const EstimateRow found =
          alone ? spread(design, Spread::variance, {x}) : spread(design, Spread::covariance, {x, y});
      if (answered(found, expected, met)) expect_near(found, expected, correction(expected));
    }
  });
}

TEST(ExactQuestions, StandardDeviationsAndCorrelationsThroughTheirSquares) {
  over_random_designs([](const Judge& judge, const Design& design, Met& met) {
    const exact::Answer variance =
        judge.answer(powers(judge, "y", "y"), [](Totals t) { return central(t, 0, 1, 2, 3); });
    const EstimateRow sd = spread(design, Spread::sd, {"y"});
    if (answered(sd, variance, met)) {
      if (variance.value == 0) {
        EXPECT_EQ(sd.status, Status::undefined);
      } else {
        const double square = correction(variance) * to_double(variance.value);
        EXPECT_NEAR(sd.value * sd.value, square, kExact * correction(variance) * to_double(variance.magnitude));
        const double of_root = to_double(variance.variance / variance.value) / 4.0 * correction(variance);
        const double terms = to_double(variance.variance_terms / variance.value) * correction(variance);
        EXPECT_NEAR(sd.variance, of_root, kExact * of_root + kRoundingOfTerms * terms);
      }
    }
    const auto square = [](Totals t) {
      const Dual c = central(t, 0, 1, 2, 3);
      return c * c / (central(t, 4, 1, 1, 3) * central(t, 5, 2, 2, 3));
    };
    const exact::Answer expected = judge.answer(powers(judge, "y", "u"), square);
    const EstimateRow r = spread(design, Spread::correlation, {"y", "u"});
    EXPECT_EQ(r.n, expected.n);
    if (expected.empty || expected.undefined) {
      EXPECT_NE(r.status, Status::ok);
    } else if (expected.value != 0) {
      EXPECT_NEAR(r.value * r.value, to_double(expected.value), kExact * (1.0 + to_double(expected.magnitude)));
      const double of_root = to_double(expected.variance / expected.value) / 4.0;
      const double terms = to_double(expected.variance_terms / expected.value);
      EXPECT_NEAR(r.variance, of_root, kExact * of_root + kRoundingOfTerms * terms);
      ++met.answered;
    }
  });
}

TEST(ExactQuestions, GeometricMeansOfPowersOfTwo) {
  over_random_designs([](const Judge& judge, const Design& design, Met& met) {
    const std::vector<Look> looks = {[&](std::size_t row) { return judge.number("exponent", row); },
                                     [](std::size_t) { return std::optional(Rational(1)); }};
    const exact::Answer exponent = judge.answer(looks, [](Totals t) { return t[0] / t[1]; });
    const EstimateRow found = spread(design, Spread::geometric_mean, {"power"});
    if (exponent.empty) return;
    const double mean = std::exp2(to_double(exponent.value));
    EXPECT_TRUE(agree(found.value, mean, kExact));
    const double slope = std::numbers::ln2 * mean;
    EXPECT_NEAR(found.variance, slope * slope * to_double(exponent.variance),
                slope * slope *
                    (kExact * to_double(exponent.variance) + kRoundingOfTerms * to_double(exponent.variance_terms)));
    met.answered += 2;
  });
}

// ---------------------------------------------------------------------------------------------- shares of cells

/// 1 or 0 where both columns have a value: whether they are these, any value where there is none to be.
Look cell(const Judge& judge, const std::optional<Rational>& row_level, const std::optional<Rational>& column_level) {
  return [&judge, row_level, column_level](std::size_t row) -> std::optional<Rational> {
    const auto g = judge.number("g", row);
    const auto h = judge.number("by1", row);
    if (!g || !h) return std::nullopt;
    return Rational((!row_level || *g == *row_level) && (!column_level || *h == *column_level) ? 1 : 0);
  };
}

std::optional<Rational> level_value(const irosurvey::Level& level) {
  const auto* code = std::get_if<Index>(&level.value);
  return level.label == "Total" || code == nullptr ? std::nullopt : std::optional(Rational(*code));
}

TEST(ExactQuestions, CountsAndSharesOfCrossTabs) {
  over_random_designs(
      [](const Judge& judge, const Design& design, Met& met) {
        const auto total = [](Totals t) { return t[0]; };
        const auto share = [](Totals t) { return t[0] / t[1]; };
        const Estimate found =
            counts_and_shares(irosurvey::inference::crosstab(design, {.rows = "g", .columns = "by1", .threads = 1}));
        for (const EstimateRow& row : found.rows) {
          const auto& levels = found.cells[static_cast<std::size_t>(row.cell)];
          const auto g = level_value(levels[0]);
          const auto h = level_value(levels[1]);
          const std::string& name = found.statistics[static_cast<std::size_t>(row.statistic)].name;
          SCOPED_TRACE(name + " of " + to_text(levels[0]) + ", " + to_text(levels[1]));
          const Look here = cell(judge, g, h);
          const exact::Answer expected = name == "count"          ? judge.answer({here}, total)
                                         : name == "row share"    ? judge.answer({here, cell(judge, g, {})}, share)
                                         : name == "column share" ? judge.answer({here, cell(judge, {}, h)}, share)
                                                                  : judge.answer({here, cell(judge, {}, {})}, share);
          if (row.status != Status::ok) {
            EXPECT_TRUE(expected.empty || expected.undefined);
            ++met.nobody;
            continue;
          }
          expect_near(row, expected);
          ++met.answered;
        }
      },
      60);
}

TEST(ExactQuestions, DistributionFunctions) {
  over_random_designs([](const Judge& judge, const Design& design, Met& met) {
    const std::array points = {-3.0, 0.0, 4.0};
    const Estimate found = irosurvey::distribution(design, "y", points, {});
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto of_y = [&judge](const std::function<bool(const Rational&)>& holds) -> Look {
        return [&judge, holds](std::size_t row) -> std::optional<Rational> {
          const auto y = judge.number("y", row);
          return y ? std::optional(Rational(holds(*y) ? 1 : 0)) : std::nullopt;
        };
      };
      const Rational point(points.at(i));
      const exact::Answer expected = judge.answer(
          {of_y([&](const Rational& y) { return y <= point; }), of_y([](const Rational&) { return true; })},
          [](Totals t) { return t[0] / t[1]; });
      EXPECT_EQ(found.rows[i].n, expected.n);
      if (expected.empty) continue;
      expect_near(found.rows[i], expected);
      ++met.answered;
    }
  });
}

// ---------------------------------------------------------------------------------------------- several answers

TEST(ExactQuestions, SharesOfAnswers) {
  using irosurvey::AnswerScale;
  over_random_designs([](const Judge& judge, const Design& design, Met& met) {
    // The columns of the set are g and by1, and 1 counts.
    const auto chosen = [&judge](const std::string& name, std::size_t row) {
      const auto value = judge.number(name, row);
      return value && *value == 1;
    };
    const auto of_respondents = [&](const std::function<int(std::size_t)>& count) -> Look {
      return [chosen, count](std::size_t row) -> std::optional<Rational> {
        const bool responds = chosen("g", row) || chosen("by1", row);
        return responds ? std::optional(Rational(count(row))) : std::nullopt;
      };
    };
    for (const AnswerScale scale : {AnswerScale::respondents, AnswerScale::answers, AnswerScale::count}) {
      const irosurvey::MultipleResponse set{.columns = {"g", "by1"}, .counted = {Index{1}}, .scale = scale};
      const Estimate found = irosurvey::multiple_response(design, set, {});
      for (std::size_t k = 0; k < set.columns.size(); ++k) {
        const Look own = of_respondents([&, k](std::size_t row) { return chosen(set.columns[k], row) ? 1 : 0; });
        const Look ones = of_respondents([](std::size_t) { return 1; });
        const Look all =
            of_respondents([&](std::size_t row) { return (chosen("g", row) ? 1 : 0) + (chosen("by1", row) ? 1 : 0); });
        const exact::Answer expected =
            scale == AnswerScale::count
                ? judge.answer({own}, [](Totals t) { return t[0]; })
                : judge.answer({own, scale == AnswerScale::answers ? all : ones}, [](Totals t) { return t[0] / t[1]; });
        EXPECT_EQ(found.rows[k].n, expected.n);
        if (expected.empty) continue;
        expect_near(found.rows[k], expected);
        ++met.answered;
      }
    }
  });
}

}  // namespace
}  // namespace irosurvey_tests
