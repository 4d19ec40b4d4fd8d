// Hundreds of random designs against rational arithmetic: values, variances, covariances, bases, degrees of freedom and
// design effects, for every singleton rule, with missing values, zero weights, empty cells and finite populations at some
// stages or all.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "estimate/exact_oracle.hpp"
#include "estimate/random_survey.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "support/agreement.hpp"
#include "support/errors.hpp"

namespace irosurvey_tests {
namespace {

using exact::Dual;
using exact::Rational;
using exact::to_double;
using irosurvey::Design;
using irosurvey::DesignEffectReference;
using irosurvey::DfRule;
using irosurvey::DomainSingletons;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Index;
using irosurvey::LevelValue;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::Query;
using irosurvey::SingletonRule;
using irosurvey::Status;
using irosurvey::T;

// Inputs are exact in double precision and at most 60, so a sum is off by at most 60 × 2⁻⁵³ = 7e-15 of its absolute terms.
// Centring, the quadratic form and the division by totals each add as much again, and cancel two digits at most, for
// numbers that are small whole ones.
constexpr double kExact = 1e-12;
// A variance is a sum of terms ∂f/∂T_i V_ij ∂f/∂T_j that may cancel; it can't be better than their rounding, of which
// there are a few for each unit.
constexpr double kRoundingOfTerms = 1e-14;
// Where even these are 0, what is left is a product of two values' rounding errors.
constexpr double kSquaredRounding = 1e-28;

/// A statistic for both sides.
struct Asked {
  irosurvey::Statistic statistic;
  std::vector<std::string> columns;     ///< that have to be present
  std::vector<exact::Statistic> exact;  ///< one for each level
  std::vector<std::uint8_t> unknown{};  ///< rows that listwise deletion takes out for other reasons
};

/// Makes statistics for both sides from a table.
class StatisticMaker {
 public:
  explicit StatisticMaker(const Table& table) : table_(table), rows_(table.rows()) {}

  [[nodiscard]] Asked mean(const std::string& y) const {
    return {irosurvey::mean(y), {y}, {quotient(number(y), ones({y}))}};
  }
  [[nodiscard]] Asked total(const std::string& y) const { return {irosurvey::total(y), {y}, {{{number(y)}, first}}}; }
  [[nodiscard]] Asked ratio(const std::string& y, const std::string& x) const {
    return {irosurvey::ratio(y, x), {y, x}, {quotient(number(y), number(x))}};
  }
  [[nodiscard]] Asked share(const std::string& g, const std::vector<int>& levels) const {
    std::vector<LevelValue> values;
    for (const int level : levels) values.emplace_back(Index{level});
    return {irosurvey::proportion(g, values), {g}, {quotient(indicator(g, levels), ones({g}))}};
  }
  [[nodiscard]] Asked shares(const std::string& g) const {
    Asked asked{irosurvey::proportion(g), {g}, {}};
    for (int level = 1; level <= 3; ++level) asked.exact.push_back(quotient(indicator(g, {level}), ones({g})));
    return asked;
  }
  [[nodiscard]] Asked text_shares(const std::string& g) const {
    Asked asked{irosurvey::proportion(g), {g}, {}};
    std::set<std::string> levels;
    for (const auto& text : table_.texts(g)) {
      if (text) levels.insert(*text);
    }
    for (const std::string& level : levels) asked.exact.push_back(quotient(text_indicator(g, level), ones({g})));
    // Nobody answered: one row says so.
    if (levels.empty()) asked.exact.push_back(quotient(ones({g}), ones({g})));
    return asked;
  }

