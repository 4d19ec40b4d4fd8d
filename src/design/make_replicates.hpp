#pragma once

#include <memory>

#include "design/parts.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// Replicates made from the strata and units of a design's first stage; formulas are told at ReplicateRequest.
/// @throws Error(argument, design, singleton) where the method doesn't fit the design.
[[nodiscard]] std::shared_ptr<const ReplicateSet> make_replicates(const Design::Parts& parts,
                                                                  const ReplicateRequest& request);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
