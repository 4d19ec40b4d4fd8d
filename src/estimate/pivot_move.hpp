#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "estimate/unit_state.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Moves records to other pivots, exactly: T(y − c′x) = T(y − cx) + (c − c′) T(x), and sums of products by writing each
/// moved value as the old one plus multiples of x and 1.
///
/// A quotient's statistic sums the products with its x too, so that all terms are at hand.
class PivotMove {
 public:
  explicit PivotMove(const Places& places);
  /// @param from, to  by pivot; NaN: no row had a say, so that there is nothing to move
  void operator()(std::span<const double> from, std::span<const double> to, std::span<double> record) const;

 private:
  static constexpr int kOne = -1;

  /// factor × what rows add to a place (or 1)
  struct Term {
    double factor;
    int place;
  };

  [[nodiscard]] std::vector<Term> moved(int place, std::span<const double> from, std::span<const double> shift) const;
  [[nodiscard]] double sum_of(int place, std::span<const double> from, std::span<const double> record) const;
  [[nodiscard]] double product_of(int first, int second, int group, std::span<const double> from,
                                  std::span<const double> record) const;
  [[nodiscard]] const Place& at(int place) const { return places_[static_cast<std::size_t>(place)]; }

  const std::vector<Place>& places_;
  std::map<std::pair<int, int>, int> products_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
