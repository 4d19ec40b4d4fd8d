// The room study: its results become plain dicts, of which irosurvey.study makes its own classes.

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/study/reproduce.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace py::literals;

template <class Items, class Convert>
py::list listed(const Items& items, Convert convert) {
  py::list result;
  for (const auto& item : items) result.append(convert(item));
  return result;
}

py::object number(const std::optional<study::Decimal>& decimal) {
  return decimal ? py::object(py::float_(decimal->value())) : py::none();
}

py::dict plain(const study::Finding& finding) {
  return py::dict("id"_a = finding.id, "study"_a = finding.study, "year"_a = finding.year, "group"_a = finding.group,
                  "base"_a = finding.base, "wording"_a = finding.wording,
                  "kind"_a = std::string(study::name_of(finding.kind)), "printed"_a = finding.printed,
                  "value"_a = number(finding.value), "low"_a = finding.bounds.low.value(),
                  "high"_a = finding.bounds.high.value(), "bounds"_a = std::string(study::name_of(finding.bounds.kind)),
                  "source"_a = finding.source, "locator"_a = finding.locator, "note"_a = finding.note);
}

// ── Evidence ───────────────────────────────────────────────────────────────────────────────────────────────────────────

py::dict plain(const study::CountRange& counts) {
  return py::dict("base"_a = counts.base, "least"_a = counts.least, "most"_a = counts.most);
}

py::list plain(const std::vector<study::CountRange>& ranges) {
  return listed(ranges, [](const study::CountRange& range) { return plain(range); });
}

py::dict plain(const study::EvidenceInterval& interval) {
  return py::dict("counts"_a = plain(interval.counts), "design_effect"_a = interval.assumption.design_effect,
                  "population"_a = interval.assumption.population,
                  "method"_a = std::string(inference::name_of(interval.assumption.method)),
                  "lower"_a = interval.limits.lower, "upper"_a = interval.limits.upper);
}

py::dict plain(const study::Evidence& evidence) {
  const auto interval = [](const study::EvidenceInterval& one) { return plain(one); };
  return py::dict("finding"_a = plain(evidence.finding), "ours"_a = evidence.ours, "words"_a = evidence.words,
                  "note"_a = evidence.note, "respondents"_a = evidence.respondents,
                  "respondents_from"_a = evidence.respondents_from, "counts"_a = plain(evidence.counts),
                  "smallest_base"_a = evidence.smallest_base, "largest_base"_a = evidence.largest_base,
                  "populations"_a = evidence.populations, "population_words"_a = evidence.population_words,
                  "intervals"_a = listed(evidence.intervals, interval));
}

const char* name_of(study::ConditionRule::Kind kind) {
  switch (kind) {
    case study::ConditionRule::Kind::within: return "within";
    case study::ConditionRule::Kind::not_within: return "not-within";
    case study::ConditionRule::Kind::overlap: return "overlap";
  }
  return "";
}

py::dict plain(const study::ConditionEvidence& condition) {
  const auto deduction = [](const study::Deduction& one) {
    return py::dict("name"_a = one.name, "least"_a = one.least, "most"_a = one.most, "sentence"_a = one.sentence);
  };
  return py::dict("rule"_a = name_of(condition.rule.kind), "findings"_a = condition.rule.findings,
                  "whole"_a = condition.rule.whole, "statement"_a = condition.rule.statement,
                  "respondents"_a = condition.respondents, "counts"_a = plain(condition.counts),
                  "deductions"_a = listed(condition.deductions, deduction));
}

// ── Rehearsal ──────────────────────────────────────────────────────────────────────────────────────────────────────────

py::dict plain(const study::StudyEstimate& estimate) {
  return py::dict("n"_a = estimate.n, "unweighted"_a = estimate.unweighted, "value"_a = estimate.value,
                  "standard_error"_a = estimate.standard_error, "lower"_a = estimate.lower, "upper"_a = estimate.upper,
                  "method"_a = estimate.method, "df"_a = estimate.df, "design_effect"_a = estimate.design_effect);
}

