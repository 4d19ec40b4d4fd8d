#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/study/codebook.hpp"
#include "irosurvey/study/evidence.hpp"
#include "irosurvey/study/findings.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// The answers to one instrument.
struct Microdata {
  std::string instrument;
  std::string source;  ///< the file's name, for the reader
  Frame frame;
  bool synthetic = false;
};

/// Which files the study is made from.
struct Files {
  std::filesystem::path codebook;
  /// Where files lie that the codebook names and that aren't beside it.
  std::filesystem::path data_folder;
  /// Data files by instrument, in the place of those that the codebook names.
  std::map<std::string, std::filesystem::path> microdata;
  /// Answers that are in memory already, in the place of a file.
  std::vector<Microdata> answers;
};

/// How the study is computed: what its published figures leave open.
struct ReproduceOptions {
  ConfidenceLevel level{0.95};
  /// A region with one authority among the respondents. The default is on the safe side: it is centred at
  /// the mean of all units.
  SingletonRule singleton = SingletonRule::adjust;
  int threads = 0;      ///< at most so many; 0: one for each processor. The bits are the same
  Interrupt interrupt;  ///< asked now and then; true ends it with Error(interrupted)
};

/// An estimate under the design of its instrument, beside the one without weights, on the scale of its
/// statistic: shares 0–1. NaN where there is none.
struct StudyEstimate {
  Index n = 0;              ///< unweighted base: those who answered
  double unweighted = 0.0;  ///< as the published figures are: every respondent counts once
  double value = 0.0;       ///< weighted
  double standard_error = 0.0;
  double lower = 0.0;
  double upper = 0.0;
  std::string method;  ///< of the interval
  double df = 0.0;
  double design_effect = 0.0;  ///< against a simple random sample with replacement of the n
};

/// A published figure beside what the microdata give. For a finding of several questions that each give a
/// figure, one of them.
struct Figure {
  Finding finding;
  std::string instrument;
  bool synthetic = false;
  std::string variable;  ///< the question, where it is one of several; else empty
  std::string label;
  MeasureStatistic statistic = MeasureStatistic::share;
  std::string words;
  std::string note;
  bool ours = false;
  std::optional<double> published;  ///< on the scale of the estimate, as are the next two
  double low = 0.0;
  double high = 0.0;
  Index count = 0;  ///< of a share: respondents who count
  StudyEstimate estimate;
  /// The unweighted estimate rounds to the printed number, or lies within the reading of the words.
  bool agrees = false;
};

/// A row of the tables beside the findings.
struct TableRow {
  std::string table;  ///< name in the codebook
  std::string label;
  std::string instrument;
  bool synthetic = false;
  std::string variable;
  std::string question;
  std::string answer;      ///< "Rarely or never", "above 60"; empty for means and ratios
  bool collapsed = false;  ///< answers put together
  std::string by;          ///< "region"; empty for the whole
  std::string group;       ///< "London"
  Scale scale = Scale::share;
  StudyEstimate estimate;
};

/// What was read for an instrument, and how it was taken to be sampled.
struct SourceNote {
  std::string instrument;
  std::string label;
  std::string unit;
  std::string source;
  std::string file_label;
  bool synthetic = false;
  Index rows = 0;
  std::string design_words;
  DesignDescription design;
};

/// The study: evidence from print, and the rehearsal on microdata. The two never mix.
struct Reproduction {
  std::string title;
  std::string study;  ///< whose findings decide `agrees()`
  double level = 0.95;
  std::vector<Evidence> evidence;
  std::vector<ConditionEvidence> conditions;
  std::vector<SourceNote> sources;
  std::vector<Figure> rehearsal;
  std::vector<TableRow> tables;
  std::vector<Choice> choices;
  /// Findings of the study, printed as numbers, that the codebook doesn't say how to count.
  std::vector<std::string> unmeasured;

  /// Every finding of the study of kind percent or count is reproduced.
  [[nodiscard]] IROSURVEY_EXPORT bool agrees() const noexcept;
  /// Some of the microdata are synthetic.
  [[nodiscard]] IROSURVEY_EXPORT bool synthetic() const noexcept;
};

/// The rehearsal on microdata that are at hand.
///
/// Estimates are made under the design that the codebook declares: regions are strata, authorities
/// clusters; managers and directors, at most one for an authority, weigh authorities of the region ÷
/// respondents of the region, with the authorities of the region as finite population; IROs weigh 1.
/// The base of a figure is who answered.
/// @throws Error(column) that lists every variable that is missing, or an answer that the codebook doesn't
///         know; Error(design) for two respondents of an authority where one is meant, or a region that the
///         list of authorities doesn't have.
[[nodiscard]] IROSURVEY_EXPORT Reproduction rehearse(std::span<const Microdata> microdata,
                                                     std::span<const Finding> findings, const Codebook& codebook,
                                                     std::span<const Authority> authorities,
                                                     const ReproduceOptions& options = {});

/// Reads the files, and gives evidence and rehearsal. A file that `files.microdata` doesn't name is the
/// codebook's own. Microdata count as synthetic where the codebook says so of its own files, and wherever a
/// file's label says it.
/// @throws Error(read, column, design) for wrong input.
[[nodiscard]] IROSURVEY_EXPORT Reproduction reproduce(const Files& files, const ReproduceOptions& options = {});

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
