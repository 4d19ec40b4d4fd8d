#include "irosurvey/inference/funnel.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "core/names.hpp"
#include "inference/critical_value.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr NamedValue<FunnelModel> kNames[] = {{FunnelModel::binomial, "binomial"}, {FunnelModel::poisson, "poisson"}};
constexpr NamedValue<FunnelSpread> kSpreads[] = {{FunnelSpread::multiplicative, "multiplicative"},
                                                 {FunnelSpread::additive, "additive"}};

/// R ~ Binomial(n, θ), 0 < θ < 1.
class Binomial {
 public:
  Binomial(double trials, double share) : trials_{trials}, share_{share} {}
  [[nodiscard]] double below(double r) const {
    return r >= trials_ ? 1.0 : boost::math::ibetac(r + 1.0, trials_ - r, share_);
  }
  [[nodiscard]] double above(double r) const {
    return r >= trials_ ? 0.0 : boost::math::ibeta(r + 1.0, trials_ - r, share_);
  }
  [[nodiscard]] double mass(double r) const {
    return boost::math::ibeta_derivative(r + 1.0, trials_ - r + 1.0, share_) / (trials_ + 1.0);
  }
  [[nodiscard]] double most() const { return trials_; }

 private:
  double trials_;
  double share_;
};

/// R ~ Poisson(μ), μ > 0.
class Poisson {
 public:
  explicit Poisson(double mean) : mean_{mean} {}
  [[nodiscard]] double below(double r) const { return boost::math::gamma_q(r + 1.0, mean_); }
  [[nodiscard]] double above(double r) const { return boost::math::gamma_p(r + 1.0, mean_); }
  [[nodiscard]] double mass(double r) const { return boost::math::gamma_p_derivative(r + 1.0, mean_); }
  /// Beyond it there is nothing that a double could tell from 0.
  [[nodiscard]] double most() const { return std::ceil(mean_ + 40.0 * std::sqrt(mean_) + 800.0); }

 private:
  double mean_;
};

/// The smallest whole number up to `most` that meets a condition which, once met, stays so.
template <typename Condition>
double smallest(double most, const Condition& met) {
  double low = -1.0;  // not met
  double high = most;
  while (high - low > 1.0) {
    const double middle = std::floor((low + high) / 2.0);
    (met(middle) ? high : low) = middle;
  }
  return high;
}

// Each limit from its own tail: 1 − tail would have lost the digits of a small one.

template <typename Law>
double lower_limit(const Law& law, double tail) {
  const double r = smallest(law.most(), [&](double k) { return law.below(k) >= tail; });
  return std::max(0.0, r - (law.below(r) - tail) / law.mass(r));
}

template <typename Law>
double upper_limit(const Law& law, double tail) {
  const double r = smallest(law.most(), [&](double k) { return law.above(k) <= tail; });
  return std::max(0.0, r - (tail - law.above(r)) / law.mass(r));
}

[[noreturn]] void refuse(std::string subject, std::string expected, double found) {
  throw Error(ErrorCode::argument, {.subject = std::move(subject),
                                    .row = {},
                                    .expected = std::move(expected),
                                    .found = std::to_string(found),
                                    .remedy = {},
                                    .candidates = {}});
}

void check(FunnelModel model, double target, std::span<const double> sizes) {
  const bool binomial = model == FunnelModel::binomial;
  if (!std::isfinite(target) || target < 0.0 || (binomial && target > 1.0)) {
    refuse("target of a funnel plot", binomial ? "a share from 0 to 1" : "a rate, 0 or above", target);
  }
  for (const double size : sizes) {
    if (!std::isfinite(size) || size <= 0.0 || (binomial && size < 1.0)) {
      refuse("size in a funnel plot", binomial ? "1 or more" : "a number above 0", size);
    }
  }
}

template <typename Law>
void append(const Law& law, double tail, double size, FunnelLimits& limits) {
  limits.lower.push_back(lower_limit(law, tail) / size);
  limits.upper.push_back(upper_limit(law, tail) / size);
}

// ---- over-dispersion ----

/// Variance of a figure whose truth is the target.
double chance_variance(FunnelModel model, double target, double size) {
  // As the exact limits do, an effective size is cut down.
  return model == FunnelModel::binomial ? target * (1.0 - target) / std::floor(size) : target / size;
}

