#include "irosurvey/inference/interval.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr std::array<std::pair<IntervalMethod, std::string_view>, 5> kNames{{
    {IntervalMethod::t, "t"},
    {IntervalMethod::normal, "normal"},
    {IntervalMethod::wald, "wald"},
    {IntervalMethod::logit, "logit"},
    {IntervalMethod::beta, "beta"},
}};

std::string quoted_names() {
  std::string text;
  for (const auto& [method, name] : kNames) {
    text += (text.empty() ? "'" : ", '") + std::string(name) + "'";
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

}  // namespace

std::string_view name_of(IntervalMethod method) noexcept {
  for (const auto& [known, name] : kNames) {
    if (known == method) return name;
  }
  return "unknown";
}

IntervalMethod interval_method(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [method, known] : kNames) {
    if (known == name) return method;
    names.emplace_back(known);
  }
  throw Error(ErrorCode::argument, {.subject = "interval method",
                                    .row = {},
                                    .expected = "one of " + quoted_names(),
                                    .found = "'" + std::string(name) + "'",
                                    .remedy = "Shares take 'logit', 'beta' or 'wald', everything "
                                              "takes 't' or 'normal'.",
                                    .candidates = near_names(name, names)});
}

IntervalMethod default_method(Scale scale) noexcept {
  return scale == Scale::share ? IntervalMethod::logit : IntervalMethod::t;
}

Interval interval(IntervalMethod method, const Point& point, ConfidenceLevel level) {
  switch (method) {
    case IntervalMethod::t: return t_interval(point, level);
    case IntervalMethod::normal: return t_interval(normal_point(point), level);
    case IntervalMethod::wald: return wald_interval(point, level);
    case IntervalMethod::logit: return logit_interval(point, level);
    case IntervalMethod::beta: return beta_interval(point, level);
  }
  throw Error(ErrorCode::argument, {.subject = "interval method",
                                    .row = {},
                                    .expected = "one of " + quoted_names(),
                                    .found = std::to_string(static_cast<int>(method)),
                                    .remedy = {},
                                    .candidates = {}});
}

Interval interval(IntervalMethod method, const Estimate& estimate, Index row, ConfidenceLevel level) {
  const EstimateRow& found = row_of(estimate, row);
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (found.status != Status::ok) return {kNone, kNone};
  const Scale scale = estimate.statistics.at(static_cast<std::size_t>(found.statistic)).scale;
  // The scale has its ends by what is estimated, not by the method that was asked for.
  if (found.df <= 0.0 && scale == Scale::share) return {0.0, 1.0};
  const Point point{found.value, estimate.standard_error(row), found.df, static_cast<double>(found.n)};
  return interval(method, point, level);
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
