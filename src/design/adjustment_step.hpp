#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "design/calibration_margins.hpp"
#include "irosurvey/design/calibration.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// An adjustment that a design has gone through: what a variance by linearization needs to know of it.
struct AdjustmentStep {
  AdjustmentReport report;
  std::optional<Auxiliaries> x;  ///< none: trimming, which meets no totals
  ResidualWeights residual_weights = ResidualWeights::initial;
  ResidualOrder residual_order = ResidualOrder::as_made;
  Numbers before{{}, false, {}};  ///< weights, one a row
  Numbers after{{}, false, {}};
};

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
