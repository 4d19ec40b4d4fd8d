#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/expr.hpp"

namespace irosurvey {
inline namespace v1 {

/// What kind of number a statistic is; it decides the default interval and how a table shows it.
enum class Scale { total, mean, share, ratio, other };

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Scale scale) noexcept;

/// A question to the data: a name, the variables it is about, and an expression of totals.
struct Statistic {
  std::string name;                    ///< in the catalogue, or "expression"
  std::vector<std::string> variables;  ///< as the caller named them
  Scale scale = Scale::other;
  std::optional<Expr> expression;                 ///< absent only for a share of every level, which the data list
  std::optional<std::vector<LevelValue>> levels;  ///< of a share: the values that count together
  std::string title{};                            ///< its name in the result; empty: `name`
  std::string formula{};                          ///< as results and errors write it; empty: the expression's text

  /// The same statistic with another name in the result.
  [[nodiscard]] Statistic titled(std::string other) const {
    Statistic result = *this;
    result.title = std::move(other);
    return result;
  }
};

/// Mean of a column: T(y) / T(1).
[[nodiscard]] IROSURVEY_EXPORT Statistic mean(std::string y);
/// Total of a column: T(y).
[[nodiscard]] IROSURVEY_EXPORT Statistic total(std::string y);
/// Ratio of two totals: T(y) / T(x).
[[nodiscard]] IROSURVEY_EXPORT Statistic ratio(std::string y, std::string x);
/// Share of every level of a column, each T(y = level) / T(1).
[[nodiscard]] IROSURVEY_EXPORT Statistic proportion(std::string y);
/// Share of rows in which a column takes one of `levels`: T(y in levels) / T(1).
[[nodiscard]] IROSURVEY_EXPORT Statistic proportion(std::string y, std::vector<LevelValue> levels);
/// Any expression of totals.
[[nodiscard]] IROSURVEY_EXPORT Statistic statistic(Expr expression, std::string name = "expression",
                                                   Scale scale = Scale::other);

/// A kind of statistic that can be asked for by name. The catalogue is the one place where a kind is listed: the
/// conformance tests, Python and the command line take it from there.
struct Definition {
  std::string_view name;
  std::string_view formula;  ///< as text, for documentation
  std::string_view summary;
  int variables;  ///< how many columns it takes
  Scale scale;
  bool by_level;  ///< takes a categorical column, and is one statistic for each of its levels
  Expr (*expression)(std::span<const Variable> variables);
};

/// All kinds, in the order in which documentation lists them.
[[nodiscard]] IROSURVEY_EXPORT std::span<const Definition> catalogue() noexcept;
/// @throws Error(argument) that lists near names.
[[nodiscard]] IROSURVEY_EXPORT const Definition& definition(std::string_view name);
/// The statistic `definition` of `columns`.
/// @throws Error(argument) if their number is wrong.
[[nodiscard]] IROSURVEY_EXPORT Statistic statistic(const Definition& definition, std::vector<std::string> columns);

}  // namespace v1
}  // namespace irosurvey