  /// Expressions beyond the catalogue, of every kind of node that stays rational.
  [[nodiscard]] Asked expression(int which) const {
    const auto asked = [](irosurvey::Expr expr, std::vector<std::string> columns, exact::Statistic exact) {
      return Asked{irosurvey::statistic(std::move(expr)), std::move(columns), {std::move(exact)}};
    };
    using Totals = std::span<const Dual>;
    switch (which) {
      case 0: return asked(T(1), {}, {{ones({})}, first});
      case 1:
        return asked(-T("y") / 4.0, {"y"}, {{number("y")}, [](Totals t) { return scaled(t[0], Rational(-1) / 4); }});
      case 2:
        return asked(
            T("y") / T("u") - T("x") / T(1), {"y", "u", "x"},
            {{number("y"), number("u"), number("x"), ones({})}, [](Totals t) { return t[0] / t[1] - t[2] / t[3]; }});
      case 3:
        return asked(T("y") * T("u") + 2.0 * T("x"), {"y", "u", "x"},
                     {{number("y"), number("u"), number("x")}, [](Totals t) { return t[0] * t[1] + scaled(t[2], 2); }});
      case 4:
        return asked(pow(T("u") / T(1), 2.0), {"u"},
                     {{number("u"), ones({})}, [](Totals t) { return (t[0] / t[1]) * (t[0] / t[1]); }});
      case 5: return asked(T("g", {Index{2}}) / T("u"), {"g", "u"}, quotient(indicator("g", {2}), number("u")));
      case 6:
        return asked((T("y") - 3.0 * T(1)) / T("u"), {"y", "u"},
                     {{number("y"), ones({}), number("u")}, [](Totals t) { return (t[0] - scaled(t[1], 3)) / t[2]; }});
      default:
        return asked(
            T("y") / T(1) + T("g", {Index{1}, Index{3}}) / T(1), {"y", "g"},
            {{number("y"), ones({}), indicator("g", {1, 3})}, [](Totals t) { return t[0] / t[1] + t[2] / t[1]; }});
    }
  }
  static constexpr int kExpressions = 8;

  /// Expressions of totals over domains of their own: of levels of g.
  [[nodiscard]] Asked over_domains(int which) const {
    using Totals = std::span<const Dual>;
    const auto mean = [](const char* y, std::vector<LevelValue> levels) {
      return (T(y) / T(1)).within("g", std::move(levels));
    };
    const Domain first = in("g", {1});
    const Domain others = in("g", {2, 3});
    switch (which) {
      case 0: return domains(mean("y", {Index{1}}), {{"y", first}, {"", first}}, quotient_of);
      case 1:
        return domains(mean("y", {Index{1}}) - mean("u", {Index{2}, Index{3}}),
                       {{"y", first}, {"", first}, {"u", others}, {"", others}},
                       [](Totals t) { return t[0] / t[1] - t[2] / t[3]; });
      case 2: return domains(T("y").within("g", {Index{1}}) / T(1), {{"y", first}, {"", {}}}, quotient_of);
      case 3: return domains(T("y").within("g", {Index{1}}) / T("x"), {{"y", first}, {"x", {}}}, quotient_of);
      case 4:
        return domains(T("u") / T("x").within("g", {Index{2}, Index{3}}), {{"u", {}}, {"x", others}}, quotient_of);
      case 5:
        return domains(T(1).within("g", {Index{1}}) / T(1) + T("x").within("g", {Index{2}, Index{3}}),
                       {{"", first}, {"", {}}, {"x", others}}, [](Totals t) { return t[0] / t[1] + t[2]; });
      case 6:  // twice within the same levels, named in another order, is once
        return domains(mean("y", {Index{2}, Index{3}}).within("g", {Index{3}, Index{2}}), {{"y", others}, {"", others}},
                       quotient_of);
      default:  // within both domains: nowhere
        return domains(T("x") + T("u").within("g", {Index{1}}).within("g", {Index{2}}),
                       {{"x", {}}, {"u", Domain(rows_, 0)}}, [](Totals t) { return t[0] + t[1]; });
    }
  }
  static constexpr int kOverDomains = 8;

  [[nodiscard]] bool present(const std::string& column, std::size_t row) const {
    return table_.is_text(column) ? table_.texts(column)[row].has_value() : !std::isnan(table_.numbers(column)[row]);
  }

 private:
  using Column = std::vector<std::optional<Rational>>;
  using Domain = std::vector<std::uint8_t>;  ///< a byte a row; empty: every row
  struct Total {
    std::string column;  ///< empty: the constant 1
    Domain domain;
    [[nodiscard]] bool holds(std::size_t row) const { return domain.empty() || domain[row] != 0; }
  };

  [[nodiscard]] Domain in(const std::string& g, const std::vector<int>& levels) const {
    Domain inside(rows_, 0);
    for (std::size_t row = 0; row < rows_; ++row) {
      if (!present(g, row)) continue;
      inside[row] = std::count(levels.begin(), levels.end(), static_cast<int>(table_.numbers(g)[row])) > 0 ? 1 : 0;
    }
    return inside;
  }

