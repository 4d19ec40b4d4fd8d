#pragma once

#include <optional>

#include "irosurvey/core/export.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// What those who didn't answer could have said, for shares on the scale 0–1.
///
/// With p among those who answered, and r of the population having answered, the population's share is
///     P = r p + (1 − r) q,
/// q unknown. Nothing that was answered says anything about q.

/// P for q from max(0, p − most) to min(1, p + most): with most = 1 nobody assumes anything (Manski 1989, Horowitz and
/// Manski 1998), with less the non-respondents are taken to differ by no more than that from those who answered.
/// @param response  r: 0 < r ≤ 1; who left the question out did not answer
/// @param most      0–1
/// @throws Error(argument) for a number outside its range.
[[nodiscard]] IROSURVEY_EXPORT inference::Interval nonresponse_bounds(double share, double response, double most = 1.0);

/// The bounds of a share that is itself known up to chance: from the lower bound at its lower limit to the upper one at its
/// upper limit. It holds P wherever the interval holds p.
[[nodiscard]] IROSURVEY_EXPORT inference::Interval nonresponse_bounds(const inference::Interval& share, double response,
                                                                      double most = 1.0);

/// How far non-respondents would have to differ for a finding's words not to fit any more.
struct TippingPoint {
  bool fits = true;             ///< whether the words fit p itself
  std::optional<double> below;  ///< d ≥ 0: at q = p − d the share leaves the words below; absent: no q takes it there
  std::optional<double> above;  ///< the same above, at q = p + d

  /// The smaller of the two; absent: the words hold whatever the others would have said.
  [[nodiscard]] IROSURVEY_EXPORT std::optional<double> smallest() const noexcept;
};

/// The differences |q − p| at which P reaches the ends of the shares that the words allow:
///     (p − low) / (1 − r) downwards, (high − p) / (1 − r) upwards, where q stays within [0, 1].
/// @param words  the shares that the words allow; an end at 0 or 1 can't be left
/// @throws Error(argument) for a number outside its range, or low > high.
[[nodiscard]] IROSURVEY_EXPORT TippingPoint tipping_point(double share, double response,
                                                          const inference::Interval& words);

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
