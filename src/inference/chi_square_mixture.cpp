#include "inference/chi_square_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <optional>
#include <vector>

#include "irosurvey/inference/test_result.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

/// Keeps the digits of a small z, which a denominator with a million degrees of freedom multiplies.
std::complex<double> log_of_one_plus(std::complex<double> z) {
  const double x = z.real();
  const double y = z.imag();
  return {0.5 * std::log1p(2.0 * x + x * x + y * y), std::atan2(y, 1.0 + x)};
}

/// Q = Σ h_j λ_j χ²₁-variables less a threshold: P(Q > 0) is wanted. Its cumulant generating function is
/// K(s) = −½ Σ h_j log(1 − 2 λ_j s) − s q.
class Form {
 public:
  Form(double x, std::span<const double> weights, Denominator denominator) {
    // Divided by the largest weight: only ratios matter, and 1e-30 would leave the range of the exponential.
    const double largest = *std::max_element(weights.begin(), weights.end());
    for (const double weight : weights) {
      if (weight > 0.0) terms_.push_back({weight / largest, 1.0});
    }
    if (std::isinf(denominator.df)) {
      threshold_ = x / largest;
    } else {
      terms_.push_back({-x / largest / denominator.divisor, denominator.df});
    }
  }

  /// The r-th derivative of K at a real s, r from 0 to 4.
  [[nodiscard]] double derivative(int order, double s) const {
    constexpr double kFactorial[] = {1.0, 1.0, 1.0, 2.0, 6.0};
    double sum = 0.0;
    for (const Term& term : terms_) {
      const double slope = 2.0 * term.weight;
      if (order == 0) {
        sum -= 0.5 * term.df * std::log1p(-slope * s);
      } else {
        sum += 0.5 * term.df * kFactorial[order] * std::pow(slope / (1.0 - slope * s), order);
      }
    }
    if (order == 0) sum -= s * threshold_;
    if (order == 1) sum -= threshold_;
    return sum;
  }

  [[nodiscard]] std::complex<double> operator()(std::complex<double> s) const {
    std::complex<double> sum = -s * threshold_;
    for (const Term& term : terms_) sum -= 0.5 * term.df * log_of_one_plus(-2.0 * term.weight * s);
    return sum;
  }

  [[nodiscard]] double most() const { return 0.5; }  // the largest weight is 1
  [[nodiscard]] double least() const {
    double least = -std::numeric_limits<double>::infinity();
    for (const Term& term : terms_) {
      if (term.weight < 0.0) least = std::max(least, 0.5 / term.weight);
    }
    return least;
  }

 private:
  struct Term {
    double weight;
    double df;
  };
  std::vector<Term> terms_;
  double threshold_ = 0.0;
};

