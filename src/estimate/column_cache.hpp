#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "estimate/plan.hpp"
#include "frame/level_place.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Columns of the frame as the engine reads them, each converted once; and those columns within domains.
class ColumnCache {
 public:
  /// @param is_part  there are more rows elsewhere, which may have levels that these haven't
  explicit ColumnCache(const Frame& frame, bool is_part = false) : frame_(frame), is_part_(is_part) {}

  /// Of rows that are a part of all: levels that the query names belong to a column, whether or not they occur here.
  void expect_levels(const Expr& expr);

  [[nodiscard]] const Numbers& numbers_of(const std::string& name);
  [[nodiscard]] const std::shared_ptr<const Factor>& factor_of(const std::string& name);
  [[nodiscard]] std::shared_ptr<const Presence> presence_of(const std::string& name) const;
  /// Places of the wanted levels among those of a column, each once, ascending.
  /// @throws Error(argument) if none is wanted, or one isn't there.
  [[nodiscard]] std::vector<std::size_t> places_of(const std::string& name, const std::vector<LevelValue>& wanted);

  /// The number of a domain; -1: all rows. Domains of the same levels are one, however they were written.
  [[nodiscard]] int domain_of(const std::vector<Membership>& within);
  /// A byte a row; 0 is outside the domain.
  [[nodiscard]] const Presence& inside(int domain) const { return inside_[static_cast<std::size_t>(domain)]; }

  /// A column (empty: ones) within a domain: 0 in the rows outside.
  [[nodiscard]] const Numbers& numbers_within(const std::string& name, int domain);
  /// Codes of a column (empty: one level) within a domain. The rows outside have one more level, the last.
  [[nodiscard]] const std::shared_ptr<const Factor>& factor_within(const std::string& name, int domain);

  /// Rows of which it is known what they contribute to a total: its column is there, or they are outside the total's own
  /// domain and contribute 0. Empty: every row.
  [[nodiscard]] std::shared_ptr<const Presence> known_rows(const Variable& variable);

  /// Makes the plan an owner of all that was converted.
  void hand_over(Plan& plan) const;

 private:
  /// Columns, and the places of the levels that are inside.
  using DomainKey = std::set<std::pair<std::string, std::vector<std::size_t>>>;

  void expect_levels(const std::string& column, const std::vector<LevelValue>& levels);
  std::shared_ptr<const Factor> with_expected_levels(const std::string& name);
  std::vector<std::size_t> places_of(const Membership& one);
  Presence rows_of(const DomainKey& key);

  const Frame& frame_;
  bool is_part_;
  std::map<std::string, std::vector<LevelValue>> expected_;  ///< by column
  std::map<std::string, Numbers> numbers_;
  std::map<std::string, std::shared_ptr<const Factor>> factors_;
  std::map<std::string, LevelPlaces> level_places_;
  std::map<DomainKey, int> domains_;
  std::deque<Presence> inside_;  ///< by the number of the domain; a deque: they stay where they are
  std::map<std::pair<std::string, int>, Numbers> numbers_within_;
  std::map<std::pair<std::string, int>, std::shared_ptr<const Factor>> factors_within_;
};

using Presences = std::vector<std::shared_ptr<const Presence>>;

/// Rows in all of them; null if that is every row.
[[nodiscard]] std::shared_ptr<const Presence> all_of(Presences parts);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
