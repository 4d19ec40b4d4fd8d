#include "design/layout.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "core/row_parts.hpp"
#include "design/coding.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

/// The codings of a design, seen from the finest units: which code of each coding holds them, in an order in which the
/// units of every coding are neighbours.
class UnitOrder {
 public:
  explicit UnitOrder(const std::vector<Coding>& codings) : codings_(codings), holders_(codings.size()) {
    const Coding& finest = codings.back();
    units_ = finest.order;
    holders_.back().resize(finest.range());
    std::iota(holders_.back().begin(), holders_.back().end(), 0);
    for (std::size_t c = codings.size() - 1; c-- > 0;) {
      holders_[c].resize(finest.range());
      for (const std::int32_t unit : units_) {
        const std::int32_t code = holders_[c + 1][static_cast<std::size_t>(unit)];
        holders_[c][static_cast<std::size_t>(unit)] = codings[c + 1].within[static_cast<std::size_t>(code)];
      }
    }
    // From the innermost coding to the outermost: each stable sort keeps the finer order within it.
    for (std::size_t c = codings.size() - 1; c-- > 0;) sort_by(c);
  }

  /// Finest units, in order.
  [[nodiscard]] const std::vector<std::int32_t>& units() const { return units_; }

  /// Places in that order at which the runs of a coding begin, and the end.
  [[nodiscard]] std::vector<Index> starts(std::size_t coding) const {
    std::vector<Index> starts;
    std::int32_t last = -1;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      const std::int32_t holder = holders_[coding][static_cast<std::size_t>(units_[i])];
      if (holder != last) starts.push_back(static_cast<Index>(i));
      last = holder;
    }
    starts.push_back(static_cast<Index>(units_.size()));
    return starts;
  }

 private:
  void sort_by(std::size_t coding) {
    const std::vector<std::int32_t>& holder = holders_[coding];
    // As they come first: a code's place, not its number, decides.
    const std::vector<std::int32_t>& order = codings_[coding].order;
    std::vector<std::int32_t> rank(codings_[coding].range());
    for (std::size_t i = 0; i < order.size(); ++i) {
      rank[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
    }
    const auto rank_of = [&](std::int32_t unit) {
      return static_cast<std::size_t>(rank[static_cast<std::size_t>(holder[static_cast<std::size_t>(unit)])]);
    };
    std::vector<std::int32_t> next(order.size() + 1, 0);
    for (const std::int32_t unit : units_) ++next[rank_of(unit) + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<std::int32_t> sorted(units_.size());
    for (const std::int32_t unit : units_) sorted[static_cast<std::size_t>(next[rank_of(unit)]++)] = unit;
    units_ = std::move(sorted);
  }

  const std::vector<Coding>& codings_;
  std::vector<std::vector<std::int32_t>> holders_;  ///< by coding: the code that holds each finest unit
  std::vector<std::int32_t> units_;
};

/// First positions of the finest units in their order, and the end.
std::vector<Index> unit_starts(const Coding& finest, const std::vector<std::int32_t>& units) {
  std::vector<Index> starts(units.size() + 1, 0);
  for (std::size_t i = 0; i < units.size(); ++i) {
    starts[i + 1] = starts[i] + finest.rows[static_cast<std::size_t>(units[i])];
  }
  return starts;
}

void number_part(std::span<const std::int32_t> keys, std::int32_t least, const std::int32_t* number,
                 std::int32_t* out) {
  for (std::size_t i = 0; i < keys.size(); ++i) out[i] = number[keys[i] - least];
}

/// `number[code]` of each row.
LargeArray<std::int32_t> numbered(std::span<const std::int32_t> keys, std::int32_t least,
                                  const std::vector<std::int32_t>& number) {
  LargeArray<std::int32_t> result(keys.size());
  const std::span<std::int32_t> out = result.writable();
  RowParts(out.size()).run([&](std::size_t, std::size_t begin, std::size_t end) {
    number_part(keys.subspan(begin, end - begin), least, number.data(), &out[begin]);
  });
  return result;
}

/// The finest unit of each row of the sample. Codes number units in any way; layouts, in order.
LargeArray<std::int32_t> finest_units(const Coding& finest, const std::vector<std::int32_t>& units) {
  std::vector<std::int32_t> number(finest.range());
  for (std::size_t i = 0; i < units.size(); ++i) {
    number[static_cast<std::size_t>(units[i])] = static_cast<std::int32_t>(i);
  }
  return numbered(finest.keys, finest.least, number);
}

/// Boundaries of coarse runs, in numbers of fine runs. Both are given by the positions at which they begin.
std::vector<Index> in_units_of(const std::vector<Index>& coarse, const std::vector<Index>& fine) {
  std::vector<Index> result;
  result.reserve(coarse.size());
  std::size_t at = 0;
  for (const Index start : coarse) {
    while (fine[at] < start) ++at;
    result.push_back(static_cast<Index>(at));
  }
  return result;
}

std::string number_text(double value) { return to_text(level_of(value)); }

/// Makes the name of a stratum. Called only for a message: there may be as many strata as rows.
using Naming = std::function<std::string()>;

/// Finite populations of one stage, checked stratum by stratum.
class Populations {
 public:
  Populations(const Frame& frame, const Fpc& fpc) {
    if (const auto* column = std::get_if<std::string>(&fpc)) {
      name_ = "fpc column '" + *column + "'";
      column_ = numbers(frame.column(*column));
    } else if (const auto* number = std::get_if<double>(&fpc)) {
      number_ = *number;
    }
  }

  /// Sampling fraction of a stratum of `units` units in the positions [begin, end).
  [[nodiscard]] double fraction(const Layout& layout, Index begin, Index end, Index units,
                                const Naming& stratum) const {
    if (!column_ && !number_) return 0.0;
    const double size = at(column_ ? layout.row(begin) : 0);
    for (Index i = begin; column_ && i < end; ++i) check_same(at(layout.row(i)), size, layout.row(i), stratum);
    if (size <= 1.0) return size;
    if (size >= static_cast<double>(units)) return static_cast<double>(units) / size;
    throw Error(ErrorCode::design,
                {.subject = name_ + ", stratum " + stratum(),
                 .row = layout.row(begin),
                 .expected = "a population of at least the " + std::to_string(units) + " units that were sampled",
                 .found = number_text(size),
                 .remedy = "Give the number of units in the stratum's population, or a sampling fraction of at most 1.",
                 .candidates = {}});
  }

 private:
  [[nodiscard]] double at(Index row) const {
    const double size = column_ ? column_->values()[static_cast<std::size_t>(row)] : *number_;
    if (size > 0.0 && std::isfinite(size)) return size;
    throw Error(ErrorCode::design,
                {.subject = name_,
                 .row = column_ ? std::optional<Index>(row) : std::nullopt,
                 .expected = "a population size above 1 or a sampling fraction above 0 and at most 1",
                 .found = std::isnan(size) ? "a missing value" : number_text(size),
                 .remedy = "Leave fpc out for units drawn with replacement.",
                 .candidates = {}});
  }

  void check_same(double value, double first, Index row, const Naming& stratum) const {
    if (value == first) return;
    throw Error(ErrorCode::design,
                {.subject = name_ + ", stratum " + stratum(),
                 .row = row,
                 .expected = "the value of the stratum's first row, " + number_text(first),
                 .found = number_text(value),
                 .remedy = "An fpc belongs to a whole stratum of its stage: check that strata and fpc go together.",
                 .candidates = {}});
  }

  std::string name_ = "fpc";
  std::optional<Numbers> column_;
  std::optional<double> number_;
};

std::vector<Stage> stages_of(const DesignSpec& spec) {
  return spec.stages.empty() ? std::vector<Stage>{Stage{}} : spec.stages;
}

/// Only the last stage may take rows as its units: below a row there is nothing to sample.
void check_stages(const std::vector<Stage>& stages) {
  for (std::size_t s = 0; s + 1 < stages.size(); ++s) {
    if (!stages[s].clusters.empty()) continue;
    throw Error(ErrorCode::design, {.subject = "stage " + std::to_string(s + 1) + " of the design",
                                    .row = {},
                                    .expected = "clusters in every stage but the last",
                                    .found = "none, and " + std::to_string(stages.size() - s - 1) + " more stages",
                                    .remedy = "Name the column of this stage's clusters.",
                                    .candidates = {}});
  }
}

void fill_runs(const UnitOrder& order, std::size_t stages, const std::vector<Index>& unit_starts, Layout& layout) {
  layout.stages.resize(stages);
  for (std::size_t s = 0; s < stages; ++s) {
    const std::vector<Index> strata = order.starts(2 * s);
    const std::vector<Index> units = order.starts(2 * s + 1);
    layout.stages[s].stratum_begin = in_units_of(strata, units);
    layout.stages[s].unit_begin = s + 1 < stages ? in_units_of(units, order.starts(2 * s + 2)) : unit_starts;
  }
}

/// The first of the finest units in a unit of a stage.
Index first_finest(const Layout& layout, Index stage, Index unit) {
  for (auto s = static_cast<std::size_t>(stage); s + 1 < layout.stages.size(); ++s) {
    const Index stratum = layout.stages[s].unit_begin[static_cast<std::size_t>(unit)];
    unit = layout.stages[s + 1].stratum_begin[static_cast<std::size_t>(stratum)];
  }
  return unit;
}

/// The unit of each row in the deepest stage that counts.
LargeArray<std::int32_t> units_of_rows(const Layout& layout) {
  const Index stage = layout.depth() - 1;
  const LargeArray<std::int32_t>& finest = layout.order.unit_of_position();
  if (stage + 1 == static_cast<Index>(layout.stages.size())) return finest;
  std::vector<std::int32_t> holder(static_cast<std::size_t>(layout.stages.back().units()));
  for (Index u = 0; u < layout.stages[static_cast<std::size_t>(stage)].units(); ++u) {
    std::fill(holder.begin() + first_finest(layout, stage, u), holder.begin() + first_finest(layout, stage, u + 1),
              static_cast<std::int32_t>(u));
  }
  return numbered({finest.data(), finest.size()}, 0, holder);
}

void fill_fractions(const Frame& frame, const DesignSpec& spec, const std::vector<Stage>& stages, Layout& layout) {
  StratumNames name(frame, spec, layout);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const Populations populations(frame, stages[s].fpc);
    StageLayout& stage = layout.stages[s];
    const auto index = static_cast<Index>(s);
    const Index strata = static_cast<Index>(stage.stratum_begin.size()) - 1;
    stage.fraction.resize(static_cast<std::size_t>(strata));
    for (Index k = 0; k < strata; ++k) {
      const Index begin = layout.first_position(index, stage.stratum_begin[static_cast<std::size_t>(k)]);
      const Index end = layout.first_position(index, stage.stratum_begin[static_cast<std::size_t>(k) + 1]);
      stage.fraction[static_cast<std::size_t>(k)] =
          populations.fraction(layout, begin, end, stage.units_in(k), [&] { return name(index, k); });
    }
  }
}

