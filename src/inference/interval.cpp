#include "irosurvey/inference/interval.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

/// What there is to know about a method.
struct Listed {
  IntervalMethod method;
  std::string_view name;
  bool for_shares = true;
  bool takes_df_adjust = false;
  bool takes_truncate = false;
};

constexpr std::array<Listed, 14> kListed{{
    {IntervalMethod::t, "t", false},
    {IntervalMethod::normal, "normal", false},
    {IntervalMethod::log, "log", false},
    {IntervalMethod::wald, "wald"},
    {IntervalMethod::logit, "logit"},
    {IntervalMethod::xlogit, "xlogit"},
    {IntervalMethod::beta, "beta", true, true, true},
    {IntervalMethod::beta_nchs, "beta-nchs", true, true, true},
    {IntervalMethod::wilson, "wilson", true, false, true},
    {IntervalMethod::agresti_coull, "agresti-coull", true, false, true},
    {IntervalMethod::jeffreys, "jeffreys", true, true, true},
    {IntervalMethod::arcsine, "arcsine"},
    {IntervalMethod::likelihood, "likelihood"},
    {IntervalMethod::likelihood_exact, "likelihood-exact"},
}};

constexpr auto kMethods = [] {
  std::array<IntervalMethod, kListed.size()> methods{};
  for (std::size_t i = 0; i < methods.size(); ++i) methods[i] = kListed[i].method;
  return methods;
}();

const Listed* listed(IntervalMethod method) noexcept {
  for (const Listed& one : kListed) {
    if (one.method == method) return &one;
  }
  return nullptr;
}

std::string quoted_names() {
  std::string text;
  for (const Listed& one : kListed) {
    text += (text.empty() ? "'" : ", '") + std::string(one.name) + "'";
  }
  return text;
}

const EstimateRow& row_of(const Estimate& estimate, Index row) {
  const auto rows = static_cast<Index>(estimate.rows.size());
  if (row >= 0 && row < rows) return estimate.rows[static_cast<std::size_t>(row)];
  throw Error(ErrorCode::argument, {.subject = "row of the estimate",
                                    .row = {},
                                    .expected = "a number from 0 to " + std::to_string(rows - 1),
                                    .found = std::to_string(row),
                                    .remedy = "Rows run statistic by statistic, and cell by cell within a statistic.",
                                    .candidates = {}});
}

Point normal_point(Point point) {
  if (point.df > 0.0) point.df = std::numeric_limits<double>::infinity();
  return point;
}

void check_option(const Listed& method, std::string_view option, bool given, bool taken) {
  if (!given || taken) return;
  throw Error(
      ErrorCode::argument,
      {.subject = std::string(option) + " of the " + std::string(method.name) + " interval",
       .row = {},
       .expected = "nothing",
       .found = "a choice",
       .remedy = "It is about the effective sample size: 'beta', 'beta-nchs' and 'jeffreys' take df_adjust, they "
                 "and 'wilson' and 'agresti-coull' take truncate.",
       .candidates = {}});
}

void check_options(IntervalMethod method, const IntervalOptions& options) {
  const Listed* found = listed(method);
  if (found == nullptr) return;
  check_option(*found, "df_adjust", options.df_adjust.has_value(), found->takes_df_adjust);
  check_option(*found, "truncate", options.truncate.has_value(), found->takes_truncate);
}

}  // namespace

std::string_view name_of(IntervalMethod method) noexcept {
  const Listed* found = listed(method);
  return found == nullptr ? "unknown" : found->name;
}

std::span<const IntervalMethod> interval_methods() noexcept { return kMethods; }

bool is_for_shares(IntervalMethod method) noexcept {
  const Listed* found = listed(method);
  return found != nullptr && found->for_shares;
}

IntervalMethod interval_method(std::string_view name) {
  std::vector<std::string> names;
  for (const Listed& one : kListed) {
    if (one.name == name) return one.method;
    names.emplace_back(one.name);
  }
  throw Error(ErrorCode::argument, {.subject = "interval method",
                                    .row = {},
                                    .expected = "one of " + quoted_names(),
                                    .found = "'" + std::string(name) + "'",
                                    .remedy = "Everything takes 't' or 'normal', what is positive 'log', "
                                              "shares the others.",
                                    .candidates = near_names(name, names)});
}

IntervalMethod default_method(Scale scale) noexcept {
  return scale == Scale::share ? IntervalMethod::logit : IntervalMethod::t;
}

Interval interval(IntervalMethod method, const Point& point, ConfidenceLevel level, const IntervalOptions& options) {
  check_options(method, options);
  switch (method) {
    case IntervalMethod::t: return t_interval(point, level);
    case IntervalMethod::normal: return t_interval(normal_point(point), level);
    case IntervalMethod::wald: return wald_interval(point, level);
    case IntervalMethod::logit: return logit_interval(point, level);
    case IntervalMethod::log: return log_interval(point, level);
    case IntervalMethod::xlogit: return xlogit_interval(point, level);
    case IntervalMethod::beta: return beta_interval(point, level, options);
    case IntervalMethod::beta_nchs: return beta_nchs_interval(point, level, options);
    case IntervalMethod::wilson: return wilson_interval(point, level, options);
    case IntervalMethod::agresti_coull: return agresti_coull_interval(point, level, options);
    case IntervalMethod::jeffreys: return jeffreys_interval(point, level, options);
    case IntervalMethod::arcsine: return arcsine_interval(point, level);
    case IntervalMethod::likelihood: return likelihood_interval(point, level);
    case IntervalMethod::likelihood_exact: return likelihood_exact_interval(point, level);
  }
  throw Error(ErrorCode::argument, {.subject = "interval method",
                                    .row = {},
                                    .expected = "one of " + quoted_names(),
                                    .found = std::to_string(static_cast<int>(method)),
                                    .remedy = {},
                                    .candidates = {}});
}

Interval interval(IntervalMethod method, const Estimate& estimate, Index row, ConfidenceLevel level,
                  const IntervalOptions& options) {
  const EstimateRow& found = row_of(estimate, row);
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (found.status != Status::ok) return {kNone, kNone};
  const Scale scale = estimate.statistics.at(static_cast<std::size_t>(found.statistic)).scale;
  // The scale has its ends by what is estimated, not by the method that was asked for.
  if (found.df <= 0.0 && scale == Scale::share) return {0.0, 1.0};
  // What comes of quantiles without degrees of freedom has no standard error, and the limits that they have.
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (found.df <= 0.0 && std::isnan(found.variance)) return {-kInfinity, kInfinity};
  const Point point{.value = found.value,
                    .standard_error = estimate.standard_error(row),
                    .df = found.df,
                    .n = static_cast<double>(found.n),
                    .logit_standard_error = std::sqrt(found.logit_variance)};
  return interval(method, point, level, options);
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
