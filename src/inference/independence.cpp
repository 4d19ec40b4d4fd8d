#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/names.hpp"
#include "core/nan.hpp"
#include "core/refuse.hpp"
#include "inference/chi_square_mixture.hpp"
#include "inference/layer_sums.hpp"
#include "inference/wald.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/inference/crosstab.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr NamedValue<TableTest> kTests[] = {{TableTest::rao_scott_f, "rao-scott-f"},
                                            {TableTest::rao_scott_chisq, "rao-scott-chisq"},
                                            {TableTest::rao_scott_lr_f, "rao-scott-lr-f"},
                                            {TableTest::rao_scott_lr_chisq, "rao-scott-lr-chisq"},
                                            {TableTest::wald, "wald"},
                                            {TableTest::adjusted_wald, "adjusted-wald"},
                                            {TableTest::lincom, "lincom"},
                                            {TableTest::saddlepoint, "saddlepoint"},
                                            {TableTest::pearson, "pearson"},
                                            {TableTest::lr, "lr"}};
constexpr NamedValue<EffectsAt> kEffects[] = {{EffectsAt::observed, "observed"}, {EffectsAt::expected, "expected"}};
constexpr NamedValue<MixtureDenominator> kDenominators[] = {{MixtureDenominator::satterthwaite, "satterthwaite"},
                                                            {MixtureDenominator::whole, "whole"},
                                                            {MixtureDenominator::infinite, "infinite"}};

/// Shares that are compared with others, and how they vary; no margin of them is 0.
struct Compared {
  Eigen::VectorXd observed;
  Eigen::VectorXd expected;
  Eigen::MatrixXd covariance;  ///< of the observed shares
  Eigen::MatrixXd contrasts;   ///< shares × a: what the hypothesis says of their logarithms
  double n = 0.0;
  double df = 0.0;
  std::string hypothesis;
};

/// Shares of the sums at `places`, of the sum at `whole`.
Functions shares(const std::vector<Index>& places, Index whole, std::span<const double> sums, Index size) {
  Functions functions;
  functions.name = "a share of the table";
  const auto count = static_cast<Eigen::Index>(places.size());
  const double divisor = sums[static_cast<std::size_t>(whole)];
  functions.values.resize(count);
  functions.jacobian.resize(count, size);
  std::vector<Eigen::Triplet<double>> entries;
  for (Eigen::Index f = 0; f < count; ++f) {
    const Index above = places[static_cast<std::size_t>(f)];
    functions.values[f] = sums[static_cast<std::size_t>(above)] / divisor;
    entries.emplace_back(static_cast<int>(f), static_cast<int>(above), 1.0 / divisor);
    entries.emplace_back(static_cast<int>(f), static_cast<int>(whole), -functions.values[f] / divisor);
  }
  functions.jacobian.setFromTriplets(entries.begin(), entries.end());
  functions.at = [places, whole](std::span<const double> under) {
    Eigen::VectorXd values(static_cast<Eigen::Index>(places.size()));
    for (std::size_t f = 0; f < places.size(); ++f) {
      values[static_cast<Eigen::Index>(f)] =
          under[static_cast<std::size_t>(places[f])] / under[static_cast<std::size_t>(whole)];
    }
    return values;
  };
  return functions;
}

/// Helmert's contrasts: size × (size − 1), orthonormal, each orthogonal to 1.
Eigen::MatrixXd helmert(Eigen::Index size) {
  Eigen::MatrixXd contrasts = Eigen::MatrixXd::Zero(size, size - 1);
  for (Eigen::Index c = 0; c + 1 < size; ++c) {
    const auto above = static_cast<double>(c + 1);
    contrasts.col(c).head(c + 1).setConstant(1.0 / std::sqrt(above * (above + 1.0)));
    contrasts(c + 1, c) = -above / std::sqrt(above * (above + 1.0));
  }
  return contrasts;
}

/// Contrasts of rows times contrasts of columns: what is orthogonal to both main effects.
Eigen::MatrixXd interactions(Eigen::Index rows, Eigen::Index columns) {
  const Eigen::MatrixXd of_rows = helmert(rows);
  const Eigen::MatrixXd of_columns = helmert(columns);
  Eigen::MatrixXd product(rows * columns, (rows - 1) * (columns - 1));
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index c = 0; c + 1 < rows; ++c) {
      product.block(i * columns, c * (columns - 1), columns, columns - 1) = of_rows(i, c) * of_columns;
    }
  }
  return product;
}

