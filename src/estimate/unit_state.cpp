#include "estimate/unit_state.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "design/parts.hpp"
#include "estimate/pivot_move.hpp"
#include "estimate/unit_source.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

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
  const std::vector<Stage> stages = spec.stages.empty() ? std::vector<Stage>{Stage{}} : spec.stages;
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

Error varying_size(const std::string& column, double size, double first, std::optional<Index> row) {
  return {ErrorCode::design,
          {.subject = "fpc column '" + column + "'",
           .row = row,
           .expected = "the value that an earlier part of the data gave for the stratum, " + to_text(level_of(first)),
           .found = to_text(level_of(size)),
           .remedy = "An fpc belongs to a whole stratum of its stage: check that strata and fpc go together.",
           .candidates = {}}};
}

}  // namespace

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

namespace {

// ---------------------------------------------------------------------------------------------------- a part's rows

/// A part has strata that the whole will fill: singletons among them say nothing yet, and aren't merged.
DesignSpec spec_of_part(DesignSpec spec) {
  spec.singleton = SingletonRule::certainty;
  spec.domain_singletons = DomainSingletons::ignore;
  return spec;
}

/// A part of the data, declared and planned by itself, on its way into a state.
class Part {
 public:
  Part(const UnitTotals::State& state, const Frame& frame, const std::optional<Mask>& where)
      : frame_(frame),
        query_(state.engine_query()),
        design_(Design::declare(frame, spec_of_part(state.spec))),
        layout_(*design_.parts().layout),
        plan_(planned(where)),
        stage_(static_cast<Index>(state.stages.size()) - 1),
        given_weights_(state.has_given_weights()) {
    // Weights that follow from populations are known when all units are: till then, each row counts as one.
    if (!given_weights_) ones_.assign(at(frame.rows()), 1.0);
    for (const std::string& column : state.unit_columns()) {
      factors_.push_back(shared_factor(frame.column(column), LevelRule::observed));
    }
  }

  /// @throws Error(read) if the state has other pivots; Error(design) if an fpc isn't what the state has of its stratum.
  void check(const UnitTotals::State& state) const {
    if (state.rows > 0) check_pivots(state, plan_);
    const std::vector<std::string> columns = state.unit_columns();
    for_each_stratum_size(state, [&](std::size_t s, Index row, double size) {
      std::vector<std::int32_t> key;
      for (std::size_t c = 0; c < state.stages[s].stratum_codes; ++c) {
        const auto labels = state.labels.find(columns[c]);
        key.push_back(labels == state.labels.end() ? -1 : labels->second.find(label(c, row)));
      }
      const auto known = state.sizes[s].find(key);
      if (known != state.sizes[s].end() && known->second != size) {
        throw varying_size(std::get<std::string>(state.stages[s].stage.fpc), size, known->second, row);
      }
    });
  }

  void enter(UnitTotals::State& state) {
    note_columns(state);
    note_sizes(state);
    state.pivot_count = static_cast<int>(plan_.numeric.size());
    const std::vector<Index> cells = note_cells(state);
    take_pivots(state, cells);
    const std::vector<int> places = state.places.insert(plan_);
    state.records.widen(state.places.size());
    sum(state, cells, places);
    leave_pivots(state, cells);
    if (state.rows == 0) state.label = frame_.label();
    state.rows += frame_.rows();
  }

 private:
  Plan planned(const std::optional<Mask>& where) {
    query_.where = where;
    return make_plan(design_, query_, PlanScope::part);
  }

  [[nodiscard]] const LevelValue& label(std::size_t column, Index row) const {
    const Factor& factor = *factors_[column];
    return factor.levels[at(factor.codes[at(row)])].value;
  }

  template <class Visit>
  void for_each_stratum_size(const UnitTotals::State& state, const Visit& visit) const {
    for (std::size_t s = 0; s < state.stages.size(); ++s) {
      const auto* column = std::get_if<std::string>(&state.stages[s].stage.fpc);
      if (column == nullptr) continue;
      const Numbers sizes = numbers(frame_.column(*column));
      const design::StageLayout& stage = layout_.stages[s];
      for (Index k = 0; k < stage.strata(); ++k) {
        const Index row = layout_.row(layout_.first_position(static_cast<Index>(s), stage.stratum_begin[at(k)]));
        visit(s, row, sizes.values()[at(row)]);
      }
    }
  }

