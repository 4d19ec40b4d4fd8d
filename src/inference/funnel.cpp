#include "irosurvey/inference/funnel.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <string>

#include "core/names.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr NamedValue<FunnelModel> kNames[] = {{FunnelModel::binomial, "binomial"}, {FunnelModel::poisson, "poisson"}};

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

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
