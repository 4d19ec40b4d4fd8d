#include "design/layout.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/row_parts.hpp"
#include "design/coding.hpp"
#include "design/collapse.hpp"
#include "design/fractions.hpp"
#include "irosurvey/core/error.hpp"

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

}  // namespace

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
  fill_fractions(frame, spec, layout);
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
