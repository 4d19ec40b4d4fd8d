#include "estimate/moments.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// Calls `visit(slots[i], slots[j])` for every i ≤ j.
template <class Visit>
void for_each_pair(const std::vector<int>& slots, const Visit& visit) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    for (std::size_t j = i; j < slots.size(); ++j) visit(slots[i], slots[j]);
  }
}

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
      if (name.insert(total.column + within_text(domain)).second) known.push_back(columns_.known_rows(total));
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
    if (variable.levels) levels = columns_.places_of(variable.column, *variable.levels);
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

}  // namespace

void make_statistics(const std::vector<Question>& questions, const Query& query, PlanScope scope, bool with_pairs,
                     ColumnCache& columns, Plan& plan) {
  MomentMaker moments(plan, columns, scope);
  std::vector<int> groups;
  for (const Question& question : questions) {
    groups.push_back(moments.group_of(variables_of(question.expression), query.missing == MissingRule::listwise));
  }
  moments.open_slots();
  for (std::size_t q = 0; q < questions.size(); ++q) {
    Program program(questions[q].expression, moments.leaves_for(groups[q]));
    std::vector<int> pairs;
    if (with_pairs) pairs = moments.pairs_of(program.slots());
    std::vector<int> products;
    if (query.design_effect) products = moments.products_of(program.slots(), groups[q]);
    plan.statistics.push_back(
        {questions[q].about, std::move(program), groups[q], std::move(pairs), std::move(products)});
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
