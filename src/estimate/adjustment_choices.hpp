#pragma once

#include <vector>

#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// How the weights came to be what they are, and what variances made of it.
void add_adjustments(const Design& design, std::vector<Choice>& choices);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
