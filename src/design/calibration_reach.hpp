#pragma once

#include <span>
#include <string>

#include "design/calibration_points.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// Targets of one margin that no weights of at least 0 can meet beside those of another, in words: which, what is wanted,
/// what can be reached, and why. Empty if no two margins contradict each other in this sample.
///
/// A level can't come to less than the targets of the other margin's levels whose rows all have it, nor to more than those
/// of the levels in which it occurs. That is necessary, not sufficient: several levels together may be out of reach yet.
/// @param totals  of each auxiliary
[[nodiscard]] std::string out_of_reach(const Points& points, const CalibrationProblem& problem,
                                       std::span<const double> totals, double tolerance);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
