#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/at.hpp"
#include "core/nan.hpp"
#include "core/parallel.hpp"
#include "core/refuse.hpp"
#include "design/parts.hpp"
#include "estimate/regression_state.hpp"
#include "estimate/replicate_variance.hpp"
#include "estimate/score_fold.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace estimation;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using State = Regression::State;

// ---------------------------------------------------------------------------------------------------- averages

/// An average over the model's rows of a function h of x and β: μ with some columns set, or ∂μ/∂x.
struct Average {
  std::string name;
  BoundMatrix matrix;
  std::optional<BoundMatrix> derivative{};  ///< present: of ∂μ/∂x, the columns' derivatives
};

/// Its value, and its derivatives with respect to β.
struct Averaged {
  double value = 0.0;
  VectorXd gradient;
};

/// Σ w h / Σ w over the rows with a weight.
/// @param h  if not null, where h of every row goes; 0 outside
Averaged averaged(const State& state, const Average& average, std::span<const double> weights, const VectorXd& beta,
                  double* h, int threads, const Interrupt& interrupt, StopSignal& stop) {
  const ModelRows rows = state.rows->with_matrix(average.matrix);
  std::optional<ModelRows> slopes;
  if (average.derivative) slopes = state.rows->with_matrix(*average.derivative, true);
  const Index size = rows.block_rows();
  const Index count = rows.row_count();
  const Index blocks = (count + size - 1) / size;
  const Index parts = std::clamp<Index>(count / 32'768, 1, 16);
  const Eigen::Index p = rows.columns();
  struct Sum {
    double weight = 0.0;
    double value = 0.0;
    VectorXd gradient;
  };
  std::vector<Sum> sums(at(parts), Sum{0.0, 0.0, VectorXd::Zero(p)});
  run_tasks(parts, threads, interrupt, stop, [&](Index part) {
    Sum& own = sums[at(part)];
    ModelBlock block = rows.make_block();
    ModelBlock slope_block = rows.make_block();
    VectorXd x(p);
    VectorXd dx(p);
    for (Index b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b) {
      stop.check();
      rows.read(b * size, std::min((b + 1) * size, count), weights, block);
      if (slopes) slopes->read(b * size, std::min((b + 1) * size, count), weights, slope_block);
      for (int i = 0; i < block.rows; ++i) {
        for (Eigen::Index k = 0; k < p; ++k) x[k] = block.x[at(k)][i];
        const double eta = x.dot(beta) + block.offset[i] + rows.centre();
        const double slope = state.mean.slope(eta);
        double value = 0.0;
        if (!slopes) {
          value = state.mean.mean(eta);
          own.gradient += block.w[i] * slope * x;
        } else {
          for (Eigen::Index k = 0; k < p; ++k) dx[k] = slope_block.x[at(k)][i];
          const double change = dx.dot(beta);
          value = slope * change;
          own.gradient += block.w[i] * (state.mean.curvature(eta) * change * x + slope * dx);
        }
        own.weight += block.w[i];
        own.value += block.w[i] * value;
        if (h != nullptr) h[block.row(i)] = value;
      }
    }
  });
  Sum all{0.0, 0.0, VectorXd::Zero(p)};
  for (const Sum& one : sums) {
    all.weight += one.weight;
    all.value += one.value;
    all.gradient += one.gradient;
  }
  return {all.value / all.weight, all.gradient / all.weight};
}

/// Averages with their covariance.
struct Averages {
  VectorXd values;
  MatrixXd covariance;
};

/// M = Σ w h/W varies with the rows that it is over, by w (h − M)/W, and with β, by D′ A⁻¹ u. What the covariance of β was
/// multiplied by, the second part is multiplied by the root of.
Averages vary_by_scores(const State& state, const std::vector<Average>& wanted) {
  const std::span<const double> weights = state.design.weights();
  const auto count = static_cast<Eigen::Index>(wanted.size());
  const Eigen::Index p = state.rows->columns();
  Averages result{VectorXd(count), MatrixXd()};
  std::vector<std::vector<double>> beside(wanted.size(), std::vector<double>(weights.size(), 0.0));
  MatrixXd along(count, p + count);
  along.rightCols(count).setIdentity();
  StopSignal stop;
  for (Eigen::Index i = 0; i < count; ++i) {
    std::vector<double>& h = beside[at(i)];
    const Averaged found = averaged(state, wanted[at(i)], weights, state.fit.beta, h.data(), state.query.threads,
                                    state.query.interrupt, stop);
    result.values[i] = found.value;
    along.row(i).head(p) = std::sqrt(state.adjustment) * found.gradient.transpose() * state.fit.inverse;
    for (std::size_t row = 0; row < h.size(); ++row) {
      const bool in = weights[row] != 0.0 && (state.used.empty() || state.used[row] != 0);
      h[row] = in ? weights[row] * (h[row] - found.value) / state.summary.weighted_n : 0.0;
    }
  }
  const std::vector<double> own = scores_of(state, stop);
  RowScores scores{&*state.rows, own, {}};
  for (const std::vector<double>& column : beside) scores.beside.emplace_back(column);
  const MatrixXd variance =
      variance_of_scores(state.design, *state.layout, scores, state.query.threads, state.query.interrupt);
  result.covariance = along * variance * along.transpose();
  return result;
}

Averages vary_by_replicates(const State& state, const std::vector<Average>& wanted) {
  const design::ReplicateSet& set = *state.design.parts().replicates;
  const std::span<const double> full = state.design.weights();
  const auto count = static_cast<Eigen::Index>(wanted.size());
  StopSignal stop;
  Averages result{VectorXd(count), MatrixXd()};
  for (Eigen::Index i = 0; i < count; ++i) {
    result.values[i] =
        averaged(state, wanted[at(i)], full, state.fit.beta, nullptr, state.query.threads, state.query.interrupt, stop)
            .value;
  }
  MatrixXd changes(count, set.count());
  run_tasks(set.count(), state.query.threads, state.query.interrupt, stop, [&](Index r) {
    if (!state.replicates.col(r).allFinite()) {
      changes.col(r).setConstant(kNaN);
      return;
    }
    std::vector<double> weights(full.size());
    set.weights(r, full, weights);
    const VectorXd beta = state.fit.beta + std::sqrt(state.adjustment) * state.replicates.col(r);
    for (Eigen::Index i = 0; i < count; ++i) {
      changes(i, r) = averaged(state, wanted[at(i)], weights, beta, nullptr, 1, {}, stop).value - result.values[i];
    }
  });
  ReplicateVariance variance(set.rule(), count);
  for (Eigen::Index i = 0; i < count; ++i) {
    std::vector<double> own(at(set.count()));
    Eigen::Map<VectorXd>(own.data(), set.count()) = changes.row(i);
    variance.set(i, own, std::abs(result.values[i]), wanted[at(i)].name);
  }
  const std::vector<double> found = variance.covariance();
  result.covariance = Eigen::Map<const MatrixXd>(found.data(), count, count);
  return result;
}

Averages vary(const State& state, const std::vector<Average>& wanted) {
  return state.design.replicates() > 0 ? vary_by_replicates(state, wanted) : vary_by_scores(state, wanted);
}

// ---------------------------------------------------------------------------------------------------- what is averaged

/// A factor of the model with its column as the only one.
const ModelFactor* factor_of(const State& state, const std::string& column, bool categorical) {
  for (const ModelTerm& term : state.query.terms) {
    for (const ModelFactor& factor : term.factors) {
      const bool alone = factor.columns.size() == 1 && factor.columns.front() == column;
      if (alone && factor.categorical == categorical) return &factor;
    }
  }
  return nullptr;
}

/// The model matrix if every row had these levels.
BoundMatrix with_levels(const State& state, const std::vector<std::pair<std::string, Level>>& set) {
  BoundMatrix matrix = state.matrix;
  for (std::size_t k = 0; k < matrix.columns.size(); ++k) {
    const std::vector<ModelPart>& parts = state.recipe.columns[k].parts;
    for (std::size_t part = 0; part < parts.size(); ++part) {
      for (const auto& [column, level] : set) {
        if (parts[part].column != column) continue;
        if (!parts[part].level) {
          refuse("margins of '" + column + "'", "a column that the model has as a factor alone",
                 "it as a number too, in " + state.recipe.columns[k].name);
        }
        const bool same = same_level(parts[part].level->value, level.value);
        matrix.columns[k][part] = {nullptr, nullptr, -1, same ? 1.0 : 0.0};
      }
    }
  }
  return matrix;
}

/// Of a number x: the derivative of every column of the matrix.
BoundMatrix derivative_of(const State& state, const std::string& column) {
  BoundMatrix matrix = state.matrix;
  for (std::size_t k = 0; k < matrix.columns.size(); ++k) {
    const std::vector<ModelPart>& parts = state.recipe.columns[k].parts;
    const auto has = [&](const ModelPart& part) { return part.column == column && !part.level; };
    const auto found = std::find_if(parts.begin(), parts.end(), has);
    if (found == parts.end()) {
      matrix.columns[k] = {BoundPart{nullptr, nullptr, -1, 0.0}};
    } else {
      matrix.columns[k].erase(matrix.columns[k].begin() + (found - parts.begin()));
    }
  }
  return matrix;
}

Estimate told(const State& state, const std::vector<Average>& wanted, const Averages& found, std::string choice) {
  Estimate result;
  result.cells.assign(1, {});
  result.choices = state.coefficients.choices;
  for (irosurvey::Choice& one : result.choices) {
    if (one.name == "variance adjustment") one.value += ", of the coefficients' part";
  }
  result.choices.push_back({"averaged over", std::move(choice)});
  EstimateRow row = state.coefficients.rows.at(0);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto place = static_cast<Eigen::Index>(i);
    row.statistic = static_cast<Index>(i);
    row.value = found.values[place];
    row.variance = std::max(0.0, found.covariance(place, place));
    row.df = state.summary.df;
    result.rows.push_back(row);
    result.statistics.push_back({.name = wanted[i].name,
                                 .variables = {wanted[i].name},
                                 .label = {},
                                 .level = {},
                                 .scale = Scale::other,
                                 .formula = wanted[i].name,
                                 .df = state.summary.df,
                                 .question = static_cast<Index>(i)});
  }
  const Eigen::Index size = found.covariance.rows();
  result.covariance.assign(static_cast<std::size_t>(size * size), 0.0);
  Eigen::Map<MatrixXd>(result.covariance.data(), size, size) = 0.5 * (found.covariance + found.covariance.transpose());
  return result;
}

