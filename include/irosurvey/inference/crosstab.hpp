#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/design/replicates.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/inference/test_result.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// A cross-tab that is wanted: two columns, one (`columns` empty), or two within the groups of others.
struct CrosstabQuery {
  std::string rows;
  std::string columns{};
  std::vector<std::string> layers{};
  std::optional<Mask> where{};
  MissingRule missing = MissingRule::domain;
  DegreesOfFreedomChoice df = DfRule::design;
  int threads = 0;
  Interrupt interrupt{};
};

/// What variances of a design with replicates come from: T_r − T of every cell, and how deviations become a variance.
struct ReplicatedCells {
  std::vector<double> changes{};  ///< cells × R
  double scale = 1.0;
  std::vector<double> rscales{};  ///< R of them
  ReplicateCentre centre = ReplicateCentre::estimate;
  std::vector<std::int32_t> strata{};
  std::int32_t strata_count = 0;
  FailedReplicates failed = FailedReplicates::fail;
};

/// The weighted totals of a table's cells with their covariance: all else is algebra on these.
///
/// Cells run layer by layer, row by row, column by column. A level that a column's value labels name but that nobody has
/// is a row (column) of zeros. A row of data is in the table if it has a value in all of its columns.
struct CrossTab {
  std::string rows;
  std::string columns;
  std::vector<std::string> layers;
  std::vector<Level> row_levels;
  std::vector<Level> column_levels;             ///< one without a name if there is one column only
  std::vector<std::vector<Level>> layer_cells;  ///< the combinations that occur; one empty cell if there are no layers
  std::vector<double> totals;
  std::vector<Index> n;              ///< rows of positive weight
  std::vector<double> covariance{};  ///< cells × cells, row-major; empty for a design with replicates
  ReplicatedCells replicated{};      ///< of a design with replicates
  std::vector<double> df;            ///< of each layer, all of its cells together
  double whole_df = 0.0;             ///< of all layers together
  std::vector<Choice> choices;

  [[nodiscard]] Index layer_count() const { return static_cast<Index>(layer_cells.size()); }
  [[nodiscard]] Index row_count() const { return static_cast<Index>(row_levels.size()); }
  [[nodiscard]] Index column_count() const { return static_cast<Index>(column_levels.size()); }
};

/// Sums the cells, with covariances, in one pass over the rows (with layers in a second one, for their degrees of freedom).
/// @throws Error as `estimate`.
[[nodiscard]] IROSURVEY_EXPORT CrossTab crosstab(const Design& design, const CrosstabQuery& query);

/// Counts T_ij, and shares of the row T_ij/T_i., of the column T_ij/T_.j and of the layer's total T_ij/T_.., margins included.
///
/// Statistics are "count", "row share", "column share" and "share", cells of `by` are layers, rows and columns; a margin is
/// the level with the label "Total" and no value. Degrees of freedom are those of the layer. The base n of a count is its
/// cell's, that of a share its denominator's. Design effects compare with a simple random sample, with replacement, of the
/// rows in the denominator (of a count: in the table). A cell with nobody is a count of 0 with SE 0; a share of nobody has
/// Status::empty.
[[nodiscard]] IROSURVEY_EXPORT Estimate counts_and_shares(const CrossTab& table);

/// A cell of a table held against what independence makes expect: E_ij = T_i. T_.j / T_..
struct CellResidual {
  double expected;  ///< weighted count
  double residual;  ///< T_ij − E_ij
  double pearson;   ///< (p_ij − e_ij) √(n / e_ij), n the rows in the table; its squares sum to Pearson's chi-square
  double adjusted;  ///< (T_ij − E_ij) / SE: about a t variable under independence
};

/// Cells of a layer, row by row; NaN where a margin is empty.
[[nodiscard]] IROSURVEY_EXPORT std::vector<CellResidual> residuals(const CrossTab& table, Index layer = 0);

// ---------------------------------------------------------------------------------------------------- tests

