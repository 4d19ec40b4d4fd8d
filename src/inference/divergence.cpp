#include "inference/divergence.hpp"

#include <boost/math/special_functions/log1p.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>

namespace irosurvey {
inline namespace v1 {
namespace inference {

double divergence_below(double p, double s) {
  // With δ = q − p the terms of first order, −δ and +δ, cancel exactly: log(1 + x) − x is what is left of each.
  const double change = std::expm1(s);
  const double of_successes = s < -1.0 ? s - change : boost::math::log1pmx(change);
  return -p * of_successes - (1.0 - p) * boost::math::log1pmx(-p * change / (1.0 - p));
}

double divergence_root_below(double p, double target) {
  if (target <= 0.0) return p;
  if (std::isinf(target)) return 0.0;
  const auto excess = [&](double s) { return divergence_below(p, s) - target; };
  // KL(p, p e^s) ≥ −p s + (1 − p) log(1 − p), so that here it is above the target.
  const double lowest = -(target - (1.0 - p) * std::log1p(-p)) / p - 1.0;
  std::uintmax_t steps = 200;
  const auto [a, b] = boost::math::tools::toms748_solve(excess, lowest, 0.0, excess(lowest), -target,
                                                        boost::math::tools::eps_tolerance<double>(52), steps);
  return p * std::exp(a + 0.5 * (b - a));
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
