#include "estimate/strata.hpp"

#include <algorithm>

namespace irosurvey {
inline namespace v1 {
namespace estimation {

std::vector<Index> block_starts(const design::Layout& layout, Index most_blocks) {
  constexpr Index kRowsPerBlock = 16'384;
  const Index blocks = std::clamp<Index>(layout.positions / kRowsPerBlock, 1, most_blocks);
  const Index units = layout.stages[0].units();
  std::vector<Index> starts{0};
  for (Index b = 1; b < blocks; ++b) {
    // The first unit that begins at or after an even share of the rows.
    const Index wanted = layout.positions * b / blocks;
    Index low = starts.back();
    Index high = units;
    while (low < high) {
      const Index middle = (low + high) / 2;
      layout.first_position(0, middle) < wanted ? low = middle + 1 : high = middle;
    }
    if (low > starts.back() && low < units) starts.push_back(low);
  }
  starts.push_back(units);
  return starts;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
