#include <algorithm>
#include <cmath>

#include "design/calibration_solver.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

// What cutting and sharing leave over, of the limits' size.
constexpr double kRounding = 1e-12;

void check_limits(double low, double high) {
  if (!std::isnan(low) && high > 0.0 && low < high) return;
  throw Error(ErrorCode::argument, {.subject = "limits of trimming",
                                    .row = {},
                                    .expected = "low below high, and high above 0",
                                    .found = short_number(low) + " and " + short_number(high),
                                    .remedy = {},
                                    .candidates = {}});
}

/// The sum of weights can be kept only if their mean lies within the limits.
void check_room(std::span<const double> weights, double low, double high) {
  double sum = 0.0;
  double rows = 0.0;
  for (const double w : weights) {
    sum += w;
    rows += w == 0.0 ? 0.0 : 1.0;
  }
  if (rows == 0.0 || (sum >= rows * low * (1.0 - kRounding) && sum <= rows * high * (1.0 + kRounding))) return;
  throw Error(ErrorCode::numerical, {.subject = "trimming to " + limits_text(low, high),
                                     .row = {},
                                     .expected = "limits with the mean weight between them",
                                     .found = "a mean of " + short_number(sum / rows),
                                     .remedy = "Widen the limits: the sum of weights can't be kept within these.",
                                     .candidates = {}});
}

/// One round of cutting and sharing out.
class Round {
 public:
  Round(double low, double high, std::vector<double>& weights)
      : low_(low), high_(high), weights_(weights), outside_(weights.size(), false) {}

  /// @returns what was cut off, less what was put on
  double cut() {
    double excess = 0.0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const double w = weights_[i];
      outside_[i] = w != 0.0 && (w < low_ || w > high_);
      if (!outside_[i]) continue;
      weights_[i] = std::clamp(w, low_, high_);
      excess += w - weights_[i];
    }
    return excess;
  }

  /// Evenly among the rows that weren't cut; where all were, among those with room on that side.
  void share(double excess) {
    const auto takes = [&](std::size_t i) { return weights_[i] != 0.0 && !outside_[i]; };
    const auto has_room = [&](std::size_t i) {
      return weights_[i] != 0.0 && (excess > 0.0 ? weights_[i] < high_ : weights_[i] > low_);
    };
    if (!share_among(takes, excess)) share_among(has_room, excess);
  }

  [[nodiscard]] const std::vector<bool>& outside() const { return outside_; }

 private:
  template <class Takes>
  bool share_among(const Takes& takes, double excess) {
    double rows = 0.0;
    for (std::size_t i = 0; i < weights_.size(); ++i) rows += takes(i) ? 1.0 : 0.0;
    if (rows == 0.0) return false;
    std::vector<bool> taking(weights_.size());
    for (std::size_t i = 0; i < weights_.size(); ++i) taking[i] = takes(i);
    for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] += taking[i] ? excess / rows : 0.0;
    return true;
  }

  double low_;
  double high_;
  std::vector<double>& weights_;
  std::vector<bool> outside_;
};

}  // namespace

Trimmed trim(std::span<const double> weights, double low, double high, bool strict) {
  check_limits(low, high);
  check_room(weights, low, high);
  constexpr int kMostRounds = 10'000;  // each takes a share of the excess with it
  Trimmed result{{weights.begin(), weights.end()}, 0};
  std::vector<bool> cut(weights.size(), false);
  for (int rounds = 0; rounds < kMostRounds; ++rounds) {
    Round round(low, high, result.weights);
    const double excess = round.cut();
    const std::vector<bool>& outside = round.outside();
    for (std::size_t i = 0; i < cut.size(); ++i) cut[i] = cut[i] || outside[i];
    if (std::none_of(outside.begin(), outside.end(), [](bool out) { return out; })) break;
    if (strict && std::abs(excess) <= kRounding * high) break;
    round.share(excess);
    if (!strict) break;
  }
  result.cut = std::count(cut.begin(), cut.end(), true);
  return result;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
