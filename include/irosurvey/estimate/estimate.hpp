#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/estimate/statistic.hpp"

namespace irosurvey {
inline namespace v1 {

/// One byte a row; 0 is outside the domain.
using Mask = std::vector<std::uint8_t>;

/// What becomes of rows with a missing value.
enum class MissingRule {
  domain,    ///< they are outside the domain of *this* variable; their units stay (default; R)
  listwise,  ///< rows with a missing value in *any* variable of the query leave the sample first, and unit counts
             ///< shrink (the default of SAS)
};

/// Where degrees of freedom come from. Named as in the analysis specs.
enum class DfRule {
  design,         ///< first-stage units that hold domain members of positive weight, minus the strata that hold them
  domain_strata,  ///< all first-stage units of positive weight in those strata, minus those strata (Stata)
  full_design,    ///< units and strata of the whole design, whatever the domain (SUDAAN)
  infinite,       ///< normal limits
  n_minus_1,      ///< rows of the domain minus 1
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(MissingRule rule) noexcept;
[[nodiscard]] IROSURVEY_EXPORT MissingRule missing_rule(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(DfRule rule) noexcept;
[[nodiscard]] IROSURVEY_EXPORT DfRule df_rule(std::string_view name);

/// Degrees of freedom by a rule, or given as a number.
using DegreesOfFreedomChoice = std::variant<DfRule, double>;

/// Statistics, asked of a domain and of groups in it, in one pass over the rows.
struct Query {
  std::vector<Statistic> statistics{};
  std::optional<Mask> where{};    ///< the domain; absent: every row
  std::vector<std::string> by{};  ///< groups: every level of one column, every combination that occurs of several
  MissingRule missing = MissingRule::domain;
  DegreesOfFreedomChoice df = DfRule::design;
  bool covariance = false;  ///< between all estimates of the query; variances alone cost less
  bool design_effect = true;
  int threads = 0;  ///< 0: as many as there are processors. The result is the same, bit for bit
  Interrupt interrupt{};
};

/// Why a row of the result has no estimate.
enum class Status : std::uint8_t {
  ok,
  empty,      ///< no row of positive weight is in the domain and the group
  undefined,  ///< the expression has no finite value there: a denominator of 0, the logarithm of a negative total
};

/// One number of a result, with what is known about it. NaN where there is no estimate (see `status`).
struct EstimateRow {
  Index statistic = 0;  ///< index into Estimate::statistics
  Index cell = 0;       ///< index into Estimate::cells
  Status status = Status::ok;
  double value = 0.0;
  double variance = 0.0;      ///< of the estimator, under the design
  double srs_variance = 0.0;  ///< under simple random sampling with replacement of n rows; NaN if not asked or n < 2
  double df = 0.0;            ///< 0 where units don't outnumber strata
  Index n = 0;                ///< unweighted base: rows of positive weight
  double weighted_n = 0.0;    ///< weighted base: sum of their weights
  Index units = 0;            ///< first-stage units that hold them; 0: not known (of replicates, of several groups)
  Index strata = 0;
  /// Of a share strictly between 0 and 1, from replicates: variance of logit p, replicated itself; infinite where some
  /// replicate's share is 0 or 1. NaN else.
  double logit_variance = std::numeric_limits<double>::quiet_NaN();
};

/// A statistic of the result: of a share of every level, one for each level.
struct EstimatedStatistic {
  std::string name;
  std::vector<std::string> variables;
  std::string label;           ///< of the first variable, from its data file
  std::optional<Level> level;  ///< of a share of every level
  Scale scale = Scale::other;
  std::string formula;  ///< the expression as text
  double df = 0.0;      ///< of the whole domain, all cells together: for contrasts between cells
  Index question = 0;   ///< index into Query::statistics
};

/// A named choice that the result depends on, e.g. {"degrees of freedom", "design"}.
struct Choice {
  std::string name;
  std::string value;
};

/// Which simple random sample a design effect is relative to.
enum class DesignEffectReference {
  wr,   ///< with replacement (default)
  wor,  ///< without replacement from a population of the weighted base: the variance times 1 − n/N
};

/// The answer to a Query: rows, statistic by statistic, and cell by cell within a statistic.
struct IROSURVEY_EXPORT Estimate {
  std::vector<std::string> by;
  std::vector<std::vector<Level>> cells;  ///< values of the `by` columns; one empty cell if there are none
  std::vector<EstimatedStatistic> statistics;
  std::vector<EstimateRow> rows;
  std::vector<double> covariance;  ///< rows × rows, row-major; empty unless asked for; NaN where there is no estimate
  std::vector<Choice> choices;

  [[nodiscard]] double standard_error(Index row) const;
  /// Standard error ÷ |estimate|. NaN for an estimate of 0.
  [[nodiscard]] double cv(Index row) const;
  /// Variance ÷ variance of the same statistic from a simple random sample of the n rows.
  [[nodiscard]] double design_effect(Index row, DesignEffectReference reference = DesignEffectReference::wr) const;
  /// n ÷ design effect (with replacement).
  [[nodiscard]] double effective_n(Index row) const;
};

/// Answers `query`: totals and the design variance of totals from one pass, then θ = f(T) with variance ∇f′V∇f.
///
/// Within stage s, stratum h of n_h units contributes F (1 − f_h) n_h/(n_h − 1) Σ (z_i − z̄)(z_i − z̄)′ over its units' totals z,
/// F the product of the higher stages' sampling fractions (Särndal, Swensson and Wretman, 1992, result 4.3.1).
/// Of a design with replicates: scale Σ_r rscale_r (θ_r − c)(θ_r − c)′ with θ_r = f(T_r), and degrees of freedom that no domain
/// changes.
/// @throws Error(column, argument) for wrong questions; Error(singleton) under SingletonRule::fail; Error(numerical) for a
///         replicate without a value under FailedReplicates::fail; Error(interrupted).
[[nodiscard]] IROSURVEY_EXPORT Estimate estimate(const Design& design, const Query& query);

/// Linear combinations of the rows of an estimate: L θ with covariance L V L′.
///
/// The base of a combination is those of the cells that it draws on, together; its degrees of freedom are those of the
/// whole domain, the least where its statistics differ in them.
/// @param weights combinations × rows, row-major
/// @throws Error(argument) if shapes differ or the estimate has no covariance.
[[nodiscard]] IROSURVEY_EXPORT Estimate linear_combinations(const Estimate& estimate,
                                                            const std::vector<double>& weights,
                                                            const std::vector<std::string>& names);

/// Smooth functions g of the rows of an estimate, written with `Expr::row`: g(θ) with covariance G V G′, G the exact
/// derivatives of g at θ (Särndal, Swensson and Wretman, 1992, section 5.5). Bases and degrees of freedom as in
/// `linear_combinations`. Status::undefined where a function or a derivative has no finite value.
/// @throws Error(argument) for a function of totals, of a row that isn't there or of none; if the estimate has no covariance.
[[nodiscard]] IROSURVEY_EXPORT Estimate nonlinear_combinations(const Estimate& estimate,
                                                               const std::vector<Expr>& expressions,
                                                               const std::vector<std::string>& names);

}  // namespace v1
}  // namespace irosurvey
