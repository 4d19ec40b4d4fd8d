#include "estimate/plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <functional>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "design/pair_codes.hpp"
#include "design/parts.hpp"
#include "estimate/residuals.hpp"
#include "frame/level_place.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// A statistic of the query with its levels listed: one variable set, one expression.
struct Question {
  EstimatedStatistic about;
  Expr expression;
};

/// Calls `visit(slots[i], slots[j])` for every i ≤ j.
template <class Visit>
void for_each_pair(const std::vector<int>& slots, const Visit& visit) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    for (std::size_t j = i; j < slots.size(); ++j) visit(slots[i], slots[j]);
  }
}

/// Places of the wanted levels among those of a column, each once, ascending.
std::vector<std::size_t> places_of(const std::string& column, const std::vector<LevelValue>& wanted,
                                   const std::vector<Level>& levels) {
  const auto refuse = [&](std::string expected, std::string found, std::string remedy) {
    throw Error(ErrorCode::argument, {.subject = "levels of column '" + column + "'",
                                      .row = {},
                                      .expected = std::move(expected),
                                      .found = std::move(found),
                                      .remedy = std::move(remedy),
                                      .candidates = {}});
  };
  if (wanted.empty()) {
    refuse("at least one level (" + listed(levels) + ")", "none", "Name no levels at all for a share of each.");
  }
  std::set<std::size_t> places;
  for (const LevelValue& one : wanted) {
    const std::ptrdiff_t place = place_of(one, levels);
    if (place < 0) {
      const std::string known = levels.empty() ? "none: it is missing in every row" : listed(levels);
      refuse("values that it takes or that its data file labels (" + known + ")", to_text(one), {});
    }
    places.insert(static_cast<std::size_t>(place));
  }
  return {places.begin(), places.end()};
}

/// Columns of the frame as the engine reads them, each converted once.
class ColumnCache {
 public:
  explicit ColumnCache(const Frame& frame, bool is_part = false) : frame_(frame), is_part_(is_part) {}

  /// Of rows that are a part of all: levels that the query names belong to a column, whether or not they occur here.
  void expect_levels(const Expr& expr) {
    if (expr.kind() == Expr::Kind::total) {
      const Variable& variable = expr.variable();
      if (variable.levels) expect_levels(variable.column, *variable.levels);
      for (const Membership& one : variable.within) expect_levels(one.column, one.levels);
    }
    for (const Expr& operand : expr.operands()) expect_levels(operand);
  }

  const Numbers& numbers_of(const std::string& name) {
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
    return numbers_.emplace(name, numbers(frame_.column(name))).first->second;
  }

  const std::shared_ptr<const Factor>& factor_of(const std::string& name) {
    std::shared_ptr<const Factor>& known = factors_[name];
    if (!known) known = is_part_ ? with_expected_levels(name) : shared_factor(frame_.column(name));
    return known;
  }

  [[nodiscard]] std::shared_ptr<const Presence> presence_of(const std::string& name) const {
    return presence(frame_.column(name));
  }

  /// The number of a domain; -1: all rows. Domains of the same levels are one, however they were written.
  int domain_of(const std::vector<Membership>& within) {
    if (within.empty()) return -1;
    DomainKey key;
    for (const Membership& one : within) {
      const std::vector<LevelValue> truth{true};
      key.insert({one.column, places_of(one.column, one.levels.empty() ? truth : one.levels, levels_of(one))});
    }
    const auto [known, is_new] = domains_.try_emplace(key, static_cast<int>(inside_.size()));
    if (is_new) inside_.push_back(rows_of(key));
    return known->second;
  }

  /// A byte a row; 0 is outside the domain.
  [[nodiscard]] const Presence& inside(int domain) const { return inside_[static_cast<std::size_t>(domain)]; }

  /// A column (empty: ones) within a domain: 0 in the rows outside.
  const Numbers& numbers_within(const std::string& name, int domain) {
    const auto known = numbers_within_.find({name, domain});
    if (known != numbers_within_.end()) return known->second;
    const std::span<const double> all = name.empty() ? std::span<const double>{} : numbers_of(name).values();
    const Presence& in = inside(domain);
    auto values = std::make_shared<std::vector<double>>(in.size(), 0.0);
    for (std::size_t row = 0; row < in.size(); ++row) {
      if (in[row] != 0) (*values)[row] = all.empty() ? 1.0 : all[row];
    }
    const Numbers made(*values, !name.empty() && numbers_of(name).has_missing(), values);
    return numbers_within_.emplace(std::pair(name, domain), made).first->second;
  }

