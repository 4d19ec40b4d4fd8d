#include "study/answers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool is_text(const Question& question) { return question.kind == "text"; }

bool contains(const std::vector<Index>& values, double number) {
  return std::any_of(values.begin(), values.end(), [&](Index value) { return static_cast<double>(value) == number; });
}

bool contains(const std::vector<Answer>& answers, double number) {
  return std::any_of(answers.begin(), answers.end(),
                     [&](const Answer& answer) { return static_cast<double>(answer.value) == number; });
}

void add_variables(const Measure& measure, std::set<std::string>& names) {
  names.insert(measure.variables.begin(), measure.variables.end());
  names.insert(measure.by.begin(), measure.by.end());
  if (!measure.numerator.empty()) names.insert({measure.numerator, measure.denominator});
  if (measure.where) names.insert(measure.where->variable);
}

[[noreturn]] void unknown_answer(const Microdata& data, const Question& question, Index row, double value) {
  std::string expected = "one of";
  for (const Answer& answer : question.labels) {
    expected += (answer.value == question.labels.front().value ? " " : ", ") + std::to_string(answer.value) + " (" +
                answer.label + ")";
  }
  throw Error(ErrorCode::column, {.subject = data.source + ", variable '" + question.column + "'",
                                  .row = row,
                                  .expected = std::move(expected),
                                  .found = to_text(level_of(value)),
                                  .remedy = "Add the answer to the codebook's labels of '" + question.name +
                                            "' or, if it is none, to its missing codes.",
                                  .candidates = {}});
}

std::vector<double> clean_numbers(const Microdata& data, const Question& question, const Column& column) {
  const Numbers numbers = irosurvey::numbers(column);
  std::vector<double> values(numbers.values().begin(), numbers.values().end());
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (std::isnan(values[row])) continue;
    if (contains(question.missing, values[row])) {
      values[row] = kMissing;
    } else if (!question.labels.empty() && !contains(question.labels, values[row])) {
      unknown_answer(data, question, static_cast<Index>(row), values[row]);
    }
  }
  return values;
}

Column clean_column(const Microdata& data, const Question& question) {
  const Column& column = data.frame.column(question.column);
  if (is_text(question)) return column.with_name(question.name);
  ColumnNotes notes;
  notes.label = question.label;
  for (const Answer& answer : question.labels) {
    notes.value_labels.push_back({answer.value, answer.label});
  }
  return Column::of_numbers(question.name, clean_numbers(data, question, column), std::move(notes));
}

std::vector<double> quotient(const Frame& frame, const std::string& numerator, const std::string& denominator) {
  const Numbers above_line = irosurvey::numbers(frame.column(numerator));
  const Numbers below_line = irosurvey::numbers(frame.column(denominator));
  std::vector<double> result(static_cast<std::size_t>(frame.rows()));
  for (std::size_t row = 0; row < result.size(); ++row) {
    const double divisor = below_line.values()[row];
    result[row] = divisor > 0.0 ? above_line.values()[row] / divisor : kMissing;
  }
  return result;
}

std::vector<double> above(std::span<const double> numbers, double limit) {
  std::vector<double> result;
  result.reserve(numbers.size());
  for (const double number : numbers) {
    result.push_back(std::isnan(number) ? kMissing : number > limit ? 1.0 : 0.0);
  }
  return result;
}

}  // namespace

std::vector<const Question*> needed_questions(const Codebook& codebook, const Instrument& instrument) {
  std::set<std::string> names{instrument.design.strata, instrument.design.clusters};
  for (const auto* measures : {&codebook.measures, &codebook.tables}) {
    for (const Measure& measure : *measures) {
      if (measure.instrument == instrument.name) add_variables(measure, names);
    }
  }
  std::vector<const Question*> needed;
  for (const Question& question : instrument.questions) {
    if (names.contains(question.name)) needed.push_back(&question);
  }
  return needed;
}

void check_columns(std::span<const Microdata> microdata, const Codebook& codebook) {
  std::string missing;
  std::string sources;
  for (const Microdata& data : microdata) {
    std::string here;
    for (const Question* question : needed_questions(codebook, codebook.instrument(data.instrument))) {
      if (data.frame.has(question->column)) continue;
      here += (here.empty() ? " '" : ", '") + question->column + "'";
      if (question->column != question->name) here += " (for '" + question->name + "')";
    }
    if (here.empty()) continue;
    sources += (sources.empty() ? "" : ", ") + data.source;
    missing += (missing.empty() ? "" : ";") + std::string(" in the ") + data.instrument + " file" + here;
  }
  if (missing.empty()) return;
  throw Error(ErrorCode::column,
              {.subject = sources,
               .row = {},
               .expected = "every variable that the study needs",
               .found = "none of these:" + missing,
               .remedy = "Where the file names a variable otherwise, say so in the codebook: column = \"…\".",
               .candidates = {}});
}

Frame clean(const Microdata& data, const Codebook& codebook) {
  std::vector<Column> columns;
  for (const Question* question : needed_questions(codebook, codebook.instrument(data.instrument))) {
    columns.push_back(clean_column(data, *question));
  }
  return Frame(std::move(columns), data.frame.label());
}

std::vector<double> indicator(const Frame& frame, const Measure& measure, std::span<const std::string> variables,
                              double limit) {
  if (!measure.numerator.empty()) {
    return above(quotient(frame, measure.numerator, measure.denominator), limit);
  }
  std::vector<double> result(static_cast<std::size_t>(frame.rows()), 1.0);
  for (const std::string& variable : variables) {
    const Numbers numbers = irosurvey::numbers(frame.column(variable));
    for (std::size_t row = 0; row < result.size(); ++row) {
      const double value = numbers.values()[row];
      const bool counts = measure.values.empty() ? value > limit : contains(measure.values, value);
      if (std::isnan(value)) {
        result[row] = kMissing;
      } else if (!counts && !std::isnan(result[row])) {
        result[row] = 0.0;
      }
    }
  }
  return result;
}

Column yes_or_no(std::string name, std::vector<double> values) {
  ColumnNotes notes;
  notes.value_labels = {{Index{0}, "No"}, {Index{1}, "Yes"}};
  return Column::of_numbers(std::move(name), std::move(values), std::move(notes));
}

Mask rows_where(const Frame& frame, const Condition& condition) {
  const Numbers numbers = irosurvey::numbers(frame.column(condition.variable));
  Mask mask;
  for (const double value : numbers.values()) {
    mask.push_back(contains(condition.values, value) ? 1 : 0);
  }
  return mask;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