/// Where an increasing function passes 0 between two points; to the last digits of a double.
template <class Function>
double root(double low, double high, Function f) {
  for (int step = 0; step < 2000; ++step) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    (f(middle) < 0.0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// exp(K(s))/s along the hyperbola s(t) = c + σ (i sinh t + cosh t − 1), by the trapezoidal rule, which is exact to rounding once
/// the step is small: the integrand is analytic in a strip around the real t. The hyperbola bends to the right, around the branch
/// cut of the positive weights, where exp(−s q) and the denominator's factor vanish instead of turning about 0.
class Contour {
 public:
  Contour(const Form& form, double centre)
      : form_(form),
        centre_(centre),
        width_(1.0 / std::sqrt(form.derivative(2, centre) + 1.0 / centre / centre)),
        peak_(form.derivative(0, centre)) {}

  /// Over t > 0, divided by exp(K(c)).
  [[nodiscard]] double integral(double step) const {
    double sum = 0.5 * at(0.0);
    constexpr double kNothing = 1e-18;
    for (int i = 1; i < 200000; ++i) {
      const double t = step * i;
      const double value = at(t);
      sum += value;
      if (t > 1.0 && size_at(t) < kNothing) break;
    }
    return sum * step;
  }

 private:
  [[nodiscard]] std::complex<double> integrand(double t) const {
    using namespace std::complex_literals;
    const std::complex<double> s = centre_ + width_ * (1i * std::sinh(t) + (std::cosh(t) - 1.0));
    const std::complex<double> slope = width_ * (1i * std::cosh(t) + std::sinh(t));
    return std::exp(form_(s) - peak_) / s * slope;
  }
  /// The other half of the contour is the conjugate: 1/(2πi) ∫ is 1/π ∫ Im over t > 0.
  [[nodiscard]] double at(double t) const { return integrand(t).imag(); }
  [[nodiscard]] double size_at(double t) const { return std::abs(integrand(t)) / std::abs(integrand(0.0)); }

  const Form& form_;
  double centre_;
  double width_;
  double peak_;
};

/// What doesn't need an integral: no mixture at all, an end of the scale, or one variable only.
std::optional<double> simple_p(double x, std::span<const double> weights, Denominator denominator) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (std::isnan(x) || weights.empty() || !(denominator.df > 0.0) || !(denominator.divisor > 0.0)) return kNone;
  const auto [least, largest] = std::minmax_element(weights.begin(), weights.end());
  if (!(*least >= 0.0) || !std::isfinite(*largest) || *largest == 0.0) return kNone;
  if (x <= 0.0) return 1.0;
  if (std::isinf(x)) return 0.0;
  if (*least < *largest) return std::nullopt;
  const auto k = static_cast<double>(weights.size());
  if (std::isinf(denominator.df)) return chi_square_p(x / *largest, k);
  return f_p(x / *largest / k * denominator.df / denominator.divisor, k, denominator.df);
}

double saddle_of(const Form& form) {
  const auto slope = [&form](double s) { return form.derivative(1, s); };
  const double high = form.most();
  double low = form.least();
  if (std::isinf(low)) {
    low = -1.0;
    while (slope(low) > 0.0) low *= 2.0;
  }
  return root(low, high, slope);
}

}  // namespace

double mixture_p(double x, std::span<const double> weights, Denominator denominator) {
  if (const std::optional<double> simple = simple_p(x, weights, denominator)) return *simple;
  const Form form(x, weights, denominator);
  // The saddlepoint of exp(K(s))/s to the right of its pole.
  const double centre = root(0.0, form.most(), [&form](double s) { return form.derivative(1, s) - 1.0 / s; });
  const Contour contour(form, centre);
  double before = contour.integral(0.125);
  double found = before;
  for (const double step : {0.0625, 0.03125, 0.015625, 0.0078125}) {
    found = contour.integral(step);
    constexpr double kConverged = 1e-13;
    if (std::abs(found - before) <= kConverged * std::abs(found)) break;
    before = found;
  }
  return std::clamp(found / std::numbers::pi * std::exp(form.derivative(0, centre)), 0.0, 1.0);
}

double mixture_saddlepoint_p(double x, std::span<const double> weights, Denominator denominator) {
  // One variable is approximated as well: only what is no mixture, or at an end of the scale, is not.
  const std::optional<double> simple = simple_p(x, weights, denominator);
  if (simple && (std::isnan(*simple) || *simple == 0.0 || *simple == 1.0)) return *simple;
  const Form form(x, weights, denominator);
  const double s = saddle_of(form);
  const double deviation = std::sqrt(form.derivative(2, s));
  const double v = s * deviation;
  const double w = std::copysign(std::sqrt(std::max(0.0, -2.0 * form.derivative(0, s))), s);
  // Near the mean log(v/w)/w is a quotient of two rounding errors; its series has two cumulants more.
  constexpr double kNear = 2e-3;
  if (std::abs(v) < kNear) {
    const double unit = std::sqrt(form.derivative(2, 0.0));
    const double skewness = form.derivative(3, 0.0) / std::pow(unit, 3);
    const double excess = form.derivative(4, 0.0) / std::pow(unit, 4);
    return normal_p(w + skewness / 6.0 + v * (excess / 8.0 - 7.0 * skewness * skewness / 36.0), Alternative::greater);
  }
  return normal_p(w + std::log(v / w) / w, Alternative::greater);
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
