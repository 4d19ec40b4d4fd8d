#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {

/// The distribution function of a column: for each point c the share of the domain with y ≤ c, T(y ≤ c) / T(1). A statistic's
/// level is its point.
/// @param points  in any order
/// @param about  domain, groups, missing values, degrees of freedom, covariance; its statistics aren't looked at
/// @throws Error(argument) for no point, or one that isn't a number; else as `estimate`.
[[nodiscard]] IROSURVEY_EXPORT Estimate distribution(const Design& design, const std::string& column,
                                                     std::span<const double> points, const Query& about);

/// What the bars of a histogram show.
enum class HistogramScale {
  share,    ///< of the domain, T(bin) / T(1)
  density,  ///< share ÷ width: the bars' areas add up to the share within the edges
  total,    ///< T(bin)
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(HistogramScale scale) noexcept;
[[nodiscard]] IROSURVEY_EXPORT HistogramScale histogram_scale(std::string_view name);

/// A weighted histogram. Bin k holds edges[k] ≤ y < edges[k + 1], the last one its upper edge too; a statistic's level is
/// its bin, labelled with both edges. Rows outside all bins count in the base of shares.
/// @param edges  ascending, at least two
/// @throws Error(argument) for other edges; else as `estimate`.
[[nodiscard]] IROSURVEY_EXPORT Estimate histogram(const Design& design, const std::string& column,
                                                  std::span<const double> edges, HistogramScale scale,
                                                  const Query& about);

/// Edges of `bins` bins of equal width, from the smallest to the largest value of the domain's rows of positive weight.
/// @throws Error(argument) for no bin; Error(numerical) if the domain is empty.
[[nodiscard]] IROSURVEY_EXPORT std::vector<double> equal_edges(const Design& design, const std::string& column,
                                                               Index bins, const Query& about);

}  // namespace v1
}  // namespace irosurvey
