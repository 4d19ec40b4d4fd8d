#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {

/// Distribution of the response about its mean μ: what the variance function V(μ) and the working likelihood are.
enum class Family {
  gaussian,          ///< V = 1
  binomial,          ///< V = μ (1 − μ); the response is 0, 1 or a share
  poisson,           ///< V = μ
  gamma,             ///< V = μ²
  inverse_gaussian,  ///< V = μ³
  quasibinomial,     ///< V = μ (1 − μ), without a likelihood
  quasipoisson,      ///< V = μ, without a likelihood
};

/// g in g(μ) = η = x′β.
enum class Link {
  identity,
  log,
  logit,
  probit,
  cloglog,         ///< log(−log(1 − μ))
  cauchit,         ///< tan(π (μ − ½))
  inverse,         ///< 1/μ
  inverse_square,  ///< 1/μ²
  sqrt,
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Family family) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT Family family(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Link link) noexcept;
[[nodiscard]] IROSURVEY_EXPORT Link link(std::string_view name);
/// identity, logit, log, inverse, inverse_square.
[[nodiscard]] IROSURVEY_EXPORT Link canonical_link(Family family) noexcept;

/// At which β the covariance takes A and the weights of the scores.
enum class Information {
  solution,   ///< at the solution (default; Stata, SAS)
  last_step,  ///< at the step before it, as R's glm leaves them when the deviance changes by less than 1e-8
};
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Information information) noexcept;
[[nodiscard]] IROSURVEY_EXPORT Information information(std::string_view name);

/// What a term of a model multiplies: a column of numbers, several that belong together (a polynomial), or a column's levels.
struct ModelFactor {
  std::string name;                       ///< as in the formula: `x`, `C(x)`, `poly(x, 2)`
  std::vector<std::string> columns;       ///< of the frame; one, unless the factor has several
  std::vector<std::string> labels{};      ///< of several columns, what each is called
  bool categorical = false;               ///< the column's levels, each against the reference
  std::optional<LevelValue> reference{};  ///< none: the first level that occurs
};

/// A product of factors; none: the intercept.
struct ModelTerm {
  std::vector<ModelFactor> factors{};
  /// `Intercept`, `x`, `C(x)`, `x:z`.
  [[nodiscard]] IROSURVEY_EXPORT std::string name() const;
};

/// A generalized linear model, asked of a domain.
struct RegressionQuery {
  Variable response;               ///< numbers; or, with `levels`, whether a column takes one of them
  std::vector<ModelTerm> terms{};  ///< the intercept among them, if there is one
  Family family = Family::gaussian;
  std::optional<Link> link{};                 ///< none: the canonical one
  std::string offset{};                       ///< column that is added to η; empty: none
  std::optional<Mask> where{};                ///< the domain; absent: every row
  MissingRule missing = MissingRule::domain;  ///< of rows that miss any column of the model
  DegreesOfFreedomChoice df = DfRule::design;
  bool df_less_terms = false;  ///< degrees of freedom plus 1, minus the number of coefficients (R's svyglm)
  bool vadjust = false;        ///< the covariance times (n − 1)/(n − p) (SAS's VADJUST)
  Information information = Information::solution;
  int max_iterations = 50;
  int threads = 0;  ///< 0: as many as there are processors. The result is the same, bit for bit
  Interrupt interrupt{};
};

/// A term of a fitted model.
struct RegressionTerm {
  std::string name;
  std::vector<Index> coefficients;  ///< rows of the estimate; of the intercept its own
  bool is_intercept = false;
};

