#include "estimate/unit_state.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/at.hpp"
#include "core/nan.hpp"
#include "design/coding.hpp"
#include "design/parts.hpp"
#include "estimate/pivot_move.hpp"
#include "estimate/unit_source.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

std::string group_name(const PresenceGroup& group) {
  std::string text;
  for (const std::string& column : group.columns) text += column + '\x1f';
  return text;
}

/// A place for each number of a record of the plan. Places that it names are numbered as in the plan.
std::vector<Place> places_in(const Plan& plan) {
  std::vector<Place> places;
  const std::vector<int> group_of = plan.groups_of_slots();
  for (int s = 0; s < plan.slot_count(); ++s) {
    const SlotOrigin& origin = plan.slots[at(s)];
    Place place{Place::Kind::one, "", group_of[at(s)], -1, -1, -1};
    if (origin.kind == SlotOrigin::Kind::one) {
      place.name = "1:" + group_name(plan.groups[at(s)]);
    } else if (origin.kind == SlotOrigin::Kind::coded) {
      place.kind = Place::Kind::coded;
      place.name = "c:" + origin.name;
    } else {
      const NumericMoment& moment = plan.numeric[at(origin.moment)];
      place.kind = Place::Kind::numeric;
      place.name = "y:" + origin.name;
      place.first = moment.divisor;
      place.pivot = origin.moment;  // shares have pivots too, but only once all levels are known
    }
    places.push_back(std::move(place));
  }
  for (int g = 0; g < plan.group_count(); ++g) {
    places.push_back({Place::Kind::count, "n:" + group_name(plan.groups[at(g)]), g, -1, -1, -1});
  }
  for (const ProductMoment& product : plan.products) {
    const std::string name = "p:" + places[at(product.first)].name + '\x1e' + places[at(product.second)].name;
    places.push_back({Place::Kind::product, name, group_of[at(product.first)], product.first, product.second, -1});
  }
  return places;
}

void collect_columns(const Expr& expr, std::set<std::string>& numbers, std::set<std::string>& levels) {
  if (expr.kind() == Expr::Kind::total) {
    const Variable& variable = expr.variable();
    if (!variable.column.empty()) (variable.levels ? levels : numbers).insert(variable.column);
    for (const Membership& one : variable.within) levels.insert(one.column);
  }
  for (const Expr& operand : expr.operands()) collect_columns(operand, numbers, levels);
}

/// Stages whose units make a difference: those below a stage that was drawn with replacement don't, unless weights follow
/// from their populations.
std::vector<KeptStage> kept_stages(const DesignSpec& spec) {
  const std::vector<Stage> stages = design::stages_of(spec);
  const auto has_population = [](const Stage& stage) { return !std::holds_alternative<std::monostate>(stage.fpc); };
  std::vector<KeptStage> kept;
  std::size_t codes = 0;
  for (auto stage = stages.begin(); stage != stages.end(); ++stage) {
    codes += stage->strata.empty() ? 0 : 1;
    kept.push_back({*stage, codes, stage->clusters.empty()});
    ++codes;
    const bool weighs = spec.weights.empty() && std::any_of(stage + 1, stages.end(), has_population);
    if (stage->clusters.empty() || (!has_population(*stage) && !weighs)) break;
  }
  return kept;
}

std::string fpc_text(const Fpc& fpc) {
  if (const auto* column = std::get_if<std::string>(&fpc)) return "column " + *column;
  const auto* number = std::get_if<double>(&fpc);
  return number != nullptr ? to_text(level_of(*number)) : "none";
}

}  // namespace

Error varying_size(const std::string& column, double size, double first, std::optional<Index> row) {
  return {ErrorCode::design,
          {.subject = "fpc column '" + column + "'",
           .row = row,
           .expected = "the value that an earlier part of the data gave for the stratum, " + to_text(level_of(first)),
           .found = to_text(level_of(size)),
           .remedy = "An fpc belongs to a whole stratum of its stage: check that strata and fpc go together.",
           .candidates = {}}};
}

void expect_pivots(int expected, int found) {
  if (found == expected) return;
  throw Error(ErrorCode::read, {.subject = "sums of a part",
                                .row = {},
                                .expected = std::to_string(expected) + " pivots",
                                .found = std::to_string(found),
                                .remedy = "Sum all parts with the same version of this program.",
                                .candidates = {}});
}

void check_pivots(const UnitTotals::State& state, const Plan& plan) {
  expect_pivots(static_cast<int>(plan.numeric.size()), state.pivot_count);
}

// ---------------------------------------------------------------------------------------------------- places, records

int Places::insert(Place place) {
  const auto [known, is_new] = numbers_.try_emplace(place.name, static_cast<int>(places_.size()));
  if (is_new) places_.push_back(std::move(place));
  return known->second;
}

