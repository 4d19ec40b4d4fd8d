#include "estimate/share_centres.hpp"

#include <cmath>
#include <memory>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

class CentredUnits final : public UnitSource {
 public:
  CentredUnits(std::unique_ptr<UnitSource> units, std::shared_ptr<const ShareCentres> centre)
      : units_(std::move(units)), centre_(std::move(centre)) {}

  void add(Index stage, Index unit, UnitSums& into) override {
    units_->add(stage, unit, into);
    for (const std::int32_t cell : into.cells()) (*centre_)(cell, into.touch(cell));
  }

 private:
  std::unique_ptr<UnitSource> units_;
  std::shared_ptr<const ShareCentres> centre_;
};

}  // namespace

ShareCentres::ShareCentres(const Plan& plan) : begins_{0} {
  for (Index cell = 0; cell < plan.cell_count(); ++cell) {
    for (const ShareMoment& share : plan.shares) {
      const double pivot = plan.pivot(cell, share.pivot);
      if (pivot == 0.0) continue;
      moves_.push_back({static_cast<std::size_t>(share.slot), static_cast<std::size_t>(share.group), pivot});
    }
    begins_.push_back(moves_.size());
  }
}

void ShareCentres::operator()(Index cell, double* record) const {
  // What cancels to less than this is the rounding of two sums of the same weights: a unit of which all rows have the level.
  constexpr double kNothing = 1e-12;
  const auto first = begins_[static_cast<std::size_t>(cell)];
  const auto past = begins_[static_cast<std::size_t>(cell) + 1];
  for (std::size_t m = first; m < past; ++m) {
    const Move& move = moves_[m];
    const double taken = move.pivot * record[move.group];
    const double left = record[move.slot] - taken;
    record[move.slot] = std::abs(left) > kNothing * taken ? left : 0.0;
  }
}

SourceMaker about_shares(const Plan& plan, SourceMaker sources) {
  const auto centre = std::make_shared<const ShareCentres>(plan);
  if (centre->empty()) return sources;
  return [sources = std::move(sources), centre] { return std::make_unique<CentredUnits>(sources(), centre); };
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
