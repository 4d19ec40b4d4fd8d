#pragma once

#include <functional>
#include <span>
#include <vector>

#include "irosurvey/estimate/expr.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// A leaf of a program: the total in a slot; or the quotient of two slots plus a pivot, c + T(y − c x) / T(x), which is
/// T(y) / T(x) with the digits that an offset of y would cost.
struct Leaf {
  int slot = 0;
  int divisor = -1;  ///< slot of T(x); -1: the leaf is a plain total
  int pivot = -1;    ///< which pivot c
};

/// Finds or makes the leaf of a total, and of a quotient of two totals. The slot of a row of a result is its number.
struct LeafMaker {
  std::function<Leaf(const Variable&)> total;
  std::function<Leaf(const Variable&, const Variable&)> quotient;
};

/// An expression over slots of totals, or over rows of a result, ready to be evaluated with its exact gradient.
class Program {
 public:
  Program(const Expr& expr, const LeafMaker& leaves);

  /// The slots that it reads, each once, ascending: the gradient is in this order.
  [[nodiscard]] const std::vector<int>& slots() const noexcept { return slots_; }

  /// θ = f(T), and ∂f/∂T of each slot. Not finite where f isn't defined.
  /// @param totals, pivots  of one cell, by number
  double evaluate(std::span<const double> totals, std::span<const double> pivots, std::span<double> gradient);

  /// f(T + δ) − f(T), with the digits that a difference of the two values would lose: each kind of node passes on the exact
  /// change of its value. Not finite where either isn't defined.
  /// @param totals, changes  T and δ by slot; only this program's slots are read
  double change(std::span<const double> totals, std::span<const double> changes, std::span<const double> pivots);

 private:
  struct Instruction {
    Expr::Kind kind = Expr::Kind::constant;
    int left = -1;  ///< instructions of the operands
    int right = -1;
    double number = 0.0;
    Leaf leaf;
    int slot_place = -1;  ///< places of the leaf's slots in `slots_`
    int divisor_place = -1;
  };

  int compile(const Expr& expr, const LeafMaker& leaves);
  int append(Instruction instruction);
  [[nodiscard]] double value_of(const Instruction& instruction, std::span<const double> totals,
                                std::span<const double> pivots) const;
  [[nodiscard]] double change_of(std::size_t at, std::span<const double> totals, std::span<const double> changes) const;
  void send_back(std::size_t at, std::span<const double> totals, std::span<double> gradient);

  std::vector<Instruction> tape_;
  std::vector<int> slots_;
  std::vector<double> values_;    ///< of each instruction, for the cell at hand
  std::vector<double> adjoints_;  ///< ∂θ/∂value of each instruction
  std::vector<double> changes_;   ///< of each instruction's value
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