void check_dispersion(FunnelModel model, double target, std::span<const double> values, std::span<const double> sizes,
                      double share) {
  check(model, target, sizes);
  if (target == 0.0 || (model == FunnelModel::binomial && target == 1.0)) {
    refuse("target of a funnel plot with over-dispersion", "one that leaves chance a part", target);
  }
  if (values.size() != sizes.size()) {
    refuse("values of a funnel plot", "one for each of " + std::to_string(sizes.size()) + " sizes",
           static_cast<double>(values.size()));
  }
  if (values.size() < 2) {
    refuse("institutions of a funnel plot with over-dispersion", "2 or more", static_cast<double>(values.size()));
  }
  if (!(share >= 0.0 && share < 0.5)) {
    refuse("winsorised share of a funnel plot", "0 to below 0.5", share);
  }
}

/// Sum of squares after the `count` scores at each end have been set to their neighbour.
double winsorised_squares(std::vector<double> scores, std::size_t count) {
  std::sort(scores.begin(), scores.end());
  const double low = scores[count];
  const double high = scores[scores.size() - 1 - count];
  double sum = 0.0;
  for (const double score : scores) {
    const double kept = std::clamp(score, low, high);
    sum += kept * kept;
  }
  return sum;
}

}  // namespace

std::string_view name_of(FunnelModel model) noexcept { return name_in(kNames, model); }
FunnelModel funnel_model(std::string_view name) { return value_in(kNames, "model", name); }

FunnelLimits funnel_limits(FunnelModel model, double target, std::span<const double> sizes, ConfidenceLevel level) {
  check(model, target, sizes);
  if (target == 0.0 || (model == FunnelModel::binomial && target == 1.0)) {  // chance has no part in it
    return {std::vector<double>(sizes.size(), target), std::vector<double>(sizes.size(), target)};
  }
  FunnelLimits limits;
  for (const double size : sizes) {
    if (model == FunnelModel::binomial) {
      const double trials = std::floor(size);
      append(Binomial{trials, target}, level.tail(), trials, limits);
    } else {
      append(Poisson{size * target}, level.tail(), size, limits);
    }
  }
  return limits;
}

std::string_view name_of(FunnelSpread spread) noexcept { return name_in(kSpreads, spread); }
FunnelSpread funnel_spread(std::string_view name) { return value_in(kSpreads, "limits", name); }

Overdispersion overdispersion(FunnelModel model, double target, std::span<const double> values,
                              std::span<const double> sizes, double winsorised_share) {
  check_dispersion(model, target, values, sizes, winsorised_share);
  std::vector<double> scores;
  double weights = 0.0;
  double squared_weights = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double variance = chance_variance(model, target, sizes[i]);
    if (!std::isfinite(values[i])) {
      refuse("value in a funnel plot", "a number", values[i]);
    }
    scores.push_back((values[i] - target) / std::sqrt(variance));
    weights += 1.0 / variance;
    squared_weights += 1.0 / (variance * variance);
  }
  const auto count = static_cast<double>(scores.size());
  const auto ends = static_cast<std::size_t>(std::floor(winsorised_share * count));
  const double squares = winsorised_squares(scores, ends);
  return {.institutions = static_cast<Index>(scores.size()),
          .winsorised = static_cast<Index>(ends),
          .factor = std::max(1.0, squares / count),
          .variance = std::max(0.0, (squares - (count - 1.0)) / (weights - squared_weights / weights))};
}

FunnelLimits dispersed_funnel_limits(FunnelModel model, double target, std::span<const double> sizes,
                                     ConfidenceLevel level, FunnelSpread spread, const Overdispersion& dispersion) {
  check(model, target, sizes);
  const double z = critical_value(std::numeric_limits<double>::infinity(), level);
  const double most = model == FunnelModel::binomial ? 1.0 : std::numeric_limits<double>::infinity();
  FunnelLimits limits;
  for (const double size : sizes) {
    const double chance = chance_variance(model, target, size);
    const double variance =
        spread == FunnelSpread::multiplicative ? dispersion.factor * chance : chance + dispersion.variance;
    const double reach = z * std::sqrt(variance);
    limits.lower.push_back(std::max(0.0, target - reach));
    limits.upper.push_back(std::min(most, target + reach));
  }
  return limits;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
