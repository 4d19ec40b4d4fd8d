#include "irosurvey/estimate/regression.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"
#include "irosurvey/inference/regression_tests.hpp"

namespace {

using namespace irosurvey;

ModelFactor number(const std::string& name) { return {.name = name, .columns = {name}}; }
ModelFactor factor(const std::string& name) {
  return {.name = "C(" + name + ")", .columns = {name}, .categorical = true};
}

constexpr std::size_t kRows = 4000;
constexpr std::size_t kManyRows = 300'000;  // several parts, and a last step without another pass

/// A sample of clusters whose rows lie apart, so that units are summed in a table; or side by side.
Design sample(bool apart, double far = 0.0, std::size_t rows = kRows) {
  std::vector<double> x(rows), y(rows), yes(rows), w(rows);
  std::vector<Index> unit(rows), a(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = apart ? i * 1237 % rows : i;  // a permutation: 1237 is prime to both
    const auto r = static_cast<double>(row);
    x[i] = std::sin(r * 0.7) + std::cos(r * 0.013) + far;
    a[i] = static_cast<Index>(row % 3);
    y[i] = 1.5 + 0.5 * (x[i] - far) + 0.25 * static_cast<double>(a[i]) + std::sin(r * 1.1) + far;
    yes[i] = std::sin(r * 2.3) + 0.4 * (x[i] - far) > 0.1 ? 1.0 : 0.0;
    w[i] = 1.0 + static_cast<double>(row % 7);
    unit[i] = static_cast<Index>(row * 400 / rows);
  }
  Frame frame({Column::of_numbers("x", x), Column::of_numbers("y", y), Column::of_numbers("yes", yes),
               Column::of_numbers("w", w), Column::of_integers("unit", unit), Column::of_integers("a", a)});
  return Design::declare(frame, {.weights = "w", .stages = {{.clusters = "unit"}}});
}

RegressionQuery logistic() {
  RegressionQuery query;
  query.response = {"yes", {}, {}};
  query.terms = {{}, {{number("x")}}, {{factor("a")}}};
  query.family = Family::binomial;
  return query;
}

RegressionQuery linear() {
  RegressionQuery query = logistic();
  query.response = {"y", {}, {}};
  query.family = Family::gaussian;
  return query;
}

void expect_near(const Regression& one, const Regression& other, double tolerance) {
  const Estimate& a = one.coefficients();
  const Estimate& b = other.coefficients();
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (std::size_t k = 0; k < a.rows.size(); ++k) {
    EXPECT_NEAR(a.rows[k].value, b.rows[k].value, tolerance * std::abs(b.rows[k].value)) << k;
    EXPECT_NEAR(a.standard_error(static_cast<Index>(k)), b.standard_error(static_cast<Index>(k)),
                tolerance * b.standard_error(static_cast<Index>(k)));
  }
}

TEST(Regression, RowsApartAndSideBySideGiveTheSame) {
  // Sums in another order: rounding of 4000 terms.
  expect_near(Regression::fit(sample(true), logistic()), Regression::fit(sample(false), logistic()), 1e-11);
  expect_near(Regression::fit(sample(true), linear()), Regression::fit(sample(false), linear()), 1e-11);
}

TEST(Regression, ThreadsChangeNoBit) {
  for (const bool apart : {false, true}) {
    const Design design = sample(apart);
    RegressionQuery query = logistic();
    query.threads = 1;
    const Regression one = Regression::fit(design, query);
    for (const int threads : {2, 7}) {
      query.threads = threads;
      const Regression other = Regression::fit(design, query);
      EXPECT_EQ(one.coefficients().covariance, other.coefficients().covariance);
      EXPECT_EQ(one.summary().deviance, other.summary().deviance);
    }
  }
}

TEST(Regression, ThreadsChangeNoBitOfManyRows) {
  for (const bool apart : {false, true}) {
    const Design design = sample(apart, 0.0, kManyRows);
    for (RegressionQuery query : {logistic(), linear()}) {
      query.threads = 1;
      const Regression one = Regression::fit(design, query);
      for (const int threads : {2, 7}) {
        query.threads = threads;
        const Regression other = Regression::fit(design, query);
        EXPECT_EQ(one.coefficients().covariance, other.coefficients().covariance);
        EXPECT_EQ(one.summary().deviance, other.summary().deviance);
        EXPECT_EQ(one.summary().iterations, other.summary().iterations);
      }
    }
  }
}

TEST(Regression, ManyRowsApartAndSideBySideGiveTheSame) {
  // A step of 1e-8 (root mean square of η) is taken without another pass, which changes standard errors by as much.
  const Regression apart = Regression::fit(sample(true, 0.0, kManyRows), logistic());
  expect_near(apart, Regression::fit(sample(false, 0.0, kManyRows), logistic()), 1e-8);
  // R's way has no such step, no sample of rows, and scores by row.
  RegressionQuery query = logistic();
  query.information = Information::last_step;
  const Regression other = Regression::fit(sample(false, 0.0, kManyRows), query);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(other.coefficients().rows[k].value, apart.coefficients().rows[k].value, 1e-7);
    EXPECT_NEAR(other.coefficients().rows[k].variance, apart.coefficients().rows[k].variance,
                1e-3 * apart.coefficients().rows[k].variance);
  }
}

