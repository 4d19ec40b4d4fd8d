#pragma once

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// KL(p, r) = p log(p/r) + q log(q/(1 − r)) for r = p e^s, s ≤ 0: half the deviance of one answer.
/// @param q  1 − p, which a double doesn't always hold beside p
[[nodiscard]] double divergence_below(double p, double q, double s);

/// The s ≤ 0 with KL(p, p e^s) = `target`, p and q = 1 − p above 0, target ≥ 0.
[[nodiscard]] double divergence_root_below(double p, double q, double target);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
