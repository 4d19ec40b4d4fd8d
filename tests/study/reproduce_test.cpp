#include "irosurvey/study/reproduce.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "irosurvey/frame/views.hpp"
#include "irosurvey/io/read.hpp"
#include "study/support.hpp"

namespace irosurvey::study {
namespace {

using study_test::error_of;

const std::filesystem::path kData = IROSURVEY_DATA_DIR;

Files own_files() {
  return {.codebook = kData / "codebook.toml", .data_folder = kData, .microdata = {}, .answers = {}};
}

const Reproduction& own() {
  static const Reproduction result = reproduce(own_files());
  return result;
}

std::vector<const Figure*> figures(const Reproduction& result, std::string_view id) {
  std::vector<const Figure*> found;
  for (const Figure& figure : result.rehearsal) {
    if (figure.finding.id == id) found.push_back(&figure);
  }
  return found;
}

/// Answers of a file as a plain loop sees them: NaN where the file or the codebook says that there is none.
std::vector<double> answers(const Frame& frame, const std::string& name) {
  const Numbers held = numbers(frame.column(name));
  return {held.values().begin(), held.values().end()};
}

/// The frame with some answers changed.
Frame with_answers(const Frame& frame, const std::string& name, std::vector<double> values) {
  return frame.with_column(Column::of_numbers(name, std::move(values), frame.column(name).notes()));
}

Frame without(const Frame& frame, const std::set<std::string>& names) {
  std::vector<Column> kept;
  for (const Column& column : frame.columns()) {
    if (!names.contains(column.name())) kept.push_back(column);
  }
  return Frame(std::move(kept), frame.label());
}

Files with_frame(const std::string& instrument, Frame frame) {
  Files files = own_files();
  files.answers.push_back({instrument, instrument + ".sav", std::move(frame), false});
  return files;
}

Frame iro() { return io::read(kData / "synthetic/iro.sav"); }
Frame manager() { return io::read(kData / "synthetic/manager.sav"); }

// ── Findings ────────────────────────────────────────────────────────────────────────────────────────────────────────

TEST(Reproduce, EveryFindingOfTheSurveyAgrees) {
  const Reproduction& result = own();
  EXPECT_TRUE(result.agrees());
  EXPECT_TRUE(result.synthetic());
  EXPECT_TRUE(result.unmeasured.empty());
  for (const Figure& figure : result.rehearsal) {
    EXPECT_TRUE(figure.agrees) << figure.finding.id << " " << figure.variable;
    EXPECT_TRUE(figure.synthetic);
  }
  for (const Evidence& one : result.evidence) {
    if (one.finding.study == result.study) {
      EXPECT_FALSE(figures(result, one.finding.id).empty()) << one.finding.id;
    }
  }
}

TEST(Reproduce, CountsWhoAnswered) {
  const auto values = answers(iro(), "monitor_cases");
  Index n = 0;
  Index k = 0;
  for (const double value : values) {
    n += std::isnan(value) ? 0 : 1;
    k += value == 1 || value == 2 ? 1 : 0;
  }
  ASSERT_LT(n, 295) << "the file should have gaps, or the base isn't tested";
  const Figure& monitor = *figures(own(), "ncb13-monitor").front();
  EXPECT_EQ(monitor.estimate.n, n);
  EXPECT_EQ(monitor.count, k);
  EXPECT_DOUBLE_EQ(monitor.estimate.unweighted, static_cast<double>(k) / static_cast<double>(n));
  EXPECT_DOUBLE_EQ(monitor.estimate.value, monitor.estimate.unweighted) << "IROs weigh 1";
  EXPECT_EQ(monitor.estimate.method, "logit");
  EXPECT_LT(monitor.estimate.lower, monitor.estimate.value);
  EXPECT_GT(monitor.estimate.upper, monitor.estimate.value);
  EXPECT_GT(monitor.estimate.design_effect, 0.0);
}

TEST(Reproduce, TakesBothQuestionsTogetherWhereTheReadingIsBoth) {
  const Frame frame = iro();
  const auto valued = answers(frame, "valued");
  const auto supportive = answers(frame, "supportive");
  Index n = 0;
  Index k = 0;
  for (std::size_t row = 0; row < valued.size(); ++row) {
    if (std::isnan(valued[row]) || std::isnan(supportive[row])) continue;
    ++n;
    k += valued[row] >= 4 && supportive[row] >= 4 ? 1 : 0;
  }
  const Figure& figure = *figures(own(), "ncb13-not-valued").front();
  EXPECT_EQ(figure.estimate.n, n);
  EXPECT_EQ(figure.count, k);
}

TEST(Reproduce, HoldsEveryTaskAgainstTheReading) {
  const auto tasks = figures(own(), "ncb13-follow-up");
  ASSERT_EQ(tasks.size(), 5u);
  std::set<std::string> variables;
  for (const Figure* task : tasks) {
    variables.insert(task->variable);
    EXPECT_EQ(task->low, 0.20);
    EXPECT_EQ(task->high, 0.25);
    EXPECT_TRUE(task->ours);
  }
  EXPECT_EQ(variables.size(), 5u);
}

/// Share of authorities above the limit by the textbook's formulas, row by row: stratified simple random sampling of
/// authorities, the share a ratio of totals, singletons centred at the mean of all units (Lohr 2022, section 4.2).
struct Textbook {
  double share = 0.0;
  double standard_error = 0.0;
};

Textbook textbook_share(const Frame& frame, const std::string& variable, double limit,
                        const std::map<double, double>& authorities) {
  const auto region = answers(frame, "region");
  const auto value = answers(frame, variable);
  std::map<double, double> respondents;
  for (const double stratum : region) respondents[stratum] += 1.0;
  double above = 0.0;
  double all = 0.0;
  std::vector<double> weight;
  for (std::size_t row = 0; row < region.size(); ++row) {
    weight.push_back(authorities.at(region[row]) / respondents[region[row]]);
    if (std::isnan(value[row])) continue;
    all += weight[row];
    above += value[row] > limit ? weight[row] : 0.0;
  }
  const double share = above / all;
  std::map<double, std::vector<double>> residuals;
  double sum = 0.0;
  for (std::size_t row = 0; row < region.size(); ++row) {
    const double residual =
        std::isnan(value[row]) ? 0.0 : weight[row] * ((value[row] > limit ? 1.0 : 0.0) - share) / all;
    residuals[region[row]].push_back(residual);
    sum += residual;
  }
  double variance = 0.0;
  for (const auto& [stratum, units] : residuals) {
    const double n = static_cast<double>(units.size());
    double mean = sum / static_cast<double>(region.size());
    if (n > 1.0) {
      mean = 0.0;
      for (const double unit : units) mean += unit / n;
    }
    double squares = 0.0;
    for (const double unit : units) squares += (unit - mean) * (unit - mean);
    variance += (1.0 - n / authorities.at(stratum)) * (n > 1.0 ? n / (n - 1.0) : 1.0) * squares;
  }
  return {share, std::sqrt(variance)};
}

TEST(Reproduce, WeighsManagersByTheAuthoritiesOfTheirRegion) {
  const Codebook codebook = read_codebook(kData / "codebook.toml");
  std::map<double, double> authorities;
  for (const Answer& answer : codebook.instrument("manager").question("region").labels) {
    for (const Authority& authority : read_authorities(kData / "authorities.csv")) {
      authorities[static_cast<double>(answer.value)] += authority.region_code == answer.code ? 1.0 : 0.0;
    }
  }
  const Textbook expected = textbook_share(manager(), "caseload_per_fte", 70.0, authorities);
  const Figure& caseload = *figures(own(), "ncb13-caseload").front();
  EXPECT_NEAR(caseload.estimate.value, expected.share, 1e-14);
  EXPECT_NEAR(caseload.estimate.standard_error, expected.standard_error, 1e-14);
  EXPECT_NE(caseload.estimate.value, caseload.estimate.unweighted);
}

TEST(Reproduce, DescribesTheDesigns) {
  for (const SourceNote& source : own().sources) {
    ASSERT_EQ(source.design.stages.size(), 1u);
    if (source.instrument == "iro") {
      EXPECT_EQ(source.rows, 295);
      EXPECT_EQ(source.design.weight_max, 1.0);
      EXPECT_TRUE(source.design.stages[0].with_replacement);
    } else {
      EXPECT_NEAR(source.design.weight_sum, 152.0, 1e-9);
      EXPECT_FALSE(source.design.stages[0].with_replacement);
      EXPECT_EQ(source.design.stages[0].units, source.rows);
    }
  }
}

TEST(Reproduce, TwoMovedAnswersAreSeen) {
  const Frame frame = iro();
  std::vector<double> values = answers(frame, "monitor_cases");
  int moved = 0;
  for (double& value : values) {
    if (value == 3 && moved < 2) {
      value = 1;
      ++moved;
    }
  }
  const Reproduction result = reproduce(with_frame("iro", with_answers(frame, "monitor_cases", values)));
  EXPECT_FALSE(result.agrees());
  EXPECT_FALSE(figures(result, "ncb13-monitor").front()->agrees);
  EXPECT_TRUE(figures(result, "ncb13-court-papers").front()->agrees);
}

TEST(Reproduce, AMissingRowIsSeen) {
  Frame frame = manager();
  std::vector<Column> columns;
  for (const Column& column : frame.columns()) {
    if (column.name() == "authority") {
      const Factor codes = *shared_factor(column);
      std::vector<std::optional<std::string>> texts;
      for (std::size_t row = 0; row + 1 < codes.codes.size(); ++row) {
        texts.emplace_back(to_text(codes.levels[static_cast<std::size_t>(codes.codes[row])]));
      }
      columns.push_back(Column::of_text(column.name(), texts));
    } else {
      std::vector<double> values = answers(frame, column.name());
      values.pop_back();
      columns.push_back(Column::of_numbers(column.name(), std::move(values)));
    }
  }
  const Reproduction result = reproduce(with_frame("manager", Frame(std::move(columns), "real")));
  EXPECT_FALSE(result.agrees());
  EXPECT_FALSE(figures(result, "ncb13-n-manager").front()->agrees);
}

TEST(Reproduce, AFindingThatNothingCountsIsNoAgreement) {
  Codebook codebook = read_codebook(kData / "codebook.toml");
  const auto findings = read_findings(kData / "findings.csv");
  const auto authorities = read_authorities(kData / "authorities.csv");
  codebook.measures.erase(std::find_if(codebook.measures.begin(), codebook.measures.end(),
                                       [](const Measure& measure) { return measure.id == "ncb13-monitor"; }));
  const std::vector<Microdata> microdata{{"iro", "iro.sav", iro(), true},
                                         {"manager", "manager.sav", manager(), true},
                                         {"dcs", "dcs.sav", io::read(kData / "synthetic/dcs.sav"), true}};
  const Reproduction result = rehearse(microdata, findings, codebook, authorities);
  EXPECT_EQ(result.unmeasured, std::vector<std::string>{"ncb13-monitor"});
  EXPECT_FALSE(result.agrees());
}

// ── What is synthetic ───────────────────────────────────────────────────────────────────────────────────────────────

TEST(Reproduce, DataAreSyntheticWhereTheirLabelOrTheCodebookSaysSo) {
  const auto of_iro = [](const Reproduction& result) {
    return std::any_of(result.sources.begin(), result.sources.end(),
                       [](const SourceNote& source) { return source.instrument == "iro" && source.synthetic; });
  };
  EXPECT_TRUE(of_iro(reproduce(with_frame("iro", iro()))));
  const Reproduction real = reproduce(with_frame("iro", iro().with_label("Answers of 2013")));
  EXPECT_FALSE(of_iro(real));
  EXPECT_FALSE(figures(real, "ncb13-monitor").front()->synthetic);
  EXPECT_TRUE(figures(real, "ncb13-caseload").front()->synthetic);
  EXPECT_TRUE(real.synthetic());
}

// ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

std::vector<const TableRow*> rows_of(const Reproduction& result, std::string_view table, std::string_view by) {
  std::vector<const TableRow*> found;
  for (const TableRow& row : result.tables) {
    if (row.table == table && row.by == by) found.push_back(&row);
  }
  return found;
}

TEST(ReproduceTables, CaseloadsPerFullTimeEquivalent) {
  const Frame frame = iro();
  const auto caseload = answers(frame, "caseload");
  const auto fte = answers(frame, "fte");
  double children = 0.0;
  double posts = 0.0;
  Index n = 0;
  std::map<double, Index> above;
  for (std::size_t row = 0; row < caseload.size(); ++row) {
    if (std::isnan(caseload[row]) || std::isnan(fte[row])) continue;
    ++n;
    children += caseload[row];
    posts += fte[row];
    for (const double limit : {50.0, 60.0, 70.0}) above[limit] += caseload[row] / fte[row] > limit ? 1 : 0;
  }
  const auto whole = rows_of(own(), "caseload", "");
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0]->estimate.n, n);
  EXPECT_NEAR(whole[0]->estimate.value, children / posts, 1e-12);
  EXPECT_EQ(whole[0]->estimate.method, "t");
  const auto limits = rows_of(own(), "caseload_limits", "");
  ASSERT_EQ(limits.size(), 3u);
  EXPECT_EQ(limits[0]->answer, "above 50");
  EXPECT_NEAR(limits[0]->estimate.value, static_cast<double>(above[50.0]) / static_cast<double>(n), 1e-14);
  EXPECT_NEAR(limits[2]->estimate.value, static_cast<double>(above[70.0]) / static_cast<double>(n), 1e-14);

