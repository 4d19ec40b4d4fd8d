#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "estimate/value_order.hpp"
#include "irosurvey/estimate/quantile.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Shares of the weight that differ by no more than this are equal: 2⁻⁴⁰. A sum of weights in double precision is off by
/// less, however many there are, and no weight that matters is as small a share of all.
constexpr double kEqualShares = 0x1p-40;

/// A value, its weight, and the weight of all values up to it: x_k, w_k, W_k.
struct WeightedPoint {
  double value = 0.0;
  double weight = 0.0;
  double cumulated = 0.0;
};

/// Weights cumulated over values in ascending order. The weights of a bucket are looked at when a quantile lies there.
class CumulatedWeights {
 public:
  /// Weight of the value at a place.
  using WeightOf = std::function<double(std::int32_t place)>;

  /// @param totals  sum of the weights of each bucket
  /// @param monotone  whether no weight is below 0: then buckets are passed over by their totals
  CumulatedWeights(ValueOrder& order, std::span<const double> totals, WeightOf weight_of, bool monotone);

  [[nodiscard]] double total() const noexcept { return total_; }
  /// The quantile by `rule`. NaN unless the total is positive.
  [[nodiscard]] double quantile(double p, QuantileRule rule);

 private:
  /// A point, by its bucket and its place there.
  struct Cursor {
    Index bucket = 0;
    std::size_t place = 0;
  };

  /// Points of equal value: W before the first and up to the last of them.
  struct Run {
    Cursor first;
    Cursor last;
    double value = 0.0;
    double before = 0.0;
    double cumulated = 0.0;
  };

  const std::vector<WeightedPoint>& points(Index bucket);
  const WeightedPoint& at(const Cursor& cursor) { return points(cursor.bucket)[cursor.place]; }
  [[nodiscard]] bool equal(double a, double b) const noexcept;
  /// First point with W_k − c w_k ≥ target; the last point if none reaches it.
  [[nodiscard]] Cursor reaching(double target, double c);
  [[nodiscard]] Cursor last_point();
  [[nodiscard]] std::optional<Cursor> before(const Cursor& cursor);
  [[nodiscard]] std::optional<Cursor> after(const Cursor& cursor);
  [[nodiscard]] Run run_around(const Cursor& cursor);
  [[nodiscard]] Index distinct_up_to(const Cursor& cursor);

  [[nodiscard]] double step(double p, bool halfway);
  [[nodiscard]] double nearest(double p);
  [[nodiscard]] double between_steps(double p);
  [[nodiscard]] double between_points(double p, double c, double d);

  ValueOrder& order_;
  std::span<const double> totals_;
  WeightOf weight_of_;
  bool monotone_;
  double total_ = 0.0;
  std::vector<double> before_bucket_;
  std::vector<std::vector<WeightedPoint>> points_;
  std::vector<std::uint8_t> is_known_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