  /// Codes of a column (empty: one level) within a domain. The rows outside have one more level, the last.
  const std::shared_ptr<const Factor>& factor_within(const std::string& name, int domain) {
    std::shared_ptr<const Factor>& known = factors_within_[{name, domain}];
    if (known) return known;
    const Presence& in = inside(domain);
    Factor made;
    if (name.empty()) {
      made.codes.assign(in.size(), 0);
      made.levels.push_back({true, {}});
    } else {
      made = *factor_of(name);
    }
    const auto outside = static_cast<std::int32_t>(made.levels.size());
    made.levels.push_back({false, {}});
    for (std::size_t row = 0; row < in.size(); ++row) {
      if (in[row] == 0) made.codes[row] = outside;
    }
    return known = std::make_shared<const Factor>(std::move(made));
  }

  void hand_over(Plan& plan) const {
    for (const auto& [name, values] : numbers_) plan.kept_numbers.push_back(values);
    for (const auto& [name, values] : numbers_within_) plan.kept_numbers.push_back(values);
    for (const auto& [name, codes] : factors_) plan.kept_factors.push_back(codes);
    for (const auto& [name, codes] : factors_within_) plan.kept_factors.push_back(codes);
  }

 private:
  /// Columns, and the places of the levels that are inside.
  using DomainKey = std::set<std::pair<std::string, std::vector<std::size_t>>>;

  void expect_levels(const std::string& column, const std::vector<LevelValue>& levels) {
    std::vector<LevelValue>& expected = expected_[column];
    expected.insert(expected.end(), levels.begin(), levels.end());
  }

  std::shared_ptr<const Factor> with_expected_levels(const std::string& name) {
    const Column& column = frame_.column(name);
    std::shared_ptr<const Factor> found = shared_factor(column);
    const auto expected = expected_.find(name);
    if (expected == expected_.end()) return found;
    Factor more = *found;
    for (const LevelValue& one : expected->second) {
      if (place_of(one, more.levels) >= 0) continue;
      // A name that is a label stands for its code, wherever that occurs.
      const std::ptrdiff_t code = place_of(one, column.notes().value_labels);
      more.levels.push_back(code < 0 ? Level{one, {}} : column.notes().value_labels[static_cast<std::size_t>(code)]);
    }
    return std::make_shared<const Factor>(std::move(more));
  }

  const std::vector<Level>& levels_of(const Membership& one) {
    const std::vector<Level>& levels = factor_of(one.column)->levels;
    if (!one.levels.empty()) return levels;
    const auto boolean = [](const Level& level) { return std::holds_alternative<bool>(level.value); };
    if (std::all_of(levels.begin(), levels.end(), boolean)) return levels;
    throw Error(ErrorCode::column, {.subject = "column '" + one.column + "' as a domain",
                                    .row = {},
                                    .expected = "booleans, or the levels that are inside",
                                    .found = "the values " + listed(levels),
                                    .remedy = "Name the levels, as in within(\"" + one.column + "\", {…}).",
                                    .candidates = {}});
  }

  Presence rows_of(const DomainKey& key) {
    Presence inside(static_cast<std::size_t>(frame_.rows()), 1);
    for (const auto& [column, places] : key) {
      const Factor& factor = *factor_of(column);
      std::vector<std::uint8_t> wanted(factor.levels.size(), 0);
      for (const std::size_t place : places) wanted[place] = 1;
      for (std::size_t row = 0; row < inside.size(); ++row) {
        const std::int32_t code = factor.codes[row];
        if (code < 0 || wanted[static_cast<std::size_t>(code)] == 0) inside[row] = 0;
      }
    }
    return inside;
  }

  const Frame& frame_;
  bool is_part_;
  std::map<std::string, std::vector<LevelValue>> expected_;  ///< by column
  std::map<std::string, Numbers> numbers_;
  std::map<std::string, std::shared_ptr<const Factor>> factors_;
  std::map<DomainKey, int> domains_;
  std::deque<Presence> inside_;  ///< by the number of the domain; a deque: they stay where they are
  std::map<std::pair<std::string, int>, Numbers> numbers_within_;
  std::map<std::pair<std::string, int>, std::shared_ptr<const Factor>> factors_within_;
};

