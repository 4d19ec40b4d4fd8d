#include "irosurvey/estimate/expr.hpp"

#include <algorithm>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {

struct Expr::Node {
  Kind kind = Kind::constant;
  std::vector<Expr> operands;
  Variable variable;  ///< a row keeps its name in `column`
  double number = 0.0;
  Index row = 0;
};

namespace {

std::string number_text(double value) { return to_text(level_of(value)); }

/// `sex = 1`, `region in {1, 2}`; `late` alone is a boolean, or a condition: `(age > 40)`.
std::string levels_text(const std::string& column, const std::vector<LevelValue>& levels) {
  if (levels.empty() && column.find(' ') != std::string::npos) return "(" + column + ")";
  std::string text = column;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    text += (i > 0 ? ", " : levels.size() == 1 ? " = " : " in {") + to_text(levels[i]);
  }
  return levels.size() > 1 ? text + "}" : text;
}

std::string variable_text(const Variable& variable) {
  std::string text = variable.column.empty() ? "1"
                     : variable.levels       ? levels_text(variable.column, *variable.levels)
                                             : variable.column;
  for (std::size_t i = 0; i < variable.within.size(); ++i) {
    text += (i == 0 ? " within " : " and ") + levels_text(variable.within[i].column, variable.within[i].levels);
  }
  return text;
}

int precedence(Expr::Kind kind) {
  switch (kind) {
    case Expr::Kind::sum:
    case Expr::Kind::difference: return 1;
    case Expr::Kind::product:
    case Expr::Kind::quotient: return 2;
    case Expr::Kind::negation: return 3;
    case Expr::Kind::power: return 4;
    default: return 5;
  }
}

std::string symbol(Expr::Kind kind) {
  switch (kind) {
    case Expr::Kind::sum: return " + ";
    case Expr::Kind::difference: return " - ";
    case Expr::Kind::product: return " * ";
    case Expr::Kind::quotient: return " / ";
    case Expr::Kind::power: return " ** ";
    case Expr::Kind::negation: return "-";
    case Expr::Kind::log: return "log";
    case Expr::Kind::exp: return "exp";
    case Expr::Kind::sqrt: return "sqrt";
    case Expr::Kind::total:
    case Expr::Kind::row:
    case Expr::Kind::constant: break;
  }
  return {};
}

std::string in_brackets_if(bool needed, const std::string& text) { return needed ? "(" + text + ")" : text; }

std::string binary_text(const Expr& expr) {
  const Expr& left = expr.operands()[0];
  const Expr& right = expr.operands()[1];
  const int own = precedence(expr.kind());
  // a - (b - c) and a / (b / c) need their brackets; a ** b binds from the right.
  const bool power = expr.kind() == Expr::Kind::power;
  const bool left_first = precedence(left.kind()) < own || (power && precedence(left.kind()) == own);
  const bool right_first = precedence(right.kind()) <= own;
  return in_brackets_if(left_first, left.text()) + symbol(expr.kind()) + in_brackets_if(right_first, right.text());
}

void add_columns(const Expr& expr, std::vector<std::string>& columns) {
  if (expr.kind() == Expr::Kind::total) {
    const std::string& column = expr.variable().column;
    if (!column.empty() && std::find(columns.begin(), columns.end(), column) == columns.end())
      columns.push_back(column);
  }
  for (const Expr& operand : expr.operands()) add_columns(operand, columns);
}

void add_memberships(const Expr& expr, std::vector<Membership>& found) {
  if (expr.kind() == Expr::Kind::total) {
    for (const Membership& one : expr.variable().within) {
      if (std::find(found.begin(), found.end(), one) == found.end()) found.push_back(one);
    }
  }
  for (const Expr& operand : expr.operands()) add_memberships(operand, found);
}

Expr restricted(const Expr& expr, const Membership& membership) {
  if (expr.kind() == Expr::Kind::total) {
    Variable variable = expr.variable();
    std::vector<Membership>& own = variable.within;
    if (std::find(own.begin(), own.end(), membership) == own.end()) own.push_back(membership);
    return Expr::total(std::move(variable));
  }
  if (expr.operands().empty()) return expr;
  std::vector<Expr> operands;
  for (const Expr& operand : expr.operands()) operands.push_back(restricted(operand, membership));
  return Expr::make(expr.kind(), std::move(operands));
}

}  // namespace

