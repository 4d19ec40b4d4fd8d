#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"

namespace irosurvey {
inline namespace v1 {

/// How a quantile is read off weighted values.
///
/// x_1 ≤ … ≤ x_n are the values of positive weight w_k (a weight of 0 is left out), those that are equal in the order of
/// their rows; W_k = w_1 + … + w_k, W = W_n. Rules of Hyndman and Fan (1996, The American Statistician 50, 361–365) in their
/// order, with weights in the place of counts:
///
/// - `math`, `hf1`: the smallest x_k with W_k ≥ pW, the inverse of the distribution function;
/// - `school`, `hf2`: the same, and halfway to the next value where W_k = pW;
/// - `hf3`: the value whose W_k is nearest to pW, equal values merged into one; halfway between two, the one of even k;
/// - `hf4` … `hf9`: linear between the points (p_k, x_k), equal values not merged; below p_1 it is x_1, above p_n x_n. p_k is
///   W_k/W (hf4), (W_k − w_k/2)/W (hf5), W_k/(W + w_n) (hf6), W_{k−1}/W_{n−1} (hf7), (W_k − w_k/3)/(W + w_n/3) (hf8),
///   (W_k − 3w_k/8)/(W + w_n/4) (hf9);
/// - `sas`: hf4 with equal values merged, what SAS SURVEYMEANS does.
///
/// Shares that differ by no more than 2⁻⁴⁰ count as equal: cumulated weights are rounded, and so is p. Ten weights of 0.1
/// and p = 0.3 give the third value.
///
/// Where equal values have unequal weights, hf4 … hf9 depend on which of them comes first; the other rules don't.
enum class QuantileRule { math, school, hf1, hf2, hf3, hf4, hf5, hf6, hf7, hf8, hf9, sas };

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(QuantileRule rule) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT QuantileRule quantile_rule(std::string_view name);

/// Quantiles of weighted values, one for each of `probs`. NaN where no weight is positive.
///
/// With weights below 0 the cumulated weight isn't monotone; the first value that reaches pW is taken.
/// @param values  in any order; none NaN or infinite
/// @throws Error(argument) if values and weights differ in number, one isn't finite, or a probability isn't within [0, 1].
[[nodiscard]] IROSURVEY_EXPORT std::vector<double> weighted_quantiles(std::span<const double> values,
                                                                      std::span<const double> weights,
                                                                      std::span<const double> probs,
                                                                      QuantileRule rule = QuantileRule::math);

}  // namespace v1
}  // namespace irosurvey