/// What is known of a fitted model besides its coefficients.
struct RegressionSummary {
  Family family = Family::gaussian;
  Link link = Link::identity;
  Index n = 0;                 ///< rows of positive weight that the model was fitted to
  double weighted_n = 0.0;     ///< sum of their weights
  double design_df = 0.0;      ///< degrees of freedom before `df_less_terms`
  double df = 0.0;             ///< of tests and intervals
  double deviance = 0.0;       ///< with weights scaled to mean 1, as those below
  double null_deviance = 0.0;  ///< of the mean alone; without an intercept: of η = offset
  double dispersion = 0.0;     ///< Σ w (y − μ)²/V(μ) ÷ Σ w × n/(n − p)
  double r2 = 0.0;             ///< 1 − deviance ÷ null deviance
  int iterations = 0;          ///< passes over all rows
  bool has_intercept = false;
  std::vector<std::string> aliased;       ///< coefficients that others already determine; they are left out
  std::vector<std::string> empty_levels;  ///< levels that no row of the domain has; they are left out
};

/// What is called a residual. y is the response, μ its mean by the model, η the linear predictor, V the variance function.
enum class ResidualKind {
  response,  ///< y − μ
  pearson,   ///< (y − μ)/√V(μ)
  deviance,  ///< ±√d, d the row's part of the deviance
  working,   ///< (y − μ) dη/dμ
};
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(ResidualKind kind) noexcept;
[[nodiscard]] IROSURVEY_EXPORT ResidualKind residual_kind(std::string_view name);

/// Numbers with their standard errors, one a row of a frame; NaN where a column of the model is missing.
struct Predictions {
  std::vector<double> values;
  std::vector<double> standard_errors;
};

/// A generalized linear model fitted by weighted estimating equations Σ w x (y − μ) (dμ/dη)/V(μ) = 0 (Binder 1983), solved by
/// Fisher scoring.
///
/// Covariance A⁻¹ V(u) A⁻¹ with A = Σ w x x′ (dμ/dη)²/V(μ) and V(u) the design variance of the total of the scores; of a design with
/// replicates: that of the coefficients refitted with each replicate's weights.
class IROSURVEY_EXPORT Regression {
 public:
  /// @throws Error(column, argument) for questions without a meaning; Error(singleton) under SingletonRule::fail;
  ///         Error(numerical), by name, where the response is separated or the fit doesn't converge; Error(interrupted).
  static Regression fit(const Design& design, const RegressionQuery& query);

  /// A row for each coefficient, with their covariance; names are `Intercept`, `x`, `C(x)[level]`, `x:z`.
  [[nodiscard]] const Estimate& coefficients() const noexcept;
  [[nodiscard]] const std::vector<RegressionTerm>& terms() const noexcept;
  [[nodiscard]] const RegressionSummary& summary() const noexcept;
  /// A⁻¹ with weights scaled to mean 1: the covariance that a simple random sample would have, but for the dispersion.
  /// Coefficients × coefficients, row-major.
  [[nodiscard]] const std::vector<double>& working_covariance() const noexcept;

  /// Deviance of the model of the same rows without the coefficients of these terms, weights scaled to mean 1.
  /// @throws Error(argument) for a term that it doesn't have.
  [[nodiscard]] double deviance_without(std::span<const std::string> terms) const;

  /// Σ w rᵏ of the residuals y − μ, weights scaled to mean 1.
  [[nodiscard]] double residual_moment(int power) const;

  /// Predictive margins: the mean response if everyone in the domain had each level of the factors in turn (Graubard and Korn
  /// 1999, eq. 1), with the variance of the covariates and of the coefficients both. A cell for each combination of levels.
  /// @param columns  columns that the model has as categorical factors
  [[nodiscard]] Estimate margins(const std::vector<std::string>& columns) const;

  /// Average marginal effects: of a column of numbers the mean of ∂μ/∂x; of a categorical one the margin of each level less
  /// that of the reference.
  /// @param columns  empty: every column of the model
  [[nodiscard]] Estimate marginal_effects(const std::vector<std::string>& columns) const;

  /// η (or μ) for the rows of a frame, with the standard error that the coefficients give it.
  [[nodiscard]] Predictions predict(const Frame& frame, bool response) const;
  /// Of every row of the data; NaN outside the domain and where a column is missing.
  [[nodiscard]] std::vector<double> residuals(ResidualKind kind) const;

  struct State;

 private:
  explicit Regression(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

}  // namespace v1
}  // namespace irosurvey
