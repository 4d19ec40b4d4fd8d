#include "irosurvey/study/codebook.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "irosurvey/core/error.hpp"
#include "study/toml_section.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

template <typename Items>
auto find_named(const Items& items, std::string_view name) {
  return std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
}

template <typename Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

template <typename Value, std::size_t Size>
Value one_of(const std::array<std::pair<std::string_view, Value>, Size>& names, TomlSection& section,
             std::string_view key) {
  const std::string text = section.text(key);
  std::vector<std::string> known;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    known.emplace_back(name);
  }
  section.refuse(key, "one of its words", "'" + text + "'", known);
}

// ── Questions ───────────────────────────────────────────────────────────────────────────────────────

/// What variables of a kind have in common.
struct Kind {
  std::vector<Answer> labels;
  std::vector<AnswerGroup> collapsed;
};

std::vector<Answer> answers(TomlSection& section, std::string_view key) {
  std::vector<Answer> result;
  for (TomlSection& entry : section.sections(key)) {
    result.push_back({entry.whole("value"), entry.text("label"), entry.text_or("code", "")});
    entry.finish();
  }
  return result;
}

std::vector<AnswerGroup> answer_groups(TomlSection& section) {
  std::vector<AnswerGroup> result;
  for (TomlSection& entry : section.sections("collapsed")) {
    result.push_back({entry.text("label"), entry.wholes("values")});
    entry.finish();
  }
  return result;
}

std::map<std::string, Kind> read_kinds(TomlSection section) {
  std::map<std::string, Kind> kinds;
  for (const std::string& name : section.keys()) {
    TomlSection entry = section.section(name);
    kinds[name] = {answers(entry, "labels"), answer_groups(entry)};
    entry.pass("label");
    entry.pass("measure");
    entry.finish();
  }
  return kinds;
}

std::optional<Condition> condition(TomlSection& section, std::string_view key) {
  auto entry = section.optional_section(key);
  if (!entry) return std::nullopt;
  Condition result{entry->text("variable"), entry->wholes("values"), entry->text_or("words", "")};
  entry->finish();
  return result;
}

Question read_question(TomlSection section, const std::string& name, const std::map<std::string, Kind>& kinds,
                       const std::vector<Answer>& missing) {
  Question question;
  question.name = name;
  question.column = section.text_or("column", name);
  question.label = section.text("label");
  question.kind = section.text("kind");
  const auto kind = kinds.find(question.kind);
  if (kind == kinds.end()) {
    std::vector<std::string> known;
    for (const auto& [key, value] : kinds) known.push_back(key);
    section.refuse("kind", "a kind of [kinds]", "'" + question.kind + "'", near_names(question.kind, known));
  }
  question.labels = section.has("labels") ? answers(section, "labels") : kind->second.labels;
  question.collapsed = kind->second.collapsed;
  question.missing = section.has("missing") ? answers(section, "missing") : missing;
  question.universe = condition(section, "universe");
  question.documented = section.boolean("documented");
  question.basis = section.text("basis");
  section.finish();
  return question;
}

// ── Instruments ─────────────────────────────────────────────────────────────────────────────────────

std::optional<Population> read_population(TomlSection& section) {
  auto entry = section.optional_section("population");
  if (!entry) return std::nullopt;
  Population population{entry->optional_whole("count"), entry->text_or("finding", ""), entry->text("words")};
  if (population.count.has_value() == !population.finding.empty()) {
    entry->refuse("", "either 'count' or 'finding'", population.count ? "both" : "neither");
  }
  entry->finish();
  return population;
}

/// `false`, or whose number is the population: "authorities".
bool read_fpc(TomlSection& section) {
  constexpr std::array<std::pair<std::string_view, bool>, 1> kPopulations{{{"authorities", true}}};
  return section.is_false("fpc") ? false : one_of(kPopulations, section, "fpc");
}

InstrumentDesign read_design(TomlSection section) {
  constexpr std::array<std::pair<std::string_view, WeightRule>, 2> kRules{{
      {"one", WeightRule::one},
      {"authorities/respondents", WeightRule::authorities_respondents},
  }};
  InstrumentDesign design;
  design.strata = section.text("strata");
  design.clusters = section.text("clusters");
  design.weights = one_of(kRules, section, "weight_rule");
  design.fpc = read_fpc(section);
  design.population = read_population(section);
  design.words = section.text("words");
  section.finish();
  return design;
}

void check_design(TomlSection section, const Instrument& instrument) {
  const auto check = [&](std::string_view key, const std::string& variable) {
    if (find_named(instrument.questions, variable) != instrument.questions.end()) return;
    section.refuse(key, "a variable of the instrument", "'" + variable + "'",
                   near_names(variable, names_of(instrument.questions)));
  };
  check("strata", instrument.design.strata);
  check("clusters", instrument.design.clusters);
}

