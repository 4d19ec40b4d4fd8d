#pragma once

#include <span>
#include <string>
#include <vector>

#include "design/replicate_set.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Replicates of several numbers, made into deviations whose plain sums of products are their covariances.
class ReplicateVariance {
 public:
  ReplicateVariance(const design::ReplicateRule& rule, Index rows);

  /// Takes θ_r − θ of one number: centres, scales, and leaves out what isn't finite, by the rule.
  /// @param size  of what was added up to get θ: deviations no larger than its rounding are 0
  /// @param name  of what, for a message
  /// @throws Error(numerical) if a replicate gives no number and the rule is `fail`, or none does
  void set(Index row, std::span<double> changes, double size, const std::string& name);

  [[nodiscard]] double variance(Index row) const;
  /// rows × rows, row-major; NaN for rows that weren't set.
  [[nodiscard]] std::vector<double> covariance() const;
  /// The choice "failed replicates": the rule, and what it did.
  [[nodiscard]] std::string describe_failures() const;

 private:
  [[nodiscard]] std::span<double> deviations(Index row);
  void centre(std::span<double> changes) const;

  const design::ReplicateRule& rule_;
  std::size_t count_;
  std::vector<double> deviations_;  ///< rows × R
  std::vector<double> variances_;
  Index rows_with_failures_ = 0;
  Index most_failures_ = 0;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
