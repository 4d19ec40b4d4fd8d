#include "estimate/program.hpp"

#include <algorithm>
#include <cmath>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

int place_of(const std::vector<int>& sorted, int slot) {
  return static_cast<int>(std::lower_bound(sorted.begin(), sorted.end(), slot) - sorted.begin());
}

}  // namespace

Program::Program(const Expr& expr, const LeafMaker& leaves) {
  compile(expr, leaves);
  for (const Instruction& instruction : tape_) {
    if (instruction.kind != Expr::Kind::total) continue;
    slots_.push_back(instruction.leaf.slot);
    if (instruction.leaf.divisor >= 0) slots_.push_back(instruction.leaf.divisor);
  }
  std::sort(slots_.begin(), slots_.end());
  slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
  for (Instruction& instruction : tape_) {
    if (instruction.kind != Expr::Kind::total) continue;
    instruction.slot_place = place_of(slots_, instruction.leaf.slot);
    if (instruction.leaf.divisor >= 0) instruction.divisor_place = place_of(slots_, instruction.leaf.divisor);
  }
  values_.resize(tape_.size());
  adjoints_.resize(tape_.size());
  changes_.resize(tape_.size());
}

int Program::append(Instruction instruction) {
  tape_.push_back(instruction);
  return static_cast<int>(tape_.size()) - 1;
}

int Program::compile(const Expr& expr, const LeafMaker& leaves) {
  Instruction instruction;
  instruction.kind = expr.kind();
  const std::vector<Expr>& operands = expr.operands();
  const auto is_total = [](const Expr& e) { return e.kind() == Expr::Kind::total; };
  if (expr.kind() == Expr::Kind::total) {
    instruction.leaf = leaves.total(expr.variable());
  } else if (expr.kind() == Expr::Kind::row) {
    instruction.kind = Expr::Kind::total;
    instruction.leaf.slot = static_cast<int>(expr.row());
  } else if (expr.kind() == Expr::Kind::quotient && is_total(operands[0]) && is_total(operands[1])) {
    instruction.leaf = leaves.quotient(operands[0].variable(), operands[1].variable());
    if (instruction.leaf.divisor >= 0) instruction.kind = Expr::Kind::total;
  } else if (expr.kind() == Expr::Kind::constant) {
    instruction.number = expr.number();
  }
  if (instruction.kind == Expr::Kind::power) {
    instruction.left = compile(operands[0], leaves);
    instruction.number = operands[1].number();
  } else if (instruction.kind != Expr::Kind::total && instruction.kind != Expr::Kind::constant) {
    instruction.left = compile(operands[0], leaves);
    if (operands.size() > 1) instruction.right = compile(operands[1], leaves);
  }
  return append(instruction);
}

double Program::value_of(const Instruction& i, std::span<const double> totals, std::span<const double> pivots) const {
  const auto total = [&](int slot) { return totals[static_cast<std::size_t>(slot)]; };
  const double a = i.left >= 0 ? values_[static_cast<std::size_t>(i.left)] : 0.0;
  const double b = i.right >= 0 ? values_[static_cast<std::size_t>(i.right)] : 0.0;
  switch (i.kind) {
    case Expr::Kind::row:
    case Expr::Kind::total:
      if (i.leaf.divisor < 0) return total(i.leaf.slot);
      return (i.leaf.pivot < 0 ? 0.0 : pivots[static_cast<std::size_t>(i.leaf.pivot)]) +
             total(i.leaf.slot) / total(i.leaf.divisor);
    case Expr::Kind::constant: return i.number;
    case Expr::Kind::sum: return a + b;
    case Expr::Kind::difference: return a - b;
    case Expr::Kind::product: return a * b;
    case Expr::Kind::quotient: return a / b;
    case Expr::Kind::negation: return -a;
    case Expr::Kind::log: return std::log(a);
    case Expr::Kind::exp: return std::exp(a);
    case Expr::Kind::sqrt: return std::sqrt(a);
    case Expr::Kind::power: return std::pow(a, i.number);
  }
  return 0.0;
}

