#pragma once

#include <memory>
#include <vector>

#include "design/adjustment_step.hpp"
#include "design/layout.hpp"
#include "design/replicate_set.hpp"
#include "design/unit_weights.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {

/// What a design holds. Layout and weights are shared by designs that differ in their frame's other columns only.
struct Design::Parts {
  Frame frame;
  DesignSpec spec;
  std::shared_ptr<const design::Layout> layout;
  Numbers weights;  ///< one a row; borrowed from the frame where it holds doubles, whose buffer it keeps alive
  std::shared_ptr<const design::ReplicateSet> replicates{};  ///< null: variances come from linearization
  std::shared_ptr<const std::vector<design::AdjustmentStep>>
      adjustments{};  ///< of the weights, in their order; null: none
  /// Of this layout and these weights: other weights need another.
  std::shared_ptr<design::UnitWeights> unit_weights = std::make_shared<design::UnitWeights>();
};

}  // namespace v1
}  // namespace irosurvey
