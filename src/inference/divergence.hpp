#pragma once

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// KL(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)) for q = p e^s, s ≤ 0 < p < 1: half the deviance of one answer.
[[nodiscard]] double divergence_below(double p, double s);

/// The q ≤ p with KL(p, q) = `target`, 0 < p < 1, target ≥ 0.
[[nodiscard]] double divergence_root_below(double p, double target);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