  const auto regions = rows_of(own(), "caseload", "region");
  ASSERT_EQ(regions.size(), 9u);
  EXPECT_EQ(regions[0]->group, "North East");
  Index total = 0;
  for (const TableRow* row : regions) total += row->estimate.n;
  EXPECT_EQ(total, n);
  EXPECT_EQ(rows_of(own(), "caseload", "type").size(), 4u);
}

TEST(ReproduceTables, EveryFrequencyInFullAndPutTogether) {
  std::map<std::string, std::vector<const TableRow*>> full;
  std::map<std::string, std::vector<const TableRow*>> together;
  for (const TableRow* row : rows_of(own(), "monitoring", "")) {
    (row->collapsed ? together : full)[row->variable].push_back(row);
  }
  EXPECT_EQ(full.size(), 19u);
  for (const auto& [variable, rows] : full) {
    ASSERT_EQ(rows.size(), 5u) << variable;
    ASSERT_EQ(together[variable].size(), 3u) << variable;
    EXPECT_EQ(rows[0]->answer, "Always");
    EXPECT_EQ(rows[4]->answer, "Never");
    EXPECT_EQ(together[variable][2]->answer, "Rarely or never");
    EXPECT_FALSE(rows[0]->question.empty());
    double sum = 0.0;
    for (const TableRow* row : rows) sum += row->estimate.value;
    EXPECT_NEAR(sum, 1.0, 1e-14);
    EXPECT_NEAR(together[variable][0]->estimate.value, rows[0]->estimate.value + rows[1]->estimate.value, 1e-14);
    EXPECT_NEAR(together[variable][2]->estimate.value, rows[3]->estimate.value + rows[4]->estimate.value, 1e-14);
  }
  const Figure& monitor = *figures(own(), "ncb13-monitor").front();
  EXPECT_EQ(together["monitor_cases"][0]->estimate.value, monitor.estimate.value);
  EXPECT_EQ(together["monitor_cases"][0]->estimate.standard_error, monitor.estimate.standard_error);
}

