#include "irosurvey/estimate/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/names.hpp"
#include "core/refuse.hpp"
#include "estimate/cumulated_weights.hpp"
#include "estimate/value_order.hpp"
#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr NamedValue<QuantileRule> kRules[] = {
    {QuantileRule::math, "math"}, {QuantileRule::school, "school"}, {QuantileRule::hf1, "hf1"},
    {QuantileRule::hf2, "hf2"},   {QuantileRule::hf3, "hf3"},       {QuantileRule::hf4, "hf4"},
    {QuantileRule::hf5, "hf5"},   {QuantileRule::hf6, "hf6"},       {QuantileRule::hf7, "hf7"},
    {QuantileRule::hf8, "hf8"},   {QuantileRule::hf9, "hf9"},       {QuantileRule::sas, "sas"},
};

void check_finite(const std::string& what, std::span<const double> numbers) {
  const auto wrong = std::find_if_not(numbers.begin(), numbers.end(), [](double x) { return std::isfinite(x); });
  if (wrong != numbers.end()) refuse(what, "finite numbers", to_text(level_of(*wrong)));
}

}  // namespace

std::string_view name_of(QuantileRule rule) noexcept { return name_in(kRules, rule); }
QuantileRule quantile_rule(std::string_view name) { return value_in(kRules, "quantile rule", name); }

std::vector<double> weighted_quantiles(std::span<const double> values, std::span<const double> weights,
                                       std::span<const double> probs, QuantileRule rule) {
  if (values.size() != weights.size()) {
    refuse("weights of a quantile", std::to_string(values.size()) + ", one for each value",
           std::to_string(weights.size()));
  }
  check_finite("values of a quantile", values);
  check_finite("weights of a quantile", weights);
  for (const double p : probs) {
    if (!(p >= 0.0 && p <= 1.0)) refuse("probability of a quantile", "a number from 0 to 1", to_text(level_of(p)));
  }
  estimation::ValueOrder order(values, probs, estimation::ValueOrder::kMostSplitters);
  std::vector<double> totals(static_cast<std::size_t>(order.buckets()), 0.0);
  order.sort_into_buckets(0, order.size(), weights.data(), totals);
  const bool monotone = std::none_of(weights.begin(), weights.end(), [](double w) { return w < 0.0; });
  const double* const all = weights.data();
  estimation::CumulatedWeights cumulated(order, totals, [all](std::int32_t place) { return all[place]; }, monotone);
  std::vector<double> quantiles;
  for (const double p : probs) quantiles.push_back(cumulated.quantile(p, rule));
  return quantiles;
}

}  // namespace v1
}  // namespace irosurvey