/// Positions of the sample as rows of the data.
LargeArray<std::int32_t> rows_of(const Sample& sample, const RowOrder& positions) {
  LargeArray<std::int32_t> rows(static_cast<std::size_t>(sample.size()));
  const std::span<std::int32_t> out = rows.writable();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::int32_t>(sample.row(positions.empty() ? static_cast<Index>(i) : positions[i]));
  }
  return rows;
}

/// Strata and units as runs, in an order of the sample's rows. Fractions are filled in later.
Layout lay_out(const std::vector<Coding>& codings, const Sample& sample) {
  Layout layout;
  layout.positions = sample.size();
  const UnitOrder order(codings);
  const std::vector<Index> starts = unit_starts(codings.back(), order.units());
  if (!std::all_of(codings.begin(), codings.end(), [](const Coding& coding) { return coding.in_runs; })) {
    layout.order = RowOrder(finest_units(codings.back(), order.units()), starts);
  }
  if (!sample.is_whole()) layout.order = RowOrder(rows_of(sample, layout.order));
  fill_runs(order, codings.size() / 2, starts, layout);
  return layout;
}

/// The rule `collapse`: in each stage, and in each higher-stage unit, strata are gone through in the order of their
/// labels. A singleton is merged with the next stratum that wasn't taken with certainty; the last one, with the one
/// before. What is merged is one stratum: its fraction is all its units over all of its population.
class Collapse {
 public:
  Collapse(const Frame& frame, const DesignSpec& spec, Layout layout, const std::vector<Index>& keep)
      : layout_(std::move(layout)), keep_(keep), name_(frame, spec, layout_) {
    const std::vector<Stage> stages = stages_of(spec);
    for (Index s = 0; s < static_cast<Index>(layout_.stages.size()); ++s) {
      const std::string& column = stages[static_cast<std::size_t>(s)].strata;
      stages_.push_back(column.empty() ? Merged{}
                                       : merge(s, *shared_factor(frame.column(column), LevelRule::observed)));
    }
  }

