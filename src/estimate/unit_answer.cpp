#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/at.hpp"
#include "design/parts.hpp"
#include "estimate/pivot_move.hpp"
#include "estimate/pivots.hpp"
#include "estimate/totals.hpp"
#include "estimate/unit_source.hpp"
#include "estimate/unit_state.hpp"
#include "frame/level_column.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using State = UnitTotals::State;

// Names that no column has.
constexpr const char* kRowColumn = "\x1frow";
constexpr const char* kWeightColumn = "\x1fweight";

/// Units by the natural order of their labels: results don't depend on which part came first.
std::vector<Index> sorted_units(const State& state) {
  std::vector<std::vector<std::int32_t>> ranks;
  for (const std::string& column : state.unit_columns()) {
    const auto labels = state.labels.find(column);
    ranks.push_back(labels == state.labels.end() ? std::vector<std::int32_t>{} : labels->second.ranks());
  }
  const auto rank = [&](Index unit, std::size_t c) {
    const std::int32_t code = state.units.key(unit)[c];
    return c < ranks.size() ? ranks[c][at(code)] : code;
  };
  std::vector<Index> order(at(state.units.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    for (std::size_t c = 0; c < state.units.width(); ++c) {
      if (rank(a, c) != rank(b, c)) return rank(a, c) < rank(b, c);
    }
    return false;
  });
  return order;
}

/// A frame in the making: columns by name, each once.
class FrameMaker {
 public:
  void add(Column column) {
    if (names_.insert(column.name()).second) columns_.push_back(std::move(column));
  }
  [[nodiscard]] Frame frame(const std::string& label) && { return Frame(std::move(columns_), label); }

 private:
  std::set<std::string> names_;
  std::vector<Column> columns_;
};

/// The keys of a state written down as data: rows that show every unit, level and group, over which the design is declared
/// and the question planned as over any data. The first unit has more rows than one, where there are more levels than units.
class Keys {
 public:
  explicit Keys(const State& state)
      : state_(state), order_(sorted_units(state)), combinations_(state.query.by.size() > 1) {
    Index shown = state.rows > 0 ? 1 : 0;
    for (const std::string& name : state.columns.levels) shown = std::max(shown, levels_of(name));
    if (combinations_) {
      shown = std::max(shown, cell_rows());
      Index level_rows = state.cells.size();
      for (const std::string& name : state.query.by) level_rows += levels_of(name);
      shown = std::max(shown, level_rows);
    }
    extra_ = std::max<Index>(0, shown - static_cast<Index>(order_.size()));
  }

  [[nodiscard]] Index rows() const { return static_cast<Index>(order_.size()) + extra_; }
  /// Which unit a row shows.
  [[nodiscard]] Index unit(Index row) const { return order_[at(std::max<Index>(0, row - extra_))]; }
  /// Each unit is to be summed once, though several rows may show it.
  [[nodiscard]] bool counts(Index row) const { return row >= extra_; }

  /// Strata, clusters and populations of the units, and whether they hold a row of positive weight.
  [[nodiscard]] Design design() const {
    FrameMaker made;
    add_labels(made);
    add_sizes(made);
    DesignSpec spec = state_.spec;
    spec.stages.clear();
    for (const KeptStage& kept : state_.stages) {
      spec.stages.push_back(kept.stage);
      if (kept.rows_are_units) spec.stages.back().clusters = kRowColumn;
    }
    if (state_.has_given_weights()) {
      spec.weights = kWeightColumn;
      std::vector<double> weights(at(rows()));
      for (Index row = 0; row < rows(); ++row) weights[at(row)] = state_.has_weight[at(unit(row))];
      made.add(Column::of_numbers(kWeightColumn, std::move(weights)));
    }
    return Design::declare(std::move(made).frame({}), std::move(spec));
  }

  /// The columns that are asked for: all their levels, and all groups that occur.
  [[nodiscard]] Frame questions() const {
    FrameMaker made;
    for (std::size_t c = 0; combinations_ && c < state_.query.by.size(); ++c) {
      made.add(level_column(state_.query.by[c], group_codes(c)));
    }
    for (const std::string& name : state_.columns.levels) made.add(level_column(name, every_level(name)));
    for (const std::string& name : state_.columns.numbers) {
      const ColumnAbout& about = state_.about.at(name);
      made.add(Column::of_numbers(name, std::vector<double>(at(rows()), 0.0), about.notes));
    }
    return std::move(made).frame(state_.label);
  }