const char* name_of(study::MeasureStatistic statistic) {
  switch (statistic) {
    case study::MeasureStatistic::count: return "count";
    case study::MeasureStatistic::share: return "share";
    case study::MeasureStatistic::mean: return "mean";
    case study::MeasureStatistic::ratio: return "ratio";
  }
  return "";
}

py::dict plain(const study::Figure& figure) {
  return py::dict("finding"_a = plain(figure.finding), "instrument"_a = figure.instrument,
                  "synthetic"_a = figure.synthetic, "variable"_a = figure.variable, "label"_a = figure.label,
                  "statistic"_a = name_of(figure.statistic), "words"_a = figure.words, "note"_a = figure.note,
                  "ours"_a = figure.ours, "published"_a = figure.published, "low"_a = figure.low,
                  "high"_a = figure.high, "count"_a = figure.count, "estimate"_a = plain(figure.estimate),
                  "agrees"_a = figure.agrees);
}

py::dict plain(const study::TableRow& row) {
  return py::dict("table"_a = row.table, "label"_a = row.label, "instrument"_a = row.instrument,
                  "synthetic"_a = row.synthetic, "variable"_a = row.variable, "question"_a = row.question,
                  "answer"_a = row.answer, "collapsed"_a = row.collapsed, "by"_a = row.by, "group"_a = row.group,
                  "scale"_a = std::string(irosurvey::name_of(row.scale)), "estimate"_a = plain(row.estimate));
}

py::dict plain(const study::SourceNote& source) {
  const StageDescription& stage = source.design.stages.front();
  return py::dict("instrument"_a = source.instrument, "label"_a = source.label, "unit"_a = source.unit,
                  "source"_a = source.source, "file_label"_a = source.file_label, "synthetic"_a = source.synthetic,
                  "rows"_a = source.rows, "design_words"_a = source.design_words, "strata"_a = stage.strata,
                  "units"_a = stage.units, "singletons"_a = stage.singletons,
                  "with_replacement"_a = stage.with_replacement, "weight_sum"_a = source.design.weight_sum,
                  "weight_min"_a = source.design.weight_min, "weight_max"_a = source.design.weight_max,
                  "problems"_a = source.design.problems);
}

py::dict plain(const study::Reproduction& result) {
  const auto one = [](const auto& part) { return plain(part); };
  const auto choice = [](const Choice& made) { return py::make_tuple(made.name, made.value); };
  return py::dict("title"_a = result.title, "study"_a = result.study, "level"_a = result.level,
                  "evidence"_a = listed(result.evidence, one), "conditions"_a = listed(result.conditions, one),
                  "sources"_a = listed(result.sources, one), "rehearsal"_a = listed(result.rehearsal, one),
                  "tables"_a = listed(result.tables, one), "choices"_a = listed(result.choices, choice),
                  "unmeasured"_a = result.unmeasured, "agrees"_a = result.agrees());
}

py::dict reproduce(const std::filesystem::path& codebook, const std::filesystem::path& data_folder,
                   const std::map<std::string, std::filesystem::path>& files,
                   const std::vector<std::tuple<std::string, std::string, py::object>>& answers, double level,
                   const std::string& singleton, int threads) {
  study::Files given{codebook, data_folder, files, {}};
  for (const auto& [instrument, source, table] : answers) {
    given.answers.push_back({instrument, source, frame_from(table), false});
  }
  const study::ReproduceOptions options{ConfidenceLevel{level}, singleton_rule(singleton), threads, python_signals()};
  const study::Reproduction result = [&] {
    const py::gil_scoped_release work;
    return study::reproduce(given, options);
  }();
  return plain(result);
}

}  // namespace

void bind_study(py::module_& module) {
  module.def("reproduce", &reproduce, py::kw_only(), py::arg("codebook"), py::arg("data_folder"), py::arg("files"),
             py::arg("answers"), py::arg("level"), py::arg("singleton"), py::arg("threads"),
             "Evidence and rehearsal of the survey, as plain dicts and lists; see irosurvey.study.reproduce.");
}

}  // namespace v1
}  // namespace irosurvey
