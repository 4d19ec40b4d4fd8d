#include "irosurvey/inference/multiplicity.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/names.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr NamedValue<Multiplicity> kNames[] = {{Multiplicity::none, "none"},
                                               {Multiplicity::bonferroni, "bonferroni"},
                                               {Multiplicity::holm, "holm"},
                                               {Multiplicity::sidak, "sidak"},
                                               {Multiplicity::benjamini_hochberg, "bh"}};

void check_p(double p) {
  if (std::isnan(p) || (p >= 0.0 && p <= 1.0)) return;
  throw Error(ErrorCode::argument, {.subject = "p-value",
                                    .row = {},
                                    .expected = "a number from 0 to 1",
                                    .found = std::to_string(p),
                                    .remedy = {},
                                    .candidates = {}});
}

/// Places of the p-values that are there, the smallest first; equal ones in their order.
std::vector<std::size_t> ascending(std::span<const double> p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  return order;
}

/// No p-value may be below one that was smaller before: what is refused later can't be clearer than what was refused earlier.
void step_down(std::span<const std::size_t> order, std::vector<double>& p_values) {
  const auto m = static_cast<double>(order.size());
  double most = 0.0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    double& p = p_values[order[rank]];
    most = std::max(most, std::min(1.0, p * (m - static_cast<double>(rank))));
    p = most;
  }
}

void step_up(std::span<const std::size_t> order, std::vector<double>& p_values) {
  const auto m = static_cast<double>(order.size());
  double least = 1.0;
  for (std::size_t rank = order.size(); rank-- > 0;) {
    double& p = p_values[order[rank]];
    least = std::min(least, p * m / static_cast<double>(rank + 1));
    p = least;
  }
}

}  // namespace

std::string_view name_of(Multiplicity method) noexcept { return name_in(kNames, method); }
Multiplicity multiplicity(std::string_view name) { return value_in(kNames, "adjust", name); }

std::vector<double> adjusted_p_values(std::span<const double> p_values, Multiplicity method) {
  std::vector<double> adjusted(p_values.begin(), p_values.end());
  std::for_each(p_values.begin(), p_values.end(), &check_p);
  const std::vector<std::size_t> order = ascending(p_values);
  const auto m = static_cast<double>(order.size());
  switch (method) {
    case Multiplicity::none: break;
    case Multiplicity::bonferroni:
      for (const std::size_t i : order) adjusted[i] = std::min(1.0, m * adjusted[i]);
      break;
    case Multiplicity::sidak:
      // 1 − (1 − p)^m, with the digits of a small p.
      for (const std::size_t i : order) adjusted[i] = -std::expm1(m * std::log1p(-adjusted[i]));
      break;
    case Multiplicity::holm: step_down(order, adjusted); break;
    case Multiplicity::benjamini_hochberg: step_up(order, adjusted); break;
  }
  return adjusted;
}

ConfidenceLevel simultaneous_level(ConfidenceLevel level, Index size, Multiplicity method) {
  if (size < 1) {
    throw Error(ErrorCode::argument, {.subject = "family of intervals",
                                      .row = {},
                                      .expected = "at least one",
                                      .found = std::to_string(size),
                                      .remedy = {},
                                      .candidates = {}});
  }
  const auto m = static_cast<double>(size);
  const double alpha = 2.0 * level.tail();
  if (method == Multiplicity::none) return level;
  if (method == Multiplicity::bonferroni) return ConfidenceLevel{1.0 - alpha / m};
  if (method == Multiplicity::sidak) return ConfidenceLevel{std::exp(std::log1p(-alpha) / m)};
  throw Error(ErrorCode::argument, {.subject = "simultaneous intervals",
                                    .row = {},
                                    .expected = "'bonferroni' or 'sidak'",
                                    .found = "'" + std::string(name_of(method)) + "'",
                                    .remedy = "It adjusts p-values alone: step by step, no interval stands on its own.",
                                    .candidates = {}});
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