TEST(Regression, AnInterceptAloneIsTheMean) {
  const Design design = sample(true);
  RegressionQuery query = linear();
  query.terms = {{}};
  const Regression model = Regression::fit(design, query);
  Query asked;
  asked.statistics = {mean("y")};
  const Estimate found = estimate(design, asked);
  EXPECT_NEAR(model.coefficients().rows[0].value, found.rows[0].value, 1e-13 * std::abs(found.rows[0].value));
  EXPECT_NEAR(model.coefficients().standard_error(0), found.standard_error(0), 1e-12 * found.standard_error(0));
  EXPECT_EQ(model.summary().df, found.rows[0].df);
}

TEST(Regression, ColumnsFarFrom0KeepTheirDigits) {
  const Regression near = Regression::fit(sample(false), linear());
  const Regression far = Regression::fit(sample(false, 1e9), linear());
  for (const std::size_t k : {1U, 2U, 3U}) {
    // x and y are rounded to 1e-7 when 1e9 is added.
    EXPECT_NEAR(far.coefficients().rows[k].value, near.coefficients().rows[k].value, 1e-6);
    EXPECT_NEAR(far.coefficients().rows[k].variance, near.coefficients().rows[k].variance,
                1e-6 * near.coefficients().rows[k].variance);
  }
}

TEST(Regression, TermsThatOthersDetermineAreLeftOutByName) {
  RegressionQuery query = linear();
  query.terms.push_back({{number("x"), number("x")}});
  query.terms.push_back({{number("w")}});
  query.terms.push_back({{{.name = "again", .columns = {"w"}}}});
  const Regression model = Regression::fit(sample(false), query);
  EXPECT_EQ(model.summary().aliased, std::vector<std::string>{"again"});
  EXPECT_EQ(model.coefficients().rows.size(), 6U);
}

TEST(Regression, AWaldTestOfOneCoefficientIsItsSquaredT) {
  const Regression model = Regression::fit(sample(false), logistic());
  const std::vector<std::string> term{"x"};
  const inference::TestResult test = inference::term_test(model, term, inference::TermTest::wald);
  const double t = model.coefficients().rows[1].value / model.coefficients().standard_error(1);
  EXPECT_NEAR(test.statistic, t * t, 1e-12 * t * t);
  EXPECT_EQ(test.df1, 1.0);
  EXPECT_EQ(test.df2, model.summary().df);
  EXPECT_NEAR(test.p, inference::p_values(model.coefficients())[1], 1e-12);
  EXPECT_EQ(inference::term_test(model, term).statistic, test.statistic);
}

TEST(Regression, AMixtureOfOneChiSquareIsAnF) {
  const Regression model = Regression::fit(sample(false), logistic());
  const std::vector<std::string> term{"x"};
  const auto p = [&](inference::TermTest test) { return inference::term_test(model, term, test).p; };
  EXPECT_NEAR(p(inference::TermTest::working_likelihood_lincom), p(inference::TermTest::working_likelihood),
              1e-9 * p(inference::TermTest::working_likelihood));
  const inference::TestResult near =
      inference::term_test(model, {}, inference::TermTest::working_likelihood_saddlepoint);
  EXPECT_EQ(near.distribution, inference::TestDistribution::mixture);
  EXPECT_EQ(near.df1, 3.0);
  EXPECT_EQ(near.df2, model.summary().df);
  EXPECT_EQ(inference::term_test_named("working-likelihood-saddlepoint"),
            inference::TermTest::working_likelihood_saddlepoint);
}

TEST(Regression, SeparationNamesTheLevel) {
  const Design design = sample(false);
  const Numbers a = numbers(design.frame().column("a"));
  std::vector<double> apart(a.values().begin(), a.values().end());
  for (double& value : apart) value = value == 1.0 ? 1.0 : 0.0;
  RegressionQuery query = logistic();
  query.response.column = "apart";
  const Design other = design.with_frame(design.frame().with_column(Column::of_numbers("apart", apart)));
  try {
    static_cast<void>(Regression::fit(other, query));
    FAIL() << "a model was found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::numerical);
    EXPECT_NE(error.details().found.find("C(a)[1]: the response is 1"), std::string::npos) << error.what();
  }
}

}  // namespace