Eigen::MatrixXd share_covariance(const LayerSums& sums, const std::vector<Index>& places) {
  std::vector<double> all(static_cast<std::size_t>(sums.size()));
  for (Index i = 0; i <= sums.rows(); ++i) {
    for (Index j = 0; j <= sums.columns(); ++j) all[static_cast<std::size_t>(sums.at(i, j))] = sums.sum(i, j);
  }
  return sums.covariance(shares(places, sums.at(sums.rows(), sums.columns()), all, sums.size()));
}

Compared independence(const CrossTab& table, const LayerSums& sums, Index layer, const std::vector<Index>& rows,
                      const std::vector<Index>& columns) {
  Compared compared;
  const auto count = static_cast<Eigen::Index>(rows.size() * columns.size());
  compared.observed.resize(count);
  compared.expected.resize(count);
  std::vector<Index> places;
  for (const Index i : rows) {
    for (const Index j : columns) {
      const auto at = static_cast<Eigen::Index>(places.size());
      places.push_back(sums.at(i, j));
      compared.observed[at] = sums.sum(i, j) / sums.grand();
      compared.expected[at] = sums.sum(i, sums.columns()) / sums.grand() * (sums.sum(sums.rows(), j) / sums.grand());
    }
  }
  compared.covariance = share_covariance(sums, places);
  compared.contrasts = interactions(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(columns.size()));
  compared.n = static_cast<double>(sums.base());
  compared.df = table.df[static_cast<std::size_t>(layer)];
  compared.hypothesis = "'" + table.rows + "' and '" + table.columns + "' are independent";
  return compared;
}

// ---------------------------------------------------------------------------------------------------- statistics

double pearson_statistic(const Compared& compared) {
  return compared.n * ((compared.observed - compared.expected).array().square() / compared.expected.array()).sum();
}

/// An empty cell adds nothing: p log p goes to 0 with p.
double likelihood_ratio(const Compared& compared) {
  double sum = 0.0;
  for (Eigen::Index i = 0; i < compared.observed.size(); ++i) {
    const double p = compared.observed[i];
    if (p > 0.0) sum += p * std::log(p / compared.expected[i]);
  }
  return std::max(0.0, 2.0 * compared.n * sum);
}

/// Generalized design effects, and their choice in words.
struct DesignEffects {
  std::vector<double> values{};
  double sum = 0.0;
  double squares = 0.0;
  std::string at{};

  [[nodiscard]] double satterthwaite() const { return sum * sum / squares; }
};

/// Eigenvalues of A⁻¹B with A = C′D⁻¹V_srs D⁻¹C and B = C′D⁻¹V D⁻¹C: by the Cholesky factor of A they are those of a
/// symmetric matrix, whose trace and sum of squares need no eigenvalue.
DesignEffects design_effects(const Compared& compared, EffectsAt asked, bool each) {
  const bool empty_cell = compared.observed.minCoeff() <= 0.0;
  const bool at_observed = asked == EffectsAt::observed && !empty_cell;
  const Eigen::VectorXd& p = at_observed ? compared.observed : compared.expected;
  const Eigen::MatrixXd weighted = p.cwiseInverse().asDiagonal() * compared.contrasts;
  // C′1 = 0: of V_srs = (D − pp′)/n only D is left.
  const Eigen::MatrixXd a = compared.contrasts.transpose() * weighted / compared.n;
  const Eigen::MatrixXd half = compared.covariance * weighted;
  const Eigen::MatrixXd b = weighted.transpose() * half;
  const Eigen::LLT<Eigen::MatrixXd> root(a);
  Eigen::MatrixXd effects = root.matrixL().solve(b);
  effects = root.matrixL().solve(effects.transpose().eval());
  DesignEffects result;
  result.sum = effects.trace();
  result.squares = effects.squaredNorm();
  if (each) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(effects, Eigen::EigenvaluesOnly);
    const double largest = solver.eigenvalues().maxCoeff();
    // What is left of a direction that doesn't vary is rounding.
    constexpr double kNothing = 1e-12;
    for (const double value : solver.eigenvalues()) {
      if (value > kNothing * largest) result.values.push_back(value);
    }
  }
  result.at = at_observed ? "observed shares" : "expected shares";
  if (asked == EffectsAt::observed && empty_cell) result.at += ", as a cell is empty";
  return result;
}

// ---------------------------------------------------------------------------------------------------- tests

TestResult not_made(std::string method, std::string hypothesis, std::string why) {
  TestResult result = f_result(std::move(method), std::move(hypothesis), kNaN, kNaN, kNaN);
  result.choices.push_back({"no test", std::move(why)});
  return result;
}

bool is_likelihood_ratio(TableTest test) {
  return test == TableTest::lr || test == TableTest::rao_scott_lr_f || test == TableTest::rao_scott_lr_chisq;
}