bool has(Expr::Kind kind, const Expr& expr) {
  const std::vector<Expr>& operands = expr.operands();
  return expr.kind() == kind ||
         std::any_of(operands.begin(), operands.end(), [&](const Expr& operand) { return has(kind, operand); });
}

void collect_variables(const Expr& expr, std::vector<Variable>& variables) {
  if (expr.kind() == Expr::Kind::total) variables.push_back(expr.variable());
  for (const Expr& operand : expr.operands()) collect_variables(operand, variables);
}

std::vector<Variable> variables_of(const Expr& expr) {
  std::vector<Variable> variables;
  collect_variables(expr, variables);
  return variables;
}

using Presences = std::vector<std::shared_ptr<const Presence>>;

/// Rows of which it is known what they contribute to a total: its column is there, or they are outside the total's own
/// domain and contribute 0. Empty: every row.
std::shared_ptr<const Presence> known_rows(const Variable& variable, ColumnCache& columns) {
  if (variable.column.empty()) return std::make_shared<const Presence>();
  std::shared_ptr<const Presence> present = columns.presence_of(variable.column);
  if (present->empty() || variable.within.empty()) return present;
  const Presence& inside = columns.inside(columns.domain_of(variable.within));
  Presence known = *present;
  for (std::size_t row = 0; row < known.size(); ++row) known[row] |= static_cast<std::uint8_t>(inside[row] == 0);
  return std::make_shared<const Presence>(std::move(known));
}

/// Rows in all of them; null if that is every row.
std::shared_ptr<const Presence> all_of(Presences parts) {
  std::erase_if(parts, [](const auto& part) { return part->empty(); });
  if (parts.empty()) return nullptr;
  if (parts.size() == 1) return parts.front();
  Presence all = *parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    std::transform(all.begin(), all.end(), parts[p]->begin(), all.begin(), std::bit_and<>());
  }
  return std::make_shared<const Presence>(std::move(all));
}

// ---------------------------------------------------------------------------------------------------- statistics

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
      about.formula = asked.expression->text();
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
  const auto refuse = [](std::string subject, std::string expected, std::string found) {
    throw Error(ErrorCode::argument, {.subject = std::move(subject),
                                      .row = {},
                                      .expected = std::move(expected),
                                      .found = std::move(found),
                                      .remedy = {},
                                      .candidates = {}});
  };
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

// ---------------------------------------------------------------------------------------------------- sample, cells

/// Rows that stay under `listwise`: those complete in every variable and group of the query. Null: all of them.
std::shared_ptr<const Presence> complete_rows(const std::vector<Question>& questions, const Query& query,
                                              ColumnCache& columns) {
  Presences known;
  for (const std::string& name : query.by) known.push_back(columns.presence_of(name));
  for (const Question& question : questions) {
    for (const Variable& variable : variables_of(question.expression)) known.push_back(known_rows(variable, columns));
  }
  std::shared_ptr<const Presence> complete = all_of(std::move(known));
  if (!complete || std::any_of(complete->begin(), complete->end(), [](std::uint8_t c) { return c != 0; })) {
    return complete;
  }
  throw Error(ErrorCode::argument, {.subject = "missing = 'listwise'",
                                    .row = {},
                                    .expected = "at least one row without a missing value",
                                    .found = "none",
                                    .remedy = "Ask fewer variables at a time, or use missing = 'domain'.",
                                    .candidates = {}});
}

/// Takes incomplete rows out of the sample: units and strata are counted anew without them.
void leave_sample(const Presence& complete, const Design& design, Plan& plan) {
  std::vector<Index> kept;
  for (std::size_t row = 0; row < complete.size(); ++row) {
    if (complete[row] != 0) kept.push_back(static_cast<Index>(row));
  }
  plan.kept_domain = complete;
  for (std::size_t row = 0; row < plan.cell_of.domain.size(); ++row) plan.kept_domain[row] &= plan.cell_of.domain[row];
  plan.cell_of.domain = plan.kept_domain;
  // Weights were calibrated on all rows, and aren't calibrated anew: those that leave keep their part in the residuals.
  if (has_auxiliaries(design) && design.replicates() == 0) return;
  design::Layout layout = design::build_layout(design.frame(), design.spec(), kept);
  design::mark_weighted_units(design.weights(), layout);
  plan.layout = std::make_shared<const design::Layout>(std::move(layout));
}