constexpr const char* kOver = "rows of the model by their weights; variance of covariates and coefficients";

}  // namespace

Estimate Regression::margins(const std::vector<std::string>& columns) const {
  const State& state = *state_;
  if (columns.empty()) refuse("margins", "at least one factor of the model", "none");
  std::vector<std::vector<std::pair<std::string, Level>>> cells{{}};
  for (const std::string& column : columns) {
    if (factor_of(state, column, true) == nullptr) {
      std::string known;
      for (const auto& [name, levels] : state.recipe.levels) known += (known.empty() ? "'" : ", '") + name + "'";
      refuse("margins of '" + column + "'",
             known.empty() ? "a model with a factor" : "a column that the model has as a factor: " + known, "another",
             "Write C(" + column + ") in the formula.");
    }
    std::vector<std::vector<std::pair<std::string, Level>>> more;
    for (const auto& cell : cells) {
      for (const Level& level : state.recipe.levels.at(column).levels) {
        more.push_back(cell);
        more.back().emplace_back(column, level);
      }
    }
    cells = std::move(more);
  }
  std::vector<Average> wanted;
  for (const auto& cell : cells) wanted.push_back({"margin", with_levels(state, cell)});
  const Averages found = vary(state, wanted);
  Estimate result = told(state, wanted, found, kOver);
  result.by = columns;
  result.cells.clear();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    auto& levels = result.cells.emplace_back();
    for (const auto& [column, level] : cells[i]) levels.push_back(level);
    result.rows[i].statistic = 0;
    result.rows[i].cell = static_cast<Index>(i);
  }
  result.statistics.resize(1);
  result.statistics[0].name = result.statistics[0].formula = "margin of " + state.query.response.column;
  result.statistics[0].variables = {state.query.response.column};
  result.statistics[0].scale = Scale::mean;
  return result;
}

