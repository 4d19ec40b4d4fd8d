#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/names.hpp"
#include "inference/layer_sums.hpp"
#include "inference/wald.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/inference/crosstab.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr NamedValue<CmhAlternative> kAlternatives[] = {{CmhAlternative::general, "general"},
                                                        {CmhAlternative::mean_score, "mean-score"},
                                                        {CmhAlternative::correlation, "correlation"}};

std::size_t place(Index index) { return static_cast<std::size_t>(index); }

void check_scores(const std::string& of, std::span<const double> scores, Index wanted) {
  const bool finite = std::all_of(scores.begin(), scores.end(), [](double score) { return std::isfinite(score); });
  if (finite && static_cast<Index>(scores.size()) == wanted) return;
  throw Error(ErrorCode::argument, {.subject = "scores of " + of,
                                    .row = {},
                                    .expected = "a finite number for each of the " + std::to_string(wanted) + " levels",
                                    .found = finite ? std::to_string(scores.size()) : "one that isn't finite",
                                    .remedy = {},
                                    .candidates = {}});
}

/// Y_ij of every cell, and derivatives with respect to the cells of its own layer.
struct Departure {
  Eigen::VectorXd values;    ///< R·C
  Eigen::MatrixXd jacobian;  ///< R·C × R·C
};

Eigen::VectorXd departures_of(std::span<const double> cells, Index rows, Index columns) {
  Eigen::VectorXd in_rows = Eigen::VectorXd::Zero(rows);
  Eigen::VectorXd in_columns = Eigen::VectorXd::Zero(columns);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      in_rows[i] += cells[place(i * columns + j)];
      in_columns[j] += cells[place(i * columns + j)];
    }
  }
  const double grand = in_rows.sum();
  Eigen::VectorXd values(rows * columns);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      const double expected = grand > 0.0 ? in_rows[i] * in_columns[j] / grand : 0.0;
      values[i * columns + j] = cells[place(i * columns + j)] - expected;
    }
  }
  return values;
}

Departure departure(std::span<const double> cells, Index rows, Index columns) {
  Departure result{departures_of(cells, rows, columns), Eigen::MatrixXd::Identity(rows * columns, rows * columns)};
  const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> t(cells.data(), rows,
                                                                                                   columns);
  const double grand = t.sum();
  if (!(grand > 0.0)) return result;
  const Eigen::VectorXd r = t.rowwise().sum() / grand;
  const Eigen::VectorXd c = t.colwise().sum().transpose() / grand;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      auto gradient = result.jacobian.row(i * columns + j);
      gradient.array() += r[i] * c[j];
      gradient.segment(i * columns, columns).array() -= c[j];
      for (Index k = 0; k < rows; ++k) gradient[k * columns + j] -= r[i];
    }
  }
  return result;
}

/// What is summed over the layers: a × R·C, rows of it the combinations of Y that make the alternative.
Eigen::MatrixXd combinations(const CrossTab& table, CmhAlternative alternative, std::span<const double> u,
                             std::span<const double> v, const std::vector<Index>& rows,
                             const std::vector<Index>& columns) {
  const Index wide = table.column_count();
  const Index cells = table.row_count() * wide;
  // Sums over rows and over columns of Y are 0: the last of each says nothing new.
  const auto r = static_cast<Index>(rows.size()) - 1;
  const auto c = static_cast<Index>(columns.size()) - 1;
  Eigen::MatrixXd result;
  if (alternative == CmhAlternative::general) {
    result = Eigen::MatrixXd::Zero(r * c, cells);
    for (Index i = 0; i < r; ++i) {
      for (Index j = 0; j < c; ++j) result(i * c + j, rows[place(i)] * wide + columns[place(j)]) = 1.0;
    }
    return result;
  }
  const bool correlation = alternative == CmhAlternative::correlation;
  result = Eigen::MatrixXd::Zero(correlation ? 1 : r, cells);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!correlation && static_cast<Index>(i) == r) break;
    for (const Index j : columns) {
      const Index line = correlation ? 0 : static_cast<Index>(i);
      result(line, rows[i] * wide + j) += v[place(j)] * (correlation ? u[place(rows[i])] : 1.0);
    }
  }
  return result;
}

std::vector<Index> filled(const CrossTab& table, bool of_rows) {
  std::vector<Index> n(place(of_rows ? table.row_count() : table.column_count()), 0);
  for (std::size_t cell = 0; cell < table.n.size(); ++cell) {
    const Index in_layer = static_cast<Index>(cell) % (table.row_count() * table.column_count());
    n[place(of_rows ? in_layer / table.column_count() : in_layer % table.column_count())] += table.n[cell];
  }
  std::vector<Index> places;
  for (std::size_t level = 0; level < n.size(); ++level) {
    if (n[level] > 0) places.push_back(static_cast<Index>(level));
  }
  return places;
}

