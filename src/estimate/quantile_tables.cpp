#include "estimate/quantile_tables.hpp"

#include <algorithm>
#include <utility>

#include "core/refuse.hpp"
#include "design/parts.hpp"
#include "irosurvey/estimate/statistic.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

void check_question(const QuantileQuestion& question) {
  if (question.variables.empty()) refuse("variables of a quantile", "at least one", "none", {});
  if (question.probs.empty()) refuse("probs", "at least one probability", "none", {});
  for (const double p : question.probs) {
    if (p >= 0.0 && p <= 1.0) continue;
    const bool percent = p > 1.0 && p <= 100.0;
    refuse("probs", "numbers from 0 to 1", to_text(level_of(p)),
           percent ? "Say " + to_text(level_of(p / 100.0)) + "." : "");
  }
}

/// A question about the same rows: the mean of every variable, whose plan says who is in which cell and who is missing.
Query means_of(const QuantileQuestion& question, const Query& query) {
  check_question(question);
  Query means = query;
  means.statistics.clear();
  means.design_effect = false;
  for (const std::string& variable : question.variables) means.statistics.push_back(mean(variable));
  return means;
}

bool has_negative_weight(const Design& design) {
  // Declared weights aren't negative; those that a calibration made may be.
  if (!design.parts().adjustments) return false;
  return std::any_of(design.weights().begin(), design.weights().end(), [](double w) { return w < 0.0; });
}

}  // namespace

QuantileTables::QuantileTables(const Design& design, const QuantileQuestion& question, const Query& query,
                               Index most_splitters)
    : means_(means_of(question, query)), plan_(make_plan(design, means_)) {
  const bool monotone = !has_negative_weight(design);
  for (std::size_t v = 0; v < question.variables.size(); ++v) {
    const Numbers values = numbers(design.frame().column(question.variables[v]));
    kept_.push_back(values);
    const PresenceGroup& group = plan_.groups[static_cast<std::size_t>(plan_.statistics[v].group)];
    variables_.emplace_back(plan_, group, values.values(), design.weights(), question.probs, most_splitters, monotone,
                            Work{query.threads, query.interrupt});
  }
}

std::vector<double> QuantileTables::quantiles(const QuantileQuestion& question, const Query& query) {
  const auto probs = static_cast<Index>(question.probs.size());
  std::vector<double> found(static_cast<std::size_t>(question.statistics() * cells()));
  StopSignal stop;
  run_tasks(question.statistics() / probs * cells(), query.threads, query.interrupt, stop, [&](Index task) {
    const Index variable = task / cells();
    const Index cell = task % cells();
    for (Index p = 0; p < probs; ++p) {
      found[static_cast<std::size_t>((variable * probs + p) * cells() + cell)] =
          of(static_cast<std::size_t>(variable))
              .quantile(cell, question.probs[static_cast<std::size_t>(p)], question.rule);
    }
  });
  return found;
}

std::vector<EstimatedStatistic> statistics_about(const Design& design, const QuantileQuestion& question) {
  std::vector<EstimatedStatistic> statistics;
  for (const std::string& variable : question.variables) {
    for (const double p : question.probs) {
      EstimatedStatistic about;
      about.name = "quantile";
      about.variables = {variable};
      about.label = design.frame().column(variable).notes().label;
      about.level = Level{level_of(p), {}};
      about.formula = "Q(" + variable + ", " + to_text(level_of(p)) + ")";
      about.question = static_cast<Index>(statistics.size());
      statistics.push_back(std::move(about));
    }
  }
  return statistics;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