bool is_f(TableTest test) { return test == TableTest::rao_scott_f || test == TableTest::rao_scott_lr_f; }

bool is_rao_scott(TableTest test) {
  return is_f(test) || test == TableTest::rao_scott_chisq || test == TableTest::rao_scott_lr_chisq;
}

std::string statistic_name(TableTest test) {
  return is_likelihood_ratio(test) ? "likelihood-ratio chi-square" : "Pearson chi-square";
}

int order_of(TableTest test, const TableTestOptions& options) {
  if (!options.order) return is_f(test) ? 2 : 1;
  if (is_rao_scott(test) && (*options.order == 1 || *options.order == 2)) return *options.order;
  throw Error(ErrorCode::argument,
              {.subject = "order",
               .row = {},
               .expected = "1 or 2, with a Rao-Scott test",
               .found = std::to_string(*options.order) + " with '" + std::string(name_of(test)) + "'",
               .remedy = {},
               .candidates = {}});
}

TestResult rao_scott(const Compared& compared, TableTest test, const TableTestOptions& options, double statistic) {
  const int order = order_of(test, options);
  const DesignEffects effects = design_effects(compared, options.effects, false);
  const auto count = static_cast<double>(compared.contrasts.cols());
  const std::string method = statistic_name(test) + ", Rao-Scott " + (order == 1 ? "first order" : "second order");
  const double df1 = order == 1 ? count : effects.satterthwaite();
  TestResult result = is_f(test)
                          ? f_result(method, compared.hypothesis, statistic / effects.sum, df1, df1 * compared.df)
                          : chi_square_result(method, compared.hypothesis, statistic / effects.sum * df1, df1);
  result.choices.push_back({"design effects", "at " + effects.at});
  return result;
}

std::string text_of(MixtureDenominator denominator) {
  switch (denominator) {
    case MixtureDenominator::satterthwaite: return "chi-square with d × df degrees of freedom, over them";
    case MixtureDenominator::whole:
      return "chi-square with d × df degrees of freedom cut to a whole number, over d × df";
    case MixtureDenominator::infinite: break;
  }
  return "none";
}

TestResult by_mixture(const Compared& compared, TableTest test, const TableTestOptions& options, double statistic) {
  const DesignEffects effects = design_effects(compared, options.effects, true);
  const double df2 =
      options.denominator == MixtureDenominator::infinite ? kInfinity : effects.satterthwaite() * compared.df;
  const Denominator denominator{options.denominator == MixtureDenominator::whole ? std::floor(df2) : df2, df2};
  const bool exact = test == TableTest::lincom;
  TestResult result;
  result.method =
      std::string("Pearson chi-square, as a linear combination of chi-squares, ") + (exact ? "exact" : "saddlepoint");
  result.hypothesis = compared.hypothesis;
  result.distribution = TestDistribution::mixture;
  result.statistic = statistic;
  result.df1 = static_cast<double>(effects.values.size());
  result.df2 = df2;
  result.p = exact ? mixture_p(statistic, effects.values, denominator)
                   : mixture_saddlepoint_p(statistic, effects.values, denominator);
  result.choices = {{"design effects", "at " + effects.at}, {"denominator", text_of(options.denominator)}};
  return result;
}

/// Why a corrected test has no p, if it has none.
void explain(const Compared& compared, TestResult& result) {
  if (!std::isnan(result.p)) return;
  result.choices.push_back(
      {"no test", compared.df > 0.0 ? "the shares don't vary under the design" : "there are no degrees of freedom"});
}

/// A test of X² or G².
TestResult chi_square_test(const Compared& compared, TableTest test, const TableTestOptions& options) {
  const double statistic = is_likelihood_ratio(test) ? likelihood_ratio(compared) : pearson_statistic(compared);
  if (test == TableTest::pearson || test == TableTest::lr) {
    TestResult result = chi_square_result(statistic_name(test) + ", uncorrected", compared.hypothesis, statistic,
                                          static_cast<double>(compared.contrasts.cols()));
    result.choices.push_back({"correction for the design", "none, scaled to the n of the table"});
    return result;
  }
  TestResult result = is_rao_scott(test) ? rao_scott(compared, test, options, statistic)
                                         : by_mixture(compared, test, options, statistic);
  explain(compared, result);
  return result;
}

TestResult with_choices(const CrossTab& table, TestResult result) {
  result.choices.insert(result.choices.end(), table.choices.begin(), table.choices.end());
  return result;
}

