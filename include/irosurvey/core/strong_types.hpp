#pragma once

#include "irosurvey/core/export.hpp"

namespace irosurvey {
inline namespace v1 {

/// Confidence level of an interval, on the scale 0–1: 0.95, not 95.
/// @throws Error(argument) unless 0 < level < 1.
class IROSURVEY_EXPORT ConfidenceLevel {
 public:
  explicit ConfidenceLevel(double level = 0.95);
  [[nodiscard]] double value() const noexcept { return level_; }
  /// Probability in each tail: (1 − level) / 2.
  [[nodiscard]] double tail() const noexcept { return (1.0 - level_) / 2.0; }

 private:
  double level_;
};

}  // namespace v1
}  // namespace irosurvey
