#include "irosurvey/inference/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/at.hpp"
#include "core/names.hpp"
#include "core/nan.hpp"
#include "estimate/quantile_tables.hpp"
#include "inference/critical_value.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

using estimation::OrderedCells;
using estimation::QuantileQuestion;
using estimation::QuantileTables;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr NamedValue<QuantileInterval> kIntervals[] = {{QuantileInterval::woodruff, "woodruff"},
                                                       {QuantileInterval::logit, "logit"},
                                                       {QuantileInterval::beta, "beta"},
                                                       {QuantileInterval::symmetric, "symmetric"},
                                                       {QuantileInterval::replicate, "replicate"}};
constexpr NamedValue<QuantileCentre> kCentres[] = {{QuantileCentre::estimate, "estimate"},
                                                   {QuantileCentre::prob, "prob"}};
constexpr NamedValue<LimitsOutside> kOutside[] = {{LimitsOutside::extreme, "extreme"},
                                                  {LimitsOutside::missing, "missing"}};

// ---------------------------------------------------------------------------------------------------- shares

/// The probabilities of one variable in ascending order, so that its quantiles ascend too.
std::vector<std::size_t> ascending(const std::vector<double>& probs) {
  std::vector<std::size_t> order(probs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return probs[a] < probs[b]; });
  return order;
}

/// Share of the rows at or below quantile `rank` (by size, from 0): the intervals of codes 0 … rank.
Statistic share_up_to(const std::string& codes, std::size_t rank) {
  Expr below = T(codes, {Index{0}});
  for (Index code = 1; code <= static_cast<Index>(rank); ++code) below = below + T(codes, {code});
  return statistic(below / T(1), "share", Scale::share);
}

/// Shares at or below every quantile, by row of the quantiles, from one pass over the rows: each row of the data has the
/// number of the interval between its cell's quantiles.
Estimate shares_below(const Design& design, const QuantileQuery& query, const QuantileQuestion& question,
                      QuantileTables& tables, const std::vector<double>& quantiles) {
  const std::size_t cells = at(tables.cells());
  const std::size_t probs = query.probs.size();
  const std::vector<std::size_t> order = ascending(query.probs);
  const auto coded = estimation::with_codes(design, question, [&](std::size_t v, const std::string& name) {
    std::vector<double> thresholds;
    for (std::size_t cell = 0; cell < cells; ++cell) {
      for (const std::size_t p : order) thresholds.push_back(quantiles[(v * probs + p) * cells + cell]);
    }
    return tables.of(v).intervals(name, thresholds, {query.about.threads, query.about.interrupt});
  });
  std::vector<std::size_t> rank(probs);
  for (std::size_t k = 0; k < probs; ++k) rank[order[k]] = k;
  Query shares = query.about;
  shares.statistics.clear();
  for (const std::string& name : coded.names) {
    for (std::size_t p = 0; p < probs; ++p) shares.statistics.push_back(share_up_to(name, rank[p]));
  }
  return irosurvey::estimate(coded.design, shares);
}

// ---------------------------------------------------------------------------------------------------- limits

IntervalMethod method_of(QuantileInterval interval) {
  switch (interval) {
    case QuantileInterval::logit: return IntervalMethod::logit;
    case QuantileInterval::beta: return IntervalMethod::beta;
    default: return IntervalMethod::wald;
  }
}

/// What is known of one quantile.
struct Limits {
  double lower = kNaN;
  double upper = kNaN;
  double standard_error = kNaN;
  Index outside = 0;  ///< limits for the share that left [0, 1]
};

/// A limit for the share within [0, 1]; one that left it is counted.
double inside(double share, LimitsOutside rule, Index& outside) {
  if (share >= 0.0 && share <= 1.0) return share;
  ++outside;
  return rule == LimitsOutside::missing ? kNaN : std::clamp(share, 0.0, 1.0);
}

/// A share whose rounding alone keeps it from 0 or 1.
double settled(double share) {
  if (std::abs(share) <= estimation::kEqualShares) return 0.0;
  return std::abs(1.0 - share) <= estimation::kEqualShares ? 1.0 : share;
}

/// Reads the quantile function at the limits of the share's interval.
Limits woodruff(const QuantileQuery& query, const EstimateRow& share, double prob, double quantile,
                OrderedCells& values) {
  if (!(share.df > 0.0)) return {-kInfinity, kInfinity, kNaN, 0};
  const double centre = query.centre == QuantileCentre::prob ? prob : share.value;
  const Point point{settled(centre), std::sqrt(share.variance), share.df, static_cast<double>(share.n)};
  const Interval of_share = interval(method_of(query.interval), point, query.level);
  Limits limits;
  const auto value_at = [&](double limit) {
    const double p = inside(limit, query.outside, limits.outside);
    return std::isnan(p) ? kNaN : values.quantile(share.cell, p, query.rule);
  };
  limits.lower = value_at(of_share.lower);
  limits.upper = value_at(of_share.upper);
  const double t = critical_value(share.df, query.level);
  limits.standard_error = (limits.upper - limits.lower) / (2.0 * t);
  if (query.interval == QuantileInterval::symmetric) {
    limits.lower = quantile - t * limits.standard_error;
    limits.upper = quantile + t * limits.standard_error;
  }
  return limits;
}

