#include <algorithm>
#include <cmath>

#include "core/at.hpp"
#include "core/nan.hpp"
#include "core/parallel.hpp"
#include "estimate/regression_state.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace estimation;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Calls `visit(row, η, x in working coordinates)` for every row in `rows` (null: all) of a matrix.
template <class Visit>
void for_each_linear(const ModelRows& rows, Index count, const Presence* which, std::span<const double> offset,
                     const VectorXd& beta, int threads, const Interrupt& interrupt, const Visit& visit) {
  const Index size = rows.block_rows();
  const Index blocks = (count + size - 1) / size;
  StopSignal stop;
  const Index parts = std::clamp<Index>(count / 32'768, 1, 16);
  run_tasks(parts, threads, interrupt, stop, [&](Index part) {
    ModelBlock block = rows.make_block();
    VectorXd x(rows.columns());
    for (Index b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b) {
      stop.check();
      const Index first = b * size;
      const auto here = static_cast<int>(std::min(size, count - first));
      rows.read_columns(nullptr, first, here, block);
      for (int i = 0; i < here; ++i) {
        const Index row = first + i;
        if (which != nullptr && !which->empty() && (*which)[at(row)] == 0) continue;
        for (Eigen::Index k = 0; k < x.size(); ++k) x[k] = block.x[at(k)][i];
        visit(row, x.dot(beta) + (offset.empty() ? 0.0 : offset[at(row)]), x);
      }
    }
  });
}

/// Rows of which the model knows everything: nothing is missing, and every level is one of its own.
Presence rows_known_to(const Regression::State& state, const Frame& frame) {
  const std::shared_ptr<const Presence> present = known_rows(frame, state.query.terms, {state.query.offset});
  Presence known = present ? *present : Presence(at(frame.rows()), 1);
  for (const auto& [column, levels] : state.recipe.levels) {
    const std::shared_ptr<const Factor> factor = shared_factor(frame.column(column));
    std::vector<std::uint8_t> is_known(factor->levels.size(), 0);
    for (std::size_t i = 0; i < is_known.size(); ++i) {
      is_known[i] =
          static_cast<std::uint8_t>(std::any_of(levels.levels.begin(), levels.levels.end(), [&](const Level& level) {
            return same_level(level.value, factor->levels[i].value);
          }));
    }
    for (std::size_t row = 0; row < known.size(); ++row) {
      const std::int32_t code = factor->codes[row];
      if (code < 0 || is_known[static_cast<std::size_t>(code)] == 0) known[row] = 0;
    }
  }
  return known;
}

}  // namespace

Predictions Regression::predict(const Frame& frame, bool response) const {
  const State& state = *state_;
  const Presence known = rows_known_to(state, frame);
  const BoundMatrix matrix = bind(state.recipe, frame);
  const ModelRows rows = state.rows->with_matrix(matrix);
  std::optional<Numbers> offset;
  if (!state.query.offset.empty()) offset = numbers(frame.column(state.query.offset));
  Predictions result;
  result.values.assign(at(frame.rows()), kNaN);
  result.standard_errors.assign(at(frame.rows()), kNaN);
  for_each_linear(rows, frame.rows(), &known, offset ? offset->values() : std::span<const double>{}, state.fit.beta,
                  state.query.threads, state.query.interrupt, [&](Index row, double linear, const VectorXd& x) {
                    const double eta = linear + rows.centre();
                    const double se = std::sqrt(std::max(0.0, x.dot(state.covariance * x)));
                    result.values[at(row)] = response ? state.mean.mean(eta) : eta;
                    result.standard_errors[at(row)] = response ? se * std::abs(state.mean.slope(eta)) : se;
                  });
  return result;
}

double Regression::residual_moment(int power) const {
  const State& state = *state_;
  const std::vector<double> found = residuals(ResidualKind::response);
  const std::span<const double> weights = state.design.weights();
  double sum = 0.0;
  for (std::size_t row = 0; row < found.size(); ++row) {
    if (weights[row] == 0.0 || std::isnan(found[row])) continue;
    sum += weights[row] * std::pow(found[row], power);
  }
  return sum * static_cast<double>(state.summary.n) / state.summary.weighted_n;
}

std::vector<double> Regression::residuals(ResidualKind kind) const {
  const State& state = *state_;
  std::vector<double> result(state.y.size(), kNaN);
  const double centre = state.rows->centre();
  for_each_linear(*state.rows, static_cast<Index>(state.y.size()), &state.used, state.offset, state.fit.beta,
                  state.query.threads, state.query.interrupt, [&](Index row, double linear, const VectorXd&) {
                    // A linear model's digits are those of y − c and η − c.
                    const double off = (state.y[at(row)] - centre) - linear;
                    const double mu = state.mean.mean(linear + centre);
                    const double plain = state.mean.is_linear() ? off : state.y[at(row)] - mu;
                    double& to = result[at(row)];
                    switch (kind) {
                      case ResidualKind::response: to = plain; return;
                      case ResidualKind::pearson: to = plain / std::sqrt(state.mean.variance(mu)); return;
                      case ResidualKind::working: to = plain / state.mean.slope(linear + centre); return;
                      case ResidualKind::deviance: break;
                    }
                    to =
                        state.mean.is_linear()
                            ? plain
                            : std::copysign(std::sqrt(std::max(0.0, state.mean.deviance(state.y[at(row)], mu))), plain);
                  });
  return result;
}

}  // namespace v1
}  // namespace irosurvey
