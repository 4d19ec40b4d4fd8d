#include "irosurvey/inference/regression_tests.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <utility>

#include "core/names.hpp"
#include "core/nan.hpp"
#include "core/refuse.hpp"
#include "inference/chi_square_mixture.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using Places = std::vector<Eigen::Index>;

constexpr NamedValue<TermTest> kTests[] = {
    {TermTest::adjusted_wald, "adjusted-wald"},
    {TermTest::wald, "wald"},
    {TermTest::working_likelihood, "working-likelihood"},
    {TermTest::working_likelihood_lincom, "working-likelihood-lincom"},
    {TermTest::working_likelihood_saddlepoint, "working-likelihood-saddlepoint"}};

/// Rows of the coefficients, and which terms they are of.
struct Tested {
  std::vector<std::string> names;
  Places places;
};

Tested tested_terms(const Regression& model, std::span<const std::string> asked) {
  Tested tested;
  for (const RegressionTerm& term : model.terms()) {
    const bool wanted =
        asked.empty() ? !term.is_intercept : std::find(asked.begin(), asked.end(), term.name) != asked.end();
    if (!wanted) continue;
    tested.names.push_back(term.name);
    for (const Index k : term.coefficients) tested.places.push_back(k);
  }
  for (const std::string& name : asked) {
    if (std::find(tested.names.begin(), tested.names.end(), name) != tested.names.end()) continue;
    std::vector<std::string> known;
    std::string listed;
    for (const RegressionTerm& term : model.terms()) {
      known.push_back(term.name);
      listed += (listed.empty() ? "'" : ", '") + term.name + "'";
    }
    refuse("term '" + name + "'", "a term with a coefficient: " + listed, "none of them", {}, {},
           near_names(name, known));
  }
  if (tested.places.empty()) refuse("the test of a model", "terms besides the intercept", "none");
  return tested;
}

VectorXd values_at(const Regression& model, const Places& places) {
  VectorXd values(static_cast<Eigen::Index>(places.size()));
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    values[i] = model.coefficients().rows[static_cast<std::size_t>(places[static_cast<std::size_t>(i)])].value;
  }
  return values;
}

MatrixXd part_of(const std::vector<double>& matrix, const Places& places) {
  const auto size = static_cast<Eigen::Index>(std::lround(std::sqrt(static_cast<double>(matrix.size()))));
  return Eigen::Map<const MatrixXd>(matrix.data(), size, size)(places, places);
}

/// b′V⁻¹b; NaN where V has no full rank. Rows are scaled first: units of measurement don't matter.
double wald_statistic(const VectorXd& b, const MatrixXd& v) {
  const VectorXd scale = v.diagonal().unaryExpr([](double d) { return d > 0.0 ? 1.0 / std::sqrt(d) : 0.0; });
  const Eigen::FullPivHouseholderQR<MatrixXd> factors(scale.asDiagonal() * v * scale.asDiagonal());
  if (factors.rank() < b.size()) return kNaN;
  const VectorXd scaled = scale.cwiseProduct(b);
  return scaled.dot(factors.solve(scaled));
}

std::string hypothesis_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return "all coefficients of " + text + " are 0";
}

/// Eigenvalues of V₀⁻¹V: how many times more a coefficient varies than in a simple random sample.
VectorXd design_effects(const MatrixXd& working, const MatrixXd& v) {
  const Eigen::LLT<MatrixXd> root(working);
  const MatrixXd half = root.matrixL().solve(v);
  const MatrixXd both = root.matrixL().solve(half.transpose());
  return Eigen::SelfAdjointEigenSolver<MatrixXd>(0.5 * (both + both.transpose()), Eigen::EigenvaluesOnly).eigenvalues();
}

/// G² with the distribution that it has if the coefficients are 0, and not one of the same two moments.
TestResult likelihood_mixture(double statistic, const VectorXd& lambda, double df, bool exact) {
  TestResult result;
  result.method = std::string("working likelihood ratio, as a linear combination of chi-squares, ") +
                  (exact ? "exact" : "saddlepoint");
  result.distribution = TestDistribution::mixture;
  result.statistic = statistic;
  result.df1 = static_cast<double>(lambda.size());
  result.df2 = df;
  result.p = kNaN;
  // A combination of coefficients that doesn't vary has no part in the mixture: its λ is rounding of 0.
  const double nothing = 1e-12 * lambda.maxCoeff();
  std::vector<double> weights;
  std::copy_if(lambda.begin(), lambda.end(), std::back_inserter(weights), [&](double one) { return one > nothing; });
  if (weights.empty() || !(df > 0.0)) return result;
  result.p = exact ? mixture_p(statistic, weights, {df, df}) : mixture_saddlepoint_p(statistic, weights, {df, df});
  return result;
}

TestResult working_likelihood_test(const Regression& model, const Tested& tested, TermTest test) {
  const double statistic = model.deviance_without(tested.names) - model.summary().deviance;
  const VectorXd lambda = design_effects(part_of(model.working_covariance(), tested.places),
                                         part_of(model.coefficients().covariance, tested.places));
  const double df = model.summary().df;
  TestResult result;
  if (test == TermTest::working_likelihood) {
    const double sum = lambda.sum();
    result = f_result("working likelihood ratio, Rao-Scott second order", hypothesis_of(tested.names), statistic / sum,
                      sum * sum / lambda.squaredNorm(), df);
    result.choices.push_back({"likelihood ratio", std::to_string(statistic)});
  } else {
    result = likelihood_mixture(statistic, lambda, df, test == TermTest::working_likelihood_lincom);
    result.hypothesis = hypothesis_of(tested.names);
  }
  result.choices.push_back({"mean design effect", std::to_string(lambda.mean())});
  if (!(df > 0.0)) result.choices.push_back({"no test", "more coefficients than degrees of freedom"});
  return result;
}

}  // namespace

