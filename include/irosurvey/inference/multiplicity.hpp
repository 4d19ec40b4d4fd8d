#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/core/strong_types.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// How a family of tests or intervals is adjusted for there being several.
enum class Multiplicity {
  none,
  bonferroni,          ///< all claims of the family hold together with the confidence level: p m; level 1 − α/m
  holm,                ///< the same for tests, step by step from the smallest p (Holm 1979); it has no intervals
  sidak,               ///< exact where tests are independent: 1 − (1 − p)^m; level (1 − α)^(1/m) (Šidák 1967)
  benjamini_hochberg,  ///< the expected share of false among the claims made (Benjamini and Hochberg 1995); no intervals
};

/// "none", "bonferroni", "holm", "sidak", "bh".
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Multiplicity method) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT Multiplicity multiplicity(std::string_view name);

/// p-values of a family, adjusted: each may be compared with the level that the whole family shall have.
///
/// NaN (a test that couldn't be made) stays, and is no member of the family.
/// @throws Error(argument) for a p-value outside [0, 1].
[[nodiscard]] IROSURVEY_EXPORT std::vector<double> adjusted_p_values(std::span<const double> p_values,
                                                                     Multiplicity method);

/// The level of each interval of a family of `size` that holds all its values together with the confidence `level`.
/// @throws Error(argument) for a method without intervals, or a family of none.
[[nodiscard]] IROSURVEY_EXPORT ConfidenceLevel simultaneous_level(ConfidenceLevel level, Index size,
                                                                  Multiplicity method);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