/// Cells of one column: all of its levels.
void cells_of_levels(const Factor& levels, Plan& plan) {
  plan.cell_of.groups = levels.codes;
  for (const Level& level : levels.levels) plan.cells.push_back({level});
}

/// Up to so many the combination that a row is in is one number: the first column's code counts most, and 0 stands for missing.
constexpr std::int64_t kMostCombinations = 1 << 16;

std::int64_t possible_combinations(const std::vector<std::shared_ptr<const Factor>>& factors) {
  std::int64_t count = 1;
  for (const auto& column : factors) {
    count *= static_cast<std::int64_t>(column->levels.size()) + 1;
    if (count > kMostCombinations) break;
  }
  return count;
}

/// Cells of few possible combinations: each row's number is computed, and those that occur are counted off in order.
void cells_of_few(const std::vector<std::shared_ptr<const Factor>>& factors, std::int64_t possible, Plan& plan) {
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
    if (std::any_of(codes.begin(), codes.end(), [](std::int32_t code) { return code < 0; })) continue;
    cell_of[static_cast<std::size_t>(combination)] = static_cast<std::int32_t>(plan.cells.size());
    std::vector<Level>& levels = plan.cells.emplace_back();
    for (std::size_t i = 0; i < factors.size(); ++i)
      levels.push_back(factors[i]->levels[static_cast<std::size_t>(codes[i])]);
  }
  for (std::int32_t& one : number) one = cell_of[static_cast<std::size_t>(one)];
  plan.cell_of.groups = number;
}

