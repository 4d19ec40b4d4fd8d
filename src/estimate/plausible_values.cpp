#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/names.hpp"
#include "core/nan.hpp"
#include "estimate/matching.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/imputation.hpp"
#include "irosurvey/estimate/replication.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr NamedValue<SamplingVariance> kSampling[] = {{SamplingVariance::all, "all"},
                                                      {SamplingVariance::first, "first"}};
constexpr NamedValue<ImputationDf> kImputationDf[] = {{ImputationDf::barnard_rubin, "barnard-rubin"},
                                                      {ImputationDf::rubin, "rubin-1987"},
                                                      {ImputationDf::complete_data, "complete-data"}};
constexpr NamedValue<PlausibleDf> kDf[] = {{PlausibleDf::sampling, "sampling"}, {PlausibleDf::rubin, "rubin"}};

using estimation::MatchedRow;
using estimation::Matching;

void check_count(std::span<const Estimate> estimates, const char* subject) {
  if (estimates.size() >= 2) return;
  throw Error(ErrorCode::argument, {.subject = subject,
                                    .row = {},
                                    .expected = "at least two",
                                    .found = std::to_string(estimates.size()),
                                    .remedy = {},
                                    .candidates = {}});
}

double mean_of(const std::vector<double>& values) {
  // About the first: plausible values lie close together.
  double sum = 0.0;
  for (const double value : values) sum += value - values.front();
  return values.front() + sum / static_cast<double>(values.size());
}

/// Covariance of two rows' estimates over plausible values, divisor M − 1.
double between(const MatchedRow& a, const MatchedRow& b) {
  const double mean_a = mean_of(a.values);
  const double mean_b = mean_of(b.values);
  double sum = 0.0;
  for (std::size_t m = 0; m < a.values.size(); ++m) sum += (a.values[m] - mean_a) * (b.values[m] - mean_b);
  return sum / static_cast<double>(a.values.size() - 1);
}

/// Mean over the plausible values that count of something that a row (two rows) of their answers has; 0 where a share has no row.
template <class Of>
double sampling_mean(const MatchedRow& a, const MatchedRow& b, SamplingVariance rule, const Of& of) {
  const std::size_t counted = rule == SamplingVariance::first ? 1 : a.places.size();
  double sum = 0.0;
  for (std::size_t m = 0; m < counted; ++m) {
    if (a.places[m] && b.places[m]) sum += of(m, *a.places[m], *b.places[m]);
  }
  return sum / static_cast<double>(counted);
}

/// Rubin (1987), eq. 3.1.6: ν_M = (M − 1)/γ², γ = (1 + 1/M) B/V. Barnard and Rubin (1999), eq. 3: ν = 1/(1/ν_M + 1/ν_obs),
/// ν_obs = (ν + 1)/(ν + 3) ν (1 − γ).
double imputation_df(ImputationDf rule, double df, double total, double imputation, double count) {
  if (rule == ImputationDf::complete_data) return df;
  if (!(imputation > 0.0)) return rule == ImputationDf::rubin ? std::numeric_limits<double>::infinity() : df;
  const double share = imputation / total;
  const double of_imputations = (count - 1.0) / (share * share);
  if (rule == ImputationDf::rubin) return of_imputations;
  if (std::isinf(df)) return of_imputations;
  const double observed = (df + 1.0) / (df + 3.0) * df * (1.0 - share);
  return observed > 0.0 ? 1.0 / (1.0 / of_imputations + 1.0 / observed) : 0.0;
}

/// How several answers are made into one, and the words for it.
struct Rule {
  SamplingVariance sampling;
  ImputationDf df;
  std::string first;  ///< "first plausible value"
  std::vector<Choice> choices{};
};

/// The choices that all answers have made alike, and how they were combined.
std::vector<Choice> choices_of(std::span<const Estimate> estimates, const Rule& rule) {
  std::vector<Choice> choices;
  for (const Choice& choice : estimates[0].choices) {
    const bool shared = std::all_of(estimates.begin(), estimates.end(), [&](const Estimate& estimate) {
      return std::any_of(estimate.choices.begin(), estimate.choices.end(),
                         [&](const Choice& other) { return other.name == choice.name && other.value == choice.value; });
    });
    choices.push_back(shared ? choice : Choice{choice.name, choice.value + " (" + rule.first + ")"});
  }
  choices.insert(choices.end(), rule.choices.begin(), rule.choices.end());
  return choices;
}