  [[nodiscard]] bool any() const {
    return std::any_of(stages_.begin(), stages_.end(), [](const Merged& merged) { return !merged.names.empty(); });
  }

  /// Gives the strata of each group one code.
  void recode(std::vector<Coding>& codings) const {
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      if (!stages_[s].names.empty()) recode_stage(s, codings);
    }
  }

  /// Fractions and names of the strata of the new layout.
  void fill(const std::vector<Coding>& codings, Layout& layout) const {
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      StageLayout& stage = layout.stages[s];
      const StageLayout& before = layout_.stages[s];
      stage.collapsed = stages_[s].names;
      if (stage.collapsed.empty() && before.stratum_begin == stage.stratum_begin && layout.order == layout_.order) {
        stage.fraction = before.fraction;
        continue;
      }
      std::vector<double> of_code(codings[2 * s].range());
      for (Index k = 0; k < before.strata(); ++k) {
        const double fraction = stages_[s].names.empty() ? before.fraction[static_cast<std::size_t>(k)]
                                                         : stages_[s].fraction[static_cast<std::size_t>(k)];
        of_code[code_of(codings[2 * s], layout_, static_cast<Index>(s), k)] = fraction;
      }
      const auto strata = stage.stratum_begin.size() - 1;
      for (std::size_t k = 0; k < strata; ++k) {
        stage.fraction.push_back(
            of_code[code_of(codings[2 * s], layout, static_cast<Index>(s), static_cast<Index>(k))]);
      }
    }
  }

 private:
  /// Strata of one stage, as they were first laid out.
  struct Merged {
    std::vector<Index> group;      ///< by stratum: the first of those that it is merged with; itself
    std::vector<double> fraction;  ///< by stratum: of its group
    std::vector<std::string> names;
  };

  Merged merge(Index s, const Factor& labels) {
    const StageLayout& stage = layout_.stages[static_cast<std::size_t>(s)];
    Merged merged{std::vector<Index>(static_cast<std::size_t>(stage.strata())), stage.fraction, {}};
    std::iota(merged.group.begin(), merged.group.end(), Index{0});
    const std::vector<Index> parents = layout_.parents(s);
    for (Index begin = 0; begin < stage.strata();) {
      Index end = begin;
      while (end < stage.strata() && parents[static_cast<std::size_t>(end)] == parents[static_cast<std::size_t>(begin)])
        ++end;
      for (const std::vector<Index>& group : groups_among(s, in_order(s, begin, end, labels))) join(s, group, merged);
      begin = end;
    }
    std::sort(merged.names.begin(), merged.names.end());  // whatever the order of the rows
    return merged;
  }

  /// Strata that weren't taken with certainty, in the order of their labels.
  [[nodiscard]] std::vector<Index> in_order(Index s, Index begin, Index end, const Factor& labels) const {
    const StageLayout& stage = layout_.stages[static_cast<std::size_t>(s)];
    std::vector<Index> strata;
    for (Index k = begin; k < end; ++k) {
      if (stage.fraction[static_cast<std::size_t>(k)] < 1.0) strata.push_back(k);
    }
    const auto label = [&](Index k) { return labels.codes[static_cast<std::size_t>(first_row(layout_, s, k))]; };
    std::sort(strata.begin(), strata.end(), [&](Index a, Index b) { return label(a) < label(b); });
    return strata;
  }

  [[nodiscard]] std::vector<std::vector<Index>> groups_among(Index s, const std::vector<Index>& strata) const {
    const StageLayout& stage = layout_.stages[static_cast<std::size_t>(s)];
    std::vector<std::vector<Index>> groups;
    bool alone = false;  // whether the last group is a singleton that waits for the next stratum
    for (const Index k : strata) {
      alone ? groups.back().push_back(k) : groups.push_back({k});
      alone = groups.back().size() == 1 && stage.is_singleton(k);
    }
    if (!alone || groups.size() < 2) return groups;
    const Index last = groups.back().front();
    groups.pop_back();
    groups.back().push_back(last);
    return groups;
  }

  void join(Index s, const std::vector<Index>& group, Merged& merged) {
    if (group.size() < 2) return;
    const StageLayout& stage = layout_.stages[static_cast<std::size_t>(s)];
    double units = 0.0;
    double population = 0.0;
    std::string name;
    for (const Index k : group) {
      const auto sampled = static_cast<double>(stage.units_in(k));
      units += sampled;
      population += sampled / stage.fraction[static_cast<std::size_t>(k)];  // infinite: drawn with replacement
      name += (name.empty() ? "" : " with ") + name_(s, k);
    }
    for (const Index k : group) {
      merged.group[static_cast<std::size_t>(k)] = group.front();
      merged.fraction[static_cast<std::size_t>(k)] = units / population;
    }
    merged.names.push_back(name);
  }

  void recode_stage(std::size_t s, std::vector<Coding>& codings) const {
    Coding& strata = codings[2 * s];
    const std::vector<Index>& group = stages_[s].group;
    std::vector<std::int32_t> merged(strata.range(), 0);
    for (std::size_t k = 0; k < group.size(); ++k) {
      const std::size_t code = code_of(strata, layout_, static_cast<Index>(s), static_cast<Index>(k));
      merged[code] = static_cast<std::int32_t>(code_of(strata, layout_, static_cast<Index>(s), group[k]));
    }
    // Codes have no gaps, and are in the order in which rows first show them.
    std::vector<std::int32_t> number(merged.size(), -1);
    Coding result;
    for (const std::int32_t code : strata.order) {
      std::int32_t& own = number[static_cast<std::size_t>(merged[static_cast<std::size_t>(code)])];
      if (own >= 0) continue;
      own = static_cast<std::int32_t>(result.within.size());
      result.order.push_back(own);
      result.within.push_back(strata.within[static_cast<std::size_t>(code)]);
      result.rows.push_back(0);
    }
    const auto recoded = [&](std::int32_t code) {
      return number[static_cast<std::size_t>(merged[static_cast<std::size_t>(code)])];
    };
    for (const std::int32_t code : strata.order) {
      result.rows[static_cast<std::size_t>(recoded(code))] += strata.rows[static_cast<std::size_t>(code)];
    }
    auto codes = std::make_shared<std::vector<std::int32_t>>(strata.keys.size());
    Index runs = 0;
    for (std::size_t i = 0; i < codes->size(); ++i) {
      (*codes)[i] = recoded(static_cast<std::int32_t>(strata.code(i)));
      runs += i == 0 || (*codes)[i] != (*codes)[i - 1] ? 1 : 0;
    }
    result.in_runs = runs == static_cast<Index>(result.order.size());
    Coding& units = codings[2 * s + 1];
    for (const std::int32_t unit : units.order) {
      std::int32_t& holder = units.within[static_cast<std::size_t>(unit)];
      holder = recoded(holder);
    }
    result.keys = *codes;
    result.owner = codes;
    strata = std::move(result);
  }

  static Index first_row(const Layout& layout, Index s, Index k) {
    const StageLayout& stage = layout.stages[static_cast<std::size_t>(s)];
    return layout.row(layout.first_position(s, stage.stratum_begin[static_cast<std::size_t>(k)]));
  }

  /// The code of a stratum: codes are by place in the sample, not by row.
  [[nodiscard]] std::size_t code_of(const Coding& strata, const Layout& layout, Index s, Index k) const {
    Index place = first_row(layout, s, k);
    if (!keep_.empty()) place = std::lower_bound(keep_.begin(), keep_.end(), place) - keep_.begin();
    return strata.code(static_cast<std::size_t>(place));
  }

  const Layout layout_;  ///< as it was before
  const std::vector<Index>& keep_;
  StratumNames name_;
  std::vector<Merged> stages_;
};

}  // namespace

