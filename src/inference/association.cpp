#include <Eigen/Dense>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/nan.hpp"
#include "inference/critical_value.hpp"
#include "inference/layer_sums.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/inference/crosstab.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void check_pair(const char* of, std::span<const Index> pair, Index count) {
  if (pair.size() == 2 && pair[0] != pair[1] && std::min(pair[0], pair[1]) >= 0 && std::max(pair[0], pair[1]) < count)
    return;
  throw Error(ErrorCode::argument, {.subject = std::string(of) + " of a measure of association",
                                    .row = {},
                                    .expected = "two different ones of the table's " + std::to_string(count),
                                    .found = std::to_string(pair.size()) + " given",
                                    .remedy = "Of a table with more than two, name the two that are compared.",
                                    .candidates = {}});
}

/// Cells ac, ad, bc, bd.
using Four = std::array<double, 4>;

/// A function of the four cells, with its derivatives.
struct Measure {
  std::string name;
  bool is_ratio;
  double (*at)(const Four&);
  Four (*gradient)(const Four&);
};

const std::array<Measure, 3>& measures() {
  static const std::array<Measure, 3> all = {
      Measure{"odds ratio", true, [](const Four& t) { return std::log(t[0] * t[3] / (t[1] * t[2])); },
              [](const Four& t) { return Four{1.0 / t[0], -1.0 / t[1], -1.0 / t[2], 1.0 / t[3]}; }},
      Measure{"risk ratio", true, [](const Four& t) { return std::log(t[0] / (t[0] + t[1]) / (t[2] / (t[2] + t[3]))); },
              [](const Four& t) {
                const double a = t[0] + t[1];
                const double b = t[2] + t[3];
                return Four{1.0 / t[0] - 1.0 / a, -1.0 / a, 1.0 / b - 1.0 / t[2], 1.0 / b};
              }},
      Measure{"risk difference", false, [](const Four& t) { return t[0] / (t[0] + t[1]) - t[2] / (t[2] + t[3]); },
              [](const Four& t) {
                const double a = (t[0] + t[1]) * (t[0] + t[1]);
                const double b = (t[2] + t[3]) * (t[2] + t[3]);
                return Four{t[1] / a, -t[0] / a, -t[3] / b, t[2] / b};
              }},
  };
  return all;
}

Functions function_of(const Measure& measure, const LayerSums& sums, const std::array<Index, 4>& places,
                      const Four& cells) {
  Functions functions;
  functions.name = measure.name;
  functions.values.resize(1);
  functions.values[0] = measure.at(cells);
  functions.jacobian.resize(1, sums.size());
  const Four gradient = measure.gradient(cells);
  for (std::size_t i = 0; i < 4; ++i) functions.jacobian.coeffRef(0, places[i]) = gradient[i];
  functions.at = [places, at = measure.at](std::span<const double> under) {
    Four moved{};
    for (std::size_t i = 0; i < 4; ++i) moved[i] = under[static_cast<std::size_t>(places[i])];
    Eigen::VectorXd value(1);
    value[0] = at(moved);
    return value;
  };
  return functions;
}

void add_limits(double value, double error, double df, ConfidenceLevel level, bool is_ratio, Association& result) {
  // Without degrees of freedom the limits are the ends of the scale.
  double lower = is_ratio ? -kInfinity : -1.0;
  double upper = is_ratio ? kInfinity : 1.0;
  if (df > 0.0) {
    const double half = error > 0.0 ? critical_value(df, level) * error : 0.0;
    lower = value - half;
    upper = value + half;
  }
  result.lower = is_ratio ? std::exp(lower) : lower;
  result.upper = is_ratio ? std::exp(upper) : upper;
}

Association association(const Measure& measure, const LayerSums& sums, const std::array<Index, 4>& places,
                        const Four& cells, double df, ConfidenceLevel level) {
  Association result{measure.name, kNaN, kNaN, kNaN, kNaN, {}};
  const double value = measure.at(cells);
  double statistic = kNaN;
  if (std::isfinite(value)) {
    const double variance = sums.variances(function_of(measure, sums, places, cells))[0];
    const double error = std::sqrt(std::max(0.0, variance));
    result.estimate = measure.is_ratio ? std::exp(value) : value;
    result.standard_error = measure.is_ratio ? result.estimate * error : error;
    if (error > 0.0) statistic = value / error;
    add_limits(value, error, df, level, measure.is_ratio, result);
  }
  result.test = t_result("t test of the " + measure.name + (measure.is_ratio ? ", on the log scale" : ""),
                         "the " + measure.name + (measure.is_ratio ? " is 1" : " is 0"), statistic, df);
  return result;
}

}  // namespace

std::vector<Association> associations(const CrossTab& table, std::span<const Index> rows,
                                      std::span<const Index> columns, ConfidenceLevel level, Index layer) {
  check_pair("rows", rows, table.row_count());
  check_pair("columns", columns, table.column_count());
  const LayerSums sums(table, layer);
  std::array<Index, 4> places{};
  Four cells{};
  for (std::size_t cell = 0; cell < 4; ++cell) {
    places[cell] = sums.at(rows[cell / 2], columns[cell % 2]);
    cells[cell] = sums.sum(rows[cell / 2], columns[cell % 2]);
  }
  std::vector<Association> result;
  for (const Measure& measure : measures()) {
    result.push_back(association(measure, sums, places, cells, table.df[static_cast<std::size_t>(layer)], level));
    std::vector<Choice>& choices = result.back().test.choices;
    choices.insert(choices.end(), table.choices.begin(), table.choices.end());
  }
  return result;
}

std::vector<ColumnPair> column_pairs(const CrossTab& table, Index layer) {
  const LayerSums sums(table, layer);
  const std::vector<Index> filled = sums.filled_columns();
  const double df = table.df[static_cast<std::size_t>(layer)];
  std::vector<ColumnPair> result;
  for (Index i = 0; i < sums.rows(); ++i) {
    for (std::size_t a = 0; a < filled.size(); ++a) {
      for (std::size_t b = a + 1; b < filled.size(); ++b) {
        const std::array<Index, 4> places = {sums.at(i, filled[a]), sums.at(sums.rows(), filled[a]),
                                             sums.at(i, filled[b]), sums.at(sums.rows(), filled[b])};
        const Four cells = {sums.sum(i, filled[a]), sums.sum(sums.rows(), filled[a]), sums.sum(i, filled[b]),
                            sums.sum(sums.rows(), filled[b])};
        const Measure difference{
            "difference of two columns", false, [](const Four& t) { return t[0] / t[1] - t[2] / t[3]; },
            [](const Four& t) { return Four{1.0 / t[1], -t[0] / t[1] / t[1], -1.0 / t[3], t[2] / t[3] / t[3]}; }};
        ColumnPair pair{i, filled[a], filled[b], difference.at(cells), 0.0, kNaN};
        const double variance = sums.variances(function_of(difference, sums, places, cells))[0];
        pair.standard_error = std::sqrt(std::max(0.0, variance));
        if (pair.standard_error > 0.0) pair.p = t_p(pair.difference / pair.standard_error, df);
        result.push_back(pair);
      }
    }
  }
  return result;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
