#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/least_squares.hpp"
#include "design/calibration_points.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A distance is known here by F = (G′)⁻¹ of its derivative: the ratio g = F(u), u = x′λ. Newton's method wants F′, and
// judging its steps the integral Φ of F. Bounds cut F.

struct Linear {
  static double ratio(double u) { return 1.0 + u; }
  static double slope(double /*u*/) { return 1.0; }
  static double integral(double u) { return u + 0.5 * u * u; }
  static double inverse(double g) { return g - 1.0; }
};

struct Exponential {
  static double ratio(double u) { return std::exp(u); }
  static double slope(double u) { return std::exp(u); }
  static double integral(double u) { return std::exp(u); }
  static double inverse(double g) { return g <= 0.0 ? -kInfinity : std::log(g); }
};

struct AtPoint {
  double ratio;
  double slope;  ///< 0 beyond the bounds
  double uncut_slope;
  double integral;
};

template <class Distance>
AtPoint cut(double u, double low, double high) {
  const double from = Distance::inverse(low);
  const double to = Distance::inverse(high);
  if (u < from) return {low, 0.0, Distance::slope(from), Distance::integral(from) + low * (u - from)};
  if (u > to) return {high, 0.0, Distance::slope(to), Distance::integral(to) + high * (u - to)};
  const double slope = Distance::slope(u);
  return {Distance::ratio(u), slope, slope, Distance::integral(u)};
}

/// Deville and Särndal (1992), table 1, case 6.
AtPoint logit(double u, double low, double high) {
  const double a = (high - low) / ((1.0 - low) * (high - 1.0));
  // By the sign of u, so that nothing overflows.
  const double e = std::exp(-a * std::abs(u));
  const double up = (1.0 - low) * (u > 0.0 ? 1.0 : e);
  const double down = (high - 1.0) * (u > 0.0 ? e : 1.0);
  const double whole = up + down;
  const double ratio = (low * down + high * up) / whole;
  const double slope = (high - low) * a * up / whole * (down / whole);
  const double logarithm = std::log(whole / (high - low)) + (u > 0.0 ? a * u : 0.0);
  return {ratio, slope, slope, low * u + (high - low) / a * logarithm};
}

AtPoint at_point(CalibrationMethod method, double u, double low, double high) {
  if (method == CalibrationMethod::logit) return logit(u, low, high);
  if (method == CalibrationMethod::raking) return cut<Exponential>(u, low, high);
  return cut<Linear>(u, low, high);
}

/// The dual at some λ: D = Σ d Φ(x′λ) − T′λ, which is least where the targets are met; Σ d g x; Σ d F′ x x′.
struct Dual {
  explicit Dual(Index auxiliaries)
      : achieved(VectorXd::Zero(auxiliaries)), hessian(MatrixXd::Zero(auxiliaries, auxiliaries)) {}
  double value = 0.0;
  VectorXd achieved;
  MatrixXd hessian;  ///< lower triangle
};

class Newton {
 public:
  Newton(const Points& points, std::span<const double> totals, const Calibration& calibration, int threads,
         StopSignal& stop)
      : points_(points),
        totals_(Eigen::Map<const VectorXd>(totals.data(), static_cast<Index>(totals.size()))),
        method_(calibration.method),
        threads_(threads),
        stop_(stop),
        starts_(point_blocks(points.count(), most_blocks(totals_.size()))) {}

  /// @param full  slopes as if nothing were cut: where all points of a level are at their bounds its slope is 0
  [[nodiscard]] Dual at(const VectorXd& lambda, bool full) const {
    std::vector<Dual> parts(starts_.size() - 1, Dual(totals_.size()));
    run_tasks(static_cast<irosurvey::Index>(parts.size()), threads_, {}, stop_, [&](irosurvey::Index b) {
      const auto block = static_cast<std::size_t>(b);
      for (irosurvey::Index i = starts_[block]; i < starts_[block + 1]; ++i) add(i, lambda, full, parts[block]);
    });
    for (std::size_t b = 1; b < parts.size(); ++b) {
      parts[0].value += parts[b].value;
      parts[0].achieved += parts[b].achieved;
      parts[0].hessian += parts[b].hessian;
    }
    parts[0].value -= totals_.dot(lambda);
    return std::move(parts[0]);
  }

  [[nodiscard]] std::vector<double> ratios(const VectorXd& lambda) const {
    std::vector<double> ratios(points_.weights.size(), 1.0);
    for (irosurvey::Index i = 0; i < points_.count(); ++i) {
      if (points_.weights[static_cast<std::size_t>(i)] == 0.0) continue;
      ratios[static_cast<std::size_t>(i)] = value_at(i, lambda).ratio;
    }
    return ratios;
  }

