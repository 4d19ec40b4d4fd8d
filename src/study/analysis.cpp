#include "study/analysis.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"
#include "irosurvey/inference/interval.hpp"
#include "study/answers.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

// Names that no variable of a codebook has, because a bare TOML key can't hold a space.
constexpr const char* kWeight = "design weight";
constexpr const char* kPopulation = "authorities of the region";

[[noreturn]] void contradiction(const Microdata& data, std::optional<Index> row, std::string expected,
                                std::string found) {
  throw Error(ErrorCode::design, {.subject = data.source,
                                  .row = row,
                                  .expected = std::move(expected),
                                  .found = std::move(found),
                                  .remedy = {},
                                  .candidates = {}});
}

void check_one_each(const Microdata& data, const Frame& frame, const InstrumentDesign& design) {
  const auto authorities = shared_factor(frame.column(design.clusters), LevelRule::observed);
  std::vector<bool> seen(authorities->levels.size(), false);
  for (std::size_t row = 0; row < authorities->codes.size(); ++row) {
    const auto code = authorities->codes[row];
    if (code < 0) continue;  // refused, with its row, when the design is declared
    const auto at = static_cast<std::size_t>(code);
    if (seen[at]) {
      contradiction(data, static_cast<Index>(row), "at most one respondent of an authority",
                    "a second one of " + to_text(authorities->levels[at]));
    }
    seen[at] = true;
  }
}

/// For each code of the strata variable, the number of authorities that the official code of its label has.
std::map<Index, double> authorities_by_stratum(const Instrument& instrument, std::span<const Authority> authorities) {
  std::map<Index, double> result;
  for (const Answer& answer : instrument.question(instrument.design.strata).labels) {
    result[answer.value] =
        static_cast<double>(std::count_if(authorities.begin(), authorities.end(), [&](const Authority& authority) {
          return authority.region_code == answer.code;
        }));
  }
  return result;
}

Frame with_design_columns(const Microdata& data, const Frame& frame, const Instrument& instrument,
                          std::span<const Authority> authorities) {
  check_one_each(data, frame, instrument.design);
  const auto strata = shared_factor(frame.column(instrument.design.strata), LevelRule::observed);
  const std::map<Index, double> known = authorities_by_stratum(instrument, authorities);
  std::vector<double> population(strata->levels.size(), 0.0);
  std::vector<double> respondents(strata->levels.size(), 0.0);
  for (const auto code : strata->codes) {
    if (code >= 0) respondents[static_cast<std::size_t>(code)] += 1.0;
  }
  for (std::size_t i = 0; i < strata->levels.size(); ++i) {
    const auto* const code = std::get_if<Index>(&strata->levels[i].value);
    const auto found = code == nullptr ? known.end() : known.find(*code);
    if (found == known.end() || found->second == 0.0) {
      contradiction(data, std::nullopt, "regions of the list of authorities", to_text(strata->levels[i]));
    }
    population[i] = found->second;
  }
  std::vector<double> weights(strata->codes.size(), 1.0);
  std::vector<double> populations(strata->codes.size(), 1.0);
  for (std::size_t row = 0; row < strata->codes.size(); ++row) {
    if (strata->codes[row] < 0) contradiction(data, static_cast<Index>(row), "a region", "none");
    const auto at = static_cast<std::size_t>(strata->codes[row]);
    populations[row] = population[at];
    weights[row] = population[at] / respondents[at];
  }
  return frame.with_column(Column::of_numbers(kWeight, std::move(weights)))
      .with_column(Column::of_numbers(kPopulation, std::move(populations)));
}

Design declare(const Microdata& data, const Codebook& codebook, const Instrument& instrument,
               std::span<const Authority> authorities, SingletonRule singleton) {
  Frame frame = clean(data, codebook);
  const InstrumentDesign& design = instrument.design;
  DesignSpec spec;
  spec.singleton = singleton;
  spec.stages = {{.strata = design.strata, .clusters = design.clusters, .fpc = {}}};
  if (design.weights == WeightRule::authorities_respondents) {
    frame = with_design_columns(data, frame, instrument, authorities);
    spec.weights = kWeight;
    if (design.fpc) spec.stages.front().fpc = std::string(kPopulation);
  }
  return Design::declare(std::move(frame), std::move(spec));
}

}  // namespace

Analysis::Analysis(const Microdata& data, const Codebook& codebook, std::span<const Authority> authorities,
                   const ReproduceOptions& options)
    : instrument_(&codebook.instrument(data.instrument)),
      options_(&options),
      weighted_(declare(data, codebook, *instrument_, authorities, options.singleton)),
      unweighted_(Design::declare(weighted_.frame(), DesignSpec{})) {}

void Analysis::add(Column column) {
  Frame frame = weighted_.frame().with_column(std::move(column));
  weighted_ = weighted_.with_frame(frame);
  unweighted_ = unweighted_.with_frame(std::move(frame));
}

Analysis::Pair Analysis::ask(std::vector<Statistic> statistics, std::optional<Mask> where,
                             std::vector<std::string> by) const {
  Query query;
  query.statistics = std::move(statistics);
  query.where = std::move(where);
  query.by = std::move(by);
  query.threads = options_->threads;
  query.interrupt = options_->interrupt;
  return {estimate(weighted_, query), estimate(unweighted_, query)};
}

StudyEstimate Analysis::Pair::row(Index row, ConfidenceLevel level) const {
  const auto at = static_cast<std::size_t>(row);
  const EstimateRow& answer = weighted.rows[at];
  const Scale scale = weighted.statistics[static_cast<std::size_t>(answer.statistic)].scale;
  const inference::IntervalMethod method = inference::default_method(scale);
  const inference::Interval limits = inference::interval(method, weighted, row, level);
  return {.n = answer.n,
          .unweighted = unweighted.rows[at].value,
          .value = answer.value,
          .standard_error = weighted.standard_error(row),
          .lower = limits.lower,
          .upper = limits.upper,
          .method = std::string(inference::name_of(method)),
          .df = answer.df,
          .design_effect = weighted.design_effect(row)};
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
