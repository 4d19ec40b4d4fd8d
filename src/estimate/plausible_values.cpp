#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "core/names.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/replication.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

constexpr NamedValue<SamplingVariance> kSampling[] = {{SamplingVariance::all, "all"},
                                                      {SamplingVariance::first, "first"}};
constexpr NamedValue<PlausibleDf> kDf[] = {{PlausibleDf::sampling, "sampling"}, {PlausibleDf::rubin, "rubin"}};

[[noreturn]] void refuse(std::string expected, std::string found, std::string remedy = {}) {
  throw Error(ErrorCode::argument, {.subject = "plausible values",
                                    .row = {},
                                    .expected = std::move(expected),
                                    .found = std::move(found),
                                    .remedy = std::move(remedy),
                                    .candidates = {}});
}

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

/// What makes a statistic the same for every plausible value: its kind, which of that kind it is, and its level.
struct StatisticKey {
  std::string name;
  Index place = 0;  ///< among the statistics of the same kind and level
  std::optional<LevelValue> level;

  friend bool operator<(const StatisticKey& a, const StatisticKey& b) {
    return std::tie(a.name, a.place, a.level) < std::tie(b.name, b.place, b.level);
  }
};

using CellKey = std::vector<LevelValue>;
using RowKey = std::pair<StatisticKey, CellKey>;

CellKey key_of(const std::vector<Level>& cell) {
  CellKey key;
  for (const Level& level : cell) key.push_back(level.value);
  return key;
}

std::vector<StatisticKey> statistic_keys(const Estimate& estimate) {
  std::map<StatisticKey, Index> seen;
  std::vector<StatisticKey> keys;
  for (const EstimatedStatistic& statistic : estimate.statistics) {
    StatisticKey key{statistic.level ? statistic.name : "", 0, std::nullopt};
    if (statistic.level) key.level = statistic.level->value;
    key.place = seen[key]++;
    keys.push_back(std::move(key));
  }
  return keys;
}

/// The rows of one plausible value's estimate, to be found by what they are about.
class Source {
 public:
  explicit Source(const Estimate& estimate) : estimate_(estimate) {
    const std::vector<StatisticKey> keys = statistic_keys(estimate);
    for (std::size_t row = 0; row < estimate.rows.size(); ++row) {
      const EstimateRow& found = estimate.rows[row];
      rows_.emplace(RowKey{keys[at(found.statistic)], key_of(estimate.cells[at(found.cell)])}, row);
    }
  }

  [[nodiscard]] const Estimate& estimate() const { return estimate_; }
  [[nodiscard]] std::optional<std::size_t> find(const RowKey& key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  const Estimate& estimate_;
  std::map<RowKey, std::size_t> rows_;
};

/// One row of the answer: where each plausible value's estimate has it.
struct MatchedRow {
  Index statistic = 0;
  Index cell = 0;
  std::vector<std::optional<std::size_t>> places;
  std::vector<double> values;
  Status status = Status::ok;
};

/// Statistics and cells of all plausible values' answers, in the order of the levels, and the rows of each.
class Matching {
 public:
  explicit Matching(std::span<const Estimate> estimates) {
    for (const Estimate& estimate : estimates) {
      if (estimate.by != estimates[0].by) refuse("answers with the same groups", "different ones");
      sources_.emplace_back(estimate);
      const std::vector<StatisticKey> keys = statistic_keys(estimate);
      for (std::size_t s = 0; s < keys.size(); ++s) add_statistic(keys[s], estimate.statistics[s]);
      for (const std::vector<Level>& cell : estimate.cells) cells_.emplace(key_of(cell), cell);
    }
  }

  /// Fills `result` with statistics, cells and rows without numbers.
  std::vector<MatchedRow> match(Estimate& result) {
    for (const auto& [key, cell] : cells_) result.cells.push_back(cell);
    std::vector<MatchedRow> matched;
    for (const auto& [key, statistic] : statistics_) {
      Index cell = 0;
      for (const auto& [cell_key, levels] : cells_) {
        matched.push_back(row_of({key, cell_key}, statistic));
        matched.back().statistic = static_cast<Index>(result.statistics.size());
        matched.back().cell = cell++;
      }
      result.statistics.push_back(statistic);
    }
    return matched;
  }

  [[nodiscard]] const Source& source(std::size_t which) const { return sources_[which]; }

 private:
  void add_statistic(const StatisticKey& key, const EstimatedStatistic& found) {
    const auto [place, is_new] = statistics_.emplace(key, found);
    if (is_new) return;
    // Each plausible value is a variable of its own; the answer is about all of them.
    EstimatedStatistic& known = place->second;
    for (const std::string& variable : found.variables) {
      if (std::find(known.variables.begin(), known.variables.end(), variable) == known.variables.end()) {
        known.variables.push_back(variable);
      }
    }
  }

