// A part of the data on its way into a state.

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/at.hpp"
#include "design/parts.hpp"
#include "estimate/unit_source.hpp"
#include "estimate/unit_state.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

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

}  // namespace
}  // namespace estimation

void UnitTotals::State::add(const Frame& part, const std::optional<Mask>& where) {
  if (part.rows() == 0) return;
  estimation::Part arriving(*this, part, where);
  arriving.check(*this);
  arriving.enter(*this);
}

}  // namespace v1
}  // namespace irosurvey