 private:
  [[nodiscard]] Index levels_of(const std::string& name) const {
    const auto labels = state_.labels.find(name);
    return labels == state_.labels.end() ? 0 : static_cast<Index>(labels->second.values().size());
  }
  [[nodiscard]] Index cell_rows() const { return state_.cells.size(); }

  void add_labels(FrameMaker& made) const {
    const std::vector<std::string> columns = state_.unit_columns();
    std::vector<std::int32_t> codes(at(rows()));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      for (Index row = 0; row < rows(); ++row) codes[at(row)] = state_.units.key(unit(row))[c];
      if (rows() > 0) made.add(level_column(columns[c], codes));
    }
    if (!state_.rows_are_units()) return;
    std::vector<Index> numbers(at(rows()));
    for (Index row = 0; row < rows(); ++row) numbers[at(row)] = state_.units.key(unit(row)).back();
    made.add(Column::of_integers(kRowColumn, std::move(numbers)));
  }

  void add_sizes(FrameMaker& made) const {
    for (std::size_t s = 0; s < state_.stages.size(); ++s) {
      const auto* column = std::get_if<std::string>(&state_.stages[s].stage.fpc);
      if (column == nullptr) continue;
      std::vector<double> sizes(at(rows()));
      for (Index row = 0; row < rows(); ++row) {
        const std::span<const std::int32_t> key = state_.units.key(unit(row)).first(state_.stages[s].stratum_codes);
        sizes[at(row)] = state_.sizes[s].at({key.begin(), key.end()});
      }
      made.add(Column::of_numbers(*column, std::move(sizes)));
    }
  }

  [[nodiscard]] Column level_column(const std::string& name, const std::vector<std::int32_t>& codes) const {
    const ColumnAbout& about = state_.about.at(name);
    const Column column = column_of_levels(name, state_.labels.at(name).values(), codes, about.boolean, about.notes);
    return about.keeps_user_missing ? column.with_user_missing(UserMissingRule::keep) : column;
  }

  [[nodiscard]] std::vector<std::int32_t> every_level(const std::string& name) const {
    std::vector<std::int32_t> codes(at(rows()), -1);
    const Index levels = levels_of(name);
    for (Index row = 0; row < std::min(rows(), levels); ++row) codes[at(row)] = static_cast<std::int32_t>(row);
    return codes;
  }

  /// Of the `by` column c, where there are several: first every combination that occurs; then each level alone, in rows
  /// that miss the other columns and so are in no group.
  [[nodiscard]] std::vector<std::int32_t> group_codes(std::size_t c) const {
    std::vector<std::int32_t> codes(at(rows()), -1);
    for (Index cell = 0; cell < cell_rows(); ++cell) codes[at(cell)] = state_.cells.key(cell)[c];
    Index row = cell_rows();
    for (std::size_t before = 0; before < c; ++before) row += levels_of(state_.query.by[before]);
    for (Index level = 0; level < levels_of(state_.query.by[c]); ++level) {
      codes[at(row + level)] = static_cast<std::int32_t>(level);
    }
    return codes;
  }

  const State& state_;
  std::vector<Index> order_;
  bool combinations_;
  Index extra_ = 0;
};

/// Records of each unit, one after the other, in the order of the units' numbers.
struct UnitRecords {
  std::vector<std::size_t> begin;  ///< of unit u's entries, and the end
  std::vector<Index> cells;        ///< of the state
  std::vector<double> values;      ///< `width` for each entry
  std::size_t width = 0;

  [[nodiscard]] std::span<double> record(std::size_t entry) { return std::span(values).subspan(entry * width, width); }
  [[nodiscard]] std::span<const double> record(std::size_t entry) const {
    return std::span(values).subspan(entry * width, width);
  }
};