Instrument read_instrument(TomlSection section, const std::string& name, const std::map<std::string, Kind>& kinds,
                           const std::vector<Answer>& missing) {
  Instrument instrument;
  instrument.name = name;
  instrument.label = section.text("label");
  instrument.unit = section.text("unit");
  instrument.file = section.text("file");
  instrument.design = read_design(section.section("design"));
  section.pass("respondents");  // the generator's: what is expected of a file is a finding's business
  TomlSection variables = section.section("variables");
  for (const std::string& variable : variables.keys()) {
    instrument.questions.push_back(read_question(variables.section(variable), variable, kinds, missing));
  }
  check_design(section.section("design"), instrument);
  section.finish();
  return instrument;
}

// ── Measures ────────────────────────────────────────────────────────────────────────────────────────

Measure read_measure(TomlSection section, const std::string& id) {
  constexpr std::array<std::pair<std::string_view, MeasureStatistic>, 4> kStatistics{{
      {"count", MeasureStatistic::count},
      {"share", MeasureStatistic::share},
      {"mean", MeasureStatistic::mean},
      {"ratio", MeasureStatistic::ratio},
  }};
  constexpr std::array<std::pair<std::string_view, Combine>, 3> kCombine{{
      {"one", Combine::one},
      {"each", Combine::each},
      {"all", Combine::all},
  }};
  constexpr std::array<std::pair<std::string_view, bool>, 2> kReadings{{
      {"printed", false},
      {"ours", true},
  }};
  Measure measure;
  measure.id = id;
  measure.label = section.text_or("label", "");
  measure.instrument = section.text("instrument");
  measure.statistic = one_of(kStatistics, section, "statistic");
  measure.variables = section.texts("variables");
  if (section.has("combine")) measure.combine = one_of(kCombine, section, "combine");
  measure.values = section.wholes("values");
  measure.above = section.optional_number("above");
  measure.limits = section.numbers("limits");
  measure.numerator = section.text_or("numerator", "");
  measure.denominator = section.text_or("denominator", "");
  measure.where = condition(section, "where");
  measure.by = section.texts("by");
  for (const std::string& form : section.texts("show")) {
    if (form == "collapsed") {
      measure.show_collapsed = true;
    } else if (form == "full") {
      measure.show_full = true;
    } else {
      section.refuse("show", "\"collapsed\" or \"full\"", "'" + form + "'");
    }
  }
  measure.words = section.text_or("words", "");
  if (section.has("reading")) measure.ours = one_of(kReadings, section, "reading");
  measure.note = section.text_or("note", "");
  section.finish();
  return measure;
}

/// Refuses a measure of what isn't there, and one that says too little or too much to be counted.
void check_measure(TomlSection section, const Measure& measure, const Codebook& codebook) {
  const auto instrument = find_named(codebook.instruments, measure.instrument);
  if (instrument == codebook.instruments.end()) {
    section.refuse("instrument", "an instrument of [instruments]", "'" + measure.instrument + "'",
                   near_names(measure.instrument, names_of(codebook.instruments)));
  }
  const auto check = [&](const std::string& variable, std::string_view key) {
    if (find_named(instrument->questions, variable) != instrument->questions.end()) return;
    section.refuse(key, "variables of the instrument '" + measure.instrument + "'", "'" + variable + "'",
                   near_names(variable, names_of(instrument->questions)));
  };
  for (const std::string& variable : measure.variables) check(variable, "variables");
  for (const std::string& variable : measure.by) check(variable, "by");
  if (!measure.numerator.empty()) check(measure.numerator, "numerator");
  if (!measure.denominator.empty()) check(measure.denominator, "denominator");
  if (measure.where) check(measure.where->variable, "where");

  const bool quotient = !measure.numerator.empty() && !measure.denominator.empty();
  if (measure.numerator.empty() != measure.denominator.empty()) {
    section.refuse("", "'numerator' and 'denominator' together", "one of them");
  }
  if (measure.statistic == MeasureStatistic::count) return;
  if (quotient == !measure.variables.empty()) {
    section.refuse("", "either 'variables' or a quotient", quotient ? "both" : "neither");
  }
  if (measure.statistic == MeasureStatistic::ratio && !quotient) {
    section.refuse("", "'numerator' and 'denominator' of a ratio", "'variables'");
  }
  if (measure.statistic == MeasureStatistic::mean && quotient) {
    section.refuse("", "'variables' of a mean", "'numerator' and 'denominator'");
  }
  if (measure.combine == Combine::one && !measure.show_full && !measure.show_collapsed &&
      measure.variables.size() > 1) {
    section.refuse("variables", "one variable, or a rule 'combine' for several", "several");
  }
  const int ways = (measure.values.empty() ? 0 : 1) + (measure.above ? 1 : 0) + (measure.limits.empty() ? 0 : 1) +
                   (measure.show_full || measure.show_collapsed ? 1 : 0);
  if (measure.statistic == MeasureStatistic::share && ways != 1) {
    section.refuse("", "one of 'values', 'above', 'limits' and 'show', for what counts",
                   ways == 0 ? "none" : "several");
  }
}