/// Σ over layers of L Y, and its covariance.
struct Summed {
  Eigen::VectorXd values;
  Eigen::MatrixXd covariance;
};

Summed sum_layers(const CrossTab& table, const Eigen::MatrixXd& lines) {
  const Index rows = table.row_count();
  const Index columns = table.column_count();
  const Index cells = rows * columns;
  const auto layer = [&](std::span<const double> all, Index h) { return all.subspan(place(h * cells), place(cells)); };
  Eigen::VectorXd values = Eigen::VectorXd::Zero(lines.rows());
  Eigen::MatrixXd jacobian(lines.rows(), static_cast<Eigen::Index>(table.totals.size()));
  for (Index h = 0; h < table.layer_count(); ++h) {
    const Departure at = departure(layer(table.totals, h), rows, columns);
    values += lines * at.values;
    jacobian.middleCols(h * cells, cells) = lines * at.jacobian;
  }
  if (table.replicated.rscales.empty()) {
    const auto all = static_cast<Eigen::Index>(table.totals.size());
    const Eigen::Map<const Eigen::MatrixXd> covariance(table.covariance.data(), all, all);
    return {values, jacobian * covariance * jacobian.transpose()};
  }
  const auto replicates = static_cast<Eigen::Index>(table.replicated.rscales.size());
  const Eigen::Map<const Eigen::MatrixXd> changes(table.replicated.changes.data(), replicates,
                                                  static_cast<Eigen::Index>(table.totals.size()));
  return {values, jacobian * covariance_by_replicates(table.replicated, table.totals, changes) * jacobian.transpose()};
}

TestResult with_choices(const CrossTab& table, TestResult result) {
  result.choices.insert(result.choices.end(), table.choices.begin(), table.choices.end());
  return result;
}

}  // namespace

CmhAlternative cmh_alternative(std::string_view name) { return value_in(kAlternatives, "alternative", name); }

TestResult cmh_test(const CrossTab& table, CmhAlternative alternative, std::span<const double> row_scores,
                    std::span<const double> column_scores, bool adjusted) {
  if (alternative == CmhAlternative::correlation) check_scores("'" + table.rows + "'", row_scores, table.row_count());
  if (alternative != CmhAlternative::general) {
    check_scores("'" + table.columns + "'", column_scores, table.column_count());
  }
  const std::vector<Index> rows = filled(table, true);
  const std::vector<Index> columns = filled(table, false);
  std::string within;
  for (const std::string& layer : table.layers) within += (within.empty() ? " within '" : ", '") + layer + "'";
  const std::string hypothesis = "'" + table.rows + "' and '" + table.columns + "' are independent" + within;
  const std::string method =
      "Cochran-Mantel-Haenszel, " + std::string(name_in(kAlternatives, alternative)) + " association, Wald";
  if (rows.size() < 2 || columns.size() < 2) {
    TestResult none = f_result(method, hypothesis, std::nan(""), std::nan(""), std::nan(""));
    none.choices.push_back({"no test", "there are fewer than two rows or columns with somebody in them"});
    return with_choices(table, std::move(none));
  }
  const Eigen::MatrixXd lines = combinations(table, alternative, row_scores, column_scores, rows, columns);
  const Summed summed = sum_layers(table, lines);
  return with_choices(table,
                      wald_result(method, hypothesis, summed.values, summed.covariance, table.whole_df, adjusted));
}

TestResult trend_test(const CrossTab& table, std::span<const double> row_scores, std::span<const double> column_scores,
                      Index layer) {
  check_scores("'" + table.rows + "'", row_scores, table.row_count());
  check_scores("'" + table.columns + "'", column_scores, table.column_count());
  const LayerSums sums(table, layer);
  const std::vector<Index> rows = sums.filled_rows();
  const std::vector<Index> columns = sums.filled_columns();
  const std::string hypothesis = "'" + table.columns + "' has no linear trend over '" + table.rows + "'";
  const double df = table.df[place(layer)];
  double statistic = std::nan("");
  if (rows.size() > 1 && columns.size() > 1) {
    const Functions functions = departures(sums, rows, columns);
    Eigen::VectorXd weights(functions.values.size());
    Eigen::Index f = 0;
    for (const Index i : rows) {
      for (const Index j : columns) weights[f++] = row_scores[place(i)] * column_scores[place(j)];
    }
    const double variance = weights.dot(sums.covariance(functions) * weights);
    if (variance > 0.0) statistic = weights.dot(functions.values) / std::sqrt(variance);
  }
  TestResult result = t_result("linear trend", hypothesis, statistic, df);
  if (std::isnan(statistic)) result.choices.push_back({"no test", "scores and shares don't vary together"});
  return with_choices(table, std::move(result));
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