Estimate Regression::marginal_effects(const std::vector<std::string>& columns) const {
  const State& state = *state_;
  std::vector<std::string> names = columns;
  if (names.empty()) {
    std::set<std::string> known;
    for (const ModelTerm& term : state.query.terms) {
      for (const ModelFactor& factor : term.factors) {
        if (factor.columns.size() == 1 && known.insert(factor.columns.front()).second) {
          names.push_back(factor.columns.front());
        }
      }
    }
  }
  if (names.empty()) refuse("marginal effects", "a model with a term besides the intercept", "none");
  // Averages first; then each effect is a combination of them.
  std::vector<Average> wanted;
  std::vector<std::pair<std::string, std::vector<std::pair<std::size_t, double>>>> effects;
  for (const std::string& column : names) {
    const bool numeric = factor_of(state, column, false) != nullptr;
    const ModelFactor* factor = factor_of(state, column, true);
    if (!numeric && factor == nullptr) {
      refuse("marginal effect of '" + column + "'", "a column that a term of the model is made of", "none");
    }
    if (numeric) {
      if (factor != nullptr) {
        refuse("marginal effect of '" + column + "'", "a number or a factor", "both in the model");
      }
      effects.push_back({column, {{wanted.size(), 1.0}}});
      wanted.push_back({column, state.matrix, derivative_of(state, column)});
      continue;
    }
    const ModelLevels& levels = state.recipe.levels.at(column);
    const std::size_t first = wanted.size();
    for (std::size_t i = 0; i < levels.levels.size(); ++i) {
      const std::string name = factor->name + "[" + to_text(levels.levels[i].value) + "]";
      if (i != levels.reference) effects.push_back({name, {{first + i, 1.0}, {first + levels.reference, -1.0}}});
      wanted.push_back({name, with_levels(state, {{column, levels.levels[i]}})});
    }
  }
  const Averages found = vary(state, wanted);
  MatrixXd combine = MatrixXd::Zero(static_cast<Eigen::Index>(effects.size()), found.values.size());
  std::vector<Average> shown;
  for (std::size_t e = 0; e < effects.size(); ++e) {
    for (const auto& [place, weight] : effects[e].second) {
      combine(static_cast<Eigen::Index>(e), static_cast<Eigen::Index>(place)) += weight;
    }
    shown.push_back({effects[e].first, {}});
  }
  return told(state, shown, {combine * found.values, combine * found.covariance * combine.transpose()}, kOver);
}

}  // namespace v1
}  // namespace irosurvey
