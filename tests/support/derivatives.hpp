#pragma once

#include <cstddef>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {

/// Central differences with steps of 1e-4 of a weight: truncated at 1e-8, rounded at 1e-11, of derivatives of size 1.
constexpr double kNumericalDerivative = 1e-6;

/// By row of the answer and row of the data: how much the estimate changes with the row's weight. The linearized variance of
/// an estimate is that of the total of these scores.
inline std::vector<Numbers> scores_by_differences(const Table& table, const irosurvey::Query& query) {
  constexpr double kStep = 1e-4;
  std::vector<Numbers> scores;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    irosurvey::Estimate shifted[2];
    const double step = kStep * table.numbers("w")[i];
    for (int side = 0; side < 2; ++side) {
      Table changed = table;
      changed.numbers("w")[i] += side == 0 ? -step : step;
      shifted[side] = estimate(irosurvey::Design::declare(changed.frame(), {.weights = "w"}), query);
    }
    scores.resize(shifted[0].rows.size(), Numbers(table.rows(), 0.0));
    for (std::size_t r = 0; r < scores.size(); ++r) {
      scores[r][i] = (shifted[1].rows[r].value - shifted[0].rows[r].value) / (2.0 * step);
    }
  }
  return scores;
}

}  // namespace irosurvey_tests
