#include "inference/beta_quantile.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

// Boost's incomplete beta function stops converging, or never returns, once both parameters pass about 1e11 or one
// passes about 1e20. Well before that a limit law is exact to a double's digits:
// the normal law with four moments is off by about a^(-3/2) standard deviations, each a^(-1/2) of the quantile;
constexpr double kNormalFrom = 1e8;
// the gamma law by about (a / b)², which is 1e-16 here.
constexpr double kGammaFrom = 1e16;

enum class Tail { lower, upper };

template <typename Distribution>
double quantile_of(const Distribution& distribution, double tail, Tail side) {
  return side == Tail::lower ? quantile(distribution, tail) : quantile(complement(distribution, tail));
}

/// Cornish and Fisher (1938), to the term of the fourth moment.
double normal_limit(double a, double b, double tail, Tail side) {
  const double s = a + b;
  const double mean = a / s;
  const double deviation = std::sqrt(mean * (b / s) / (s + 1.0));
  const double spread = (s + 1.0) / a / b;
  const double skewness = 2.0 * ((b - a) / (s + 2.0)) * std::sqrt(spread);
  const double excess = 6.0 * (((b - a) / (s + 2.0)) * ((b - a) / (s + 3.0)) * spread - 1.0 / (s + 3.0));
  const double z = quantile_of(boost::math::normal(), tail, side);
  const double shape = z + (z * z - 1.0) * skewness / 6.0 + (z * z - 3.0) * z * excess / 24.0 -
                       (2.0 * z * z - 5.0) * z * skewness * skewness / 36.0;
  return std::clamp(mean + deviation * shape, 0.0, 1.0);
}

/// For b far above a: b x is nearly a gamma variable (Abramowitz and Stegun 1964, 26.5.20, inverted).
double gamma_limit(double a, double b, double tail, Tail side) {
  const double g = quantile_of(boost::math::gamma_distribution<double>(a), tail, side);
  return g / (b + (a - 1.0) / 2.0 + g / 2.0);
}

double beta_quantile(double a, double b, double tail, Tail side) {
  if (std::min(a, b) > kNormalFrom) return normal_limit(a, b, tail, side);
  if (b > kGammaFrom) return gamma_limit(a, b, tail, side);
  if (a > kGammaFrom) return 1.0 - gamma_limit(b, a, tail, side == Tail::lower ? Tail::upper : Tail::lower);
  return quantile_of(boost::math::beta_distribution<double>(a, b), tail, side);
}

}  // namespace

double beta_lower_quantile(double a, double b, double tail) { return beta_quantile(a, b, tail, Tail::lower); }

double beta_upper_quantile(double a, double b, double tail) { return beta_quantile(a, b, tail, Tail::upper); }

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
