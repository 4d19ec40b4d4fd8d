// What every statistic of the catalogue has to keep, whatever it computes. The suite takes its statistics from the
// catalogue: a new one is tested here without being named.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/surveys.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/unit_totals.hpp"
#include "support/agreement.hpp"
#include "support/derivatives.hpp"
#include "support/errors.hpp"
#include "support/printing.hpp"
#include "support/synthetic.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Definition;
using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::ErrorCode;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Expr;
using irosurvey::Index;
using irosurvey::Mask;
using irosurvey::MissingRule;
using irosurvey::Query;
using irosurvey::Scale;
using irosurvey::SingletonRule;
using irosurvey::Statistic;
using irosurvey::Status;
using irosurvey::StreamQuery;
using irosurvey::UnitTotals;
using irosurvey::Variable;

// Sums of the same numbers in another order.
constexpr double kReordered = 1e-13;
// Numbers near 10⁹, exact to 2⁻¹⁰, in products of two: 16 digits less the 9 of the offset.
constexpr double kOffset = 1e-6;

/// Columns that a statistic may take: positive numbers, so that logarithms have a value.
const std::vector<std::string> kNumbers = {"a", "b", "c", "d", "e", "f"};

Table positive_numbers(Table table, std::uint64_t seed) {
  Random random(seed);
  for (const std::string& name : kNumbers) {
    Numbers values;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      values.push_back(std::round(1024.0 * (1.0 + 3.0 * random.uniform() + 0.2 * std::fabs(table.numbers("u")[row]))) /
                       1024.0);
    }
    table.add(name, values);
  }
  return table;
}

class Conformance : public ::testing::TestWithParam<Definition> {
 protected:
  [[nodiscard]] static std::vector<std::string> columns() {
    std::vector<std::string> names;
    for (int i = 0; i < GetParam().variables; ++i) {
      names.push_back(GetParam().by_level ? std::string("answer") : kNumbers.at(static_cast<std::size_t>(i)));
    }
    return names;
  }
  [[nodiscard]] static Statistic subject() { return statistic(GetParam(), columns()); }

  [[nodiscard]] static Query question() {
    return {.statistics = {subject()}, .by = {"sex"}, .covariance = true, .threads = 1};
  }
  [[nodiscard]] static Estimate ask(const Table& table, const DesignSpec& spec, const Query& query) {
    return estimate(Design::declare(table.frame(), spec), query);
  }
  [[nodiscard]] static Table small() {
    const SyntheticShape shape{
        .strata = 3, .units = 3, .subunits = 2, .rows = 2, .missing = false, .zero_weights = false};
    return positive_numbers(synthetic_survey(21, shape), 22);
  }
  Table table_ = positive_numbers(synthetic_survey(23), 24);
};

// -------------------------------------------------------------------------------------------------- the catalogue

TEST_P(Conformance, IsFoundByNameAndFormulaIsWhatIsComputed) {
  const Definition& definition = GetParam();
  EXPECT_EQ(irosurvey::definition(definition.name).formula, definition.formula);
  EXPECT_FALSE(definition.summary.empty());
  const std::vector<std::string> names = {"y", "x", "u", "v"};
  std::vector<Variable> variables;
  for (int i = 0; i < definition.variables; ++i) {
    Variable variable{names.at(static_cast<std::size_t>(i)), std::nullopt};
    if (definition.by_level) variable.levels = {std::string("level")};
    variables.push_back(variable);
  }
  EXPECT_EQ(definition.expression(variables).text(), definition.formula);
}