/// Cells of several columns: the combinations that occur, in the order of the levels, the first column slowest.
void cells_of_combinations(const std::vector<std::shared_ptr<const Factor>>& factors, Plan& plan) {
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
    const std::vector<std::int32_t>& codes = combinations[static_cast<std::size_t>(which)];
    if (std::any_of(codes.begin(), codes.end(), [](std::int32_t code) { return code < 0; })) continue;
    cell_of[static_cast<std::size_t>(which)] = static_cast<std::int32_t>(plan.cells.size());
    std::vector<Level>& levels = plan.cells.emplace_back();
    for (std::size_t i = 0; i < factors.size(); ++i)
      levels.push_back(factors[i]->levels[static_cast<std::size_t>(codes[i])]);
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

void make_cells(const Query& query, PlanScope scope, ColumnCache& columns, Plan& plan) {
  std::vector<std::shared_ptr<const Factor>> factors;
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

// ---------------------------------------------------------------------------------------------------- moments

/// Collects the distinct moments of the questions, and hands their slots to the programs.
class MomentMaker {
 public:
  MomentMaker(Plan& plan, ColumnCache& columns, PlanScope scope) : plan_(plan), columns_(columns), scope_(scope) {}

  /// The base of a statistic with these totals: rows of which it is known what they contribute to each, in the domain of
  /// at least one. With `complete` rows, everything is known.
  int group_of(const std::vector<Variable>& totals, bool complete) {
    std::set<std::string> name;
    std::set<int> domains;  // all totals' own; -1: all rows
    Presences known;
    for (const Variable& total : totals) {
      const int domain = columns_.domain_of(total.within);
      domains.insert(domain);
      if (complete || total.column.empty() || !may_miss(total.column)) continue;
      if (name.insert(total.column + within_text(domain)).second) known.push_back(known_rows(total, columns_));
    }
    if (domains.contains(-1)) domains.clear();
    for (const int domain : domains) name.insert(within_text(domain));
    PresenceGroup group;
    group.columns.assign(name.begin(), name.end());
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      if (plan_.groups[g].columns == group.columns) return static_cast<int>(g);
    }
    if (!domains.empty()) known.push_back(std::make_shared<const Presence>(in_any(domains)));
    group.present = all_of(known);
    plan_.groups.push_back(std::move(group));
    sole_domain_.push_back(domains.size() == 1 ? *domains.begin() : -1);
    return static_cast<int>(plan_.groups.size()) - 1;
  }

  /// Once all groups are known: their sums of weights take the first slots.
  void open_slots() { plan_.slots.assign(plan_.groups.size(), SlotOrigin{}); }

  [[nodiscard]] LeafMaker leaves_for(int group) {
    return {.total = [this, group](const Variable& y) { return Leaf{slot_of(y, group), -1, -1}; },
            .quotient = [this, group](const Variable& y, const Variable& x) { return quotient(y, x, group); }};
  }

  /// Numbers of the covariances between the slots of a program, pair by pair.
  std::vector<int> pairs_of(const std::vector<int>& slots) {
    std::vector<int> numbers;
    for_each_pair(slots, [&](int first, int second) {
      const auto [known, is_new] = pairs_.try_emplace({first, second}, static_cast<int>(plan_.pairs.size()));
      if (is_new) plan_.pairs.emplace_back(first, second);
      numbers.push_back(known->second);
    });
    return numbers;
  }

  /// Numbers of the sums of products that the spread of rows needs, pair by pair; -1 where it follows from totals.
  std::vector<int> products_of(const std::vector<int>& slots, int group) {
    std::vector<int> numbers;
    for_each_pair(slots, [&](int first, int second) {
      if (spread_follows_from_totals(first, second)) return numbers.push_back(-1);
      const auto [known, is_new] = products_.try_emplace({first, second}, plan_.product_count());
      if (is_new) {
        plan_.groups[static_cast<std::size_t>(group)].products.push_back(plan_.product_count());
        plan_.products.push_back({first, second});
      }
      numbers.push_back(known->second);
    });
    return numbers;
  }

 private:
  /// y, its domain, whether there is an x, x, its domain, group
  using NumericKey = std::tuple<std::string, int, bool, std::string, int, int>;
  /// column, domain, levels, group, whether it is a share's
  using CodedKey = std::tuple<std::string, int, std::vector<std::size_t>, int, bool>;

  [[nodiscard]] bool may_miss(const std::string& column) const {
    return scope_ != PlanScope::whole || !columns_.presence_of(column)->empty();
  }

  /// A name that no column has: of all names, this one alone begins with a null.
  static std::string within_text(int domain) {
    return domain < 0 ? std::string{} : std::string(1, '\0') + std::to_string(domain);
  }

  [[nodiscard]] Presence in_any(const std::set<int>& domains) const {
    Presence any = columns_.inside(*domains.begin());
    for (const int domain : domains) {
      const Presence& inside = columns_.inside(domain);
      for (std::size_t row = 0; row < any.size(); ++row) any[row] |= inside[row];
    }
    return any;
  }

  /// The domain of a total in a base; -1 where all of the base is in it.
  int domain_in(int group, const Variable& variable) {
    const int domain = columns_.domain_of(variable.within);
    return domain == sole_domain_[static_cast<std::size_t>(group)] ? -1 : domain;
  }

  /// Whether a total is the sum of weights of its base.
  bool is_base(const Variable& variable, int group) {
    if (variable.column.empty()) return domain_in(group, variable) < 0;
    // A share of each level of a column that has none: its base is empty, and its total never looked at.
    return variable.levels && variable.levels->empty() && columns_.factor_of(variable.column)->levels.empty();
  }

  int slot_of(const Variable& variable, int group) {
    if (is_base(variable, group)) return group;
    return is_coded(variable) ? coded_slot(variable, group, false) : numeric_slot(variable, std::nullopt, group).slot;
  }

  static bool is_coded(const Variable& variable) { return variable.levels || variable.column.empty(); }

  /// T(y) / T(x), of which the numerator is pivoted: numbers row by row, shares unit by unit.
  Leaf quotient(const Variable& y, const Variable& x, int group) {
    if (is_coded(y) && !is_base(y, group) && x.column.empty() && is_base(x, group)) return share(y, group);
    if (is_coded(y) || x.levels) return {slot_of(y, group), slot_of(x, group), -1};
    const NumericMoment moment = numeric_slot(y, x, group);
    const int divisor = slot_of(x, group);
    plan_.numeric[static_cast<std::size_t>(plan_.slots[static_cast<std::size_t>(moment.slot)].moment)].divisor =
        divisor;
    return {moment.slot, divisor, moment.pivot};
  }

  /// Names of slots. Their parts are kept apart by a character that no name of a column has.
  static std::string joined(std::initializer_list<std::string> parts) {
    std::string text;
    for (const std::string& part : parts) text += part + '\x1f';
    return text;
  }

  /// The same for values that are the same level.
  static std::string level_name(const LevelValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "1" : "0";
    const auto* number = std::get_if<double>(&value);
    return to_text(number == nullptr ? value : level_of(*number));
  }

  [[nodiscard]] std::string group_name(int group) const {
    std::string text;
    for (const std::string& column : plan_.groups[static_cast<std::size_t>(group)].columns) text += joined({column});
    return text;
  }

  [[nodiscard]] std::string numeric_name(const NumericKey& key) const {
    const auto& [y, domain_y, has_x, x, domain_x, group] = key;
    return joined({y, within_text(domain_y), has_x ? "/" : "", x, within_text(domain_x), group_name(group)});
  }

  [[nodiscard]] std::string coded_name(const CodedKey& key) {
    const auto& [column, domain, levels, group, is_share] = key;
    std::set<std::string> texts;
    for (const std::size_t level : levels) {
      if (!column.empty()) texts.insert(level_name(columns_.factor_of(column)->levels[level].value));
    }
    std::string text = joined({column, within_text(domain), is_share ? "=/" : "="});
    for (const std::string& level : texts) text += joined({level});
    return text + group_name(group);
  }

  std::span<const double> values_of(const Variable& variable, int domain) {
    if (domain >= 0) return columns_.numbers_within(variable.column, domain).values();
    return variable.column.empty() ? std::span<const double>{} : columns_.numbers_of(variable.column).values();
  }

  int new_slot(SlotOrigin origin) {
    plan_.slots.push_back(std::move(origin));
    return plan_.slot_count() - 1;
  }

  NumericMoment numeric_slot(const Variable& y, const std::optional<Variable>& x, int group) {
    const int domain_y = domain_in(group, y);
    const int domain_x = x ? domain_in(group, *x) : -1;
    const NumericKey key{y.column, domain_y, x.has_value(), x ? x->column : std::string(), domain_x, group};
    const auto known = numeric_.find(key);
    if (known != numeric_.end()) return plan_.numeric[static_cast<std::size_t>(known->second)];
    NumericMoment moment;
    moment.slot = new_slot({SlotOrigin::Kind::numeric, static_cast<int>(plan_.numeric.size()), numeric_name(key)});
    moment.y = values_of(y, domain_y);
    if (x) moment.x = values_of(*x, domain_x);
    (x ? moment.pivot : moment.centre) = plan_.pivot_count++;
    numeric_.emplace(key, static_cast<int>(plan_.numeric.size()));
    plan_.groups[static_cast<std::size_t>(group)].numeric.push_back(static_cast<int>(plan_.numeric.size()));
    plan_.numeric.push_back(moment);
    return moment;
  }

  /// One slot for each set of levels. Levels of one set share a slot; a level in several sets needs several moments.
  int coded_slot(const Variable& variable, int group, bool is_share) {
    const int domain = domain_in(group, variable);
    const auto& factor =
        domain < 0 ? columns_.factor_of(variable.column) : columns_.factor_within(variable.column, domain);
    std::vector<std::size_t> levels{0};  // of ones in a domain: those inside
    if (variable.levels) {
      levels = places_of(variable.column, *variable.levels, columns_.factor_of(variable.column)->levels);
    }
    const CodedKey key{variable.column, domain, levels, group, is_share};
    const auto known = coded_.find(key);
    if (known != coded_.end()) return known->second;
    const int which = coded_moment_with_room(*factor, levels, group);
    CodedMoment& moment = plan_.coded[static_cast<std::size_t>(which)];
    const int slot = new_slot({SlotOrigin::Kind::coded, which, coded_name(key)});
    for (const std::size_t level : levels) moment.slot_of_level[level] = slot;
    coded_.emplace(key, slot);
    return slot;
  }

  Leaf share(const Variable& y, int group) {
    const int slot = coded_slot(y, group, true);
    int& pivot = plan_.slots[static_cast<std::size_t>(slot)].pivot;
    if (pivot < 0) {
      pivot = plan_.pivot_count++;
      plan_.shares.push_back({slot, group, pivot});
    }
    return {slot, group, pivot};
  }

  int coded_moment_with_room(const Factor& factor, const std::vector<std::size_t>& levels, int group) {
    std::vector<int>& of_group = plan_.groups[static_cast<std::size_t>(group)].coded;
    for (const int which : of_group) {
      const CodedMoment& moment = plan_.coded[static_cast<std::size_t>(which)];
      const bool same_column = moment.codes == factor.codes.data();
      const bool room = same_column && std::all_of(levels.begin(), levels.end(),
                                                   [&](std::size_t level) { return moment.slot_of_level[level] < 0; });
      if (room) return which;
    }
    plan_.coded.push_back({factor.codes.data(), std::vector<int>(factor.levels.size(), -1)});
    of_group.push_back(static_cast<int>(plan_.coded.size()) - 1);
    return of_group.back();
  }

  [[nodiscard]] bool spread_follows_from_totals(int first, int second) const {
    const SlotOrigin& a = plan_.slots[static_cast<std::size_t>(first)];
    const SlotOrigin& b = plan_.slots[static_cast<std::size_t>(second)];
    if (a.kind == SlotOrigin::Kind::one || b.kind == SlotOrigin::Kind::one) return true;
    return a.kind == SlotOrigin::Kind::coded && b.kind == SlotOrigin::Kind::coded && a.moment == b.moment;
  }

  Plan& plan_;
  ColumnCache& columns_;
  PlanScope scope_;
  std::vector<int> sole_domain_;  ///< by group: the domain that all of its rows are in; -1: none
  std::map<NumericKey, int> numeric_;
  std::map<CodedKey, int> coded_;
  std::map<std::pair<int, int>, int> pairs_;
  std::map<std::pair<int, int>, int> products_;
};

void make_statistics(const std::vector<Question>& questions, const Query& query, PlanScope scope, ColumnCache& columns,
                     Plan& plan) {
  MomentMaker moments(plan, columns, scope);
  std::vector<int> groups;
  for (const Question& question : questions) {
    groups.push_back(moments.group_of(variables_of(question.expression), query.missing == MissingRule::listwise));
  }
  moments.open_slots();
  for (std::size_t q = 0; q < questions.size(); ++q) {
    Program program(questions[q].expression, moments.leaves_for(groups[q]));
    std::vector<int> pairs = moments.pairs_of(program.slots());
    std::vector<int> products;
    if (query.design_effect) products = moments.products_of(program.slots(), groups[q]);
    plan.statistics.push_back(
        {questions[q].about, std::move(program), groups[q], std::move(pairs), std::move(products)});
  }
}

// ---------------------------------------------------------------------------------------------------- pivots

/// Slope of y on x over the first few rows of a cell, by least squares: a pivot needs to be near, not to be right. It
/// makes y − c x small whatever the signs of x, and exactly 0 where all rows have y = c x, as in a constant column.
struct PivotSums {
  double first = 0.0;  ///< y / x of the first row that has one
  double xy = 0.0;     ///< Σ x (y − first × x)
  double xx = 0.0;
  Index rows = 0;

  void add(double y, double x) {
    if (x == 0.0) return;  // it says nothing of the slope; outside the total's own domain it is always 0
    ++rows;
    if (xx == 0.0) first = y / x;
    xy += x * (y - first * x);
    xx += x * x;
  }
  [[nodiscard]] double pivot() const {
    const double slope = first + xy / xx;
    return std::isfinite(slope) ? slope : 0.0;
  }
};

/// Pivots of one moment in every cell, each from up to `kRows` rows of its cell.
void find_pivots(const NumericMoment& moment, const PresenceGroup& group, std::span<const double> weights, Plan& plan) {
  constexpr Index kRows = 32;
  std::vector<PivotSums> sums(plan.cells.size());
  Index open_cells = plan.cell_count();
  for (Index row = 0; row < static_cast<Index>(weights.size()) && open_cells > 0; ++row) {
    const auto r = static_cast<std::size_t>(row);
    const std::int32_t cell = plan.cell_of(row);
    if (cell < 0 || weights[r] == 0.0 || !group.holds(row)) continue;
    PivotSums& of_cell = sums[static_cast<std::size_t>(cell)];
    if (of_cell.rows == kRows) continue;
    of_cell.add(moment.y.empty() ? 1.0 : moment.y[r], moment.x.empty() ? 1.0 : moment.x[r]);
    if (of_cell.rows == kRows) --open_cells;
  }
  for (std::size_t cell = 0; cell < sums.size(); ++cell) {
    plan.pivot(static_cast<Index>(cell), moment.any_pivot()) = sums[cell].pivot();
  }
}

/// Pivots of shares, from rows spread over the data. Where most rows of a cell have the level, their share.
void find_shares(std::span<const double> weights, Plan& plan) {
  if (plan.shares.empty()) return;
  const auto rows = static_cast<Index>(weights.size());
  const Index looked_at = std::min<Index>(rows, 1024 + 8 * plan.cell_count());
  const auto slots = static_cast<std::size_t>(plan.slot_count());
  std::vector<double> sums(plan.cells.size() * slots, 0.0);
  for (Index i = 0; i < looked_at; ++i) {
    const Index row = rows * i / looked_at;
    const std::int32_t cell = plan.cell_of(row);
    const double weight = weights[static_cast<std::size_t>(row)];
    if (cell < 0 || weight == 0.0) continue;
    double* const of_cell = &sums[static_cast<std::size_t>(cell) * slots];
    for (std::size_t g = 0; g < plan.groups.size(); ++g) {
      if (!plan.groups[g].holds(row)) continue;
      of_cell[g] += weight;
      for (const int which : plan.groups[g].coded) {
        const CodedMoment& moment = plan.coded[static_cast<std::size_t>(which)];
        const std::int32_t code = moment.codes[static_cast<std::size_t>(row)];
        const int slot = code < 0 ? -1 : moment.slot_of_level[static_cast<std::size_t>(code)];
        if (slot >= 0) of_cell[slot] += weight;
      }
    }
  }
  set_shares(sums, plan);
}

void make_pivots(std::span<const double> weights, Plan& plan) {
  // At least one cell's: rows outside of all cells read the first one's.
  plan.pivots.assign(std::max<std::size_t>(1, plan.cells.size()) * static_cast<std::size_t>(plan.pivot_count), 0.0);
  for (const PresenceGroup& group : plan.groups) {
    for (const int which : group.numeric)
      find_pivots(plan.numeric[static_cast<std::size_t>(which)], group, weights, plan);
  }
}

}  // namespace

