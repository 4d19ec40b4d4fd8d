#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {

/// Statistics of how values spread and go together in the population. With ȳ the weighted mean and n the rows of positive
/// weight in the base:
enum class Spread {
  variance,        ///< n/(n − 1) Σ w (y − ȳ)² / Σ w
  sd,              ///< its square root
  covariance,      ///< n/(n − 1) Σ w (x − x̄)(y − ȳ) / Σ w
  correlation,     ///< covariance ÷ the two standard deviations
  geometric_mean,  ///< exp(Σ w log y / Σ w); y is above 0
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Spread kind) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT Spread spread_kind(std::string_view name);

/// One of these statistics, of a column (of two: covariance and correlation), or of several in turn.
///
/// They are smooth functions of totals of powers and products, taken about a value near the middle of each group, so that
/// an offset of y costs no digits; standard errors are those of `estimate`, n/(n − 1) a constant. A base is the rows that have
/// both columns. Status::undefined for n = 1 (one number has a geometric mean, and no spread), and where a spread of 0
/// leaves a derivative without a value.
/// @param variables  one for each row of the answer: one column or two
/// @param about  domain, groups, missing values, degrees of freedom, covariance; its statistics aren't looked at
/// @throws Error(argument) for a wrong number of columns; Error(numerical) with the row for a geometric mean of a number that
///         isn't above 0; else as `estimate`.
[[nodiscard]] IROSURVEY_EXPORT Estimate spreads(const Design& design, Spread kind,
                                                std::span<const std::vector<std::string>> variables,
                                                const Query& about);

}  // namespace v1
}  // namespace irosurvey