// ── Real files ──────────────────────────────────────────────────────────────────────────────────────────────────────

void expect_all(const std::string& message, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
  }
}

TEST(RealFiles, ListEveryVariableThatIsMissingAtOnce) {
  Files files = own_files();
  files.answers.push_back({"iro", "iro.sav", without(iro(), {"monitor_cases", "court_papers", "fte"}), false});
  files.answers.push_back({"manager", "manager.sav", without(manager(), {"caseload_per_fte"}), false});
  expect_all(error_of(ErrorCode::column, [&] { return reproduce(files); }),
             {"'monitor_cases'", "'court_papers'", "'fte'", "in the manager file", "'caseload_per_fte'", "column = "});
}

TEST(RealFiles, VariablesThatTheStudyDoesNotNeedMayBeMissing) {
  EXPECT_TRUE(reproduce(with_frame("iro", without(iro(), {"years_as_iro", "employer"}))).agrees());
}

TEST(RealFiles, OtherNamesAreMappedInTheCodebook) {
  Codebook codebook = read_codebook(kData / "codebook.toml");
  for (Instrument& instrument : codebook.instruments) {
    for (Question& question : instrument.questions) {
      if (question.name == "monitor_cases") question.column = "Q17_b";
    }
  }
  const auto findings = read_findings(kData / "findings.csv");
  const auto authorities = read_authorities(kData / "authorities.csv");
  const Frame frame = iro();
  const std::vector<Microdata> without_it{{"iro", "iro.sav", frame, true}};
  expect_all(error_of(ErrorCode::column, [&] { return rehearse(without_it, findings, codebook, authorities); }),
             {"iro.sav", "'Q17_b' (for 'monitor_cases')"});
  const std::vector<Microdata> with_it{
      {"iro", "iro.sav",
       without(frame.with_column(frame.column("monitor_cases").with_name("Q17_b")), {"monitor_cases"}), true}};
  const Reproduction result = rehearse(with_it, findings, codebook, authorities);
  EXPECT_EQ(figures(result, "ncb13-monitor").front()->count, figures(own(), "ncb13-monitor").front()->count);
}