std::string_view name_of(TermTest test) noexcept { return name_in(kTests, test); }
TermTest term_test_named(std::string_view name) { return value_in(kTests, "test", name); }

TestResult term_test(const Regression& model, std::span<const std::string> terms, TermTest test) {
  const Tested tested = tested_terms(model, terms);
  if (test != TermTest::adjusted_wald && test != TermTest::wald) return working_likelihood_test(model, tested, test);
  const double statistic =
      wald_statistic(values_at(model, tested.places), part_of(model.coefficients().covariance, tested.places));
  const auto k = static_cast<double>(tested.places.size());
  const double df = model.summary().df;
  const bool adjusted = test == TermTest::adjusted_wald && std::isfinite(df);
  const double df2 = adjusted ? df - k + 1.0 : df;
  const double f = df2 > 0.0 ? statistic / k * (adjusted ? df2 / df : 1.0) : kNaN;
  TestResult result =
      f_result(test == TermTest::adjusted_wald ? "adjusted Wald" : "Wald", hypothesis_of(tested.names), f, k, df2);
  if (std::isnan(statistic)) {
    result.choices.push_back({"no test", "the covariance of the coefficients hasn't full rank"});
  } else if (!(df2 > 0.0)) {
    result.choices.push_back({"no test", "more coefficients than degrees of freedom"});
  }
  return result;
}

std::vector<double> p_values(const Estimate& estimate) {
  std::vector<double> values;
  for (const EstimateRow& row : estimate.rows) values.push_back(t_p(row.value / std::sqrt(row.variance), row.df));
  return values;
}

namespace {

/// Coefficients but the intercept.
Places slopes_of(const Regression& model) {
  Places places;
  for (const RegressionTerm& term : model.terms()) {
    if (!term.is_intercept) places.insert(places.end(), term.coefficients.begin(), term.coefficients.end());
  }
  return places;
}

double sum_of_effects(const Regression& model) {
  const Places places = slopes_of(model);
  if (places.empty()) return 0.0;
  return design_effects(part_of(model.working_covariance(), places), part_of(model.coefficients().covariance, places))
      .sum();
}

/// Of a gaussian model: −2ℓ̂ at the estimated variance, which counts as a parameter with an effect of its own.
InformationCriterion gaussian_aic(const Regression& model) {
  const RegressionSummary& summary = model.summary();
  const auto n = static_cast<double>(summary.n);
  const double variance = summary.deviance / (n - 1.0);
  const double fourth = model.residual_moment(4);  // Σ w r⁴, weights scaled to mean 1
  const double second = summary.deviance;
  const double score = (n - 2.0 * second / variance + fourth / (variance * variance)) / (4.0 * variance * variance);
  const double information = n / (2.0 * variance * variance);
  InformationCriterion result;
  result.effective_parameters = sum_of_effects(model) / variance + score / information;
  result.value = n * (std::log(2.0 * std::numbers::pi * variance) + 1.0) + 2.0 * result.effective_parameters;
  return result;
}

void require_likelihood(const Regression& model) {
  const Family family = model.summary().family;
  if (family == Family::gaussian || family == Family::binomial || family == Family::poisson) return;
  refuse("information criterion of the family '" + std::string(name_of(family)) + "'",
         "gaussian, binomial or poisson: a likelihood of known dispersion", "another");
}

}  // namespace

InformationCriterion aic(const Regression& model) {
  require_likelihood(model);
  if (model.summary().family == Family::gaussian) return gaussian_aic(model);
  const double effects = sum_of_effects(model);
  return {model.summary().deviance + 2.0 * effects, effects};
}

double bic(const Regression& model, const Regression& maximal) {
  require_likelihood(model);
  const Estimate& own = model.coefficients();
  const Estimate& all = maximal.coefficients();
  Places left_out;
  std::size_t found = 0;
  for (std::size_t k = 0; k < all.statistics.size(); ++k) {
    const bool kept = std::any_of(own.statistics.begin(), own.statistics.end(),
                                  [&](const EstimatedStatistic& one) { return one.name == all.statistics[k].name; });
    found += kept ? 1 : 0;
    if (!kept) left_out.push_back(static_cast<Eigen::Index>(k));
  }
  if (found < own.statistics.size()) {
    refuse("bic", "a larger model that has all coefficients of this one", "one that lacks some");
  }
  const auto p = static_cast<double>(own.statistics.size());
  const double penalty = p * std::log(static_cast<double>(model.summary().n)) + maximal.summary().deviance;
  if (left_out.empty()) return penalty;
  const MatrixXd v = part_of(all.covariance, left_out);
  const VectorXd effects = design_effects(part_of(maximal.working_covariance(), left_out), v);
  return wald_statistic(values_at(maximal, left_out), v) + penalty + effects.array().log().sum();
}

PseudoR2 pseudo_r2(const Regression& model) {
  const RegressionSummary& summary = model.summary();
  PseudoR2 result{summary.r2, kNaN, kNaN};
  const bool discrete = summary.family != Family::gaussian && summary.family != Family::gamma &&
                        summary.family != Family::inverse_gaussian;
  if (!discrete) return result;
  const auto n = static_cast<double>(summary.n);
  result.cox_snell = -std::expm1((summary.deviance - summary.null_deviance) / n);
  result.nagelkerke = result.cox_snell / -std::expm1(-summary.null_deviance / n);
  return result;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
