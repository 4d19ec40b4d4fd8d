#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "design/calibration_margins.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// What a calibration is solved over: rows, clusters, or cells of rows with the same levels.
struct Points {
  Auxiliaries x;
  std::vector<double> weights;  ///< d: of a gathered point, the sum over its rows
  /// Limits of the ratio: one pair for all points, or one for each; none: no limits.
  std::vector<std::pair<double, double>> limits;

  [[nodiscard]] Index count() const { return static_cast<Index>(weights.size()); }
};

/// Blocks of points, cut by their number alone: sums over them come out the same for any number of threads.
[[nodiscard]] inline std::vector<Index> point_blocks(Index points, Index most) {
  constexpr Index kPointsPerBlock = 32'768;
  const Index blocks = std::clamp<Index>(points / kPointsPerBlock, 1, most);
  std::vector<Index> starts;
  for (Index b = 0; b <= blocks; ++b) starts.push_back(points * b / blocks);
  return starts;
}

/// What a solver found: ratios of new to old weight, and how well they meet the targets.
struct Ratios {
  std::vector<double> of_point;
  std::vector<double> achieved;  ///< total of each auxiliary
  int iterations = 0;
  double misfit = 0.0;
  bool met = false;
  bool settled = false;  ///< limits keep the targets out of reach, and the ratios no longer change
};

/// Greatest |achieved − target| ÷ size; infinite where something achieved isn't a number. `sizes`: of each target, what its misfit is relative to.
[[nodiscard]] double greatest_misfit(std::span<const double> achieved, std::span<const double> totals,
                                     std::span<const double> sizes);

/// Targets scaled so that every margin has the sum of the last: what a fit that ends with the last margin can meet.
[[nodiscard]] std::vector<double> of_one_sum(std::span<const PosedMargin> margins, std::span<const double> totals);

/// Iterative proportional fitting, margin by margin (Deming and Stephan 1940).
/// With limits (`trim`, `bounds` of `rake`) weights are cut to them after every cycle of margins.
/// @param totals  of unequal sum from margin to margin: the last margin is met, the others up to their sum
[[nodiscard]] Ratios rake(const Points& points, std::span<const PosedMargin> margins, std::span<const double> totals,
                          const Calibration& calibration, const StopSignal& stop);

/// Newton's method on the dual of the distance (Deville and Särndal 1992, section 3).
[[nodiscard]] Ratios newton(const Points& points, std::span<const double> totals, std::span<const double> sizes,
                            const Calibration& calibration, int threads, StopSignal& stop);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
