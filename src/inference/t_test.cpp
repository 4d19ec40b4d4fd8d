#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/nan.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/inference/comparisons.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

double statistic_of(double distance, double error) {
  if (error > 0.0 || std::isnan(error)) return distance / error;
  if (distance == 0.0) return kNaN;
  return std::copysign(std::numeric_limits<double>::infinity(), distance);
}

const EstimateRow& row_of(const Estimate& estimate, Index row) {
  if (row >= 0 && row < static_cast<Index>(estimate.rows.size())) return estimate.rows[static_cast<std::size_t>(row)];
  throw Error(ErrorCode::argument, {.subject = "row of the estimate",
                                    .row = {},
                                    .expected = "a number from 0 to " + std::to_string(estimate.rows.size() - 1),
                                    .found = std::to_string(row),
                                    .remedy = {},
                                    .candidates = {}});
}

}  // namespace

TestResult t_test(const Estimate& estimate, Index row, double mu, Alternative alternative, std::string hypothesis) {
  const EstimateRow& found = row_of(estimate, row);
  const double statistic =
      found.status == Status::ok ? statistic_of(found.value - mu, estimate.standard_error(row)) : kNaN;
  TestResult result = t_result("design-based t-test", std::move(hypothesis), statistic, found.df, alternative);
  result.choices = estimate.choices;
  if (found.status != Status::ok) {
    result.choices.push_back({"test", "not made: there is no estimate"});
  } else if (!(found.df > 0.0)) {
    result.choices.push_back({"test", "no p: sampling units don't outnumber strata"});
  } else if (std::isnan(statistic)) {
    result.choices.push_back({"test", "not made: the estimate is the value tested, and doesn't vary"});
  }
  return result;
}

Estimate with_fewer_df(Estimate estimate, double less) {
  for (EstimateRow& row : estimate.rows) row.df = std::max(0.0, row.df - less);
  for (EstimatedStatistic& statistic : estimate.statistics) statistic.df = std::max(0.0, statistic.df - less);
  for (Choice& choice : estimate.choices) {
    if (choice.name == "degrees of freedom" && less != 0.0) {
      choice.value += ", less " + to_text(level_of(less));
    }
  }
  return estimate;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
