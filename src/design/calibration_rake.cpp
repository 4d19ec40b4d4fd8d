#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "design/calibration_points.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

/// What `rake` cuts weights to after a cycle of margins.
class Cutting {
 public:
  explicit Cutting(const Calibration& asked) {
    if (asked.method != CalibrationMethod::rake) return;  // what trims after another method, trims rows
    if (asked.trim) weights_ = *asked.trim;
    if (asked.bounds) (asked.bounds_on == BoundsOn::weight ? weights_ : ratios_) = *asked.bounds;
    any_ = asked.trim || asked.bounds;
  }

  [[nodiscard]] bool any() const { return any_; }

  /// Limits of the new weight of a row that had `w`. Where those of weight and ratio leave nothing between them, the
  /// weight's go first.
  [[nodiscard]] std::pair<double, double> weights_from(double w) const {
    const auto inside = [&](double value) { return std::clamp(value, weights_.first, weights_.second); };
    return {inside(ratios_.first * w), inside(ratios_.second * w)};
  }

 private:
  using Limits = std::pair<double, double>;
  static constexpr Limits kAll{0.0, std::numeric_limits<double>::infinity()};
  Limits weights_ = kAll;
  Limits ratios_ = kAll;
  bool any_ = false;
};

/// Weights of points and their sums by level, one margin at a time.
class Fitting {
 public:
  Fitting(const Points& points, std::span<const double> totals)
      : points_(points), totals_(totals), ratios_(points.weights.size(), 1.0), sums_(totals.size()) {}

  /// Multiplies weights so that the margin's totals come out.
  void fit(std::size_t margin) {
    sum(margin);
    const Categories& levels = points_.x.categories[margin];
    const auto first = static_cast<std::size_t>(levels.first);
    for (std::size_t j = first; j < first + static_cast<std::size_t>(levels.count); ++j) {
      sums_[j] = sums_[j] == 0.0 ? 1.0 : totals_[j] / sums_[j];
    }
    const std::vector<std::int32_t>& codes = *levels.codes;
    for (std::size_t i = 0; i < ratios_.size(); ++i) {
      // Where there is no weight, nothing stops a ratio on its way to infinity, and 0 × ∞ isn't 0.
      if (codes[i] < 0 || points_.weights[i] == 0.0) continue;
      ratios_[i] *= sums_[first + static_cast<std::size_t>(codes[i])];
    }
  }

  /// Cuts ratios to the limits that each weight has. A weight of 0 stays 0.
  void cut(const Cutting& cutting) {
    for (std::size_t i = 0; i < ratios_.size(); ++i) {
      const double w = points_.weights[i];
      if (w == 0.0) continue;
      const auto [low, high] = cutting.weights_from(w);
      ratios_[i] = std::clamp(ratios_[i] * w, low, high) / w;
    }
  }

  /// Greatest relative change of a ratio since the last call.
  [[nodiscard]] double change() {
    double greatest = 0.0;
    before_.resize(ratios_.size(), 1.0);
    for (std::size_t i = 0; i < ratios_.size(); ++i) {
      if (points_.weights[i] != 0.0) greatest = std::max(greatest, std::abs(ratios_[i] - before_[i]) / before_[i]);
      before_[i] = ratios_[i];
    }
    return greatest;
  }

  [[nodiscard]] const std::vector<double>& achieved() {
    for (std::size_t margin = 0; margin < points_.x.categories.size(); ++margin) sum(margin);
    return sums_;
  }

  [[nodiscard]] std::vector<double> take() { return std::move(ratios_); }

 private:
  void sum(std::size_t margin) {
    const Categories& levels = points_.x.categories[margin];
    const auto first = static_cast<std::size_t>(levels.first);
    std::fill_n(sums_.begin() + levels.first, levels.count, 0.0);
    const std::vector<std::int32_t>& codes = *levels.codes;
    for (std::size_t i = 0; i < ratios_.size(); ++i) {
      if (codes[i] >= 0) sums_[first + static_cast<std::size_t>(codes[i])] += points_.weights[i] * ratios_[i];
    }
  }

  const Points& points_;
  std::span<const double> totals_;
  std::vector<double> ratios_;
  std::vector<double> before_;
  std::vector<double> sums_;
};

}  // namespace

std::vector<double> of_one_sum(std::span<const PosedMargin> margins, std::span<const double> totals) {
  std::vector<double> scaled(totals.begin(), totals.end());
  const auto sum_of = [&](const PosedMargin& margin) {
    double sum = 0.0;
    for (Index j = margin.first; j < margin.first + margin.count; ++j) sum += totals[static_cast<std::size_t>(j)];
    return sum;
  };
  const double wanted = sum_of(margins.back());
  for (const PosedMargin& margin : margins) {
    const double sum = sum_of(margin);
    if (sum == wanted) continue;
    for (Index j = margin.first; j < margin.first + margin.count; ++j)
      scaled[static_cast<std::size_t>(j)] *= wanted / sum;
  }
  return scaled;
}

double greatest_misfit(std::span<const double> achieved, std::span<const double> totals,
                       std::span<const double> sizes) {
  double greatest = 0.0;
  for (std::size_t j = 0; j < totals.size(); ++j) {
    if (sizes[j] == 0.0) continue;
    const double misfit = std::abs(achieved[j] - totals[j]) / sizes[j];
    if (std::isnan(misfit)) return std::numeric_limits<double>::infinity();
    greatest = std::max(greatest, misfit);
  }
  return greatest;
}

Ratios rake(const Points& points, std::span<const PosedMargin> margins, std::span<const double> totals,
            const Calibration& calibration, const StopSignal& stop) {
  constexpr int kMostCycles = 1000;
  // At this pace a misfit would be there for another million cycles: limits keep its target out of reach.
  constexpr double kStandstill = 1e-6;
  const Cutting cutting(calibration);
  const int most = margins.size() == 1 && !cutting.any() ? 1 : calibration.max_iterations.value_or(kMostCycles);
  const std::vector<double> wanted = of_one_sum(margins, totals);
  Fitting fitting(points, wanted);
  Ratios result;
  while (result.iterations < most && !result.met && !result.settled) {
    stop.check();
    for (std::size_t margin = 0; margin < margins.size(); ++margin) fitting.fit(margin);
    if (cutting.any()) fitting.cut(cutting);
    ++result.iterations;
    result.achieved = fitting.achieved();
    result.misfit = greatest_misfit(result.achieved, wanted, wanted);
    result.met = result.misfit <= calibration.tolerance;
    if (!cutting.any() || result.met) continue;
    const double change = fitting.change();
    result.settled = change <= calibration.tolerance && change <= kStandstill * result.misfit;
  }
  result.of_point = fitting.take();
  return result;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
