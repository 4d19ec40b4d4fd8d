#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// An answer that a question offers.
struct Answer {
  Index value = 0;
  std::string label;
  std::string code;  ///< the official code of a region or type; else empty
};

/// Answers that are put together in a table: "Rarely or never".
struct AnswerGroup {
  std::string label;
  std::vector<Index> values;
};

/// The rows whose `variable` takes one of `values`.
struct Condition {
  std::string variable;
  std::vector<Index> values;
  std::string words;
};

/// A question of an instrument, and the variable that holds its answers.
struct Question {
  std::string name;
  std::string column;  ///< its name in the data file
  std::string label;
  std::string kind;
  std::vector<Answer> labels;          ///< empty: a number or a text
  std::vector<AnswerGroup> collapsed;  ///< empty: its kind has none
  std::vector<Answer> missing;         ///< codes that are no answer
  std::optional<Condition> universe;   ///< who was asked; absent: everyone
  bool documented = false;             ///< a source says that this was asked
  std::string basis;
};

/// What a row stands for.
enum class WeightRule {
  one,                      ///< itself
  authorities_respondents,  ///< authorities of its region ÷ respondents of its region
};

/// How large the population of an instrument is, where a number is known.
struct Population {
  std::optional<Index> count;
  std::string finding;  ///< id of the finding that gives a range; else empty
  std::string words;
};

/// The design under which an instrument's answers are estimated.
struct InstrumentDesign {
  std::string strata;
  std::string clusters;
  WeightRule weights = WeightRule::one;
  bool fpc = false;  ///< the authorities of the region are the population of its stratum
  std::optional<Population> population;
  std::string words;
};

/// A questionnaire and its data file.
struct Instrument {
  std::string name;
  std::string label;
  std::string unit;
  std::filesystem::path file;  ///< as the codebook writes it: relative to the codebook
  InstrumentDesign design;
  std::vector<Question> questions;

  /// @throws Error(argument) that lists near names.
  [[nodiscard]] IROSURVEY_EXPORT const Question& question(std::string_view variable) const;
};

/// What is counted.
enum class MeasureStatistic {
  count,  ///< rows
  share,  ///< of those who answered
  mean,   ///< over those who answered
  ratio,  ///< sum ÷ sum, over those who answered both
};

/// How several questions make one figure.
enum class Combine {
  one,   ///< there is only one
  each,  ///< each gives a figure of its own
  all,   ///< a row counts when all of its answers count; its base answered all of them
};

/// How a figure is counted from the answers.
struct Measure {
  std::string id;     ///< of the finding, or name of the table
  std::string label;  ///< of a table
  std::string instrument;
  MeasureStatistic statistic = MeasureStatistic::share;
  std::vector<std::string> variables;
  Combine combine = Combine::one;
  std::vector<Index> values;    ///< answers that count
  std::optional<double> above;  ///< numbers that count: those above this one
  std::vector<double> limits;   ///< of a table: numbers above each of these, in turn
  std::string numerator;        ///< of a quotient, in the place of `variables`
  std::string denominator;
  std::optional<Condition> where;  ///< the rows it is about
  std::vector<std::string> by;     ///< of a table: the whole, then by each of these
  bool show_collapsed = false;     ///< of a table of answers
  bool show_full = false;
  std::string words;  ///< what counts, in words
  bool ours = false;  ///< the way of counting is our reading, not printed
  std::string note;
};

/// What must be true for printed figures to hold together.
struct ConditionRule {
  enum class Kind {
    within,      ///< whoever is counted in the first is counted in the second
    not_within,  ///< some counted in the first can't be counted in the second
    overlap,     ///< some are counted in several of `findings`, if all of these are in `whole`
  };
  Kind kind = Kind::within;
  std::vector<std::string> findings;
  std::string whole;
  std::string statement;
};

/// The survey: what was asked, what its files hold, and how each published figure is counted.
struct Codebook {
  std::filesystem::path path;
  std::string title;
  std::string by;
  Index year = 0;
  std::string microdata;  ///< what the named files are: "SYNTHETIC"
  std::string note;
  std::filesystem::path findings;  ///< relative to the codebook, as are all its files
  std::string findings_study;      ///< the study whose findings are reproduced
  std::filesystem::path authorities;
  std::vector<Instrument> instruments;
  std::vector<Measure> measures;  ///< one a finding
  std::vector<Measure> tables;
  std::vector<ConditionRule> conditions;

  /// @throws Error(argument) that lists near names.
  [[nodiscard]] IROSURVEY_EXPORT const Instrument& instrument(std::string_view name) const;
  /// The measure of a finding; null where the codebook has none.
  [[nodiscard]] IROSURVEY_EXPORT const Measure* measure(std::string_view finding) const noexcept;
  /// Where a file that the codebook names lies: beside the codebook or, if it isn't there, in
  /// `fallback`. A codebook that only maps other names needs no copies of the files beside it.
  [[nodiscard]] IROSURVEY_EXPORT std::filesystem::path locate(const std::filesystem::path& file,
                                                              const std::filesystem::path& fallback) const;
};

/// Reads a codebook (TOML; its own head explains every key).
/// @throws Error(read) that names file, line and key: what can't be parsed, an unknown key, one that is
///         missing or of the wrong type, and a measure of a variable or instrument that isn't there.
[[nodiscard]] IROSURVEY_EXPORT Codebook read_codebook(const std::filesystem::path& path);

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