RowOrder::RowOrder(LargeArray<std::int32_t> rows) : state_(std::make_shared<State>()) {
  state_->rows = std::move(rows);
  state_->is_sorted = true;
}

RowOrder::RowOrder(LargeArray<std::int32_t> unit_of_position, std::vector<Index> unit_begin)
    : state_(std::make_shared<State>()) {
  state_->unit_of_position = std::move(unit_of_position);
  state_->unit_begin = std::move(unit_begin);
}

/// A counting sort; parts of the sample are counted and put in their places side by side.
void RowOrder::State::sort() {
  const std::size_t units = unit_begin.size() - 1;
  // A unit's rows from one part fill a cache line: two processors that write to one line wait for each other.
  constexpr std::size_t kLine = 16;
  const RowParts parts(unit_of_position.size(), kLine * units);
  std::vector<std::vector<std::int32_t>> places(parts.count(), std::vector<std::int32_t>(units, 0));
  parts.run([&](std::size_t part, std::size_t begin, std::size_t end) {
    std::int32_t* const counts = places[part].data();
    for (std::size_t i = begin; i < end; ++i) ++counts[unit_of_position[i]];
  });
  for (std::size_t unit = 0; unit < units; ++unit) {
    auto next = static_cast<std::int32_t>(unit_begin[unit]);
    for (std::vector<std::int32_t>& of_part : places) next += std::exchange(of_part[unit], next);
  }
  rows = LargeArray<std::int32_t>(unit_of_position.size());
  const std::span<std::int32_t> out = rows.writable();
  parts.run([&](std::size_t part, std::size_t begin, std::size_t end) {
    std::int32_t* const next = places[part].data();
    for (std::size_t i = begin; i < end; ++i) {
      out[static_cast<std::size_t>(next[unit_of_position[i]]++)] = static_cast<std::int32_t>(i);
    }
  });
}

