#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "design/calibration_margins.hpp"
#include "irosurvey/design/calibration.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// An adjustment that a design has gone through: what a variance by linearization needs to know of it.
struct AdjustmentStep {
  AdjustmentReport report;
  std::optional<Auxiliaries> x;  ///< none: trimming, which meets no totals
  ResidualWeights residual_weights = ResidualWeights::initial;
  ResidualOrder residual_order = ResidualOrder::as_made;
  std::shared_ptr<const std::vector<double>> before;  ///< weights, one a row
  std::shared_ptr<const std::vector<double>> after;
};

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
