#include "estimate/column_cache.hpp"

#include <algorithm>
#include <functional>

#include "core/refuse.hpp"
#include "frame/level_place.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

void ColumnCache::expect_levels(const Expr& expr) {
  if (expr.kind() == Expr::Kind::total) {
    const Variable& variable = expr.variable();
    if (variable.levels) expect_levels(variable.column, *variable.levels);
    for (const Membership& one : variable.within) expect_levels(one.column, one.levels);
  }
  for (const Expr& operand : expr.operands()) expect_levels(operand);
}

void ColumnCache::expect_levels(const std::string& column, const std::vector<LevelValue>& levels) {
  std::vector<LevelValue>& expected = expected_[column];
  expected.insert(expected.end(), levels.begin(), levels.end());
}

const Numbers& ColumnCache::numbers_of(const std::string& name) {
  const auto known = numbers_.find(name);
  if (known != numbers_.end()) return known->second;
  return numbers_.emplace(name, numbers(frame_.column(name))).first->second;
}

const std::shared_ptr<const Factor>& ColumnCache::factor_of(const std::string& name) {
  std::shared_ptr<const Factor>& known = factors_[name];
  if (!known) known = is_part_ ? with_expected_levels(name) : shared_factor(frame_.column(name));
  return known;
}

std::shared_ptr<const Factor> ColumnCache::with_expected_levels(const std::string& name) {
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

std::shared_ptr<const Presence> ColumnCache::presence_of(const std::string& name) const {
  return presence(frame_.column(name));
}

int ColumnCache::domain_of(const std::vector<Membership>& within) {
  if (within.empty()) return -1;
  DomainKey key;
  for (const Membership& one : within) {
    key.insert({one.column, places_of(one)});
  }
  const auto [known, is_new] = domains_.try_emplace(key, static_cast<int>(inside_.size()));
  if (is_new) inside_.push_back(rows_of(key));
  return known->second;
}

std::vector<std::size_t> ColumnCache::places_of(const std::string& name, const std::vector<LevelValue>& wanted) {
  const std::vector<Level>& levels = factor_of(name)->levels;
  const std::string subject = "levels of column '" + name + "'";
  if (wanted.empty()) {
    refuse(subject, "at least one level (" + listed(levels) + ")", "none",
           "Name no levels at all for a share of each.");
  }
  const LevelPlaces& place_of_level = level_places_.try_emplace(name, levels).first->second;
  std::set<std::size_t> places;
  for (const LevelValue& one : wanted) {
    const std::ptrdiff_t place = place_of_level(one);
    if (place < 0) {
      const std::string known = levels.empty() ? "none: it is missing in every row" : listed(levels);
      refuse(subject, "values that it takes or that its data file labels (" + known + ")", to_text(one));
    }
    places.insert(static_cast<std::size_t>(place));
  }
  return {places.begin(), places.end()};
}

std::vector<std::size_t> ColumnCache::places_of(const Membership& one) {
  if (!one.levels.empty()) return places_of(one.column, one.levels);
  const std::vector<Level>& levels = factor_of(one.column)->levels;
  const auto boolean = [](const Level& level) { return std::holds_alternative<bool>(level.value); };
  if (std::all_of(levels.begin(), levels.end(), boolean)) return places_of(one.column, {true});
  throw Error(ErrorCode::column, {.subject = "column '" + one.column + "' as a domain",
                                  .row = {},
                                  .expected = "booleans, or the levels that are inside",
                                  .found = "the values " + listed(levels),
                                  .remedy = "Name the levels, as in within(\"" + one.column + "\", {…}).",
                                  .candidates = {}});
}

Presence ColumnCache::rows_of(const DomainKey& key) {
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

const Numbers& ColumnCache::numbers_within(const std::string& name, int domain) {
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

const std::shared_ptr<const Factor>& ColumnCache::factor_within(const std::string& name, int domain) {
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

std::shared_ptr<const Presence> ColumnCache::known_rows(const Variable& variable) {
  if (variable.column.empty()) return std::make_shared<const Presence>();
  std::shared_ptr<const Presence> present = presence_of(variable.column);
  if (present->empty() || variable.within.empty()) return present;
  const Presence& members = inside(domain_of(variable.within));
  Presence known = *present;
  for (std::size_t row = 0; row < known.size(); ++row) known[row] |= static_cast<std::uint8_t>(members[row] == 0);
  return std::make_shared<const Presence>(std::move(known));
}

void ColumnCache::hand_over(Plan& plan) const {
  for (const auto& [name, values] : numbers_) plan.kept_numbers.push_back(values);
  for (const auto& [name, values] : numbers_within_) plan.kept_numbers.push_back(values);
  for (const auto& [name, codes] : factors_) plan.kept_factors.push_back(codes);
  for (const auto& [name, codes] : factors_within_) plan.kept_factors.push_back(codes);
}

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

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