const LargeArray<std::int32_t>& RowOrder::rows() const {
  // Asked row by row, and nearly always sorted by then.
  if (!state_->is_sorted.load(std::memory_order_acquire)) {
    std::call_once(state_->sorting, [&] {
      state_->sort();
      state_->is_sorted.store(true, std::memory_order_release);
    });
  }
  return state_->rows;
}

Index Layout::depth() const {
  Index depth = 1;
  while (depth < static_cast<Index>(stages.size())) {
    const std::vector<double>& fractions = stages[static_cast<std::size_t>(depth) - 1].fraction;
    if (std::none_of(fractions.begin(), fractions.end(), [](double f) { return f > 0.0; })) break;
    ++depth;
  }
  return depth;
}

Index Layout::first_position(Index stage, Index unit) const {
  for (auto s = static_cast<std::size_t>(stage);; ++s) {
    const Index part = stages[s].unit_begin[static_cast<std::size_t>(unit)];
    if (s + 1 == stages.size()) return part;
    unit = stages[s + 1].stratum_begin[static_cast<std::size_t>(part)];
  }
}

std::vector<Index> Layout::parents(Index stage) const {
  std::vector<Index> result(static_cast<std::size_t>(stages[static_cast<std::size_t>(stage)].strata()), 0);
  if (stage == 0) return result;
  const std::vector<Index>& begins = stages[static_cast<std::size_t>(stage) - 1].unit_begin;
  for (std::size_t unit = 0; unit + 1 < begins.size(); ++unit) {
    for (Index k = begins[unit]; k < begins[unit + 1]; ++k)
      result[static_cast<std::size_t>(k)] = static_cast<Index>(unit);
  }
  return result;
}

