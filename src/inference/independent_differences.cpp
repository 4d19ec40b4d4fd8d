#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "core/names.hpp"
#include "core/nan.hpp"
#include "estimate/matching.hpp"
#include "irosurvey/inference/comparisons.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

constexpr NamedValue<IndependentDf> kRules[] = {{IndependentDf::sum, "sum"}, {IndependentDf::welch, "welch"}};

struct Part {
  double variance = 0.0;
  double df = 0.0;
};

double df_of(IndependentDf rule, const Part& a, const Part& b) {
  if (rule == IndependentDf::sum) return a.df + b.df;
  const double sum = a.variance + b.variance;
  // What doesn't vary has no say.
  const auto term = [&](const Part& part) {
    const double share = part.variance / sum;
    return part.variance > 0.0 ? share * share / part.df : 0.0;
  };
  const double inverse = term(a) + term(b);
  return sum > 0.0 ? 1.0 / inverse : a.df + b.df;
}

EstimateRow difference_of(const estimation::MatchedRow& matched, const estimation::Matching& matching,
                          IndependentDf rule) {
  EstimateRow row;
  row.statistic = matched.statistic;
  row.cell = matched.cell;
  row.status = matched.status;
  row.srs_variance = kNaN;
  std::array<Part, 2> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!matched.places[i]) continue;  // a share of a level that nobody has
    const EstimateRow& from = matching.source(i).estimate().rows[*matched.places[i]];
    parts[i] = {from.variance, from.df};
    row.n += from.n;
    row.weighted_n += from.weighted_n;
    row.units += from.units;
    row.strata += from.strata;
  }
  row.df = df_of(rule, parts[0], parts[1]);
  const bool known = row.status == Status::ok;
  row.value = known ? matched.values[1] - matched.values[0] : kNaN;
  row.variance = known ? parts[0].variance + parts[1].variance : kNaN;
  return row;
}

/// Covariances of two independent samples add up too.
std::vector<double> covariance_of(const std::vector<estimation::MatchedRow>& matched,
                                  const estimation::Matching& matching, const std::vector<EstimateRow>& rows) {
  const std::size_t size = matched.size();
  std::vector<double> result(size * size, 0.0);
  for (std::size_t a = 0; a < size; ++a) {
    for (std::size_t b = 0; b < size; ++b) {
      for (std::size_t i = 0; i < 2; ++i) {
        const Estimate& from = matching.source(i).estimate();
        if (!matched[a].places[i] || !matched[b].places[i]) continue;
        result[a * size + b] += from.covariance[*matched[a].places[i] * from.rows.size() + *matched[b].places[i]];
      }
      if (rows[a].status != Status::ok || rows[b].status != Status::ok) result[a * size + b] = kNaN;
    }
    if (rows[a].status == Status::ok) result[a * size + a] = rows[a].variance;
  }
  return result;
}

}  // namespace

std::string_view name_of(IndependentDf rule) noexcept { return name_in(kRules, rule); }
IndependentDf independent_df(std::string_view name) { return value_in(kRules, "df of a difference", name); }

Estimate independent_differences(const Estimate& earlier, const Estimate& later, IndependentDf df) {
  const std::array<Estimate, 2> both{earlier, later};
  const estimation::Matching matching(both, "differences between samples");
  Estimate result;
  result.by = earlier.by;
  const std::vector<estimation::MatchedRow> matched = matching.match(result);
  for (const estimation::MatchedRow& row : matched) result.rows.push_back(difference_of(row, matching, df));
  for (EstimatedStatistic& statistic : result.statistics) {
    statistic.scale = Scale::other;  // a difference of shares is no share
    statistic.df = std::numeric_limits<double>::infinity();
  }
  // Of both samples' whole domains, as the groups together have them at the least.
  for (const EstimateRow& row : result.rows) {
    double& whole = result.statistics[static_cast<std::size_t>(row.statistic)].df;
    whole = std::min(whole, row.df);
  }
  if (!earlier.covariance.empty() && !later.covariance.empty()) {
    result.covariance = covariance_of(matched, matching, result.rows);
  }
  result.choices = earlier.choices;
  result.choices.push_back({"samples", "drawn independently: variances add up"});
  result.choices.push_back({"degrees of freedom of the difference", std::string(name_of(df))});
  return result;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
