#include "estimate/questions.hpp"

#include <algorithm>
#include <utility>

#include "core/refuse.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

bool has(Expr::Kind kind, const Expr& expr) {
  const std::vector<Expr>& operands = expr.operands();
  return expr.kind() == kind ||
         std::any_of(operands.begin(), operands.end(), [&](const Expr& operand) { return has(kind, operand); });
}

void collect_variables(const Expr& expr, std::vector<Variable>& variables) {
  if (expr.kind() == Expr::Kind::total) variables.push_back(expr.variable());
  for (const Expr& operand : expr.operands()) collect_variables(operand, variables);
}

}  // namespace

std::vector<Variable> variables_of(const Expr& expr) {
  std::vector<Variable> variables;
  collect_variables(expr, variables);
  return variables;
}

std::vector<Question> questions_of(const Query& query, const Frame& frame, ColumnCache& columns) {
  std::vector<Question> questions;
  for (const Statistic& asked : query.statistics) {
    EstimatedStatistic about;
    about.question = &asked - query.statistics.data();
    about.name = asked.title.empty() ? asked.name : asked.title;
    about.variables = asked.variables;
    about.scale = asked.scale;
    if (!asked.variables.empty()) about.label = frame.column(asked.variables.front()).notes().label;
    if (asked.expression) {
      about.formula = asked.formula.empty() ? asked.expression->text() : asked.formula;
      questions.push_back({about, *asked.expression});
      continue;
    }
    const std::string& column = asked.variables.at(0);
    if (columns.factor_of(column)->levels.empty()) {
      // Missing in every row: one row without a level says that nobody answered.
      const Variable nobody{column, std::vector<LevelValue>{}, {}};
      const Expr expression = definition(asked.name).expression(std::span(&nobody, 1));
      about.formula = expression.text();
      questions.push_back({about, expression});
    }
    for (const Level& level : columns.factor_of(column)->levels) {
      const Variable indicator{column, std::vector<LevelValue>{level.value}, {}};
      const Expr expression = definition(asked.name).expression(std::span(&indicator, 1));
      about.level = level;
      about.formula = expression.text();
      questions.push_back({about, expression});
    }
  }
  return questions;
}

void check_query(const Query& query, Index rows) {
  if (query.statistics.empty()) refuse("the query", "at least one statistic", "none");
  if (query.where && static_cast<Index>(query.where->size()) != rows) {
    refuse("where", "one value for each of the " + std::to_string(rows) + " rows", std::to_string(query.where->size()));
  }
  const auto* df = std::get_if<double>(&query.df);
  if (df != nullptr && !(*df > 0.0)) refuse("df", "a number above 0", to_text(level_of(*df)));
  for (const Statistic& statistic : query.statistics) {
    if (!statistic.expression) continue;
    const std::string subject = "statistic '" + statistic.name + "'";
    const std::string text = statistic.expression->text();
    if (has(Expr::Kind::row, *statistic.expression)) refuse(subject, "totals of columns, not rows of a result", text);
    if (!has(Expr::Kind::total, *statistic.expression)) refuse(subject, "an expression with at least one total", text);
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