  [[nodiscard]] MatchedRow row_of(const RowKey& key, const EstimatedStatistic& statistic) const {
    MatchedRow row;
    for (const Source& source : sources_) {
      row.places.push_back(source.find(key));
      if (row.places.back()) {
        const EstimateRow& found = source.estimate().rows[*row.places.back()];
        if (found.status != Status::ok) row.status = found.status;
        row.values.push_back(found.value);
      } else if (statistic.scale == Scale::share && statistic.level) {
        row.values.push_back(0.0);  // nobody has that level
      } else {
        refuse("answers to the same question", "a row that one plausible value's answer doesn't have",
               "Ask the same statistics of every plausible value.");
      }
    }
    return row;
  }

  std::vector<Source> sources_;
  std::map<StatisticKey, EstimatedStatistic> statistics_;
  std::map<CellKey, std::vector<Level>> cells_;
};

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

/// Barnard and Rubin (1999), eq. 3: ν = 1/(1/ν_M + 1/ν_obs), ν_M = (M − 1)/γ², ν_obs = (ν + 1)/(ν + 3) ν (1 − γ), γ = (1 + 1/M) B/V.
double rubin_df(double df, double total, double imputation, double count) {
  if (!(imputation > 0.0)) return df;
  const double share = imputation / total;
  const double of_imputations = (count - 1.0) / (share * share);
  if (std::isinf(df)) return of_imputations;
  const double observed = (df + 1.0) / (df + 3.0) * df * (1.0 - share);
  return observed > 0.0 ? 1.0 / (1.0 / of_imputations + 1.0 / observed) : 0.0;
}

/// The choices that all answers have made alike, and how they were combined.
std::vector<Choice> choices_of(std::span<const Estimate> estimates, SamplingVariance sampling, PlausibleDf df) {
  std::vector<Choice> choices;
  for (const Choice& choice : estimates[0].choices) {
    const bool shared = std::all_of(estimates.begin(), estimates.end(), [&](const Estimate& estimate) {
      return std::any_of(estimate.choices.begin(), estimate.choices.end(),
                         [&](const Choice& other) { return other.name == choice.name && other.value == choice.value; });
    });
    choices.push_back(shared ? choice : Choice{choice.name, choice.value + " (first plausible value)"});
  }
  choices.push_back({"plausible values", std::to_string(estimates.size()) + "; sampling variance of " +
                                             std::string(name_of(sampling)) +
                                             ", plus (1 + 1/M) times the variance between them"});
  choices.push_back({"degrees of freedom of plausible values", std::string(name_of(df))});
  return choices;
}

EstimateRow combined_row(const MatchedRow& matched, const Matching& matching, SamplingVariance sampling,
                         PlausibleDf df_rule) {
  const auto count = static_cast<double>(matched.values.size());
  const auto row_at = [&](std::size_t m, std::size_t place) -> const EstimateRow& {
    return matching.source(m).estimate().rows[place];
  };
  const auto first =
      std::find_if(matched.places.begin(), matched.places.end(), [](auto place) { return place.has_value(); });
  EstimateRow row = row_at(static_cast<std::size_t>(first - matched.places.begin()), **first);
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
  if (df_rule == PlausibleDf::rubin) row.df = rubin_df(row.df, row.variance, imputation, count);
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

}  // namespace

std::string_view name_of(SamplingVariance rule) noexcept { return name_in(kSampling, rule); }
SamplingVariance sampling_variance(std::string_view name) { return value_in(kSampling, "sampling_variance", name); }
std::string_view name_of(PlausibleDf rule) noexcept { return name_in(kDf, rule); }
PlausibleDf plausible_df(std::string_view name) { return value_in(kDf, "df of plausible values", name); }

Estimate plausible_values(std::span<const Estimate> estimates, SamplingVariance sampling, PlausibleDf df) {
  if (estimates.size() < 2) refuse("at least two", std::to_string(estimates.size()));
  Matching matching(estimates);
  Estimate result;
  result.by = estimates[0].by;
  const std::vector<MatchedRow> matched = matching.match(result);
  for (const MatchedRow& row : matched) result.rows.push_back(combined_row(row, matching, sampling, df));
  const bool with_covariance = std::all_of(estimates.begin(), estimates.end(),
                                           [](const Estimate& estimate) { return !estimate.covariance.empty(); });
  if (with_covariance) result.covariance = combined_covariance(matched, result.rows, matching, sampling);
  result.choices = choices_of(estimates, sampling, df);
  return result;
}

}  // namespace v1
}  // namespace irosurvey
