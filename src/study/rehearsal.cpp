// Every finding of the codebook, counted from the answers.

#include "study/rehearsal.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "irosurvey/frame/views.hpp"
#include "study/answers.hpp"
#include "study/lookup.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr double kPerCent = 100.0;

StudyEstimate nothing(Index n) {
  return {.n = n,
          .unweighted = kNothing,
          .value = kNothing,
          .standard_error = kNothing,
          .lower = kNothing,
          .upper = kNothing,
          .method = {},
          .df = kNothing,
          .design_effect = kNothing};
}

/// A finding before it is counted.
Figure blank(const Finding& finding, const Measure& measure, bool synthetic) {
  Figure figure;
  figure.finding = finding;
  figure.instrument = measure.instrument;
  figure.synthetic = synthetic;
  figure.label = finding.wording;
  figure.statistic = measure.statistic;
  figure.words = measure.words;
  figure.note = measure.note;
  figure.ours = measure.ours || finding.kind == FindingKind::phrase;
  const double unit = measure.statistic == MeasureStatistic::share ? kPerCent : 1.0;
  if (finding.value) figure.published = finding.value->value() / unit;
  figure.low = finding.bounds.low.value() / unit;
  figure.high = finding.bounds.high.value() / unit;
  figure.estimate = nothing(0);
  return figure;
}

bool agrees(const Figure& figure) {
  if (figure.estimate.n == 0) return false;
  switch (figure.statistic) {
    case MeasureStatistic::count: return figure.finding.bounds.hold(static_cast<double>(figure.estimate.n));
    case MeasureStatistic::share: {
      // In whole numbers: 0.5 % of 200 is 1, not 0.99999.
      const CountRange counts = counts_of(figure.finding.bounds, figure.estimate.n);
      return counts.least <= figure.count && figure.count <= counts.most;
    }
    case MeasureStatistic::mean:
    case MeasureStatistic::ratio: return figure.finding.bounds.hold(figure.estimate.unweighted);
  }
  return false;
}

/// One number to be estimated: a derived variable that holds it, and the figure it belongs to.
struct Item {
  std::string column;
  Statistic statistic;
  Figure figure;
};

std::string variable_name(const Measure& measure, const std::string& variable) {
  return "finding " + measure.id + (variable.empty() ? "" : " " + variable);
}

Item share_item(Analysis& analysis, const Measure& measure, std::vector<std::string> variables, Figure figure) {
  std::string name = variable_name(measure, figure.variable);
  const double limit = measure.above.value_or(kNothing);
  analysis.add(yes_or_no(name, indicator(analysis.frame(), measure, variables, limit)));
  Statistic statistic = proportion(name, {LevelValue{Index{1}}});
  return {std::move(name), std::move(statistic), std::move(figure)};
}

std::vector<Item> items_of(Analysis& analysis, const Measure& measure, const Figure& whole) {
  if (measure.statistic == MeasureStatistic::mean) {
    return {{measure.variables.front(), mean(measure.variables.front()), whole}};
  }
  if (measure.statistic == MeasureStatistic::ratio) {
    return {{measure.numerator, ratio(measure.numerator, measure.denominator), whole}};
  }
  if (measure.combine != Combine::each) {
    return {share_item(analysis, measure, measure.variables, whole)};
  }
  std::vector<Item> items;
  for (const std::string& variable : measure.variables) {
    Figure figure = whole;
    figure.variable = variable;
    figure.label = analysis.instrument().question(variable).label;
    items.push_back(share_item(analysis, measure, {variable}, std::move(figure)));
  }
  return items;
}

std::vector<Figure> estimated(Analysis& analysis, const Measure& measure, const Figure& whole, ConfidenceLevel level) {
  std::vector<Item> items = items_of(analysis, measure, whole);
  std::vector<Statistic> statistics;
  for (const Item& item : items) statistics.push_back(item.statistic);
  std::optional<Mask> where;
  if (measure.where) where = rows_where(analysis.frame(), *measure.where);
  const Analysis::Pair answer = analysis.ask(std::move(statistics), std::move(where));

  std::vector<Figure> figures;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Figure figure = std::move(items[i].figure);
    figure.estimate = answer.row(static_cast<Index>(i), level);
    if (figure.statistic == MeasureStatistic::share && figure.estimate.n > 0) {
      // The share of a whole number of n respondents: rounding recovers that number exactly.
      figure.count = std::llround(figure.estimate.unweighted * static_cast<double>(figure.estimate.n));
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace

std::vector<Figure> rehearse_finding(Analysis& analysis, const Finding& finding, const Measure& measure, bool synthetic,
                                     ConfidenceLevel level) {
  const Figure whole = blank(finding, measure, synthetic);
  std::vector<Figure> figures;
  if (measure.statistic == MeasureStatistic::count) {
    figures = {whole};
    figures.front().estimate = nothing(analysis.frame().rows());
    figures.front().count = analysis.frame().rows();
  } else {
    figures = estimated(analysis, measure, whole, level);
  }
  for (Figure& figure : figures) figure.agrees = agrees(figure);
  return figures;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
