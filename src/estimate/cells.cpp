#include "estimate/cells.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "design/pair_codes.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// Cells of one column: all of its levels.
void cells_of_levels(const Factor& levels, Plan& plan) {
  plan.cell_of.groups = levels.codes;
  for (const Level& level : levels.levels) plan.cells.push_back({level});
}

using Factors = std::vector<std::shared_ptr<const Factor>>;

/// The number of a new cell: one level of each column. -1, and no cell, where a code is missing.
std::int32_t new_cell(const std::vector<std::int32_t>& codes, const Factors& factors, Plan& plan) {
  if (std::any_of(codes.begin(), codes.end(), [](std::int32_t code) { return code < 0; })) return -1;
  std::vector<Level>& levels = plan.cells.emplace_back();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    levels.push_back(factors[i]->levels[static_cast<std::size_t>(codes[i])]);
  }
  return static_cast<std::int32_t>(plan.cells.size()) - 1;
}

/// Up to so many the combination that a row is in is one number: the first column's code counts most, and 0 stands for missing.
constexpr std::int64_t kMostCombinations = 1 << 16;

std::int64_t possible_combinations(const Factors& factors) {
  std::int64_t count = 1;
  for (const auto& column : factors) {
    count *= static_cast<std::int64_t>(column->levels.size()) + 1;
    if (count > kMostCombinations) break;
  }
  return count;
}

/// Cells of few possible combinations: each row's number is computed, and those that occur are counted off in order.
void cells_of_few(const Factors& factors, std::int64_t possible, Plan& plan) {
  const std::vector<std::int32_t>& first = factors.front()->codes;
  std::vector<std::int32_t>& number = plan.kept_groups;
  number.resize(first.size());
  std::transform(first.begin(), first.end(), number.begin(), [](std::int32_t code) { return code + 1; });
  for (std::size_t i = 1; i < factors.size(); ++i) {
    const std::vector<std::int32_t>& codes = factors[i]->codes;
    const auto size = static_cast<std::int32_t>(factors[i]->levels.size()) + 1;
    for (std::size_t row = 0; row < codes.size(); ++row) number[row] = number[row] * size + codes[row] + 1;
  }
  std::vector<std::uint8_t> occurs(static_cast<std::size_t>(possible), 0);
  for (const std::int32_t one : number) occurs[static_cast<std::size_t>(one)] = 1;
  std::vector<std::int32_t> cell_of(static_cast<std::size_t>(possible), -1);
  std::vector<std::int32_t> codes(factors.size());
  for (std::int32_t combination = 0; combination < possible; ++combination) {
    if (occurs[static_cast<std::size_t>(combination)] == 0) continue;
    std::int32_t rest = combination;
    for (std::size_t i = factors.size(); i-- > 0;) {
      const auto size = static_cast<std::int32_t>(factors[i]->levels.size()) + 1;
      codes[i] = rest % size - 1;
      rest /= size;
    }
    cell_of[static_cast<std::size_t>(combination)] = new_cell(codes, factors, plan);
  }
  for (std::int32_t& one : number) one = cell_of[static_cast<std::size_t>(one)];
  plan.cell_of.groups = number;
}

/// Cells of several columns: the combinations that occur, in the order of the levels, the first column slowest.
void cells_of_combinations(const Factors& factors, Plan& plan) {
  const std::size_t rows = factors.front()->codes.size();
  design::Codes combined{std::vector<std::int32_t>(rows, 0), 1, {}};
  for (const auto& column : factors) {
    // Code 0 is missing, so that it can be told apart again below.
    std::vector<std::int32_t> shifted(rows);
    std::transform(column->codes.begin(), column->codes.end(), shifted.begin(),
                   [](std::int32_t code) { return code + 1; });
    combined = design::pair_codes(combined.codes, combined.count, shifted);
  }
  std::vector<std::vector<std::int32_t>> combinations(static_cast<std::size_t>(combined.count));
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<std::int32_t>& codes = combinations[static_cast<std::size_t>(combined.codes[row])];
    if (!codes.empty()) continue;
    for (const auto& column : factors) codes.push_back(column->codes[row]);
  }
  std::vector<std::int32_t> order(combinations.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return combinations[static_cast<std::size_t>(a)] < combinations[static_cast<std::size_t>(b)];
  });
  std::vector<std::int32_t> cell_of(combinations.size(), -1);
  for (const std::int32_t which : order) {
    cell_of[static_cast<std::size_t>(which)] = new_cell(combinations[static_cast<std::size_t>(which)], factors, plan);
  }
  plan.kept_groups = std::move(combined.codes);
  for (std::int32_t& code : plan.kept_groups) code = cell_of[static_cast<std::size_t>(code)];
  plan.cell_of.groups = plan.kept_groups;
}

[[noreturn]] void refuse_no_groups(const std::vector<std::string>& by) {
  std::string names;
  for (const std::string& name : by) names += (names.empty() ? "'" : ", '") + name + "'";
  throw Error(ErrorCode::argument, {.subject = "by " + names,
                                    .row = {},
                                    .expected = "at least one row without a missing value there",
                                    .found = "none: there is no group",
                                    .remedy = "Leave the column out, or see user-missing codes as values ('keep').",
                                    .candidates = {}});
}

}  // namespace

void make_cells(const Query& query, PlanScope scope, ColumnCache& columns, Plan& plan) {
  Factors factors;
  for (const std::string& column : query.by) factors.push_back(columns.factor_of(column));
  if (factors.empty()) {
    plan.cells.emplace_back();
  } else if (factors.size() == 1) {
    cells_of_levels(*factors.front(), plan);
  } else if (const std::int64_t possible = possible_combinations(factors); possible <= kMostCombinations) {
    cells_of_few(factors, possible, plan);
  } else {
    cells_of_combinations(factors, plan);
  }
  if (plan.cells.empty() && scope != PlanScope::part) refuse_no_groups(query.by);
  if (query.where) plan.cell_of.domain = *query.where;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