/// Correlations of the shares, times standard errors.
std::vector<double> covariance_of(const Estimate& shares, const std::vector<EstimateRow>& rows) {
  if (shares.covariance.empty()) return {};
  const std::size_t size = rows.size();
  std::vector<double> covariance(size * size, kNaN);
  for (std::size_t a = 0; a < size; ++a) {
    for (std::size_t b = 0; b < size; ++b) {
      const double scale = std::sqrt(shares.rows[a].variance * shares.rows[b].variance);
      const double errors = std::sqrt(rows[a].variance * rows[b].variance);
      // A share without variance says nothing of the others.
      const double correlation = scale > 0.0 ? shares.covariance[a * size + b] / scale : std::isnan(scale) ? kNaN : 0.0;
      covariance[a * size + b] = a == b ? rows[a].variance : std::clamp(correlation, -1.0, 1.0) * errors;
    }
  }
  return covariance;
}

// ---------------------------------------------------------------------------------------------------- the answer

std::string text_of(QuantileInterval interval, QuantileCentre centre) {
  const std::string about = centre == QuantileCentre::prob ? ", centred at the probability" : "";
  switch (interval) {
    case QuantileInterval::woodruff: return "woodruff: quantiles at the t limits of the share at or below it" + about;
    case QuantileInterval::logit: return "logit: quantiles at the logit limits of the share at or below it" + about;
    case QuantileInterval::beta: return "beta: quantiles at the beta limits of the share at or below it" + about;
    case QuantileInterval::symmetric: return "symmetric: t limits, standard error of woodruff" + about;
    case QuantileInterval::replicate: return "replicate: t limits";
  }
  return {};
}

std::string text_of(LimitsOutside rule, Index outside, std::size_t limits) {
  std::string text = rule == LimitsOutside::extreme ? "the smallest or largest value" : "no limit, no standard error";
  return text + " (" + std::to_string(outside) + " of " + std::to_string(limits) + ")";
}

void add_choices(const QuantileQuery& query, QuantileEstimate& result, Index outside) {
  std::vector<Choice>& choices = result.estimate.choices;
  choices.push_back({"quantile rule", std::string(name_of(query.rule))});
  choices.push_back({"interval", text_of(query.interval, query.centre)});
  if (query.interval == QuantileInterval::replicate) {
    choices.push_back({"standard error", "of the quantiles of the replicates"});
    return;
  }
  choices.push_back({"standard error", "width of the interval / 2t"});
  choices.push_back({"limits of the share outside 0 to 1", text_of(query.outside, outside, 2 * result.lower.size())});
  if (!result.estimate.covariance.empty()) {
    choices.push_back({"covariance", "correlation of the shares at or below the quantiles"});
  }
}

QuantileEstimate by_replicates(const Design& design, const QuantileQuery& query, const QuantileQuestion& question) {
  QuantileEstimate result;
  result.estimate = estimation::replicated_quantiles(design, question, query.about);
  for (Index row = 0; row < static_cast<Index>(result.estimate.rows.size()); ++row) {
    const Interval limits = interval(IntervalMethod::t, result.estimate, row, query.level);
    result.lower.push_back(limits.lower);
    result.upper.push_back(limits.upper);
  }
  add_choices(query, result, 0);
  return result;
}

}  // namespace

std::string_view name_of(QuantileInterval interval) noexcept { return name_in(kIntervals, interval); }
QuantileInterval quantile_interval(std::string_view name) {
  return value_in(kIntervals, "interval of a quantile", name);
}
std::string_view name_of(QuantileCentre centre) noexcept { return name_in(kCentres, centre); }
QuantileCentre quantile_centre(std::string_view name) { return value_in(kCentres, "centre", name); }
std::string_view name_of(LimitsOutside rule) noexcept { return name_in(kOutside, rule); }
LimitsOutside limits_outside(std::string_view name) { return value_in(kOutside, "outside", name); }

QuantileEstimate quantiles(const Design& design, const QuantileQuery& query) {
  const QuantileQuestion question{query.variables, query.probs, query.rule};
  if (query.interval == QuantileInterval::replicate) return by_replicates(design, query, question);
  QuantileTables tables(design, question, query.about, estimation::ValueOrder::kMostSplitters);
  const std::vector<double> values = tables.quantiles(question, query.about);
  const Estimate shares = shares_below(design, query, question, tables, values);

  const Index cells = tables.cells();
  const auto probs = static_cast<Index>(query.probs.size());
  std::vector<Limits> limits(values.size());
  StopSignal stop;
  run_tasks(static_cast<Index>(query.variables.size()) * cells, query.about.threads, query.about.interrupt, stop,
            [&](Index task) {
              const Index variable = task / cells;
              for (Index p = 0; p < probs; ++p) {
                const std::size_t row = at((variable * probs + p) * cells + task % cells);
                if (shares.rows[row].status != Status::ok || std::isnan(values[row])) continue;
                limits[row] =
                    woodruff(query, shares.rows[row], query.probs[at(p)], values[row], tables.of(at(variable)));
              }
            });

  QuantileEstimate result;
  result.estimate = shares;
  result.estimate.statistics = estimation::statistics_about(design, question);
  Index outside = 0;
  for (std::size_t row = 0; row < limits.size(); ++row) {
    EstimateRow& into = result.estimate.rows[row];
    const double share_variance = into.variance;
    result.shares.push_back(into.value);
    result.lower.push_back(limits[row].lower);
    result.upper.push_back(limits[row].upper);
    outside += limits[row].outside;
    if (into.status == Status::ok && std::isnan(values[row])) into.status = Status::undefined;
    into.value = values[row];
    into.variance = limits[row].standard_error * limits[row].standard_error;
    into.srs_variance *= share_variance > 0.0 ? into.variance / share_variance : kNaN;
  }
  for (std::size_t s = 0; s < shares.statistics.size(); ++s) {
    result.estimate.statistics[s].df = shares.statistics[s].df;
  }
  result.estimate.covariance = covariance_of(shares, result.estimate.rows);
  add_choices(query, result, outside);
  return result;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