  [[nodiscard]] bool is_quadratic() const { return method_ == CalibrationMethod::linear && points_.limits.empty(); }
  [[nodiscard]] const VectorXd& totals() const { return totals_; }

 private:
  static irosurvey::Index most_blocks(Index auxiliaries) {
    constexpr irosurvey::Index kMost = 16;
    constexpr irosurvey::Index kNumbers = 1 << 22;
    return std::clamp<irosurvey::Index>(kNumbers / std::max<Index>(1, auxiliaries * auxiliaries), 1, kMost);
  }

  [[nodiscard]] AtPoint value_at(irosurvey::Index point, const VectorXd& lambda) const {
    double u = 0.0;
    points_.x.visit(point, [&](std::size_t j, double x) { u += x * lambda[static_cast<Index>(j)]; });
    const auto& limits = points_.limits;
    if (limits.empty()) return at_point(method_, u, -kInfinity, kInfinity);
    const auto& [low, high] = limits.size() == 1 ? limits.front() : limits[static_cast<std::size_t>(point)];
    return at_point(method_, u, low, high);
  }

  void add(irosurvey::Index point, const VectorXd& lambda, bool full, Dual& dual) const {
    const double d = points_.weights[static_cast<std::size_t>(point)];
    if (d == 0.0) return;
    const AtPoint at = value_at(point, lambda);
    const double slope = full ? at.uncut_slope : at.slope;
    dual.value += d * at.integral;
    points_.x.visit(point, [&](std::size_t j, double xj) {
      dual.achieved[static_cast<Index>(j)] += d * at.ratio * xj;
      points_.x.visit(point, [&](std::size_t k, double xk) {
        if (k <= j) dual.hessian(static_cast<Index>(j), static_cast<Index>(k)) += d * slope * xj * xk;
      });
    });
  }

  const Points& points_;
  VectorXd totals_;
  CalibrationMethod method_;
  int threads_;
  StopSignal& stop_;
  std::vector<irosurvey::Index> starts_;
};

double scaled_norm(const VectorXd& misfit, std::span<const double> sizes) {
  double sum = 0.0;
  for (std::size_t j = 0; j < sizes.size(); ++j) {
    if (sizes[j] > 0.0) sum += std::pow(misfit[static_cast<Index>(j)] / sizes[j], 2);
  }
  return std::sqrt(sum);
}

/// Shortens a step until it brings the dual down (Armijo), or the targets nearer where the dual is flat to its last digit.
/// @returns whether there is such a step
bool take_step(const Newton& problem, const VectorXd& step, std::span<const double> sizes, VectorXd& lambda, Dual& at) {
  constexpr int kMostHalvings = 50;
  constexpr double kLeastGain = 1e-4;
  const VectorXd misfit = problem.totals() - at.achieved;
  const double gain = misfit.dot(step);
  double length = 1.0;
  for (int halving = 0; halving < kMostHalvings; ++halving, length *= 0.5) {
    const VectorXd next = lambda + length * step;
    Dual there = problem.at(next, false);
    const bool finite = std::isfinite(there.value) && there.achieved.allFinite() && there.hessian.allFinite();
    const bool lower = there.value <= at.value - kLeastGain * length * gain;
    const bool nearer = scaled_norm(problem.totals() - there.achieved, sizes) < 0.5 * scaled_norm(misfit, sizes);
    if (!finite || !(problem.is_quadratic() || (gain > 0.0 && lower) || nearer)) continue;
    lambda = next;
    at = std::move(there);
    return true;
  }
  return false;
}

}  // namespace

Ratios newton(const Points& points, std::span<const double> totals, std::span<const double> sizes,
              const Calibration& calibration, int threads, StopSignal& stop) {
  constexpr int kMostSteps = 100;
  const int most = calibration.max_iterations.value_or(kMostSteps);
  const Newton problem(points, totals, calibration, threads, stop);
  VectorXd lambda = VectorXd::Zero(static_cast<Index>(totals.size()));
  Dual at = problem.at(lambda, false);
  Ratios result;
  const auto misfit_of = [&] { return greatest_misfit({at.achieved.data(), totals.size()}, totals, sizes); };
  result.misfit = misfit_of();
  while (result.misfit > calibration.tolerance && result.iterations < most) {
    stop.check();
    ++result.iterations;
    const VectorXd misfit = problem.totals() - at.achieved;
    if (!take_step(problem, solve_semidefinite(at.hessian, misfit), sizes, lambda, at)) {
      const Dual full = problem.at(lambda, true);
      if (!take_step(problem, solve_semidefinite(full.hessian, misfit), sizes, lambda, at)) break;
    }
    result.misfit = misfit_of();
  }
  result.met = result.misfit <= calibration.tolerance;
  result.achieved.assign(at.achieved.data(), at.achieved.data() + at.achieved.size());
  result.of_point = problem.ratios(lambda);
  return result;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