  void note_columns(UnitTotals::State& state) {
    const std::vector<std::string> columns = state.unit_columns();
    for (const std::vector<std::string>& names : {state.columns.numbers, state.columns.levels, columns}) {
      for (const std::string& name : names) {
        const Column& column = frame_.column(name);
        state.about.try_emplace(name, ColumnAbout{column.notes(), column.arrow_format() == "b",
                                                  column.user_missing_rule() == UserMissingRule::keep});
      }
    }
    for (const std::string& name : state.columns.levels) {
      LabelTable& labels = state.labels[name];
      for (const Level& level : shared_factor(frame_.column(name), LevelRule::observed)->levels) {
        labels.insert(level.value);
      }
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      std::vector<std::int32_t>& codes = codes_.emplace_back();
      LabelTable& labels = state.labels[columns[c]];
      for (const Level& level : factors_[c]->levels) codes.push_back(labels.insert(level.value));
    }
  }

  /// The first codes of the key of the unit that holds a row.
  void append_key(Index row, std::size_t codes, std::vector<std::int32_t>& key) const {
    for (std::size_t c = 0; c < codes; ++c) key.push_back(codes_[c][at(factors_[c]->codes[at(row)])]);
  }

  void note_sizes(UnitTotals::State& state) const {
    for_each_stratum_size(state, [&](std::size_t s, Index row, double size) {
      std::vector<std::int32_t> key;
      append_key(row, state.stages[s].stratum_codes, key);
      state.sizes[s].try_emplace(std::move(key), size);
    });
  }

  /// Numbers of the plan's cells; -1 for one that no row is in.
  static std::optional<std::vector<std::int32_t>> cell_key(const UnitTotals::State& state,
                                                           const std::vector<Level>& cell) {
    std::vector<std::int32_t> key;
    for (std::size_t c = 0; c < cell.size(); ++c) {
      key.push_back(state.labels.at(state.query.by[c]).find(cell[c].value));
      if (key.back() < 0) return std::nullopt;
    }
    return key;
  }

  [[nodiscard]] std::vector<Index> note_cells(UnitTotals::State& state) const {
    std::vector<Index> numbers;
    for (const std::vector<Level>& cell : plan_.cells) {
      const auto key = cell_key(state, cell);
      numbers.push_back(key ? state.insert_cell(*key) : -1);
    }
    return numbers;
  }

  /// Cells that earlier parts showed keep their pivots.
  void take_pivots(const UnitTotals::State& state, const std::vector<Index>& cells) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      for (int m = 0; m < state.pivot_count && cells[c] >= 0; ++m) {
        const double known = state.pivot(cells[c], m);
        if (!std::isnan(known)) plan_.pivot(static_cast<Index>(c), plan_.numeric[at(m)].any_pivot()) = known;
      }
    }
    seen_.assign(cells.size() * at(plan_.group_count()), 0);
  }

  /// The others keep those of this part, where some row had a say.
  void leave_pivots(UnitTotals::State& state, const std::vector<Index>& cells) const {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      for (std::size_t g = 0; g < plan_.groups.size() && cells[c] >= 0; ++g) {
        if (seen_[c * plan_.groups.size() + g] == 0) continue;
        for (const int m : plan_.groups[g].numeric) {
          state.pivot(cells[c], m) = plan_.pivot(static_cast<Index>(c), plan_.numeric[at(m)].any_pivot());
        }
      }
    }
  }

  void sum(UnitTotals::State& state, const std::vector<Index>& cells, const std::vector<int>& places) {
    const std::span<const double> weights = given_weights_ ? design_.weights() : std::span<const double>(ones_);
    const std::unique_ptr<UnitSource> source = rows_by_unit(plan_, weights);
    UnitSums sums(plan_.cell_count(), plan_.shape().width());
    const std::size_t key_codes = factors_.size();
    std::vector<std::int32_t> key;
    for (Index u = 0; u < layout_.stages[at(stage_)].units(); ++u) {
      const Index row = layout_.row(layout_.first_position(stage_, u));
      key.clear();
      append_key(row, key_codes, key);
      if (state.rows_are_units()) key.push_back(static_cast<std::int32_t>(state.rows + row));
      const Index unit = state.insert_unit(key);
      if (holds_weight(u, weights)) state.has_weight[at(unit)] = 1;
      sums.clear();
      source->add(stage_, u, sums);
      for (const std::int32_t cell : sums.cells()) add_record(state, unit, cells[at(cell)], cell, sums, places);
    }
  }

  void add_record(UnitTotals::State& state, Index unit, Index cell, std::int32_t here, const UnitSums& sums,
                  const std::vector<int>& places) {
    const std::span<const double> record = sums.record(here);
    double* total = state.records.at(unit, cell);
    for (std::size_t k = 0; k < record.size(); ++k) total[at(places[k])] += record[k];
    const std::size_t groups = plan_.groups.size();
    for (std::size_t g = 0; g < groups; ++g) {
      if (record[plan_.slots.size() + g] != 0.0) seen_[at(here) * groups + g] = 1;
    }
  }

  [[nodiscard]] bool holds_weight(Index unit, std::span<const double> weights) const {
    if (layout_.has_weight.empty()) return true;
    const Index end = layout_.first_position(stage_, unit + 1);
    for (Index i = layout_.first_position(stage_, unit); i < end; ++i) {
      if (weights[at(layout_.row(i))] != 0.0) return true;
    }
    return false;
  }

  const Frame& frame_;
  Query query_;  ///< the plan borrows its domain
  Design design_;
  const design::Layout& layout_;
  Plan plan_;
  Index stage_;
  bool given_weights_;
  std::vector<double> ones_;
  std::vector<std::shared_ptr<const Factor>> factors_;  ///< by code of a unit's key
  std::vector<std::vector<std::int32_t>> codes_;        ///< likewise: the state's code of each level
  std::vector<std::uint8_t> seen_;                      ///< cells × groups: whether a row was summed
};