  static Dual quotient_of(std::span<const Dual> totals) { return totals[0] / totals[1]; }

  /// The base: rows in the domain of a total, with the columns of those totals that they are in.
  [[nodiscard]] Asked domains(irosurvey::Expr expr, const std::vector<Total>& totals,
                              std::function<Dual(std::span<const Dual>)> value) const {
    Asked asked{irosurvey::statistic(std::move(expr)), {}, {}, Domain(rows_, 0)};
    exact::Statistic exact{std::vector<Column>(totals.size(), Column(rows_)), std::move(value)};
    for (std::size_t row = 0; row < rows_; ++row) {
      const auto counts = [&](const Total& total) { return total.holds(row); };
      const auto unknown = [&](const Total& total) {
        return total.holds(row) && !total.column.empty() && !present(total.column, row);
      };
      asked.unknown[row] = std::any_of(totals.begin(), totals.end(), unknown) ? 1 : 0;
      if (asked.unknown[row] != 0 || std::none_of(totals.begin(), totals.end(), counts)) continue;
      for (std::size_t k = 0; k < totals.size(); ++k) {
        const double value_there = totals[k].column.empty() ? 1.0 : table_.numbers(totals[k].column)[row];
        exact.columns[k][row] = totals[k].holds(row) ? Rational(value_there) : Rational(0);
      }
    }
    asked.exact.push_back(std::move(exact));
    return asked;
  }

  static Dual first(std::span<const Dual> totals) { return totals[0]; }
  static exact::Statistic quotient(Column y, Column x) {
    return {{std::move(y), std::move(x)}, [](std::span<const Dual> totals) { return totals[0] / totals[1]; }};
  }

  template <class Value>
  [[nodiscard]] Column column(const std::vector<std::string>& needed, const Value& value) const {
    Column result(rows_);
    for (std::size_t row = 0; row < rows_; ++row) {
      const bool there =
          std::all_of(needed.begin(), needed.end(), [&](const auto& name) { return present(name, row); });
      if (there) result[row] = Rational(value(row));
    }
    return result;
  }
  [[nodiscard]] Column number(const std::string& y) const {
    return column({y}, [&](std::size_t row) { return table_.numbers(y)[row]; });
  }
  [[nodiscard]] Column ones(const std::vector<std::string>& needed) const {
    return column(needed, [](std::size_t) { return 1.0; });
  }
  [[nodiscard]] Column indicator(const std::string& g, const std::vector<int>& levels) const {
    return column({g}, [&](std::size_t row) {
      const bool in = std::find(levels.begin(), levels.end(), static_cast<int>(table_.numbers(g)[row])) != levels.end();
      return in ? 1.0 : 0.0;
    });
  }
  [[nodiscard]] Column text_indicator(const std::string& g, const std::string& level) const {
    return column({g}, [&](std::size_t row) { return *table_.texts(g)[row] == level ? 1.0 : 0.0; });
  }

  const Table& table_;
  std::size_t rows_;
};

/// A survey with a question to it.
struct Case {
  RandomSurvey survey;
  Query query;
  std::vector<std::string> columns;  ///< of the question's statistics
  std::vector<std::vector<std::uint8_t>> unknown;
  std::vector<exact::Statistic> statistics;
  std::vector<int> cell_of_row;
  int cells = 1;
};

class CaseMaker {
 public:
  explicit CaseMaker(std::uint64_t seed, bool domains_make_singletons = false)
      : random_(seed), domains_make_singletons_(domains_make_singletons) {}

  Case operator()() {
    Case made;
    made.survey = SurveyMaker(random_)();
    ask_statistics(made);
    ask_groups(made);
    ask_domain(made);
    made.query.covariance = random_.once_in(2);
    made.query.threads = 1;
    made.query.df = random_.one_of<DfRule>(
        {DfRule::design, DfRule::domain_strata, DfRule::full_design, DfRule::n_minus_1, DfRule::infinite});
    if (random_.once_in(4)) made.query.missing = MissingRule::listwise;
    if (domains_make_singletons_ && made.survey.spec.singleton != SingletonRule::collapse) {
      made.survey.spec.domain_singletons = DomainSingletons::rule;
      made.survey.sample.domains_make_singletons = true;
    }
    return made;
  }

