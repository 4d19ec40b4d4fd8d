#pragma once

#include <vector>

#include "design/layout.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// How the strata of one higher-stage unit (or of the sample) treat singletons among them.
struct Siblings {
  Index strata = 0;
  Index singletons = 0;
  Index units = 0;

  /// `average`: what the other strata contribute stands for the singletons too.
  [[nodiscard]] double average_factor() const {
    return static_cast<double>(strata) / static_cast<double>(strata - singletons);
  }
};

[[nodiscard]] inline Siblings siblings_of(const design::StageLayout& stage, Index begin, Index end) {
  const auto at = [](Index index) { return static_cast<std::size_t>(index); };
  Siblings found{end - begin, 0, stage.stratum_begin[at(end)] - stage.stratum_begin[at(begin)]};
  for (Index k = begin; k < end; ++k) found.singletons += stage.is_singleton(k) ? 1 : 0;
  return found;
}

/// First-stage units at which blocks begin, and the end: at most `most_blocks`. Cut by the data alone: never by the number of
/// threads.
[[nodiscard]] std::vector<Index> block_starts(const design::Layout& layout, Index most_blocks);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