// ---------------------------------------------------------------------------------------------------- another state

void expect_pivots(int expected, int found) {
  if (found == expected) return;
  throw Error(ErrorCode::read, {.subject = "sums of a part",
                                .row = {},
                                .expected = std::to_string(expected) + " pivots",
                                .found = std::to_string(found),
                                .remedy = "Sum all parts with the same version of this program.",
                                .candidates = {}});
}

/// Puts what one state holds into another, key by key.
class Merge {
 public:
  Merge(UnitTotals::State& into, const UnitTotals::State& from) : into_(into), from_(from) {}

  void check() const {
    check_plan();
    if (from_.rows == 0) return;
    check_sizes();
    if (into_.rows > 0) expect_pivots(into_.pivot_count, from_.pivot_count);
    if (!into_.rows_are_units() || into_.rows + from_.rows <= std::numeric_limits<std::int32_t>::max()) return;
    throw Error(ErrorCode::design, {.subject = "data in parts",
                                    .row = {},
                                    .expected = "at most 2,147,483,647 rows that are sampling units",
                                    .found = std::to_string(into_.rows + from_.rows),
                                    .remedy = {},
                                    .candidates = {}});
  }

  void run() {
    for (const auto& [name, labels] : from_.labels) {
      std::vector<std::int32_t>& codes = codes_[name];
      for (const LevelValue& label : labels.values()) codes.push_back(into_.labels[name].insert(label));
    }
    for (const auto& [name, about] : from_.about) into_.about.try_emplace(name, about);
    if (into_.rows == 0) into_.label = from_.label;
    if (into_.pivot_count == 0) into_.pivot_count = from_.pivot_count;
    merge_sizes();
    const std::vector<Index> cells = merge_cells();
    const std::vector<Index> units = merge_units();
    merge_records(cells, units, merge_places());
    into_.rows += from_.rows;
  }

 private:
  void check_plan() const {
    const std::vector<std::string> ours = into_.plan_text();
    const std::vector<std::string> theirs = from_.plan_text();
    const auto [our, their] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
    if (our == ours.end() && their == theirs.end()) return;
    const auto shown = [](auto line, auto end) { return line == end ? std::string("nothing") : *line; };
    throw Error(ErrorCode::argument, {.subject = "parts to be merged",
                                      .row = {},
                                      .expected = "sums for the same question (" + shown(our, ours.end()) + ")",
                                      .found = shown(their, theirs.end()),
                                      .remedy = "Sum all parts with the same design and the same question.",
                                      .candidates = {}});
  }

  void check_sizes() const {
    const std::vector<std::string> columns = into_.unit_columns();
    for (std::size_t s = 0; s < from_.sizes.size(); ++s) {
      for (const auto& [key, size] : from_.sizes[s]) {
        std::vector<std::int32_t> ours;
        for (std::size_t c = 0; c < key.size(); ++c) {
          const auto labels = into_.labels.find(columns[c]);
          const LevelValue& label = from_.labels.at(columns[c]).values()[at(key[c])];
          ours.push_back(labels == into_.labels.end() ? -1 : labels->second.find(label));
        }
        const auto known = into_.sizes[s].find(ours);
        if (known == into_.sizes[s].end() || known->second == size) continue;
        throw varying_size(std::get<std::string>(into_.stages[s].stage.fpc), size, known->second, std::nullopt);
      }
    }
  }