EstimateRow combined_row(const MatchedRow& matched, const Matching& matching, const Rule& rule) {
  const auto count = static_cast<double>(matched.values.size());
  const SamplingVariance sampling = rule.sampling;
  const auto row_at = [&](std::size_t m, std::size_t place) -> const EstimateRow& {
    return matching.source(m).estimate().rows[place];
  };
  EstimateRow row = first_row(matched, matching);
  row.statistic = matched.statistic;
  row.cell = matched.cell;
  row.status = matched.status;
  row.logit_variance = kNaN;
  if (matched.status != Status::ok) {
    row.value = row.variance = row.srs_variance = kNaN;
    return row;
  }
  const double imputation = (1.0 + 1.0 / count) * between(matched, matched);
  row.value = mean_of(matched.values);
  row.variance =
      imputation + sampling_mean(matched, matched, sampling, [&](std::size_t m, std::size_t place, std::size_t) {
        return row_at(m, place).variance;
      });
  row.srs_variance = sampling_mean(matched, matched, sampling, [&](std::size_t m, std::size_t place, std::size_t) {
    return row_at(m, place).srs_variance;
  });
  row.df = imputation_df(rule.df, row.df, row.variance, imputation, count);
  return row;
}

std::vector<double> combined_covariance(const std::vector<MatchedRow>& matched, const std::vector<EstimateRow>& rows,
                                        const Matching& matching, SamplingVariance sampling) {
  const std::size_t size = matched.size();
  std::vector<double> result(size * size, kNaN);
  for (std::size_t a = 0; a < size; ++a) {
    if (rows[a].status != Status::ok) continue;
    result[a * size + a] = rows[a].variance;
    for (std::size_t b = 0; b < a; ++b) {
      if (rows[b].status != Status::ok) continue;
      const auto covariance = [&](std::size_t m, std::size_t i, std::size_t j) {
        const Estimate& estimate = matching.source(m).estimate();
        return estimate.covariance[i * estimate.rows.size() + j];
      };
      const double count = static_cast<double>(matched[a].values.size());
      result[a * size + b] = result[b * size + a] = sampling_mean(matched[a], matched[b], sampling, covariance) +
                                                    (1.0 + 1.0 / count) * between(matched[a], matched[b]);
    }
  }
  return result;
}

Estimate combined(std::span<const Estimate> estimates, const Matching& matching, const Rule& rule) {
  Estimate result;
  result.by = estimates[0].by;
  const std::vector<MatchedRow> matched = matching.match(result);
  for (const MatchedRow& row : matched) result.rows.push_back(combined_row(row, matching, rule));
  if (rule.df != ImputationDf::complete_data) {
    // Contrasts between groups have no more than any of the groups.
    for (const EstimateRow& row : result.rows) {
      double& whole = result.statistics[static_cast<std::size_t>(row.statistic)].df;
      if (row.status == Status::ok) whole = std::min(whole, row.df);
    }
  }
  const bool with_covariance = std::all_of(estimates.begin(), estimates.end(),
                                           [](const Estimate& estimate) { return !estimate.covariance.empty(); });
  if (with_covariance) result.covariance = combined_covariance(matched, result.rows, matching, rule.sampling);
  result.choices = choices_of(estimates, rule);
  return result;
}

}  // namespace

std::string_view name_of(ImputationDf rule) noexcept { return name_in(kImputationDf, rule); }
ImputationDf imputation_df_rule(std::string_view name) { return value_in(kImputationDf, "df of imputations", name); }
std::string_view name_of(SamplingVariance rule) noexcept { return name_in(kSampling, rule); }
SamplingVariance sampling_variance(std::string_view name) { return value_in(kSampling, "sampling_variance", name); }
std::string_view name_of(PlausibleDf rule) noexcept { return name_in(kDf, rule); }
PlausibleDf plausible_df(std::string_view name) { return value_in(kDf, "df of plausible values", name); }

Estimate plausible_values(std::span<const Estimate> estimates, SamplingVariance sampling, PlausibleDf df) {
  check_count(estimates, "plausible values");
  const ImputationDf rule = df == PlausibleDf::rubin ? ImputationDf::barnard_rubin : ImputationDf::complete_data;
  return combined(estimates, Matching(estimates, "plausible values"),
                  {.sampling = sampling,
                   .df = rule,
                   .first = "first plausible value",
                   .choices = {{"plausible values", std::to_string(estimates.size()) + "; sampling variance of " +
                                                        std::string(name_of(sampling)) +
                                                        ", plus (1 + 1/M) times the variance between them"},
                               {"degrees of freedom of plausible values", std::string(name_of(df))}}});
}

Estimate pooled(std::span<const Estimate> estimates, ImputationDf df) {
  check_count(estimates, "imputations");
  return combined(estimates, Matching(estimates, "imputations"),
                  {.sampling = SamplingVariance::all,
                   .df = df,
                   .first = "first imputation",
                   .choices = {{"imputations", std::to_string(estimates.size()) +
                                                   "; mean variance, plus (1 + 1/M) times the variance between them"},
                               {"degrees of freedom of imputations", std::string(name_of(df))}}});
}

}  // namespace v1
}  // namespace irosurvey
