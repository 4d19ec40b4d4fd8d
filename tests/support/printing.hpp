#pragma once

#include <ostream>

#include "irosurvey/design/design.hpp"
#include "irosurvey/estimate/statistic.hpp"

// How GoogleTest shows parameters of tests. Otherwise it shows their bytes, which change from run to run.
namespace irosurvey {
inline namespace v1 {

inline void PrintTo(const Definition& definition, std::ostream* out) { *out << definition.name; }

inline void PrintTo(const DesignSpec& spec, std::ostream* out) {
  *out << "weights '" << spec.weights << "'";
  for (const Stage& stage : spec.stages)
    *out << "; strata '" << stage.strata << "', clusters '" << stage.clusters << "'";
}

}  // namespace v1
}  // namespace irosurvey
