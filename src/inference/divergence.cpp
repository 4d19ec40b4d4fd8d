#include "inference/divergence.hpp"

#include <boost/math/special_functions/log1p.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>

namespace irosurvey {
inline namespace v1 {
namespace inference {

double divergence_below(double p, double q, double s) {
  // With δ = r − p the terms of first order, −δ and +δ, cancel exactly: log(1 + x) − x is what is left of each.
  const double change = std::expm1(s);
  const double of_successes = s < -1.0 ? s - change : boost::math::log1pmx(change);
  const double x = -p * (change / q);
  const double of_failures = x > 1.0 ? q * std::log1p(x) + p * change : q * boost::math::log1pmx(x);
  return -p * of_successes - of_failures;
}

double divergence_root_below(double p, double q, double target) {
  if (target <= 0.0) return 0.0;
  if (std::isinf(target)) return -target;
  const auto excess = [&](double s) { return divergence_below(p, q, s) - target; };
  // KL(p, p e^s) ≥ −p s + q log q, so that here it is above the target; twice, for rounding.
  const double lowest = -2.0 * (target - q * std::log(q)) / p - 1.0;
  if (std::isinf(lowest)) return lowest;
  std::uintmax_t steps = 200;
  const auto [a, b] = boost::math::tools::toms748_solve(excess, lowest, 0.0, excess(lowest), -target,
                                                        boost::math::tools::eps_tolerance<double>(52), steps);
  return a + 0.5 * (b - a);
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
