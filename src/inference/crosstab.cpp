#include "irosurvey/inference/crosstab.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "core/nan.hpp"
#include "design/parts.hpp"
#include "estimate/plan.hpp"
#include "estimate/replication.hpp"
#include "estimate/vary.hpp"
#include "inference/layer_sums.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

std::size_t place(Index index) { return static_cast<std::size_t>(index); }

// ---------------------------------------------------------------------------------------------------- the pass

std::vector<std::string> columns_of(const CrosstabQuery& query) {
  std::vector<std::string> columns = query.layers;
  columns.push_back(query.rows);
  if (!query.columns.empty()) columns.push_back(query.columns);
  return columns;
}

void check_columns(const CrosstabQuery& query) {
  std::vector<std::string> columns = columns_of(query);
  std::sort(columns.begin(), columns.end());
  const auto twice = std::adjacent_find(columns.begin(), columns.end());
  if (twice == columns.end()) return;
  throw Error(ErrorCode::argument, {.subject = "columns of a cross-tab",
                                    .row = {},
                                    .expected = "each of them once",
                                    .found = "'" + *twice + "' twice",
                                    .remedy = {},
                                    .candidates = {}});
}

/// The same rows, asked of something else.
Query query_for(const CrosstabQuery& query, Statistic statistic, std::vector<std::string> by, bool covariance) {
  return {.statistics = {std::move(statistic)},
          .where = query.where,
          .by = std::move(by),
          .missing = query.missing,
          .df = query.df,
          .covariance = covariance,
          .design_effect = false,
          .threads = query.threads,
          .interrupt = query.interrupt};
}

std::vector<Level> levels_of(const Frame& frame, const std::string& column) {
  return shared_factor(frame.column(column))->levels;
}

Index place_of(const Level& level, const std::vector<Level>& levels) {
  return std::find(levels.begin(), levels.end(), level) - levels.begin();
}

/// Where the groups of the answer stand in the table; the groups come in the order of layers, rows and columns.
std::vector<std::size_t> place_cells(const Estimate& answer, CrossTab& table) {
  const std::size_t layers = table.layers.size();
  const bool two_way = !table.columns.empty();
  std::vector<std::size_t> places;
  for (const std::vector<Level>& cell : answer.cells) {
    const std::vector<Level> layer(cell.begin(), cell.begin() + static_cast<std::ptrdiff_t>(layers));
    if (table.layer_cells.empty() || table.layer_cells.back() != layer) table.layer_cells.push_back(layer);
    const Index row = place_of(cell[layers], table.row_levels);
    const Index column = two_way ? place_of(cell[layers + 1], table.column_levels) : 0;
    places.push_back(place(((table.layer_count() - 1) * table.row_count() + row) * table.column_count() + column));
  }
  return places;
}

void check_size(std::size_t cells) {
  constexpr double kMostBytes = 4e9;
  const auto size = static_cast<double>(cells);
  if (size * size * sizeof(double) <= kMostBytes) return;
  throw Error(ErrorCode::argument, {.subject = "cross-tab",
                                    .row = {},
                                    .expected = "a covariance matrix of at most 4 GB between its cells",
                                    .found = std::to_string(cells) + " cells",
                                    .remedy = "Band the values of a column with many levels, or take fewer layers.",
                                    .candidates = {}});
}

void take_replicates(const Design& design, const std::vector<double>& changes, const std::vector<std::size_t>& places,
                     CrossTab& table) {
  const design::ReplicateRule& rule = design.parts().replicates->rule();
  const std::size_t count = rule.rscales.size();
  table.replicated = {.changes = std::vector<double>(table.totals.size() * count, 0.0),
                      .scale = rule.scale,
                      .rscales = rule.rscales,
                      .centre = rule.centre,
                      .strata = rule.strata,
                      .strata_count = rule.strata_count,
                      .failed = rule.failed};
  for (std::size_t cell = 0; cell < places.size(); ++cell) {
    for (std::size_t r = 0; r < count; ++r) {
      const double change = changes[cell * count + r];
      table.replicated.changes[places[cell] * count + r] = std::isnan(change) ? 0.0 : change;
    }
  }
}