std::vector<Measure> read_measures(TomlSection section, const Codebook& codebook) {
  std::vector<Measure> measures;
  for (const std::string& id : section.keys()) {
    measures.push_back(read_measure(section.section(id), id));
    check_measure(section.section(id), measures.back(), codebook);
  }
  return measures;
}

ConditionRule read_condition_rule(TomlSection section) {
  constexpr std::array<std::pair<std::string_view, ConditionRule::Kind>, 3> kRules{{
      {"within", ConditionRule::Kind::within},
      {"not-within", ConditionRule::Kind::not_within},
      {"overlap", ConditionRule::Kind::overlap},
  }};
  ConditionRule rule;
  rule.kind = one_of(kRules, section, "rule");
  const bool overlap = rule.kind == ConditionRule::Kind::overlap;
  const std::string_view key = overlap ? "parts" : "findings";
  rule.findings = section.texts(key);
  if (overlap ? rule.findings.size() < 2 : rule.findings.size() != 2) {
    section.refuse(key, overlap ? "at least two findings" : "two findings", std::to_string(rule.findings.size()));
  }
  if (overlap) rule.whole = section.text("whole");
  rule.statement = section.text("statement");
  section.finish();
  return rule;
}

// ── The whole ───────────────────────────────────────────────────────────────────────────────────────

void read_study(TomlSection section, Codebook& codebook) {
  section.pass("id");
  codebook.title = section.text("title");
  codebook.by = section.text("by");
  codebook.year = section.whole("year");
  codebook.microdata = section.text("microdata");
  codebook.note = section.text("note");
  codebook.findings = section.text("findings");
  codebook.findings_study = section.text("findings_study");
  codebook.authorities = section.text("authorities");
  section.finish();
}

toml::table parse(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) {
    throw Error(ErrorCode::read, {.subject = path.string(),
                                  .row = {},
                                  .expected = "a codebook",
                                  .found = "no such file",
                                  .remedy = {},
                                  .candidates = {}});
  }
  try {
    return toml::parse_file(path.string());
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::read, {.subject = path.string() + ", line " + std::to_string(error.source().begin.line),
                                  .row = {},
                                  .expected = "TOML",
                                  .found = "'" + std::string(error.description()) + "'",
                                  .remedy = {},
                                  .candidates = {}});
  }
}

}  // namespace

const Question& Instrument::question(std::string_view variable) const {
  const auto found = find_named(questions, variable);
  if (found != questions.end()) return *found;
  throw Error(ErrorCode::argument, {.subject = "instrument '" + name + "'",
                                    .row = {},
                                    .expected = "one of its variables",
                                    .found = "'" + std::string(variable) + "'",
                                    .remedy = {},
                                    .candidates = near_names(variable, names_of(questions))});
}

const Instrument& Codebook::instrument(std::string_view name) const {
  const auto found = find_named(instruments, name);
  if (found != instruments.end()) return *found;
  throw Error(ErrorCode::argument, {.subject = "instrument",
                                    .row = {},
                                    .expected = "one that the codebook has",
                                    .found = "'" + std::string(name) + "'",
                                    .remedy = {},
                                    .candidates = names_of(instruments)});
}

const Measure* Codebook::measure(std::string_view finding) const noexcept {
  const auto found =
      std::find_if(measures.begin(), measures.end(), [&](const Measure& measure) { return measure.id == finding; });
  return found == measures.end() ? nullptr : &*found;
}

std::filesystem::path Codebook::locate(const std::filesystem::path& file, const std::filesystem::path& fallback) const {
  const std::filesystem::path beside = path.parent_path() / file;
  if (fallback.empty() || std::filesystem::exists(beside)) return beside;
  return fallback / file;
}

Codebook read_codebook(const std::filesystem::path& path) {
  const toml::table root = parse(path);
  TomlSection top(root, path, "");
  Codebook codebook;
  codebook.path = path;
  read_study(top.section("study"), codebook);
  TomlSection codes = top.section("missing");
  const std::vector<Answer> missing = answers(codes, "codes");
  codes.finish();
  const std::map<std::string, Kind> kinds = read_kinds(top.section("kinds"));
  TomlSection instruments = top.section("instruments");
  for (const std::string& name : instruments.keys()) {
    codebook.instruments.push_back(read_instrument(instruments.section(name), name, kinds, missing));
  }
  codebook.measures = read_measures(top.section("findings"), codebook);
  if (top.has("statistics")) codebook.tables = read_measures(top.section("statistics"), codebook);
  for (const TomlSection& entry : top.sections("conditions")) {
    codebook.conditions.push_back(read_condition_rule(entry));
  }
  top.finish();
  return codebook;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