 private:
  void ask_statistics(Case& made) {
    const StatisticMaker make(made.survey.table);
    std::vector<std::function<Asked()>> pool = {
        [&] { return make.mean("y"); },
        [&] { return make.mean("u"); },
        [&] { return make.total("y"); },
        [&] { return make.total("x"); },
        [&] { return make.ratio("y", "u"); },
        [&] { return make.ratio("u", "x"); },
        [&] { return make.share("g", {1}); },
        [&] { return make.share("g", {1, 3}); },
        [&] { return make.shares("g"); },
        [&] { return make.text_shares("by2"); },
        [&] { return make.expression(random_.below(StatisticMaker::kExpressions)); },
        [&] { return make.over_domains(random_.below(StatisticMaker::kOverDomains)); },
        [&] { return make.over_domains(random_.below(StatisticMaker::kOverDomains)); },
    };
    // A denominator that may cancel to exactly 0.
    if (made.survey.exact_totals) pool.emplace_back([&] { return make.ratio("u", "y"); });
    const int count = random_.between(1, 4);
    for (int i = 0; i < count; ++i) {
      Asked asked = random_.one_of(pool)();
      made.query.statistics.push_back(std::move(asked.statistic));
      made.columns.insert(made.columns.end(), asked.columns.begin(), asked.columns.end());
      if (!asked.unknown.empty()) made.unknown.push_back(asked.unknown);
      for (exact::Statistic& one : asked.exact) made.statistics.push_back(std::move(one));
    }
  }

  void ask_groups(Case& made) {
    const Table& table = made.survey.table;
    if (random_.once_in(2)) made.query.by.emplace_back("by1");
    if (random_.once_in(3)) made.query.by.emplace_back("by2");
    if (random_.once_in(2)) std::reverse(made.query.by.begin(), made.query.by.end());
    const StatisticMaker look(table);
    std::map<std::vector<std::pair<double, std::string>>, int> cells;
    made.cell_of_row.assign(table.rows(), 0);
    if (made.query.by.empty()) return;
    const auto key_of = [&](std::size_t row) {
      std::vector<std::pair<double, std::string>> key;
      for (const std::string& name : made.query.by) {
        if (!look.present(name, row)) return decltype(key){};
        table.is_text(name) ? key.emplace_back(0.0, *table.texts(name)[row])
                            : key.emplace_back(table.numbers(name)[row], "");
      }
      return key;
    };
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (const auto key = key_of(row); !key.empty()) cells.emplace(key, 0);
    }
    made.cells = 0;
    for (auto& [key, number] : cells) number = made.cells++;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const auto key = key_of(row);
      made.cell_of_row[row] = key.empty() ? -1 : cells.at(key);
    }
  }

  void ask_domain(Case& made) {
    if (random_.once_in(2)) return;
    const std::size_t rows = made.survey.table.rows();
    const std::vector<int>& clusters = made.survey.sample.stages[0].clusters;
    Mask where(rows, 1);
    for (std::size_t row = 0; row < rows; ++row) {
      // Single rows, and whole units, are outside.
      const bool unit_outside = !clusters.empty() && clusters[row] % 3 == 1;
      if (random_.once_in(3) || unit_outside) where[row] = 0;
      if (where[row] == 0) made.cell_of_row[row] = -1;
    }
    made.query.where = where;
  }

  Random random_;
  bool domains_make_singletons_;
};

/// Rows that miss a variable or a group leave the sample. False if none is left.
bool leave_listwise(const Case& made, exact::Sample& sample) {
  if (made.query.missing != MissingRule::listwise) return true;
  const StatisticMaker look(made.survey.table);
  std::erase_if(sample.rows, [&](std::size_t row) {
    const auto missing = [&](const std::string& name) { return !look.present(name, row); };
    return std::any_of(made.columns.begin(), made.columns.end(), missing) ||
           std::any_of(made.query.by.begin(), made.query.by.end(), missing) ||
           std::any_of(made.unknown.begin(), made.unknown.end(), [&](const auto& rows) { return rows[row] != 0; });
  });
  return !sample.rows.empty();
}