Expr::Expr(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

Expr::Expr(double constant) : node_(std::make_shared<const Node>(Node{Kind::constant, {}, {}, constant, 0})) {}

Expr Expr::total(Variable variable) {
  return Expr(std::make_shared<const Node>(Node{Kind::total, {}, std::move(variable), 0.0, 0}));
}

Expr Expr::row(Index row, std::string name) {
  Variable named;
  named.column = std::move(name);
  return Expr(std::make_shared<const Node>(Node{Kind::row, {}, std::move(named), 0.0, row}));
}

Expr Expr::make(Kind kind, std::vector<Expr> operands) {
  return Expr(std::make_shared<const Node>(Node{kind, std::move(operands), {}, 0.0, 0}));
}

Expr::Kind Expr::kind() const noexcept { return node_->kind; }
const std::vector<Expr>& Expr::operands() const noexcept { return node_->operands; }
const Variable& Expr::variable() const noexcept { return node_->variable; }
double Expr::number() const noexcept { return node_->number; }
Index Expr::row() const noexcept { return node_->row; }
const std::string& Expr::name() const noexcept { return node_->variable.column; }

Expr Expr::within(std::string column, std::vector<LevelValue> levels) const {
  if (levels.empty()) {
    throw Error(ErrorCode::argument, {.subject = "domain of '" + text() + "' in column '" + column + "'",
                                      .row = {},
                                      .expected = "at least one level",
                                      .found = "none",
                                      .remedy = {},
                                      .candidates = {}});
  }
  return restricted(*this, {std::move(column), std::move(levels)});
}

Expr Expr::within(std::string column) const { return restricted(*this, {std::move(column), {}}); }

std::vector<std::string> Expr::columns() const {
  std::vector<std::string> columns;
  add_columns(*this, columns);
  return columns;
}

std::vector<Membership> Expr::memberships() const {
  std::vector<Membership> found;
  add_memberships(*this, found);
  return found;
}

std::string Expr::text() const {
  switch (kind()) {
    case Kind::row: return "[" + (name().empty() ? std::to_string(row()) : name()) + "]";
    case Kind::total: return "T(" + variable_text(variable()) + ")";
    case Kind::constant: return number_text(number());
    case Kind::negation: return "-" + in_brackets_if(precedence(operands()[0].kind()) < 3, operands()[0].text());
    case Kind::log:
    case Kind::exp:
    case Kind::sqrt: return symbol(kind()) + "(" + operands()[0].text() + ")";
    default: return binary_text(*this);
  }
}

Expr T(std::string column) { return Expr::total({std::move(column), {}, {}}); }

Expr T(int constant) {
  const Expr ones = Expr::total({});
  return constant == 1 ? ones : Expr(static_cast<double>(constant)) * ones;
}

Expr T(std::string column, std::vector<LevelValue> levels) {
  return Expr::total({std::move(column), std::move(levels), {}});
}

Expr operator+(Expr a, Expr b) { return Expr::make(Expr::Kind::sum, {std::move(a), std::move(b)}); }
Expr operator-(Expr a, Expr b) { return Expr::make(Expr::Kind::difference, {std::move(a), std::move(b)}); }
Expr operator*(Expr a, Expr b) { return Expr::make(Expr::Kind::product, {std::move(a), std::move(b)}); }
Expr operator/(Expr a, Expr b) { return Expr::make(Expr::Kind::quotient, {std::move(a), std::move(b)}); }
Expr operator-(Expr a) { return Expr::make(Expr::Kind::negation, {std::move(a)}); }
Expr log(Expr a) { return Expr::make(Expr::Kind::log, {std::move(a)}); }
Expr exp(Expr a) { return Expr::make(Expr::Kind::exp, {std::move(a)}); }
Expr sqrt(Expr a) { return Expr::make(Expr::Kind::sqrt, {std::move(a)}); }
Expr pow(Expr base, double exponent) { return Expr::make(Expr::Kind::power, {std::move(base), Expr(exponent)}); }

}  // namespace v1
}  // namespace irosurvey