Layout build_layout(const Frame& frame, const DesignSpec& spec, const std::vector<Index>& keep) {
  const std::vector<Stage> stages = stages_of(spec);
  check_stages(stages);
  const Sample sample(frame, keep);
  std::vector<Coding> codings = code_stages(frame, stages, sample);
  Layout layout = lay_out(codings, sample);
  fill_fractions(frame, spec, stages, layout);
  if (spec.singleton == SingletonRule::collapse) {
    Collapse collapse(frame, spec, layout, keep);
    if (collapse.any()) {
      collapse.recode(codings);
      layout = lay_out(codings, sample);
      collapse.fill(codings, layout);
    }
  }
  if (keep.empty() && !layout.order.empty()) layout.unit_of_row = units_of_rows(layout);
  return layout;
}

void mark_weighted_units(std::span<const double> weights, Layout& layout) {
  layout.has_weight.clear();
  if (std::find(weights.begin(), weights.end(), 0.0) == weights.end()) return;
  std::vector<std::uint8_t>& found = layout.has_weight;
  found.assign(static_cast<std::size_t>(layout.stages[0].units()), 0);
  if (!layout.unit_of_row.empty() && layout.depth() == 1) {
    for (std::size_t row = 0; row < weights.size(); ++row) {
      if (weights[row] != 0.0) found[static_cast<std::size_t>(layout.unit_of_row[row])] = 1;
    }
    return;
  }
  for (Index u = 0; u < layout.stages[0].units(); ++u) {
    const Index end = layout.first_position(0, u + 1);
    for (Index i = layout.first_position(0, u); i < end; ++i) {
      if (weights[static_cast<std::size_t>(layout.row(i))] != 0.0) found[static_cast<std::size_t>(u)] = 1;
    }
  }
}