TEST(RealFiles, CodesOfTheCodebookAreMissingWhereTheFileDoesNotSaySo) {
  const Frame frame = iro();
  std::vector<Column> columns = frame.columns();
  for (Column& column : columns) column = column.with_user_missing(UserMissingRule::keep);
  const Reproduction result = reproduce(with_frame("iro", Frame(std::move(columns), frame.label())));
  EXPECT_EQ(figures(result, "ncb13-monitor").front()->estimate.n, figures(own(), "ncb13-monitor").front()->estimate.n);
}

TEST(RealFiles, AnAnswerThatTheCodebookDoesNotKnowIsRefused) {
  const Frame frame = iro();
  std::vector<double> values = answers(frame, "court_papers");
  values[7] = 6;
  expect_all(error_of(ErrorCode::column,
                      [&] { return reproduce(with_frame("iro", with_answers(frame, "court_papers", values))); }),
             {"'court_papers'", "row 7", "5 (Never)", "found 6"});
}

TEST(RealFiles, OneManagerAnswersForAnAuthority) {
  const Frame frame = manager();
  const Factor codes = *shared_factor(frame.column("authority"));
  std::vector<std::optional<std::string>> texts;
  for (const auto code : codes.codes) texts.emplace_back(to_text(codes.levels[static_cast<std::size_t>(code)]));
  texts[9] = texts[3];
  expect_all(error_of(ErrorCode::design,
                      [&] {
                        return reproduce(with_frame("manager", frame.with_column(Column::of_text("authority", texts))));
                      }),
             {"row 9", "at most one respondent", *texts[3]});
}

