#include "design/unit_weights.hpp"

#include <algorithm>

namespace irosurvey {
inline namespace v1 {
namespace design {

bool UnitWeights::none_negative(std::span<const double> weights) {
  std::call_once(sign_known_, [&] {
    int negative = 0;
    for (const double w : weights) negative |= static_cast<int>(w < 0.0);
    none_negative_ = negative == 0;
  });
  return none_negative_;
}

std::span<const double> UnitWeights::by_unit(const Layout& layout, std::span<const double> weights) {
  std::call_once(sums_made_, [&] {
    sums_.assign(static_cast<std::size_t>(layout.stages[0].units()), 0.0);
    if (!layout.unit_of_row.empty() && layout.depth() == 1) {
      // Which needs no order of the rows.
      for (std::size_t row = 0; row < weights.size(); ++row) {
        sums_[static_cast<std::size_t>(layout.unit_of_row[row])] += weights[row];
      }
      return;
    }
    for (Index u = 0; u < layout.stages[0].units(); ++u) {
      double& sum = sums_[static_cast<std::size_t>(u)];
      const Index end = layout.first_position(0, u + 1);
      for (Index i = layout.first_position(0, u); i < end; ++i) sum += weights[static_cast<std::size_t>(layout.row(i))];
    }
  });
  return sums_;
}

std::span<const double> UnitWeights::by_position(const Layout& layout, std::span<const double> weights) {
  if (layout.order.empty()) return weights;
  std::call_once(order_made_, [&] {
    const LargeArray<std::int32_t>& order = layout.order.rows();
    ordered_.resize(order.size());
    std::transform(order.begin(), order.end(), ordered_.begin(),
                   [&](std::int32_t row) { return weights[static_cast<std::size_t>(row)]; });
  });
  return ordered_;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
