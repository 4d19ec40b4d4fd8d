#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// The values of one cell put into buckets, each bucket sorted when somebody looks into it.
///
/// Splitters s_0 < … < s_{m−1} are taken from a sample of the values. Bucket 2j + 1 holds the values equal to s_j, bucket 2j
/// those below it and above s_{j−1}: a value that many rows share has a bucket that needs no sorting. Places count the values from 0
/// in the order in which they were given.
class ValueOrder {
 public:
  static constexpr Index kMostSplitters = 127;

  /// Chooses splitters; `sort_into_buckets` has to see every value then.
  /// @param probs  quantiles that will be asked for: half of the splitters lie near them
  ValueOrder(std::span<const double> values, std::span<const double> probs, Index most_splitters);

  /// Finds the buckets of values [begin, end), and adds their weights up by bucket. Ranges may be done at the same time.
  void sort_into_buckets(Index begin, Index end, const double* weights, std::span<double> sums);

  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(values_.size()); }
  [[nodiscard]] Index buckets() const noexcept { return 2 * static_cast<Index>(splitters_) + 1; }
  [[nodiscard]] std::span<const std::uint8_t> bucket_of() const noexcept { return bucket_of_; }
  [[nodiscard]] double value(Index place) const { return values_[static_cast<std::size_t>(place)]; }
  /// The places of a bucket's values in ascending order, equal values by place. Sorted at the first call.
  [[nodiscard]] const std::vector<std::int32_t>& bucket(Index which);

 private:
  void choose_splitters(std::span<const double> probs, Index most);
  [[nodiscard]] std::vector<std::int32_t> places_in(std::uint8_t which) const;

  std::span<const double> values_;
  std::size_t splitters_ = 0;
  std::vector<double> splitter_;         ///< ascending, filled up with infinities to a power of 2 less 1
  std::vector<std::uint8_t> bucket_of_;  ///< by place
  std::vector<std::vector<std::int32_t>> sorted_;
  std::vector<std::uint8_t> is_sorted_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