TEST_P(Conformance, RefusesAnotherNumberOfColumns) {
  std::vector<std::string> names = columns();
  names.emplace_back("one too many");
  for (const auto& wrong : {names, std::vector<std::string>{}}) {
    const auto error = error_of([&] { (void)statistic(GetParam(), wrong); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::argument);
    EXPECT_TRUE(mentions(*error, std::string(GetParam().name)));
    EXPECT_EQ(error->details().found, std::to_string(wrong.size()));
  }
}

TEST_P(Conformance, NamesWhatItEstimates) {
  const Estimate found = ask(table_, one_stage(), question());
  ASSERT_FALSE(found.statistics.empty());
  std::set<std::string> formulas;
  for (const irosurvey::EstimatedStatistic& statistic : found.statistics) {
    EXPECT_EQ(statistic.name, GetParam().name);
    EXPECT_EQ(statistic.variables, columns());
    EXPECT_EQ(statistic.scale, GetParam().scale);
    EXPECT_EQ(statistic.level.has_value(), GetParam().by_level);
    formulas.insert(statistic.formula);
  }
  EXPECT_EQ(formulas.size(), found.statistics.size());
  EXPECT_EQ(found.rows.size(), found.statistics.size() * found.cells.size());
}

// ------------------------------------------------------------------------------------------------------- gradient

TEST_P(Conformance, VarianceOfRowsIsThatOfNumericalDerivatives) {
  const Table table = small();
  const Estimate found = ask(table, {.weights = "w"}, question());
  const std::vector<Numbers> scores = scores_by_differences(table, question());
  const auto n = static_cast<double>(table.rows());
  const Numbers& w = table.numbers("w");
  const std::size_t rows = found.rows.size();
  for (std::size_t a = 0; a < rows; ++a) {
    for (std::size_t b = 0; b < rows; ++b) {
      double products = 0.0, sum_a = 0.0, sum_b = 0.0;
      for (std::size_t i = 0; i < w.size(); ++i) {
        products += w[i] * scores[a][i] * w[i] * scores[b][i];
        sum_a += w[i] * scores[a][i];
        sum_b += w[i] * scores[b][i];
      }
      const double expected = n / (n - 1.0) * (products - sum_a * sum_b / n);
      const double scale = std::sqrt(found.rows[a].variance * found.rows[b].variance);
      EXPECT_NEAR(found.covariance[a * rows + b], expected, kNumericalDerivative * scale) << a << ", " << b;
    }
  }
}

TEST_P(Conformance, VarianceOfADesignIsThatOfTheTotalOfNumericalDerivatives) {
  Table table = small();
  const std::vector<Numbers> scores = scores_by_differences(table, question());
  for (const DesignSpec& spec : {one_stage(), two_stages()}) {
    const Estimate found = ask(table, spec, question());
    for (std::size_t r = 0; r < found.rows.size(); ++r) {
      table.add("score", scores[r]);
      const Estimate total = ask(table, spec, {.statistics = {irosurvey::total("score")}});
      EXPECT_TRUE(agree(found.rows[r].variance, total.rows[0].variance, kNumericalDerivative)) << r;
    }
  }
}

// ------------------------------------------------------------------------------------------------- what mustn't matter

TEST_P(Conformance, OrderOfRowsAndLabelsOfUnitsChangeNothing) {
  const Table other = reordered(table_, 31);
  for (const DesignSpec& spec : designs()) {
    EXPECT_TRUE(near_answer(ask(table_, spec, question()), ask(other, spec, question()), kReordered));
  }
}

TEST_P(Conformance, ThreadsChangeNoBit) {
  const Table table =
      positive_numbers(synthetic_survey(32, {.strata = 4, .units = 200, .subunits = 5, .rows = 10}), 33);
  const Design design = Design::declare(table.frame(), two_stages());
  for (const bool covariance : {false, true}) {
    Query query = question();
    query.covariance = covariance;
    const Estimate alone = estimate(design, query);
    for (const int threads : {2, 7}) {
      query.threads = threads;
      EXPECT_TRUE(same_answer(alone, estimate(design, query))) << threads << " threads";
    }
  }
}

/// Thirds of the rows in random order, summed apart, sent as bytes and merged.
Estimate from_parts(const Table& table, const DesignSpec& spec, const Query& query) {
  const std::vector<std::size_t> order = Random(33).permutation(table.rows());
  const StreamQuery asked{.statistics = query.statistics, .by = query.by};
  UnitTotals all(spec, asked);
  for (std::size_t part = 0; part < 3; ++part) {
    UnitTotals totals(spec, asked);
    std::vector<std::size_t> rows;
    for (std::size_t i = part; i < order.size(); i += 3) rows.push_back(order[i]);
    totals.add(table.rows(rows).frame());
    all.merge(UnitTotals::from_bytes(totals.to_bytes()));
  }
  return all.finish({.df = query.df, .covariance = query.covariance, .threads = query.threads});
}

TEST_P(Conformance, PartsThatMeetAnswerAsAllRows) {
  for (const DesignSpec& spec : designs()) {
    const Estimate parts = from_parts(table_, spec, question());
    const Estimate whole = ask(table_, spec, question());
    EXPECT_TRUE(near_answer(whole, parts, kReordered));
    EXPECT_EQ(whole.cells, parts.cells);
  }
}

TEST_P(Conformance, ScaledWeightsScaleTotalsAndNothingElse) {
  const Estimate plain = ask(table_, two_stages(), question());
  for (const double factor : {1.0 / 1024.0, 3.7, 1e6}) {
    Table scaled = table_;
    for (double& w : scaled.numbers("w")) w *= factor;
    const Estimate found = ask(scaled, two_stages(), question());
    const bool is_total = GetParam().scale == Scale::total;
    if (GetParam().scale == Scale::other) GTEST_SKIP() << "a statistic of no known scale";
    for (std::size_t r = 0; r < plain.rows.size(); ++r) {
      const double by = is_total ? factor : 1.0;
      EXPECT_TRUE(agree(found.rows[r].value, by * plain.rows[r].value, kReordered));
      EXPECT_TRUE(agree(found.rows[r].variance, by * by * plain.rows[r].variance, kReordered));
      EXPECT_TRUE(agree(found.rows[r].weighted_n, factor * plain.rows[r].weighted_n, kReordered));
      EXPECT_TRUE(
          agree(found.design_effect(static_cast<Index>(r)), plain.design_effect(static_cast<Index>(r)), kReordered));
      EXPECT_EQ(found.rows[r].n, plain.rows[r].n);
      EXPECT_EQ(found.rows[r].df, plain.rows[r].df);
    }
  }
}

// ------------------------------------------------------------------------------------------------------- replicates

TEST_P(Conformance, GoesThroughReplicatesAsTheFormulaSays) {
  // θ_r − θ by subtraction: each value has 15 digits, their difference fewer.
  constexpr double kSubtracted = 1e-9;
  const Design design = by_unit(table_);
  const Estimate found = estimate(design, question());
  const Estimate linear = ask(table_, one_stage(), question());
  std::vector<Estimate> replicates;
  for (Index r = 0; r < design.replicates(); ++r) {
    Table changed = table_;
    changed.add("w", design.replicate_weights(r));
    replicates.push_back(ask(changed, {.weights = "w"}, question()));
  }
  const std::size_t rows = found.rows.size();
  for (std::size_t a = 0; a < rows; ++a) {
    EXPECT_TRUE(agree(found.rows[a].value, linear.rows[a].value, kReordered));
    EXPECT_TRUE(agree(found.rows[a].srs_variance, linear.rows[a].srs_variance, kReordered));
    EXPECT_EQ(found.rows[a].n, linear.rows[a].n);
    for (std::size_t b = 0; b < rows; ++b) {
      double expected = 0.0;
      for (const Estimate& replicate : replicates) {
        expected +=
            0.8 * (replicate.rows[a].value - found.rows[a].value) * (replicate.rows[b].value - found.rows[b].value);
      }
      const double scale = std::sqrt(found.rows[a].variance * found.rows[b].variance);
      EXPECT_TRUE(agree(found.covariance[a * rows + b], expected, kSubtracted, scale)) << a << ", " << b;
    }
  }
}

TEST_P(Conformance, HasTheSameReplicatesByUnitAndByColumn) {
  EXPECT_TRUE(near_answer(estimate(by_unit(table_), question()), estimate(by_column(table_), question()), kReordered));
}

TEST_P(Conformance, ThreadsChangeNoBitOfReplicates) {
  const Table table =
      positive_numbers(synthetic_survey(36, {.strata = 4, .units = 40, .subunits = 10, .rows = 25}), 37);
  for (const Design& design : {by_unit(table), by_column(table)}) {
    Query query = question();
    const Estimate alone = estimate(design, query);
    for (const int threads : {2, 7}) {
      query.threads = threads;
      EXPECT_TRUE(same_answer(alone, estimate(design, query))) << threads << " threads";
    }
  }
}

// ---------------------------------------------------------------------------------------------------------- domains

TEST_P(Conformance, ADomainIsZeroWeightsOutside) {
  const Mask where = domain_of(table_);
  const Table outside = with_zero_weights_outside(table_, where);
  for (const DesignSpec& spec : designs()) {
    Query query = question();
    const Estimate zero_weights = ask(outside, spec, query);
    query.where = where;
    EXPECT_TRUE(near_answer(ask(table_, spec, query), zero_weights, kReordered));
  }
}

TEST_P(Conformance, OfAllRowsIsThatOfNoDomain) {
  Query query = question();
  const Estimate everyone = ask(table_, two_stages(), query);
  query.where = Mask(table_.rows(), 1);
  EXPECT_TRUE(same_answer(everyone, ask(table_, two_stages(), query)));
}

TEST_P(Conformance, AGroupIsADomain) {
  Query query = question();
  const Estimate groups = ask(table_, two_stages(), query);
  const std::size_t cells = groups.cells.size();
  ASSERT_EQ(cells, 2U);
  query.by.clear();
  for (std::size_t cell = 0; cell < cells; ++cell) {
    Mask where;
    for (const double code : table_.numbers("sex")) where.push_back(code == static_cast<double>(cell + 1) ? 1 : 0);
    query.where = where;
    const Estimate alone = ask(table_, two_stages(), query);
    for (std::size_t s = 0; s < groups.statistics.size(); ++s) {
      const EstimateRow& group = groups.rows[s * cells + cell];
      EXPECT_TRUE(agree(group.value, alone.rows[s].value, kReordered));
      EXPECT_TRUE(agree(group.variance, alone.rows[s].variance, kReordered));
      EXPECT_TRUE(agree(group.srs_variance, alone.rows[s].srs_variance, kReordered));
      EXPECT_EQ(group.n, alone.rows[s].n);
      EXPECT_EQ(group.df, alone.rows[s].df);
    }
  }
}

TEST_P(Conformance, ADomainIsZeroWeightsOutsideThroughReplicatesToo) {
  const Mask where = domain_of(table_);
  const Design design = by_column(table_);
  const Table outside = with_zero_weights_outside(table_, where);
  Query query = question();
  for (const Design& zero : {by_unit(outside), by_column(outside)}) {
    query.where.reset();
    const Estimate zero_weights = estimate(zero, query);
    query.where = where;
    EXPECT_TRUE(near_answer(estimate(design, query), zero_weights, kReordered));
  }
}

TEST_P(Conformance, MissingValuesAreOutsideTheDomain) {
  const Mask where = domain_of(table_);
  const Table holes = with_missing_outside(table_, where, columns());
  Query query = question();
  const Estimate missing = ask(holes, two_stages(), query);
  query.where = where;
  EXPECT_TRUE(near_answer(ask(table_, two_stages(), query), missing, kReordered));
}

TEST_P(Conformance, AnEmptyDomainIsEmptyNotAnError) {
  Query query = question();
  query.where = Mask(table_.rows(), 0);
  const Estimate found = ask(table_, two_stages(), query);
  ASSERT_FALSE(found.rows.empty());
  for (const EstimateRow& row : found.rows) {
    EXPECT_EQ(row.status, Status::empty);
    EXPECT_EQ(row.n, 0);
    EXPECT_EQ(row.units, 0);
    EXPECT_EQ(row.strata, 0);
    EXPECT_EQ(row.df, 0.0);
    EXPECT_EQ(row.weighted_n, 0.0);
    EXPECT_TRUE(std::isnan(row.value) && std::isnan(row.variance) && std::isnan(row.srs_variance));
  }
  for (const double covariance : found.covariance) EXPECT_TRUE(std::isnan(covariance));
}

TEST_P(Conformance, OneGroupMayBeEmptyBesideOthers) {
  Query query = question();
  query.where = Mask();
  for (const double code : table_.numbers("sex")) query.where->push_back(code == 2.0 ? 1 : 0);
  const Estimate found = ask(table_, two_stages(), query);
  for (const EstimateRow& row : found.rows) EXPECT_EQ(row.status, row.cell == 0 ? Status::empty : Status::ok);
}

// ------------------------------------------------------------------------------------------------- few sampling units

TEST_P(Conformance, ASampleOfOneUnitHasNoVarianceUnlessARuleIsNamed) {
  Table table = table_;
  table.add("unit", Numbers(table.rows(), 1.0));
  DesignSpec spec{.weights = "w", .stages = {{"", "unit", {}}}};
  const auto error = error_of([&] { (void)ask(table, spec, question()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::singleton);
  spec.singleton = SingletonRule::remove;
  const Estimate found = ask(table, spec, question());
  for (const EstimateRow& row : found.rows) {
    EXPECT_EQ(row.status, Status::ok);
    EXPECT_EQ(row.variance, 0.0);
    EXPECT_EQ(row.df, 0.0);
    EXPECT_EQ(row.units, 1);
    EXPECT_TRUE(std::isfinite(row.value));
  }
}

TEST_P(Conformance, ADomainWithinOneUnitHasAVarianceAndNoDegreesOfFreedom) {
  Query query = question();
  query.by.clear();
  query.where = Mask();
  for (std::size_t row = 0; row < table_.rows(); ++row) {
    query.where->push_back(table_.numbers("stratum")[row] == 2.0 && table_.numbers("unit")[row] == 1.0 ? 1 : 0);
  }
  const Estimate found = ask(table_, one_stage(), query);
  for (const EstimateRow& row : found.rows) {
    EXPECT_EQ(row.status, Status::ok);
    EXPECT_EQ(row.units, 1);
    EXPECT_EQ(row.df, 0.0);
    // Scores of a scale-free statistic add up to 0 within the domain, which here is within the unit.
    if (GetParam().scale == Scale::total) {
      EXPECT_GT(row.variance, 0.0);
    } else {
      EXPECT_EQ(row.variance, 0.0);
    }
  }
}

TEST_P(Conformance, OneRowIsItsOwnEstimate) {
  Query query = question();
  query.by.clear();
  query.where = Mask(table_.rows(), 0);
  const Numbers& w = table_.numbers("w");
  const auto row =
      static_cast<std::size_t>(std::find_if(w.begin(), w.end(), [](double x) { return x > 0.0; }) - w.begin());
  (*query.where)[row] = 1;
  const Estimate found = ask(table_, one_stage(), query);
  for (const EstimateRow& at : found.rows) {
    EXPECT_EQ(at.status, Status::ok);
    EXPECT_EQ(at.n, 1);
    EXPECT_TRUE(std::isfinite(at.value) && std::isfinite(at.variance));
    EXPECT_TRUE(std::isnan(at.srs_variance)) << "one row has no spread";
  }
}

// ------------------------------------------------------------------------------------------------------- jackknife

/// Variance by leaving out one first-stage unit at a time, the others of its stratum weighted up (JKn).
std::vector<double> jackknife(const Table& table, const Query& query) {
  const Numbers& strata = table.numbers("stratum");
  const Numbers& units = table.numbers("unit");
  std::map<double, std::set<double>> units_of;
  for (std::size_t row = 0; row < strata.size(); ++row) units_of[strata[row]].insert(units[row]);
  const Estimate full = estimate(Design::declare(table.frame(), one_stage()), query);
  std::vector<double> variance(full.rows.size(), 0.0);
  for (const auto& [stratum, members] : units_of) {
    const auto n = static_cast<double>(members.size());
    for (const double left_out : members) {
      Table replicate = table;
      Numbers& w = replicate.numbers("w");
      for (std::size_t row = 0; row < w.size(); ++row) {
        if (strata[row] == stratum) w[row] *= units[row] == left_out ? 0.0 : n / (n - 1.0);
      }
      const Estimate at = estimate(Design::declare(replicate.frame(), one_stage()), query);
      for (std::size_t r = 0; r < variance.size(); ++r) {
        const double distance = at.rows[r].value - full.rows[r].value;
        variance[r] += (n - 1.0) / n * distance * distance;
      }
    }
  }
  return variance;
}

TEST_P(Conformance, JackknifeIsLinearizationForTotalsAndNearItElse) {
  const Table table = positive_numbers(synthetic_survey(41, {.strata = 4, .units = 12, .subunits = 2, .rows = 4}), 42);
  const Query query{.statistics = {subject()}};
  const Estimate found = ask(table, one_stage(), query);
  const std::vector<double> jackknifed = jackknife(table, query);
  for (std::size_t r = 0; r < jackknifed.size(); ++r) {
    // 48 units: what the linear term leaves out is a few per cent of the variance.
    const double tolerance = GetParam().scale == Scale::total ? 1e-12 : 0.1;
    EXPECT_TRUE(agree(found.rows[r].variance, jackknifed[r], tolerance)) << r;
  }
}

// ---------------------------------------------------------------------------------------------------------- offset

using High = boost::multiprecision::cpp_bin_float_50;

/// f(T) with 50 digits, by walking the expression; and its derivative in a direction of the totals.
struct Directional {
  High value;
  High slope;
};

using TotalOf = std::function<Directional(const Variable&)>;

Directional walk(const Expr& expr, const TotalOf& total) {
  std::vector<Directional> operands;
  if (expr.kind() != Expr::Kind::power) {
    for (const Expr& operand : expr.operands()) operands.push_back(walk(operand, total));
  }
  const auto a = [&]() -> const Directional& { return operands[0]; };
  const auto b = [&]() -> const Directional& { return operands[1]; };
  switch (expr.kind()) {
    case Expr::Kind::total: return total(expr.variable());
    case Expr::Kind::row: break;  // of a result, not of data
    case Expr::Kind::constant: return {High(expr.number()), High(0)};
    case Expr::Kind::sum: return {a().value + b().value, a().slope + b().slope};
    case Expr::Kind::difference: return {a().value - b().value, a().slope - b().slope};
    case Expr::Kind::product: return {a().value * b().value, a().slope * b().value + a().value * b().slope};
    case Expr::Kind::quotient: {
      const High value = a().value / b().value;
      return {value, (a().slope - value * b().slope) / b().value};
    }
    case Expr::Kind::negation: return {-a().value, -a().slope};
    case Expr::Kind::log: return {log(a().value), a().slope / a().value};
    case Expr::Kind::exp: return {exp(a().value), exp(a().value) * a().slope};
    case Expr::Kind::sqrt: return {sqrt(a().value), a().slope / (2 * sqrt(a().value))};
    case Expr::Kind::power: {
      const Directional base = walk(expr.operands()[0], total);
      const High exponent(expr.operands()[1].number());
      return {pow(base.value, exponent), exponent * pow(base.value, exponent - 1) * base.slope};
    }
  }
  return {};
}

/// Variance where every row is a unit drawn with replacement, with 50 digits.
double high_precision_variance(const Table& table, const Expr& expr) {
  const Numbers& w = table.numbers("w");
  const auto value_of = [&](const Variable& variable, std::size_t row) {
    return variable.column.empty() ? High(1) : High(table.numbers(variable.column)[row]);
  };
  std::vector<High> scores;
  High sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const auto total = [&](const Variable& variable) {
      Directional at{0, value_of(variable, i)};
      for (std::size_t row = 0; row < w.size(); ++row) at.value += High(w[row]) * value_of(variable, row);
      return at;
    };
    scores.push_back(High(w[i]) * walk(expr, total).slope);
    sum += scores.back();
  }
  const High n(static_cast<double>(w.size()));
  High squares = 0;
  for (const High& score : scores) squares += (score - sum / n) * (score - sum / n);
  return static_cast<double>(n / (n - 1) * squares);
}

TEST_P(Conformance, AnOffsetOfABillionCostsNoDigitsThatMatter) {
  Table table = small();
  if (GetParam().by_level) {
    // Codes are names: shares of codes near 10⁹ are those of codes near 0.
    Numbers codes;
    for (const auto& answer : table.texts("answer"))
      codes.push_back(*answer == "never" ? 1.0 : *answer == "often" ? 2.0 : 3.0);
    const Estimate plain = ask(table.add("answer", codes), one_stage(), question());
    for (double& code : codes) code += 1e9;
    EXPECT_TRUE(same_answer(plain, ask(table.add("answer", codes), one_stage(), question())));
    return;
  }
  for (const std::string& column : columns()) {
    for (double& value : table.numbers(column)) value += 1e9;
  }
  const Estimate found = ask(table, {.weights = "w"}, {.statistics = {subject()}});
  EXPECT_TRUE(agree(found.rows[0].variance, high_precision_variance(table, *subject().expression), kOffset));
}

TEST_P(Conformance, AConstantColumnHasNoSpread) {
  Table table = table_;
  if (GetParam().by_level) {
    table.add("answer", Texts(table.rows(), "the same"));
  } else {
    for (const std::string& column : columns()) table.add(column, Numbers(table.rows(), 0.1));
  }
  const Query query{.statistics = {subject()}};
  for (const Estimate& found : {ask(table, one_stage(), query), from_parts(table, one_stage(), query)}) {
    for (std::size_t r = 0; r < found.rows.size(); ++r) {
      EXPECT_EQ(found.rows[r].srs_variance, 0.0);
      EXPECT_TRUE(std::isnan(found.design_effect(static_cast<Index>(r)))) << "nothing to relate it to";
      EXPECT_TRUE(GetParam().scale == Scale::total || found.rows[r].variance == 0.0);
    }
  }
}

std::string name_of_definition(const ::testing::TestParamInfo<Definition>& info) {
  std::string name(info.param.name);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Conformance,
                         ::testing::ValuesIn(irosurvey::catalogue().begin(), irosurvey::catalogue().end()),
                         name_of_definition);

}  // namespace
}  // namespace irosurvey_tests