double expected_df(const DfRule rule, const exact::Counts& domain, const exact::Counts& design, long n) {
  switch (rule) {
    case DfRule::design: return static_cast<double>(domain.units - domain.strata);
    case DfRule::domain_strata: return static_cast<double>(domain.strata_units - domain.strata);
    case DfRule::full_design: return static_cast<double>(design.units - design.strata);
    case DfRule::n_minus_1: return static_cast<double>(std::max(0L, n - 1));
    case DfRule::infinite: return std::numeric_limits<double>::infinity();
  }
  return -1.0;
}

void expect_bases(const EstimateRow& found, const exact::Answer& expected) {
  EXPECT_EQ(found.n, expected.n);
  EXPECT_TRUE(agree(found.weighted_n, to_double(expected.weighted_n), 1e-14));
  EXPECT_EQ(found.units, expected.counts.units);
  EXPECT_EQ(found.strata, expected.counts.strata);
}

void expect_variance(double found, const Rational& expected, double terms, double magnitude, const char* what) {
  const double truth = to_double(expected);
  const double rounding = kRoundingOfTerms * terms + kSquaredRounding * magnitude * magnitude;
  EXPECT_NEAR(found, truth, kExact * truth + rounding) << what;
}

void expect_design_effects(const Estimate& found, Index row, const exact::Answer& expected, double magnitude) {
  const EstimateRow& at = found.rows[static_cast<std::size_t>(row)];
  if (!expected.srs_variance) {
    EXPECT_TRUE(std::isnan(at.srs_variance));
    EXPECT_TRUE(std::isnan(found.design_effect(row)));
    return;
  }
  expect_variance(at.srs_variance, *expected.srs_variance, magnitude * magnitude, magnitude, "srs variance");
  const double srs = to_double(*expected.srs_variance);
  // Below this, the effect is a quotient of rounding errors.
  if (srs <= 1e-12 * magnitude * magnitude) return;
  const Rational effect = expected.variance / *expected.srs_variance;
  const double rounding = kRoundingOfTerms * to_double(expected.variance_terms) / srs;
  EXPECT_NEAR(found.design_effect(row), to_double(effect), 10.0 * kExact * to_double(effect) + rounding);
  if (effect > 0) {
    EXPECT_TRUE(agree(found.effective_n(row) * found.design_effect(row), static_cast<double>(expected.n), kExact));
  }
  const Rational sampled = expected.n / expected.weighted_n;
  if (sampled >= 1) return;
  const double wor = to_double(effect / (1 - sampled));
  EXPECT_NEAR(found.design_effect(row, DesignEffectReference::wor), wor,
              100.0 * kExact * wor + rounding / to_double(1 - sampled));
}

void expect_row(const Estimate& found, Index row, const exact::Answer& expected) {
  const EstimateRow& at = found.rows[static_cast<std::size_t>(row)];
  expect_bases(at, expected);
  if (expected.empty || expected.undefined) {
    EXPECT_EQ(at.status, expected.empty ? Status::empty : Status::undefined);
    EXPECT_TRUE(std::isnan(at.value) && std::isnan(at.variance) && std::isnan(at.srs_variance));
    return;
  }
  EXPECT_EQ(at.status, Status::ok);
  const double magnitude = to_double(expected.magnitude);
  EXPECT_NEAR(at.value, to_double(expected.value), kExact * magnitude);
  expect_variance(at.variance, expected.variance, to_double(expected.variance_terms), magnitude, "variance");
  expect_design_effects(found, row, expected, magnitude);
}

void expect_covariance(const Estimate& found, const exact::Answers& expected) {
  const std::size_t rows = expected.rows.size();
  ASSERT_EQ(found.covariance.size(), rows * rows);
  for (std::size_t a = 0; a < rows; ++a) {
    for (std::size_t b = 0; b < rows; ++b) {
      const double covariance = found.covariance[a * rows + b];
      const exact::Answer& x = expected.rows[a];
      const exact::Answer& y = expected.rows[b];
      if (x.empty || x.undefined || y.empty || y.undefined) {
        EXPECT_TRUE(std::isnan(covariance)) << a << ", " << b;
        continue;
      }
      const double scale = std::sqrt(to_double(x.variance) * to_double(y.variance));
      const double terms = std::sqrt(to_double(x.variance_terms) * to_double(y.variance_terms));
      const double rounding = kSquaredRounding * to_double(x.magnitude) * to_double(y.magnitude);
      EXPECT_NEAR(covariance, to_double(expected.covariance[a][b]),
                  kExact * scale + kRoundingOfTerms * terms + rounding)
          << a << ", " << b;
    }
  }
}