  /// Codes of the first columns of a key, as the other state numbers their labels.
  [[nodiscard]] std::vector<std::int32_t> translated(std::span<const std::int32_t> key,
                                                     const std::vector<std::string>& columns) const {
    std::vector<std::int32_t> ours;
    for (std::size_t c = 0; c < key.size() && c < columns.size(); ++c) {
      ours.push_back(codes_.at(columns[c])[at(key[c])]);
    }
    return ours;
  }

  void merge_sizes() {
    const std::vector<std::string> columns = into_.unit_columns();
    for (std::size_t s = 0; s < from_.sizes.size(); ++s) {
      for (const auto& [key, size] : from_.sizes[s]) into_.sizes[s].try_emplace(translated(key, columns), size);
    }
  }

  std::vector<Index> merge_cells() {
    std::vector<Index> cells;
    for (Index c = 0; c < from_.cells.size(); ++c) {
      cells.push_back(into_.insert_cell(translated(from_.cells.key(c), into_.query.by)));
      for (int p = 0; p < into_.pivot_count; ++p) {
        double& ours = into_.pivot(cells.back(), p);
        if (std::isnan(ours)) ours = from_.pivot(c, p);
      }
    }
    return cells;
  }

  std::vector<Index> merge_units() {
    const std::vector<std::string> columns = into_.unit_columns();
    std::vector<Index> units;
    for (Index u = 0; u < from_.units.size(); ++u) {
      const std::span<const std::int32_t> theirs = from_.units.key(u);
      std::vector<std::int32_t> key = translated(theirs, columns);
      if (into_.rows_are_units()) key.push_back(static_cast<std::int32_t>(into_.rows + theirs.back()));
      units.push_back(into_.insert_unit(key));
      if (from_.has_weight[at(u)] != 0) into_.has_weight[at(units.back())] = 1;
    }
    return units;
  }

  std::vector<int> merge_places() {
    std::vector<int> numbers;
    std::vector<Place> found = from_.places.all();
    // A place is named after those that it names, but may come before them.
    for (const Place& place : found) numbers.push_back(into_.places.find(place.name));
    auto next = static_cast<int>(into_.places.size());
    for (int& number : numbers) number = number < 0 ? next++ : number;
    for (Place& place : found) {
      for (std::int32_t* named : {&place.group, &place.first, &place.second}) {
        if (*named >= 0) *named = numbers[at(*named)];
      }
      into_.places.insert(place);
    }
    into_.records.widen(into_.places.size());
    return numbers;
  }

  void merge_records(const std::vector<Index>& cells, const std::vector<Index>& units, const std::vector<int>& places) {
    const PivotMove move(from_.places);
    const auto pivots = at(into_.pivot_count);
    std::vector<double> moved;
    from_.records.for_each([&](Index unit, Index cell, std::span<const double> record) {
      moved.assign(record.begin(), record.end());
      move(std::span(from_.pivots).subspan(at(cell) * pivots, pivots),
           std::span(into_.pivots).subspan(at(cells[at(cell)]) * pivots, pivots), moved);
      double* total = into_.records.at(units[at(unit)], cells[at(cell)]);
      for (std::size_t k = 0; k < moved.size(); ++k) total[at(places[k])] += moved[k];
    });
  }

  UnitTotals::State& into_;
  const UnitTotals::State& from_;
  std::map<std::string, std::vector<std::int32_t>> codes_;  ///< by column: our code of each of their labels
};

}  // namespace
}  // namespace estimation

// ---------------------------------------------------------------------------------------------------- state

using namespace estimation;

void estimation::check_pivots(const UnitTotals::State& state, const Plan& plan) {
  expect_pivots(static_cast<int>(plan.numeric.size()), state.pivot_count);
}

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

void UnitTotals::State::add(const Frame& part, const std::optional<Mask>& where) {
  if (part.rows() == 0) return;
  Part arriving(*this, part, where);
  arriving.check(*this);
  arriving.enter(*this);
}

void UnitTotals::State::merge(const State& other) {
  Merge merging(*this, other);
  merging.check();
  if (other.rows > 0) merging.run();
}

}  // namespace v1
}  // namespace irosurvey
