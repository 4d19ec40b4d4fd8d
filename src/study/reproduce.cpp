#include "irosurvey/study/reproduce.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "irosurvey/core/error.hpp"
#include "irosurvey/io/read.hpp"
#include "study/analysis.hpp"
#include "study/answers.hpp"
#include "study/lookup.hpp"
#include "study/rehearsal.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

constexpr const char* kSynthetic = "SYNTHETIC";

SourceNote note_of(const Microdata& data, const Analysis& analysis) {
  const Instrument& instrument = analysis.instrument();
  return {.instrument = instrument.name,
          .label = instrument.label,
          .unit = instrument.unit,
          .source = data.source,
          .file_label = data.frame.label(),
          .synthetic = data.synthetic,
          .rows = data.frame.rows(),
          .design_words = instrument.design.words,
          .design = analysis.describe()};
}

std::vector<Choice> choices_of(const ReproduceOptions& options) {
  char level[16];
  std::snprintf(level, sizeof level, "%g%%", 100.0 * options.level.value());
  return {{"confidence level", level},
          {"interval of shares", std::string(name_of(inference::default_method(Scale::share)))},
          {"interval of means and ratios", std::string(name_of(inference::default_method(Scale::mean)))},
          {"singleton stratum", std::string(name_of(options.singleton))},
          {"missing answers", std::string(name_of(MissingRule::domain))},
          {"degrees of freedom", std::string(name_of(DfRule::design))},
          {"design effect", "wr"}};
}

/// The instruments that findings or tables are counted from.
std::set<std::string> used_instruments(const Codebook& codebook) {
  std::set<std::string> used;
  for (const Measure& measure : codebook.measures) used.insert(measure.instrument);
  for (const Measure& table : codebook.tables) used.insert(table.instrument);
  return used;
}

bool says_synthetic(const std::string& text) { return text.find(kSynthetic) != std::string::npos; }

Microdata read_microdata(const Instrument& instrument, const Files& files, const Codebook& codebook,
                         const ReproduceOptions& options) {
  for (const Microdata& given : files.answers) {
    if (given.instrument != instrument.name) continue;
    Microdata data = given;
    data.synthetic = data.synthetic || says_synthetic(data.frame.label());
    return data;
  }
  const auto named = files.microdata.find(instrument.name);
  const bool own = named == files.microdata.end();
  const std::filesystem::path path = own ? codebook.locate(instrument.file, files.data_folder) : named->second;
  Frame frame = io::read(path, {.columns = {}, .interrupt = options.interrupt});
  const bool synthetic = says_synthetic(frame.label()) || (own && says_synthetic(codebook.microdata));
  return {instrument.name, path.string(), std::move(frame), synthetic};
}

void check_instruments(const Files& files, const Codebook& codebook) {
  for (const auto& [name, path] : files.microdata) static_cast<void>(codebook.instrument(name));
  for (const Microdata& data : files.answers) static_cast<void>(codebook.instrument(data.instrument));
}

}  // namespace

bool Reproduction::agrees() const noexcept {
  return unmeasured.empty() && std::all_of(rehearsal.begin(), rehearsal.end(), [&](const Figure& figure) {
           const bool number = figure.finding.kind == FindingKind::percent || figure.finding.kind == FindingKind::count;
           return !number || figure.finding.study != study || figure.agrees;
         });
}

bool Reproduction::synthetic() const noexcept {
  return std::any_of(sources.begin(), sources.end(), [](const SourceNote& source) { return source.synthetic; });
}

namespace {

/// Findings of the study that decide whether it is reproduced, and that nothing counts.
std::vector<std::string> unmeasured_findings(std::span<const Finding> findings, const Codebook& codebook,
                                             std::span<const Figure> figures) {
  std::vector<std::string> result;
  for (const Finding& finding : findings) {
    const bool number = finding.kind == FindingKind::percent || finding.kind == FindingKind::count;
    const bool counted = std::any_of(figures.begin(), figures.end(),
                                     [&](const Figure& figure) { return figure.finding.id == finding.id; });
    if (number && finding.study == codebook.findings_study && !counted) result.push_back(finding.id);
  }
  return result;
}

}  // namespace

Reproduction rehearse(std::span<const Microdata> microdata, std::span<const Finding> findings, const Codebook& codebook,
                      std::span<const Authority> authorities, const ReproduceOptions& options) {
  check_columns(microdata, codebook);
  Reproduction result;
  result.title = codebook.title;
  result.study = codebook.findings_study;
  result.level = options.level.value();
  result.choices = choices_of(options);
  std::map<std::string, std::pair<Analysis, bool>> analyses;
  for (const Microdata& data : microdata) {
    Analysis analysis(data, codebook, authorities, options);
    result.sources.push_back(note_of(data, analysis));
    analyses.emplace(data.instrument, std::pair{std::move(analysis), data.synthetic});
  }
  for (const Measure& measure : codebook.measures) {
    const auto found = analyses.find(measure.instrument);
    if (found == analyses.end()) continue;
    auto& [analysis, synthetic] = found->second;
    for (Figure& figure :
         rehearse_finding(analysis, find_finding(findings, measure.id), measure, synthetic, options.level)) {
      result.rehearsal.push_back(std::move(figure));
    }
  }
  for (const Measure& table : codebook.tables) {
    const auto found = analyses.find(table.instrument);
    if (found == analyses.end()) continue;
    auto& [analysis, synthetic] = found->second;
    for (TableRow& row : tabulate(analysis, table, synthetic, options.level)) {
      result.tables.push_back(std::move(row));
    }
  }
  result.unmeasured = unmeasured_findings(findings, codebook, result.rehearsal);
  return result;
}

Reproduction reproduce(const Files& files, const ReproduceOptions& options) {
  const Codebook codebook = read_codebook(files.codebook);
  check_instruments(files, codebook);
  const std::vector<Finding> findings = read_findings(codebook.locate(codebook.findings, files.data_folder));
  const std::vector<Authority> authorities = read_authorities(codebook.locate(codebook.authorities, files.data_folder));
  std::vector<Microdata> microdata;
  const std::set<std::string> used = used_instruments(codebook);
  for (const Instrument& instrument : codebook.instruments) {
    if (!used.contains(instrument.name)) continue;
    microdata.push_back(read_microdata(instrument, files, codebook, options));
  }
  Reproduction result = rehearse(microdata, findings, codebook, authorities, options);
  result.evidence = evidence(findings, codebook, options.level);
  result.conditions = conditions(findings, codebook);
  return result;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