std::vector<int> Places::insert(const Plan& plan) {
  std::vector<int> numbers;
  const std::vector<Place> found = places_in(plan);
  // Places are named by others that may come later: names first, then what they name.
  for (const Place& place : found) numbers.push_back(insert(place));
  for (std::size_t p = 0; p < found.size(); ++p) {
    Place translated = found[p];
    for (std::int32_t* named : {&translated.group, &translated.first, &translated.second}) {
      if (*named >= 0) *named = numbers[at(*named)];
    }
    places_[at(numbers[p])] = std::move(translated);
  }
  return numbers;
}

std::vector<int> Places::find(const Plan& plan) const {
  std::vector<int> numbers;
  for (const Place& place : places_in(plan)) numbers.push_back(find(place.name));
  return numbers;
}

int Places::find(const std::string& name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? -1 : found->second;
}

void Records::widen(std::size_t width) {
  if (width == width_) return;
  std::vector<double> wider(index_.size() * width, 0.0);
  for (std::size_t r = 0; r < index_.size(); ++r) {
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(r * width_), width_,
                wider.begin() + static_cast<std::ptrdiff_t>(r * width));
  }
  values_ = std::move(wider);
  width_ = width;
}

double* Records::at(Index unit, Index cell) {
  const std::uint64_t key = (static_cast<std::uint64_t>(unit) << 32U) | static_cast<std::uint64_t>(cell);
  const auto [place, is_new] = index_.try_emplace(key, index_.size());
  if (is_new) values_.resize(values_.size() + width_, 0.0);
  return &values_[place->second * width_];
}

AskedColumns asked_columns(const StreamQuery& query) {
  std::set<std::string> numbers;
  std::set<std::string> levels(query.by.begin(), query.by.end());
  for (const Statistic& asked : query.statistics) {
    if (asked.expression) {
      collect_columns(*asked.expression, numbers, levels);
    } else {
      levels.insert(asked.variables.begin(), asked.variables.end());
    }
    // What a result says of its first variable may be about one whose total isn't taken.
    for (const std::string& name : asked.variables) {
      if (!levels.contains(name)) numbers.insert(name);
    }
  }
  std::erase_if(numbers, [&](const std::string& name) { return levels.contains(name); });
  return {{numbers.begin(), numbers.end()}, {levels.begin(), levels.end()}};
}

}  // namespace estimation

// ---------------------------------------------------------------------------------------------------- state

using namespace estimation;

UnitTotals::State::State(DesignSpec declared, StreamQuery asked)
    : spec(std::move(declared)), query(std::move(asked)), stages(kept_stages(spec)), columns(asked_columns(query)) {
  units = KeyTable(unit_columns().size() + (rows_are_units() ? 1U : 0U));
  cells = KeyTable(query.by.size());
  sizes.resize(stages.size());
}

std::vector<std::string> UnitTotals::State::unit_columns() const {
  std::vector<std::string> names;
  for (const KeptStage& kept : stages) {
    if (!kept.stage.strata.empty()) names.push_back(kept.stage.strata);
    if (!kept.rows_are_units) names.push_back(kept.stage.clusters);
  }
  return names;
}

Query UnitTotals::State::engine_query() const {
  Query result;
  result.statistics = query.statistics;
  result.by = query.by;
  result.design_effect = query.design_effect;
  return result;
}

std::vector<std::string> UnitTotals::State::plan_text() const {
  std::vector<std::string> lines{"weights: " + (spec.weights.empty() ? std::string("none") : spec.weights)};
  for (std::size_t s = 0; s < spec.stages.size(); ++s) {
    const Stage& stage = spec.stages[s];
    lines.push_back("stage " + std::to_string(s + 1) + ": strata " + (stage.strata.empty() ? "none" : stage.strata) +
                    ", clusters " + (stage.clusters.empty() ? "none" : stage.clusters) + ", fpc " +
                    fpc_text(stage.fpc));
  }
  lines.push_back("singleton: " + std::string(name_of(spec.singleton)) + ", in domains " +
                  std::string(name_of(spec.domain_singletons)));
  for (const Statistic& asked : query.statistics) {
    std::string line = "statistic: " + asked.name + " " + asked.title + " ";
    line += asked.expression ? asked.expression->text() : "of " + asked.variables.at(0);
    lines.push_back(std::move(line));
  }
  for (const std::string& name : query.by) lines.push_back("by: " + name);
  lines.push_back("where: " + query.where);
  lines.emplace_back(query.design_effect ? "design effects" : "no design effects");
  return lines;
}

Index UnitTotals::State::insert_cell(std::span<const std::int32_t> key) {
  const Index number = cells.insert(key);
  pivots.resize(at(cells.size() * pivot_count), kNaN);
  return number;
}

Index UnitTotals::State::insert_unit(std::span<const std::int32_t> key) {
  const Index number = units.insert(key);
  has_weight.resize(at(units.size()), 0);
  return number;
}

}  // namespace v1
}  // namespace irosurvey