/// Passes the adjoint of one instruction on to its operands, or to the gradient: one rule of calculus for each kind.
void Program::send_back(std::size_t at, std::span<const double> totals, std::span<double> gradient) {
  const Instruction& i = tape_[at];
  const double value = values_[at];
  const double adjoint = adjoints_[at];
  const double a = i.left >= 0 ? values_[static_cast<std::size_t>(i.left)] : 0.0;
  const double b = i.right >= 0 ? values_[static_cast<std::size_t>(i.right)] : 0.0;
  const auto left = [&](double derivative) { adjoints_[static_cast<std::size_t>(i.left)] += adjoint * derivative; };
  const auto right = [&](double derivative) { adjoints_[static_cast<std::size_t>(i.right)] += adjoint * derivative; };
  switch (i.kind) {
    case Expr::Kind::row:
    case Expr::Kind::total: {
      if (i.leaf.divisor < 0) {
        gradient[static_cast<std::size_t>(i.slot_place)] += adjoint;
        break;
      }
      const double u = totals[static_cast<std::size_t>(i.leaf.slot)];
      const double x = totals[static_cast<std::size_t>(i.leaf.divisor)];
      gradient[static_cast<std::size_t>(i.slot_place)] += adjoint / x;
      gradient[static_cast<std::size_t>(i.divisor_place)] -= adjoint * (u / x) / x;
      break;
    }
    case Expr::Kind::constant: break;
    case Expr::Kind::sum: left(1.0), right(1.0); break;
    case Expr::Kind::difference: left(1.0), right(-1.0); break;
    case Expr::Kind::product: left(b), right(a); break;
    case Expr::Kind::quotient: left(1.0 / b), right(-value / b); break;
    case Expr::Kind::negation: left(-1.0); break;
    case Expr::Kind::log: left(1.0 / a); break;
    case Expr::Kind::exp: left(value); break;
    case Expr::Kind::sqrt: left(0.5 / value); break;
    case Expr::Kind::power: left(i.number * std::pow(a, i.number - 1.0)); break;
  }
}

double Program::evaluate(std::span<const double> totals, std::span<const double> pivots, std::span<double> gradient) {
  for (std::size_t at = 0; at < tape_.size(); ++at) values_[at] = value_of(tape_[at], totals, pivots);
  std::fill(adjoints_.begin(), adjoints_.end(), 0.0);
  std::fill(gradient.begin(), gradient.end(), 0.0);
  adjoints_.back() = 1.0;
  for (std::size_t at = tape_.size(); at-- > 0;) send_back(at, totals, gradient);
  return values_.back();
}

/// Change of one instruction's value, given those of its operands. With a, b and v the old values, and primes for changes.
double Program::change_of(std::size_t at, std::span<const double> totals, std::span<const double> changes) const {
  const Instruction& i = tape_[at];
  const double v = values_[at];
  const auto of = [](const std::vector<double>& numbers, int which) {
    return which < 0 ? 0.0 : numbers[static_cast<std::size_t>(which)];
  };
  const double a = of(values_, i.left);
  const double b = of(values_, i.right);
  const double da = of(changes_, i.left);
  const double db = of(changes_, i.right);
  switch (i.kind) {
    case Expr::Kind::row:
    case Expr::Kind::total: {
      const double du = changes[static_cast<std::size_t>(i.leaf.slot)];
      if (i.leaf.divisor < 0) return du;
      // c + u/x: the pivot c doesn't change, and u/x is small.
      const double u = totals[static_cast<std::size_t>(i.leaf.slot)];
      const double x = totals[static_cast<std::size_t>(i.leaf.divisor)];
      const double dx = changes[static_cast<std::size_t>(i.leaf.divisor)];
      return (du - u / x * dx) / (x + dx);
    }
    case Expr::Kind::constant: return 0.0;
    case Expr::Kind::sum: return da + db;
    case Expr::Kind::difference: return da - db;
    case Expr::Kind::product: return a * db + b * da + da * db;
    case Expr::Kind::quotient: return (da - v * db) / (b + db);
    case Expr::Kind::negation: return -da;
    case Expr::Kind::log: return std::log1p(da / a);
    case Expr::Kind::exp: return v * std::expm1(da);
    case Expr::Kind::sqrt: return da == 0.0 ? 0.0 : da / (std::sqrt(a + da) + v);  // of 0 too
    case Expr::Kind::power: {
      // Without the difference of two near powers; a logarithm has no say where the sign changes.
      const bool stays_above = a > 0.0 && a + da > 0.0;
      return stays_above ? v * std::expm1(i.number * std::log1p(da / a)) : std::pow(a + da, i.number) - v;
    }
  }
  return 0.0;
}

double Program::change(std::span<const double> totals, std::span<const double> changes,
                       std::span<const double> pivots) {
  for (std::size_t at = 0; at < tape_.size(); ++at) {
    values_[at] = value_of(tape_[at], totals, pivots);
    changes_[at] = change_of(at, totals, changes);
  }
  return changes_.back();
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