void take_covariances(const Estimate& answer, const std::vector<std::size_t>& places, CrossTab& table) {
  const std::size_t all = table.totals.size();
  const std::size_t size = answer.rows.size();
  table.covariance.assign(all * all, 0.0);
  for (std::size_t a = 0; a < size; ++a) {
    if (answer.rows[a].status != Status::ok) continue;
    for (std::size_t b = 0; b < size; ++b) {
      const double covariance = answer.covariance[a * size + b];
      if (!std::isnan(covariance)) table.covariance[places[a] * all + places[b]] = covariance;
    }
  }
}

/// Degrees of freedom of each layer: units that hold its rows are counted anew, as a unit may hold several cells.
std::vector<double> df_of_layers(const Design& design, const CrosstabQuery& query, const CrossTab& table) {
  // The base of this expression is the rows that have a value in both columns: those in the table.
  const auto indicator = [](const std::string& column, const std::vector<Level>& levels) {
    std::vector<LevelValue> values;
    for (const Level& level : levels) values.push_back(level.value);
    return Expr::total({column, values, {}});
  };
  Expr expression = indicator(query.rows, table.row_levels);
  if (!query.columns.empty()) expression = expression / indicator(query.columns, table.column_levels);
  const Estimate answer = estimate(design, query_for(query, statistic(expression), query.layers, false));
  std::vector<double> df;
  std::size_t row = 0;
  // Groups without a row in the table are no layers.
  for (const std::vector<Level>& layer : table.layer_cells) {
    while (answer.cells[row] != layer) ++row;
    df.push_back(answer.rows[row].df);
  }
  return df;
}

// ---------------------------------------------------------------------------------------------------- shares

enum class Quantity { count, row, column, total };

constexpr std::pair<Quantity, std::string_view> kQuantities[] = {{Quantity::count, "count"},
                                                                 {Quantity::row, "row share"},
                                                                 {Quantity::column, "column share"},
                                                                 {Quantity::total, "share"}};

/// The sum that a share of this kind is divided by; -1: none.
Index divisor_of(const LayerSums& sums, Quantity quantity, Index i, Index j) {
  switch (quantity) {
    case Quantity::count: return -1;
    case Quantity::row: return sums.at(i, sums.columns());
    case Quantity::column: return sums.at(sums.rows(), j);
    case Quantity::total: break;
  }
  return sums.at(sums.rows(), sums.columns());
}

/// A share's variance in a simple random sample with replacement of the n rows in its denominator: p (1 − p) / (n − 1).
double srs_variance(double share, double n) { return n < 2.0 ? kNaN : share * (1.0 - share) / (n - 1.0); }

EstimateRow row_of(const LayerSums& sums, Quantity quantity, Index i, Index j, double df) {
  const Index above = sums.at(i, j);
  const Index below = divisor_of(sums, quantity, i, j);
  const Index i_below = below < 0 ? i : below / (sums.columns() + 1);
  const Index j_below = below < 0 ? j : below % (sums.columns() + 1);
  EstimateRow row;
  row.n = sums.n(i_below, j_below);
  row.weighted_n = sums.sum(i_below, j_below);
  row.df = df;
  if (below >= 0 && row.n == 0) {
    row.status = Status::empty;
    row.value = row.variance = row.srs_variance = kNaN;
    return row;
  }
  row.value = below < 0 ? sums.sum(i, j) : estimation::settled_share(sums.sum(i, j) / row.weighted_n);
  row.variance = sums.ratio_variance(above, below, std::string("a share of the table"));
  const double n = static_cast<double>(below < 0 ? sums.base() : row.n);
  if (below < 0) {
    row.srs_variance = sums.grand() * sums.grand() * srs_variance(row.value / sums.grand(), n);
  } else {
    row.srs_variance = srs_variance(row.value, n);
  }
  if (std::isnan(row.variance)) {
    row.status = Status::undefined;
    row.value = row.srs_variance = kNaN;
  }
  return row;
}

std::vector<Level> with_total(std::vector<Level> levels) {
  levels.push_back({std::string(), "Total"});
  return levels;
}

void add_cells(const CrossTab& table, Estimate& result) {
  result.by = table.layers;
  result.by.push_back(table.rows);
  if (!table.columns.empty()) result.by.push_back(table.columns);
  for (const std::vector<Level>& layer : table.layer_cells) {
    for (const Level& row : with_total(table.row_levels)) {
      for (const Level& column : with_total(table.column_levels)) {
        std::vector<Level>& cell = result.cells.emplace_back(layer);
        cell.push_back(row);
        if (!table.columns.empty()) cell.push_back(column);
      }
    }
  }
}

