#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "design/layout.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// What weights alone say about first-stage units. It is the same for every question, so it is worked out when the first
/// one needs it, and kept with the design.
class UnitWeights {
 public:
  /// No weight is below 0: a unit's weights add up to 0 only if all of them are 0. Calibration may make weights negative.
  [[nodiscard]] bool none_negative(std::span<const double> weights);
  /// The sum of weights of each first-stage unit.
  [[nodiscard]] std::span<const double> by_unit(const Layout& layout, std::span<const double> weights);
  /// Weights in the order of units: at each position, that of its row.
  [[nodiscard]] std::span<const double> by_position(const Layout& layout, std::span<const double> weights);

 private:
  std::once_flag sign_known_;
  std::once_flag sums_made_;
  std::once_flag order_made_;
  bool none_negative_ = false;
  std::vector<double> sums_;
  std::vector<double> ordered_;
};

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
