#pragma once

#include <string>
#include <vector>

#include "estimate/fold.hpp"
#include "estimate/plan.hpp"
#include "estimate/totals.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// A statistic evaluated in a cell: θ = f(T), and ∂f/∂T over the program's slots.
struct Evaluated {
  Status status = Status::ok;
  double value = 0.0;
  std::vector<double> gradient;
};

/// Every statistic in every cell, statistic by statistic.
template <class Store>
[[nodiscard]] std::vector<Evaluated> evaluate(Plan& plan, const Totals<Store>& totals);

/// A variance whose terms, of this size together, cancel to no more than their rounding is 0: a domain within one unit
/// has no standard error, and not one of 1e-9.
/// @param size  sum of the absolute terms that were added up
/// @throws Error(numerical) if it is below 0 by more than rounding, or not finite
[[nodiscard]] double settled_variance(double variance, double size, const std::string& of_what);

/// A share that is outside [0, 1] by the rounding of a sum is at its end; any other is what it is.
[[nodiscard]] double settled_share(double share) noexcept;

/// ∇f′ V ∇f of a statistic in a cell.
/// @throws Error(numerical) as `settled_variance`
[[nodiscard]] double variance_of(const Plan& plan, const PlannedStatistic& statistic, Index cell, const Evaluated& at,
                                 const CellVariances& variance);
[[nodiscard]] double variance_of(const Plan& plan, const PlannedStatistic& statistic, Index cell, const Evaluated& at,
                                 const FullCovariance& variance);

/// Covariance of every two evaluated statistics: rows × rows, row-major; NaN where there is no estimate.
[[nodiscard]] std::vector<double> covariance_of(const Plan& plan, const std::vector<Evaluated>& evaluated,
                                                const FullCovariance& variance);

/// Variance of the statistic under simple random sampling with replacement of the n rows of the domain:
/// N²/n · n/(n − 1) · S², with S² the weighted mean square of the linearized values about their mean. NaN for n < 2.
template <class Store>
[[nodiscard]] double srs_variance_of(const Plan& plan, const PlannedStatistic& statistic, Index cell,
                                     const Evaluated& at, const Totals<Store>& totals);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
