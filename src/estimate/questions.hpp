#pragma once

#include <vector>

#include "estimate/column_cache.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// A statistic of the query with its levels listed: one variable set, one expression.
struct Question {
  EstimatedStatistic about;
  Expr expression;
};

/// What a query asks, statistic by statistic and level by level.
[[nodiscard]] std::vector<Question> questions_of(const Query& query, const Frame& frame, ColumnCache& columns);

/// The totals that an expression is made of, from left to right.
[[nodiscard]] std::vector<Variable> variables_of(const Expr& expr);

/// @throws Error(argument) for a query that says nothing, or nothing about totals of so many rows.
void check_query(const Query& query, Index rows);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