void set_shares(std::span<const double> totals, Plan& plan) {
  for (Index cell = 0; cell < plan.cell_count(); ++cell) {
    const std::span<const double> of_cell = totals.subspan(static_cast<std::size_t>(cell * plan.slot_count()));
    for (const ShareMoment& share : plan.shares) {
      const double found =
          of_cell[static_cast<std::size_t>(share.slot)] / of_cell[static_cast<std::size_t>(share.group)];
      plan.pivot(cell, share.pivot) = found > 0.5 ? found : 0.0;
    }
  }
}

std::vector<int> Plan::groups_of_slots() const {
  std::vector<int> result(slots.size(), -1);
  for (int g = 0; g < group_count(); ++g) {
    const PresenceGroup& group = groups[static_cast<std::size_t>(g)];
    result[static_cast<std::size_t>(g)] = g;
    for (const int which : group.numeric) {
      result[static_cast<std::size_t>(numeric[static_cast<std::size_t>(which)].slot)] = g;
    }
    for (const int which : group.coded) {
      for (const int slot : coded[static_cast<std::size_t>(which)].slot_of_level) {
        if (slot >= 0) result[static_cast<std::size_t>(slot)] = g;
      }
    }
  }
  return result;
}

Plan make_plan(const Design& design, const Query& query, PlanScope scope) {
  const Frame& frame = design.frame();
  check_query(query, frame.rows());
  ColumnCache columns(frame, scope == PlanScope::part);
  for (const Statistic& asked : query.statistics) {
    if (scope == PlanScope::part && asked.expression) columns.expect_levels(*asked.expression);
  }
  const std::vector<Question> questions = questions_of(query, frame, columns);
  Plan plan;
  plan.layout = design.parts().layout;
  make_cells(query, scope, columns, plan);
  if (query.missing == MissingRule::listwise) {
    if (const auto complete = complete_rows(questions, query, columns)) leave_sample(*complete, design, plan);
  }
  make_statistics(questions, query, scope, columns, plan);
  make_pivots(design.weights(), plan);
  // Others read rows where they are folded, or take no squares of unit totals.
  const bool folds_units = design.replicates() == 0 && !has_auxiliaries(design);
  if (scope == PlanScope::whole && folds_units) find_shares(design.weights(), plan);
  columns.hand_over(plan);
  return plan;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