StratumNames::StratumNames(const Frame& frame, const DesignSpec& spec, const Layout& layout)
    : frame_(frame), stages_(stages_of(spec)), layout_(layout) {}

const Factor& StratumNames::labels(const std::string& column) {
  std::shared_ptr<const Factor>& known = labels_[column];
  if (!known) known = shared_factor(frame_.column(column), LevelRule::observed);
  return *known;
}

std::string StratumNames::operator()(Index stage, Index stratum) {
  const StageLayout& runs = layout_.stages[static_cast<std::size_t>(stage)];
  const Index row = layout_.row(layout_.first_position(stage, runs.stratum_begin[static_cast<std::size_t>(stratum)]));
  std::string name;
  const auto add = [&](const std::string& column) {
    if (column.empty()) return;
    const Factor& values = labels(column);
    const auto code = static_cast<std::size_t>(values.codes[static_cast<std::size_t>(row)]);
    name += (name.empty() ? "" : ", ") + column + " = " + to_text(values.levels[code]);
  };
  for (Index s = 0; s < stage; ++s) {
    add(stages_[static_cast<std::size_t>(s)].strata);
    add(stages_[static_cast<std::size_t>(s)].clusters);
  }
  add(stages_[static_cast<std::size_t>(stage)].strata);
  return name.empty() ? "(the whole sample)" : name;
}

std::vector<Index> singletons(const Layout& layout, Index stage) {
  const StageLayout& runs = layout.stages[static_cast<std::size_t>(stage)];
  std::vector<Index> found;
  for (Index k = 0; k < runs.strata(); ++k) {
    if (runs.is_singleton(k)) found.push_back(k);
  }
  return found;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