/// How many cases of each kind were met, so that a generator that stops making them is noticed.
struct Met {
  int answered = 0;
  int refused_singletons = 0;
  int refused_in_domains = 0;
  int empty = 0;
  int undefined = 0;
  int no_variance = 0;
  std::map<irosurvey::SingletonRule, int> rules;
};

void check(const Case& made, Met& met) {
  exact::Sample sample = made.survey.sample;
  if (!leave_listwise(made, sample)) return;
  const Design design = Design::declare(made.survey.table.frame(), made.survey.spec);
  if (made.cells == 0) {
    const auto error = error_of([&] { (void)estimate(design, made.query); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(mentions(*error, "no group"));
    return;
  }
  exact::Answers expected;
  try {
    expected = exact::Oracle(sample, made.cell_of_row, made.cells)(made.statistics);
  } catch (const exact::NoRule&) {
    ++met.refused_singletons;
    const auto error = error_of([&] { (void)estimate(design, made.query); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::singleton);
    met.refused_in_domains += mentions(*error, "in the domain of") ? 1 : 0;
    return;
  }
  const Estimate found = estimate(design, made.query);
  ASSERT_EQ(found.rows.size(), expected.rows.size());
  ASSERT_EQ(found.cells.size(), static_cast<std::size_t>(made.cells));
  const DfRule rule = std::get<DfRule>(made.query.df);
  for (std::size_t i = 0; i < found.rows.size(); ++i) {
    SCOPED_TRACE("row " + std::to_string(i) + ": " +
                 found.statistics[static_cast<std::size_t>(found.rows[i].statistic)].formula);
    expect_row(found, static_cast<Index>(i), expected.rows[i]);
    EXPECT_EQ(found.rows[i].df, expected_df(rule, expected.rows[i].counts, expected.design, expected.rows[i].n));
    met.empty += expected.rows[i].empty ? 1 : 0;
    met.undefined += expected.rows[i].undefined ? 1 : 0;
    met.no_variance += expected.rows[i].variance == 0 ? 1 : 0;
  }
  for (std::size_t s = 0; s < found.statistics.size(); ++s) {
    EXPECT_EQ(found.statistics[s].df, expected_df(rule, expected.whole[s], expected.design, expected.whole_n[s]));
  }
  if (made.query.covariance) expect_covariance(found, expected);
  ++met.answered;
  ++met.rules[made.survey.spec.singleton];
}

TEST(ExactArithmetic, RandomDesignsAgreeWithTheQuadraticFormInRationalNumbers) {
  constexpr int kDesigns = 700;
  Met met;
  for (int seed = 1; seed <= kDesigns && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(CaseMaker(static_cast<std::uint64_t>(seed))(), met);
  }
  if (HasFailure()) return;
  EXPECT_GT(met.answered, kDesigns / 2);
  EXPECT_GT(met.refused_singletons, 20);
  EXPECT_GT(met.empty, 50);
  EXPECT_GT(met.undefined, 5);
  EXPECT_EQ(met.rules.size(), 6U);
  for (const auto& [rule, times] : met.rules) EXPECT_GT(times, 20) << name_of(rule);
}

TEST(ExactArithmetic, SingletonsThatDomainsMakeFollowTheRule) {
  constexpr int kDesigns = 700;
  Met met;
  for (int seed = 1; seed <= kDesigns && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(CaseMaker(static_cast<std::uint64_t>(seed), true)(), met);
  }
  if (HasFailure()) return;
  EXPECT_GT(met.answered, kDesigns / 4);
  EXPECT_GT(met.refused_in_domains, 50);
  for (const SingletonRule rule :
       {SingletonRule::remove, SingletonRule::certainty, SingletonRule::adjust, SingletonRule::average}) {
    EXPECT_GT(met.rules[rule], 20) << name_of(rule);
  }
}

}  // namespace
}  // namespace irosurvey_tests