TEST(RealFiles, ARespondentWithoutARegionIsNamed) {
  const Frame frame = manager();
  std::vector<double> regions = answers(frame, "region");
  regions[4] = std::nan("");
  expect_all(error_of(ErrorCode::design,
                      [&] { return reproduce(with_frame("manager", with_answers(frame, "region", regions))); }),
             {"row 4", "region"});
}

TEST(RealFiles, AnUnknownInstrumentIsNamed) {
  Files files = own_files();
  files.microdata["irp"] = kData / "synthetic/iro.sav";
  expect_all(error_of(ErrorCode::argument, [&] { return reproduce(files); }), {"'irp'", "'iro'"});
}

TEST(RealFiles, AFileThatIsNotThereIsNamed) {
  Files files = own_files();
  files.microdata["iro"] = "/nowhere/iro.sav";
  expect_all(error_of(ErrorCode::read, [&] { return reproduce(files); }), {"/nowhere/iro.sav"});
}

TEST(Reproduce, ThreadsChangeNothing) {
  const Reproduction one = reproduce(own_files(), {.level = ConfidenceLevel{0.95}, .threads = 1});
  const Reproduction five = reproduce(own_files(), {.level = ConfidenceLevel{0.95}, .threads = 5});
  ASSERT_EQ(one.tables.size(), five.tables.size());
  for (std::size_t i = 0; i < one.tables.size(); ++i) {
    EXPECT_EQ(one.tables[i].estimate.value, five.tables[i].estimate.value);
    EXPECT_EQ(one.tables[i].estimate.standard_error, five.tables[i].estimate.standard_error);
  }
}

}  // namespace
}  // namespace irosurvey::study
