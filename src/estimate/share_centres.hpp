#pragma once

#include <cstddef>
#include <vector>

#include "estimate/plan.hpp"
#include "estimate/unit_source.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Takes c T(1) off the totals of shares in the records of finished units: what is left of a share near 1 are the rows that
/// haven't the level. Squares of T(z) and of T(1) would cancel to the square of that, and of its digits as many would be lost
/// twice over as the units' sizes are above it.
class ShareCentres {
 public:
  explicit ShareCentres(const Plan& plan);
  /// Nothing to be taken off.
  [[nodiscard]] bool empty() const { return moves_.empty(); }
  void operator()(Index cell, double* record) const;

 private:
  struct Move {
    std::size_t slot;
    std::size_t group;  ///< slot of T(1)
    double pivot;
  };
  std::vector<Move> moves_;          ///< cell by cell
  std::vector<std::size_t> begins_;  ///< of each cell's moves, and the end
};

/// Sources whose totals of shares are about the plan's pivots.
[[nodiscard]] SourceMaker about_shares(const Plan& plan, SourceMaker sources);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
