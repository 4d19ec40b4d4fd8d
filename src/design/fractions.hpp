#pragma once

#include "design/layout.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// Fills in the sampling fractions of every stage's strata from the finite populations that the design names.
/// @throws Error(column, design), as Design::declare, with the row and the stratum.
void fill_fractions(const Frame& frame, const DesignSpec& spec, Layout& layout);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