/// Cells of the plan by their numbers in the state; -1 for one that the plan doesn't have.
std::vector<std::int32_t> plan_cells(const State& state, const Plan& plan) {
  std::vector<std::int32_t> cells(at(state.cells.size()), -1);
  for (std::size_t c = 0; c < plan.cells.size(); ++c) {
    std::vector<std::int32_t> key;
    for (std::size_t i = 0; i < plan.cells[c].size(); ++i) {
      key.push_back(state.labels.at(state.query.by[i]).find(plan.cells[c][i].value));
    }
    const Index number = state.cells.find(key);
    if (number >= 0) cells[at(number)] = static_cast<std::int32_t>(c);
  }
  return cells;
}

UnitRecords records_by_unit(const State& state) {
  UnitRecords result;
  result.begin.assign(at(state.units.size()) + 1, 0);
  state.records.for_each([&](Index unit, Index, std::span<const double>) { ++result.begin[at(unit) + 1]; });
  std::partial_sum(result.begin.begin(), result.begin.end(), result.begin.begin());
  std::vector<std::pair<Index, const double*>> entries(at(state.records.size()));
  std::vector<std::size_t> next(result.begin.begin(), result.begin.end() - 1);
  state.records.for_each([&](Index unit, Index cell, std::span<const double> record) {
    entries[next[at(unit)]++] = {cell, record.data()};
  });
  for (std::size_t u = 0; u + 1 < result.begin.size(); ++u) {
    const auto first = entries.begin() + static_cast<std::ptrdiff_t>(result.begin[u]);
    const auto last = entries.begin() + static_cast<std::ptrdiff_t>(result.begin[u + 1]);
    std::sort(first, last, [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  result.width = state.places.size();
  result.values.reserve(entries.size() * result.width);
  for (const auto& [cell, record] : entries) {
    result.cells.push_back(cell);
    result.values.insert(result.values.end(), record, record + result.width);
  }
  return result;
}

/// Totals by cell and place.
std::vector<double> totals_of(const State& state, const UnitRecords& units) {
  std::vector<double> totals(at(state.cells.size()) * units.width, 0.0);
  for (std::size_t entry = 0; entry < units.cells.size(); ++entry) {
    const std::span<const double> record = units.record(entry);
    double* total = &totals[at(units.cells[entry]) * units.width];
    for (std::size_t k = 0; k < units.width; ++k) total[k] += record[k];
  }
  return totals;
}

/// Pivots at the answer itself: c + T(y − cx) / T(x), and centres at the mean.
///
/// The pivot of a cell comes from the few rows that a first part had of it, and may be far. A variance loses twice the
/// digits that a far pivot costs; units that are moved before they are squared lose them once.
std::vector<double> pivots_of_all(const State& state, const std::vector<double>& totals) {
  std::vector<double> pivots = state.pivots;
  const std::vector<Place>& places = state.places.all();
  for (Index cell = 0; cell < state.cells.size(); ++cell) {
    const double* total = &totals[at(cell) * places.size()];
    for (std::size_t k = 0; k < places.size(); ++k) {
      if (places[k].kind != Place::Kind::numeric) continue;
      double& pivot = pivots[at(cell * state.pivot_count + places[k].pivot)];
      const double x = total[at(places[k].is_pivoted() ? places[k].first : places[k].group)];
      const double moved = (places[k].is_pivoted() ? pivot : 0.0) + total[k] / x;
      if (std::isfinite(moved)) pivot = moved;
    }
  }
  return pivots;
}

void move_to(const std::vector<double>& pivots, const State& state, UnitRecords& units) {
  const PivotMove move(state.places);
  const auto count = at(state.pivot_count);
  for (std::size_t entry = 0; entry < units.cells.size(); ++entry) {
    const std::size_t cell = at(units.cells[entry]) * count;
    move(std::span(state.pivots).subspan(cell, count), std::span(pivots).subspan(cell, count), units.record(entry));
  }
}

/// Units that were summed before, as the layout of their keys orders them.
class SummedUnits final : public UnitSource {
 public:
  /// What all sources of an answer look at.
  struct Shared {
    const Keys& keys;
    const design::Layout& layout;
    std::vector<int> places;  ///< of the state's records, by place of the plan's; -1: nothing was summed there
    Index sums = 0;           ///< places of the plan that are totals; the groups' counts follow them
    Index counts = 0;
    UnitRecords units;
    std::vector<std::int32_t> cells;  ///< the plan's cell of each of the state's; -1: none
    std::span<const double> weights;  ///< of each row of the keys, where weights follow from populations; else empty
  };

  explicit SummedUnits(const Shared& shared) : shared_(shared) {}

  void add(Index stage, Index unit, UnitSums& into) override {
    const Index end = shared_.layout.first_position(stage, unit + 1);
    for (Index position = shared_.layout.first_position(stage, unit); position < end; ++position) {
      const Index row = shared_.layout.row(position);
      if (shared_.keys.counts(row)) add_unit(row, into);
    }
  }

 private:
  void add_unit(Index row, UnitSums& into) const {
    const Index unit = shared_.keys.unit(row);
    const double weight = shared_.weights.empty() ? 1.0 : shared_.weights[at(row)];
    for (std::size_t e = shared_.units.begin[at(unit)]; e < shared_.units.begin[at(unit) + 1]; ++e) {
      const std::int32_t cell = shared_.cells[at(shared_.units.cells[e])];
      if (cell < 0) continue;
      double* total = into.touch(cell);
      const std::span<const double> record = shared_.units.record(e);
      for (Index k = 0; k < static_cast<Index>(shared_.places.size()); ++k) {
        const int place = shared_.places[at(k)];
        const bool counts_rows = k >= shared_.sums && k < shared_.sums + shared_.counts;
        if (place >= 0) total[at(k)] += counts_rows ? record[at(place)] : weight * record[at(place)];
      }
    }
  }

  const Shared& shared_;
};

/// The pivots that sums are about.
void set_pivots(const std::vector<double>& pivots, const std::vector<std::int32_t>& cells, Plan& plan) {
  const std::size_t count = plan.numeric.size();
  for (std::size_t number = 0; number < cells.size(); ++number) {
    for (std::size_t m = 0; m < count && cells[number] >= 0; ++m) {
      const double pivot = pivots[number * count + m];
      plan.pivot(cells[number], plan.numeric[m].any_pivot()) = std::isnan(pivot) ? 0.0 : pivot;
    }
  }
}

/// Those that shares are then taken about.
void find_shares(const std::vector<double>& totals, std::size_t width, const std::vector<std::int32_t>& cells,
                 const std::vector<int>& places, Plan& plan) {
  std::vector<double> by_slot(at(plan.cell_count()) * at(plan.slot_count()), 0.0);
  for (std::size_t number = 0; number < cells.size(); ++number) {
    for (std::size_t slot = 0; slot < at(plan.slot_count()) && cells[number] >= 0; ++slot) {
      if (places[slot] < 0) continue;
      by_slot[at(cells[number]) * at(plan.slot_count()) + slot] = totals[number * width + at(places[slot])];
    }
  }
  set_shares(by_slot, plan);
}

Estimate answer(const State& state, const FinishOptions& options) {
  const Keys keys(state);
  const Design design = keys.design();
  Query query = state.engine_query();
  query.df = options.df;
  query.covariance = options.covariance;
  query.threads = options.threads;
  query.interrupt = options.interrupt;
  Plan plan = make_plan(design.with_frame(keys.questions()), query, PlanScope::keys);
  if (state.rows > 0) check_pivots(state, plan);
  std::vector<std::int32_t> cells = plan_cells(state, plan);
  UnitRecords units = records_by_unit(state);
  const std::vector<double> totals = totals_of(state, units);
  const std::vector<double> pivots = pivots_of_all(state, totals);
  move_to(pivots, state, units);
  set_pivots(pivots, cells, plan);
  std::vector<int> places = state.places.find(plan);
  find_shares(totals, units.width, cells, places, plan);
  const std::span<const double> weights = state.has_given_weights() ? std::span<const double>() : design.weights();
  const SummedUnits::Shared shared{keys,
                                   *plan.layout,
                                   std::move(places),
                                   plan.slot_count(),
                                   plan.group_count(),
                                   std::move(units),
                                   std::move(cells),
                                   weights};
  return estimate_from_units({design, *plan.layout, query.threads, query.interrupt}, query, plan,
                             [&shared] { return std::make_unique<SummedUnits>(shared); });
}

}  // namespace

Estimate answered(const State& state, const FinishOptions& options) {
  try {
    return answer(state, options);
  } catch (const Error& error) {
    if (!error.details().row) throw;
    ErrorDetails details = error.details();
    details.row = std::nullopt;  // it would be a row of the keys
    throw Error(error.code(), std::move(details));
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
