#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {

/// Rows in which a column takes one of some values. A row that misses the column is outside.
struct Membership {
  std::string column;
  std::vector<LevelValue>
      levels{};  ///< codes, or value labels that one code has; empty: the column is boolean, and true

  friend bool operator==(const Membership&, const Membership&) = default;
};

/// What a row contributes to a total: a column's number; 1 or 0, for whether a column takes one of some values; or 1. A row
/// outside the total's own domain contributes 0, whatever its number is or if it has none.
struct Variable {
  std::string column;                               ///< empty: the constant 1
  std::optional<std::vector<LevelValue>> levels{};  ///< present: the indicator of these values
  std::vector<Membership> within{};                 ///< the total's domain: rows that are in each; none: every row

  friend bool operator==(const Variable&, const Variable&) = default;
};

/// A smooth function of weighted totals, θ = f(T): what every statistic of this library is. Or of the rows of a result, for
/// `nonlinear_combinations`.
///
/// Written with `T("y")`, numbers, + − × ÷ and `log`, `exp`, `sqrt`, `pow`. Derivatives are exact (one rule per kind of
/// node). A value that nobody changes; parts are shared.
///
/// `(T("y") / T(1)).within("sex", {1})` is the mean in a domain, and a difference of two such is a difference over domains.
class IROSURVEY_EXPORT Expr {
 public:
  enum class Kind { total, row, constant, sum, difference, product, quotient, negation, log, exp, sqrt, power };

  /// A number, so that `T("y") / 2` reads as it should.
  Expr(double constant);  // NOLINT(google-explicit-constructor)
  static Expr total(Variable variable);
  /// Row `row` of a result, shown as `name`.
  static Expr row(Index row, std::string name = {});
  static Expr make(Kind kind, std::vector<Expr> operands);

  [[nodiscard]] Kind kind() const noexcept;
  [[nodiscard]] const std::vector<Expr>& operands() const noexcept;  ///< power: base, exponent (a constant)
  [[nodiscard]] const Variable& variable() const noexcept;           ///< of a total
  [[nodiscard]] double number() const noexcept;                      ///< of a constant
  [[nodiscard]] Index row() const noexcept;                          ///< of a row
  [[nodiscard]] const std::string& name() const noexcept;            ///< of a row

  /// The same expression in a domain: every total of it is taken over the rows in which `column` takes one of `levels`
  /// alone. Without levels: over those in which the boolean `column` is true. Again: over the rows in both domains.
  [[nodiscard]] Expr within(std::string column, std::vector<LevelValue> levels) const;
  [[nodiscard]] Expr within(std::string column) const;

  /// The columns whose totals it takes, each once, in order of appearance.
  [[nodiscard]] std::vector<std::string> columns() const;
  /// The domains of its totals, each once, in order of appearance.
  [[nodiscard]] std::vector<Membership> memberships() const;
  /// As it would be typed: `T(caseload) / T(fte)`.
  [[nodiscard]] std::string text() const;

 private:
  struct Node;
  explicit Expr(std::shared_ptr<const Node> node);
  std::shared_ptr<const Node> node_;
};

/// Weighted total of a column.
[[nodiscard]] IROSURVEY_EXPORT Expr T(std::string column);
/// Weighted total of a constant: `T(1)` is the sum of weights.
[[nodiscard]] IROSURVEY_EXPORT Expr T(int constant);
/// Weighted number of rows in which `column` takes one of `levels`.
[[nodiscard]] IROSURVEY_EXPORT Expr T(std::string column, std::vector<LevelValue> levels);

/// Arithmetic of expressions; derivatives are exact.
[[nodiscard]] IROSURVEY_EXPORT Expr operator+(Expr a, Expr b);
[[nodiscard]] IROSURVEY_EXPORT Expr operator-(Expr a, Expr b);
[[nodiscard]] IROSURVEY_EXPORT Expr operator*(Expr a, Expr b);
[[nodiscard]] IROSURVEY_EXPORT Expr operator/(Expr a, Expr b);
[[nodiscard]] IROSURVEY_EXPORT Expr operator-(Expr a);
[[nodiscard]] IROSURVEY_EXPORT Expr log(Expr a);
[[nodiscard]] IROSURVEY_EXPORT Expr exp(Expr a);
[[nodiscard]] IROSURVEY_EXPORT Expr sqrt(Expr a);
/// `exponent` is a number.
[[nodiscard]] IROSURVEY_EXPORT Expr pow(Expr base, double exponent);

}  // namespace v1
}  // namespace irosurvey