void add_statistic(const CrossTab& table, Quantity quantity, std::string_view name, Estimate& result) {
  EstimatedStatistic about;
  about.name = about.formula = std::string(name);
  about.variables = {table.rows};
  if (!table.columns.empty()) about.variables.push_back(table.columns);
  about.scale = quantity == Quantity::count ? Scale::total : Scale::share;
  about.df = table.whole_df;
  about.question = static_cast<Index>(result.statistics.size());
  result.statistics.push_back(std::move(about));
}

}  // namespace

CrossTab crosstab(const Design& design, const CrosstabQuery& query) {
  check_columns(query);
  CrossTab table;
  table.rows = query.rows;
  table.columns = query.columns;
  table.layers = query.layers;
  table.row_levels = levels_of(design.frame(), query.rows);
  table.column_levels = query.columns.empty() ? std::vector<Level>(1) : levels_of(design.frame(), query.columns);
  const bool replicated = design.replicates() > 0;
  const Query asked = query_for(query, statistic(T(1)), columns_of(query), !replicated);
  std::vector<double> changes;
  Estimate answer;
  if (replicated) {
    estimation::Plan plan = estimation::make_plan(design, asked);
    answer = estimation::estimate_by_replicates(design, asked, plan, &changes);
  } else {
    answer = estimate(design, asked);
  }
  const std::vector<std::size_t> places = place_cells(answer, table);
  const std::size_t all = table.layer_cells.size() * table.row_levels.size() * table.column_levels.size();
  check_size(all);
  table.totals.assign(all, 0.0);
  table.n.assign(all, 0);
  for (std::size_t cell = 0; cell < places.size(); ++cell) {
    if (answer.rows[cell].status == Status::ok) table.totals[places[cell]] = answer.rows[cell].value;
    table.n[places[cell]] = answer.rows[cell].n;
  }
  replicated ? take_replicates(design, changes, places, table) : take_covariances(answer, places, table);
  table.whole_df = answer.statistics.front().df;
  table.df = table.layers.empty() ? std::vector<double>{table.whole_df} : df_of_layers(design, query, table);
  table.choices = std::move(answer.choices);
  return table;
}

Estimate counts_and_shares(const CrossTab& table) {
  Estimate result;
  add_cells(table, result);
  result.choices = table.choices;
  std::vector<LayerSums> layers;
  for (Index layer = 0; layer < table.layer_count(); ++layer) layers.emplace_back(table, layer);
  for (const auto& [quantity, name] : kQuantities) {
    if (table.columns.empty() && (quantity == Quantity::row || quantity == Quantity::column)) continue;
    add_statistic(table, quantity, name, result);
    Index cell = 0;
    for (Index layer = 0; layer < table.layer_count(); ++layer) {
      const LayerSums& sums = layers[place(layer)];
      const double df = table.df[place(layer)];
      for (Index i = 0; i <= sums.rows(); ++i) {
        for (Index j = 0; j <= sums.columns(); ++j) {
          EstimateRow row = row_of(sums, quantity, i, j, df);
          row.statistic = static_cast<Index>(result.statistics.size()) - 1;
          row.cell = cell++;
          // Of one column the margin says nothing new.
          if (!table.columns.empty() || j < sums.columns()) result.rows.push_back(row);
        }
      }
    }
  }
  return result;
}

std::vector<CellResidual> residuals(const CrossTab& table, Index layer) {
  const LayerSums sums(table, layer);
  const std::vector<Index> rows = sums.filled_rows();
  const std::vector<Index> columns = sums.filled_columns();
  std::vector<CellResidual> result(place(sums.rows() * sums.columns()), CellResidual{kNaN, kNaN, kNaN, kNaN});
  if (rows.empty()) return result;
  const Functions functions = departures(sums, rows, columns);
  const Eigen::VectorXd variances = sums.variances(functions);
  const double scale = static_cast<double>(sums.base()) / sums.grand();
  Eigen::Index f = 0;
  for (const Index i : rows) {
    for (const Index j : columns) {
      const double residual = functions.values[f];
      const double expected = sums.sum(i, sums.columns()) / sums.grand() * sums.sum(sums.rows(), j);
      const double error = std::sqrt(variances[f]);
      CellResidual& cell = result[place(i * sums.columns() + j)];
      cell.expected = expected;
      cell.residual = residual;
      cell.pearson = residual * std::sqrt(scale / expected);
      cell.adjusted = error > 0.0 ? residual / error : kNaN;
      ++f;
    }
  }
  return result;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