/// Tests of independence of rows and columns, or of goodness of fit.
///
/// X² = n Σ (p − e)²/e or G² = 2 n Σ p log(p/e), n the rows in the table. With δ the generalized design effects
/// (eigenvalues of Δ = (C′D⁻¹V_srs D⁻¹C)⁻¹ C′D⁻¹V D⁻¹C, C the interaction contrasts), δ. their sum and a their number:
/// first order X²/(δ./a) as χ²_a, or divided by a as F(a, aν); second order X²/δ. as F(d, dν), d = δ.²/Σδ², or times d as χ²_d
/// (Rao and Scott 1981, 1984; Thomas and Rao 1987).
enum class TableTest {
  rao_scott_f,         ///< X², second order, F
  rao_scott_chisq,     ///< X², first order, chi-square
  rao_scott_lr_f,      ///< G² likewise
  rao_scott_lr_chisq,  ///<
  wald,                ///< W = Y′V⁻¹Y of Y_ij = T_ij − T_i. T_.j/T_.., W/a as F(a, ν) (Koch, Freeman and Freeman 1975)
  adjusted_wald,       ///< W (ν − a + 1)/(aν) as F(a, ν − a + 1) (Fellegi 1980)
  lincom,              ///< X² as Σ δ_i χ²₁, by numerical inversion
  saddlepoint,         ///< the same by Lugannani and Rice's approximation, as Barndorff-Nielsen (1990) writes it
  pearson,             ///< X² as χ²_a, as if the rows were a simple random sample
  lr,                  ///< G² likewise
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(TableTest test) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT TableTest table_test(std::string_view name);

/// At which shares the design effects of Rao and Scott are taken: D and V_srs = (D − pp′)/n.
enum class EffectsAt {
  observed,  ///< p. Where a cell is empty they don't exist, and the expected ones are taken; the choices say so
  expected,  ///< p_i. p_.j; of a goodness of fit: the shares of the hypothesis
};

/// The chi-square variable over its degrees of freedom that divides a mixture.
enum class MixtureDenominator {
  satterthwaite,  ///< χ²_dν / dν with d as in second-order tests
  whole,          ///< χ²_⌊dν⌋ / dν, as R's survey has it: not a variable of mean 1
  infinite,       ///< 1: V taken as known
};

/// Choices by their names.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT EffectsAt effects_at(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT MixtureDenominator mixture_denominator(std::string_view name);

/// Choices that only some tests have; the others ignore them.
struct TableTestOptions {
  std::optional<int> order{};               ///< of a Rao–Scott test: 1 or 2; absent: 2 with F, 1 with chi-square
  EffectsAt effects = EffectsAt::observed;  ///< where design effects are taken
  MixtureDenominator denominator = MixtureDenominator::satterthwaite;  ///< of `lincom` and `saddlepoint`
};

/// Independence of rows and columns in a layer. Empty rows and columns are left out. A test that can't be made (fewer than
/// two rows or columns, no degrees of freedom, a covariance of too low a rank for Wald) has no statistic, and says why.
/// @throws Error(argument) for a one-way table or an order that the test doesn't have
[[nodiscard]] IROSURVEY_EXPORT TestResult independence_test(const CrossTab& table, TableTest test,
                                                            const TableTestOptions& options = {}, Index layer = 0);

/// Shares of a one-way table against `shares`, in the order of its levels; scaled to sum to 1. Levels of share 0 have to be
/// empty. Design effects are eigenvalues of n (D − pp′)⁻¹V; at expected shares p are those of the hypothesis.
/// @throws Error(argument) for a table of two columns, or shares that don't fit its levels
[[nodiscard]] IROSURVEY_EXPORT TestResult goodness_of_fit(const CrossTab& table, std::span<const double> shares,
                                                          TableTest test, const TableTestOptions& options = {});

/// No trend: Σ u_i v_j (T_ij − T_i. T_.j/T_..) = 0, u and v the scores of rows and columns, by its linearized variance.
/// @throws Error(argument) unless there is a finite score for every row and column
[[nodiscard]] IROSURVEY_EXPORT TestResult trend_test(const CrossTab& table, std::span<const double> row_scores,
                                                     std::span<const double> column_scores, Index layer = 0);

/// What differs from independence in the same way in every layer (the alternatives of Landis, Heyman and Koch 1978).
enum class CmhAlternative {
  general,      ///< any association: (R − 1)(C − 1) degrees of freedom
  mean_score,   ///< mean column scores differ between rows: R − 1
  correlation,  ///< a trend of column scores over row scores: 1
};

/// By its name: "general", "mean-score", "correlation".
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT CmhAlternative cmh_alternative(std::string_view name);

/// Cochran–Mantel–Haenszel: independence within every layer, by Y = Σ_layers (T_ij − T_i. T_.j/T_..) (or its sums with
/// scores) and W = Y′V⁻¹Y, V the linearized design covariance; adjusted Wald F unless `adjusted` is false.
/// Scores are used where the alternative has them.
[[nodiscard]] IROSURVEY_EXPORT TestResult cmh_test(const CrossTab& table, CmhAlternative alternative,
                                                   std::span<const double> row_scores,
                                                   std::span<const double> column_scores, bool adjusted = true);

// ---------------------------------------------------------------------------------------------------- comparisons

/// A measure of association of two rows and two columns. NaN where a cell that it divides by is empty.
struct Association {
  std::string name;  ///< "odds ratio", "risk ratio", "risk difference"
  double estimate;
  double standard_error;
  double lower;     ///< of a ratio on the log scale: exp(log θ ± t SE/θ)
  double upper;     ///<
  TestResult test;  ///< of a ratio of 1 or a difference of 0, on the scale of the interval
};

/// T_ac T_bd / (T_ad T_bc), and with risks π_a = T_ac/(T_ac + T_ad): π_a/π_b and π_a − π_b.
/// @param rows     places a, b of two rows
/// @param columns  places c, d of two columns; c is the event
[[nodiscard]] IROSURVEY_EXPORT std::vector<Association> associations(const CrossTab& table, std::span<const Index> rows,
                                                                     std::span<const Index> columns,
                                                                     ConfidenceLevel level = ConfidenceLevel{0.95},
                                                                     Index layer = 0);

/// The shares of a row in two columns, compared.
struct ColumnPair {
  Index row = 0;
  Index first = 0;  ///< columns
  Index second = 0;
  double difference = 0.0;  ///< share of the first column less that of the second
  double standard_error = 0.0;
  double p = 0.0;  ///< t test with the layer's degrees of freedom; NaN where neither share varies, or a column is empty
};

/// Every pair of columns in every row of a layer.
[[nodiscard]] IROSURVEY_EXPORT std::vector<ColumnPair> column_pairs(const CrossTab& table, Index layer = 0);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
