#include "irosurvey/estimate/expr.hpp"

#include <algorithm>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {

struct Expr::Node {
  Kind kind = Kind::constant;
  std::vector<Expr> operands;
  Variable variable;
  double number = 0.0;
};

namespace {

std::string number_text(double value) { return to_text(level_of(value)); }

std::string variable_text(const Variable& variable) {
  if (variable.column.empty()) return "1";
  if (!variable.levels) return variable.column;
  std::string text = variable.column;
  const std::vector<LevelValue>& levels = *variable.levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    text += (i > 0 ? ", " : levels.size() == 1 ? " = " : " in {") + to_text(levels[i]);
  }
  return levels.size() == 1 ? text : text + "}";
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
  const bool right_first = precedence(right.kind()) <= own && right.kind() != Expr::Kind::total;
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

}  // namespace

Expr::Expr(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

Expr::Expr(double constant) : node_(std::make_shared<const Node>(Node{Kind::constant, {}, {}, constant})) {}

Expr Expr::total(Variable variable) {
  return Expr(std::make_shared<const Node>(Node{Kind::total, {}, std::move(variable), 0.0}));
}

Expr Expr::make(Kind kind, std::vector<Expr> operands) {
  return Expr(std::make_shared<const Node>(Node{kind, std::move(operands), {}, 0.0}));
}

Expr::Kind Expr::kind() const noexcept { return node_->kind; }
const std::vector<Expr>& Expr::operands() const noexcept { return node_->operands; }
const Variable& Expr::variable() const noexcept { return node_->variable; }
double Expr::number() const noexcept { return node_->number; }

std::vector<std::string> Expr::columns() const {
  std::vector<std::string> columns;
  add_columns(*this, columns);
  return columns;
}

std::string Expr::text() const {
  switch (kind()) {
    case Kind::total: return "T(" + variable_text(variable()) + ")";
    case Kind::constant: return number_text(number());
    case Kind::negation: return "-" + in_brackets_if(precedence(operands()[0].kind()) < 3, operands()[0].text());
    case Kind::log:
    case Kind::exp:
    case Kind::sqrt: return symbol(kind()) + "(" + operands()[0].text() + ")";
    default: return binary_text(*this);
  }
}

Expr T(std::string column) { return Expr::total({std::move(column), std::nullopt}); }

Expr T(int constant) {
  const Expr ones = Expr::total({});
  return constant == 1 ? ones : Expr(static_cast<double>(constant)) * ones;
}

Expr T(std::string column, std::vector<LevelValue> levels) {
  return Expr::total({std::move(column), std::move(levels)});
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