/// p₀ scaled to sum to 1; the places of the levels that have one.
Eigen::VectorXd expected_shares(const CrossTab& table, std::span<const double> given, std::vector<Index>& levels) {
  if (static_cast<Index>(given.size()) != table.row_count()) {
    refuse("shares", "one for each of the " + std::to_string(table.row_count()) + " levels of '" + table.rows + "'",
           std::to_string(given.size()));
  }
  const double sum = std::accumulate(given.begin(), given.end(), 0.0);
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!(given[i] >= 0.0) || !std::isfinite(given[i]) || !(sum > 0.0)) {
      refuse("shares", "numbers of at least 0, not all of them 0", std::to_string(given[i]));
    }
    if (given[i] > 0.0) levels.push_back(static_cast<Index>(i));
    if (given[i] == 0.0 && table.n[i] > 0) {
      refuse("shares", "a share above 0 for a level that occurs", "0 for '" + to_text(table.row_levels[i]) + "'",
             "A single row there would disprove the hypothesis.");
    }
  }
  Eigen::VectorXd shares(static_cast<Eigen::Index>(levels.size()));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    shares[static_cast<Eigen::Index>(i)] = given[static_cast<std::size_t>(levels[i])] / sum;
  }
  return shares;
}

TestResult goodness_by_wald(const Compared& compared, bool adjusted) {
  const Eigen::Index last = compared.observed.size() - 1;
  return wald_result("Wald test of goodness of fit", compared.hypothesis,
                     (compared.observed - compared.expected).head(last), compared.covariance.topLeftCorner(last, last),
                     compared.df, adjusted);
}

}  // namespace

std::string_view name_of(TableTest test) noexcept { return name_in(kTests, test); }
TableTest table_test(std::string_view name) { return value_in(kTests, "test", name); }
EffectsAt effects_at(std::string_view name) { return value_in(kEffects, "design_effects", name); }
MixtureDenominator mixture_denominator(std::string_view name) { return value_in(kDenominators, "denominator", name); }

TestResult independence_test(const CrossTab& table, TableTest test, const TableTestOptions& options, Index layer) {
  if (table.columns.empty()) {
    refuse("test of independence", "a table of two columns", "one", "Ask for the goodness of fit.");
  }
  (void)order_of(test, options);
  const LayerSums sums(table, layer);
  const std::vector<Index> rows = sums.filled_rows();
  const std::vector<Index> columns = sums.filled_columns();
  const std::string hypothesis = "'" + table.rows + "' and '" + table.columns + "' are independent";
  if (rows.size() < 2 || columns.size() < 2) {
    return with_choices(table, not_made("test of independence", hypothesis,
                                        "there are fewer than two rows or columns with somebody in them"));
  }
  if (test == TableTest::wald || test == TableTest::adjusted_wald) {
    const Functions functions = departures(sums, {rows.begin(), rows.end() - 1}, {columns.begin(), columns.end() - 1});
    return with_choices(
        table,
        wald_result("Wald test of independence", hypothesis, functions.values, sums.linearized_covariance(functions),
                    table.df[static_cast<std::size_t>(layer)], test == TableTest::adjusted_wald));
  }
  return with_choices(table, chi_square_test(independence(table, sums, layer, rows, columns), test, options));
}

TestResult goodness_of_fit(const CrossTab& table, std::span<const double> shares, TableTest test,
                           const TableTestOptions& options) {
  if (!table.columns.empty()) refuse("goodness of fit", "a table of one column", "two");
  if (table.layer_count() != 1) refuse("goodness of fit", "a table without layers", "layers");
  (void)order_of(test, options);
  std::vector<Index> levels;
  Compared compared;
  compared.expected = expected_shares(table, shares, levels);
  compared.hypothesis = "the shares of '" + table.rows + "' are those given";
  const LayerSums sums(table, 0);
  if (levels.size() < 2) {
    return with_choices(table, not_made("goodness of fit", compared.hypothesis, "there are fewer than two levels"));
  }
  std::vector<Index> places;
  compared.observed.resize(compared.expected.size());
  for (const Index level : levels) {
    compared.observed[static_cast<Eigen::Index>(places.size())] = sums.sum(level, 1) / sums.grand();
    places.push_back(sums.at(level, 1));
  }
  compared.covariance = share_covariance(sums, places);
  compared.contrasts = helmert(compared.observed.size());
  compared.n = static_cast<double>(sums.base());
  compared.df = table.df.front();
  if (test == TableTest::wald || test == TableTest::adjusted_wald) {
    return with_choices(table, goodness_by_wald(compared, test == TableTest::adjusted_wald));
  }
  return with_choices(table, chi_square_test(compared, test, options));
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
