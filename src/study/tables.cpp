// The tables beside the findings: caseloads by region and type, and every frequency in full and collapsed.

#include <cstdio>
#include <utility>

#include "study/answers.hpp"
#include "study/rehearsal.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

std::string limit_text(double limit) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", limit);
  return text;
}

std::string single_variable(const Measure& table) {
  return table.variables.size() == 1 ? table.variables.front() : std::string{};
}

/// A statistic of a table with the words that its rows carry. A share of every level is several rows, whose words are
/// the levels.
struct Line {
  Statistic statistic;
  std::string variable;
  std::string answer;
  bool collapsed = false;
};

std::vector<Line> answer_lines(const Analysis& analysis, const Measure& table) {
  std::vector<Line> lines;
  for (const std::string& variable : table.variables) {
    if (table.show_collapsed) {
      for (const AnswerGroup& group : analysis.instrument().question(variable).collapsed) {
        const std::vector<LevelValue> levels(group.values.begin(), group.values.end());
        lines.push_back({proportion(variable, levels), variable, group.label, true});
      }
    }
    if (table.show_full) lines.push_back({proportion(variable), variable, "", false});
  }
  return lines;
}

std::vector<Line> limit_lines(Analysis& analysis, const Measure& table) {
  std::vector<Line> lines;
  for (const double limit : table.limits) {
    std::string name = "table " + table.id + " above " + limit_text(limit);
    analysis.add(yes_or_no(name, indicator(analysis.frame(), table, table.variables, limit)));
    lines.push_back(
        {proportion(name, {LevelValue{Index{1}}}), single_variable(table), "above " + limit_text(limit), false});
  }
  return lines;
}

Line value_line(Analysis& analysis, const Measure& table) {
  std::string name = "table " + table.id;
  const double limit = table.above.value_or(0.0);  // only used where there are no values
  analysis.add(yes_or_no(name, indicator(analysis.frame(), table, table.variables, limit)));
  return {proportion(std::move(name), {LevelValue{Index{1}}}), single_variable(table), table.words, false};
}

std::vector<Line> lines_of(Analysis& analysis, const Measure& table) {
  if (table.show_collapsed || table.show_full) return answer_lines(analysis, table);
  if (table.statistic == MeasureStatistic::ratio) {
    return {{ratio(table.numerator, table.denominator), "", "", false}};
  }
  if (table.statistic == MeasureStatistic::mean) {
    return {{mean(table.variables.front()), table.variables.front(), "", false}};
  }
  if (!table.limits.empty()) return limit_lines(analysis, table);
  return {value_line(analysis, table)};
}

/// Which line each statistic of the result comes from: a share of every level became as many as the data have levels.
std::vector<std::size_t> origins(const Estimate& estimate, const std::vector<Line>& lines) {
  std::vector<std::size_t> result;
  std::size_t line = 0;
  for (std::size_t i = 0; i < estimate.statistics.size(); ++i) {
    const EstimatedStatistic& statistic = estimate.statistics[i];
    const bool goes_on = i > 0 && statistic.level && estimate.statistics[i - 1].level &&
                         statistic.variables == estimate.statistics[i - 1].variables;
    if (i > 0 && !goes_on) ++line;
    while (lines.at(line).statistic.variables != statistic.variables) ++line;
    result.push_back(line);
  }
  return result;
}

std::vector<TableRow> rows_by(const Analysis& analysis, const Measure& table, const std::vector<Line>& lines,
                              const std::string& by, ConfidenceLevel level) {
  std::vector<Statistic> statistics;
  for (const Line& line : lines) statistics.push_back(line.statistic);
  std::optional<Mask> where;
  if (table.where) where = rows_where(analysis.frame(), *table.where);
  std::vector<std::string> groups;
  if (!by.empty()) groups.push_back(by);
  const Analysis::Pair answer = analysis.ask(std::move(statistics), std::move(where), groups);
  const std::vector<std::size_t> line_of = origins(answer.weighted, lines);

  std::vector<TableRow> rows;
  for (std::size_t i = 0; i < answer.weighted.rows.size(); ++i) {
    const EstimateRow& estimate = answer.weighted.rows[i];
    const auto statistic = static_cast<std::size_t>(estimate.statistic);
    const Line& line = lines.at(line_of[statistic]);
    const auto& level_of_row = answer.weighted.statistics[statistic].level;
    TableRow row;
    row.variable = line.variable;
    row.answer = level_of_row ? to_text(*level_of_row) : line.answer;
    row.collapsed = line.collapsed;
    row.by = by;
    if (!by.empty()) {
      row.group = to_text(answer.weighted.cells[static_cast<std::size_t>(estimate.cell)].front());
    }
    row.scale = answer.weighted.statistics[statistic].scale;
    row.estimate = answer.row(static_cast<Index>(i), level);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<TableRow> tabulate(Analysis& analysis, const Measure& table, bool synthetic, ConfidenceLevel level) {
  const std::vector<Line> lines = lines_of(analysis, table);
  std::vector<std::string> groupings{""};
  groupings.insert(groupings.end(), table.by.begin(), table.by.end());
  std::vector<TableRow> result;
  for (const std::string& by : groupings) {
    for (TableRow& row : rows_by(analysis, table, lines, by, level)) {
      row.table = table.id;
      row.label = table.label;
      row.instrument = table.instrument;
      row.synthetic = synthetic;
      if (!row.variable.empty()) row.question = analysis.instrument().question(row.variable).label;
      result.push_back(std::move(row));
    }
  }
  return result;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
