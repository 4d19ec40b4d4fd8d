#include "design/layout.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "design/pair_codes.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

/// The rows of the sample, in the order of the file.
class Sample {
 public:
  Sample(const Frame& frame, const std::vector<Index>& keep) : keep_(keep), rows_(frame.rows()) {}
  [[nodiscard]] Index size() const { return keep_.empty() ? rows_ : static_cast<Index>(keep_.size()); }
  [[nodiscard]] Index row(Index i) const { return keep_.empty() ? i : keep_[static_cast<std::size_t>(i)]; }

 private:
  const std::vector<Index>& keep_;
  Index rows_;
};

Error missing_label(const std::string& column, std::string_view role, Index row) {
  return {ErrorCode::design,
          {.subject = std::string(role) + " column '" + column + "'",
           .row = row,
           .expected = "a label in every row of the sample",
           .found = "a missing value",
           .remedy = "Give every row its label, or leave the row out of the data before the design is declared.",
           .candidates = {}}};
}

/// Codes of a column of labels, none of which may be missing.
std::vector<std::int32_t> label_codes(const Frame& frame, const std::string& column, std::string_view role,
                                      const Sample& sample) {
  const auto labels = shared_factor(frame.column(column), LevelRule::observed);
  std::vector<std::int32_t> codes(static_cast<std::size_t>(sample.size()));
  for (Index i = 0; i < sample.size(); ++i) {
    const Index row = sample.row(i);
    const std::int32_t code = labels->codes[static_cast<std::size_t>(row)];
    if (code < 0) throw missing_label(column, role, row);
    codes[static_cast<std::size_t>(i)] = code;
  }
  return codes;
}

Codes everything(Index size) { return {std::vector<std::int32_t>(static_cast<std::size_t>(size), 0), 1}; }

Codes each_its_own(Index size) {
  Codes codes{std::vector<std::int32_t>(static_cast<std::size_t>(size)), static_cast<std::int32_t>(size)};
  std::iota(codes.codes.begin(), codes.codes.end(), 0);
  return codes;
}

struct StageCodes {
  Codes strata;  ///< of the strata, each within its higher-stage unit
  Codes units;   ///< of the units, each within its stratum
};

std::vector<StageCodes> stage_codes(const Frame& frame, const std::vector<Stage>& stages, const Sample& sample) {
  std::vector<StageCodes> result;
  Codes parent = everything(sample.size());
  for (const Stage& stage : stages) {
    StageCodes codes;
    codes.strata =
        stage.strata.empty() ? parent : pair_codes(parent, label_codes(frame, stage.strata, "strata", sample));
    codes.units = stage.clusters.empty()
                      ? each_its_own(sample.size())
                      : pair_codes(codes.strata, label_codes(frame, stage.clusters, "clusters", sample));
    parent = codes.units;
    result.push_back(std::move(codes));
  }
  return result;
}

/// Codes number things as they first appear; so they lie in runs exactly if each is the last one or a new one.
bool in_runs(const Codes& codes) {
  std::int32_t seen = 0;
  std::int32_t last = -1;
  for (const std::int32_t code : codes.codes) {
    if (code != last && code != seen) return false;
    if (code == seen) ++seen;
    last = code;
  }
  return true;
}

/// The code that each code of a finer coding lies in.
std::vector<std::int32_t> containers(const Codes& fine, const Codes& coarse) {
  std::vector<std::int32_t> result(static_cast<std::size_t>(fine.count));
  for (std::size_t i = 0; i < fine.codes.size(); ++i) result[static_cast<std::size_t>(fine.codes[i])] = coarse.codes[i];
  return result;
}

/// Positions sorted by keys in [0, count), equal keys in their old order (a counting sort).
std::vector<std::int32_t> stable_order(const std::vector<std::int32_t>& keys, Index count) {
  std::vector<std::int32_t> next(static_cast<std::size_t>(count) + 1, 0);
  for (const std::int32_t key : keys) ++next[static_cast<std::size_t>(key) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<std::int32_t> order(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    order[static_cast<std::size_t>(next[static_cast<std::size_t>(keys[i])]++)] = static_cast<std::int32_t>(i);
  }
  return order;
}

/// The last stage's units, ranked so that those of one stratum, and of one higher-stage unit, are neighbours.
std::vector<std::int32_t> unit_ranks(const std::vector<StageCodes>& stages) {
  const Codes& last = stages.back().units;
  std::vector<std::int32_t> order(static_cast<std::size_t>(last.count));
  std::iota(order.begin(), order.end(), 0);
  // From the innermost grouping to the outermost: each stable sort keeps the finer order within it.
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) {
    for (const Codes* coding : {&stage->units, &stage->strata}) {
      if (coding == &last) continue;
      const std::vector<std::int32_t> container = containers(last, *coding);
      std::vector<std::int32_t> keys(order.size());
      for (std::size_t i = 0; i < order.size(); ++i) keys[i] = container[static_cast<std::size_t>(order[i])];
      const std::vector<std::int32_t> sorted = stable_order(keys, coding->count);
      std::vector<std::int32_t> next(order.size());
      for (std::size_t i = 0; i < order.size(); ++i) next[i] = order[static_cast<std::size_t>(sorted[i])];
      order = std::move(next);
    }
  }
  std::vector<std::int32_t> ranks(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    ranks[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  return ranks;
}

/// Positions in unit order; empty if the sample already is in it.
std::vector<std::int32_t> unit_order(const std::vector<StageCodes>& stages) {
  const bool sorted = std::all_of(stages.begin(), stages.end(), [](const StageCodes& stage) {
    return in_runs(stage.strata) && in_runs(stage.units);
  });
  if (sorted) return {};
  const std::vector<std::int32_t> ranks = unit_ranks(stages);
  const Codes& last = stages.back().units;
  std::vector<std::int32_t> keys(last.codes.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = ranks[static_cast<std::size_t>(last.codes[i])];
  return stable_order(keys, last.count);
}

/// Positions at which the runs of a coding begin, and the end.
std::vector<Index> run_starts(const Codes& codes, const std::vector<std::int32_t>& order) {
  std::vector<Index> starts;
  starts.reserve(static_cast<std::size_t>(codes.count) + 1);
  std::int32_t last = -1;
  for (std::size_t i = 0; i < codes.codes.size(); ++i) {
    const std::size_t at = order.empty() ? i : static_cast<std::size_t>(order[i]);
    if (codes.codes[at] != last) starts.push_back(static_cast<Index>(i));
    last = codes.codes[at];
  }
  starts.push_back(static_cast<Index>(codes.codes.size()));
  return starts;
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
    const double size = at(layout.row(begin));
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

void fill_runs(const std::vector<StageCodes>& codes, const std::vector<std::int32_t>& order, Layout& layout) {
  layout.stages.resize(codes.size());
  for (std::size_t s = 0; s < codes.size(); ++s) {
    const std::vector<Index> strata = run_starts(codes[s].strata, order);
    const std::vector<Index> units = run_starts(codes[s].units, order);
    layout.stages[s].stratum_begin = in_units_of(strata, units);
    layout.stages[s].unit_begin =
        s + 1 < codes.size() ? in_units_of(units, run_starts(codes[s + 1].strata, order)) : units;
  }
}

/// The unit of each row in the deepest stage that counts. Codes number units as they first appear; layouts, in order.
std::vector<std::int32_t> units_of_rows(const Layout& layout, const std::vector<StageCodes>& codes) {
  const Index stage = layout.depth() - 1;
  const Codes& units = codes[static_cast<std::size_t>(stage)].units;
  std::vector<std::int32_t> number(static_cast<std::size_t>(units.count));
  for (Index u = 0; u < layout.stages[static_cast<std::size_t>(stage)].units(); ++u) {
    const Index row = layout.row(layout.first_position(stage, u));
    number[static_cast<std::size_t>(units.codes[static_cast<std::size_t>(row)])] = static_cast<std::int32_t>(u);
  }
  std::vector<std::int32_t> result(units.codes.size());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = number[static_cast<std::size_t>(units.codes[i])];
  return result;
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
  Layout layout;
  layout.positions = sample.size();
  const std::vector<StageCodes> codes = stage_codes(frame, stages, sample);
  layout.order = unit_order(codes);
  fill_runs(codes, layout.order, layout);
  if (!keep.empty() && layout.order.empty()) {
    layout.order.resize(keep.size());
    std::iota(layout.order.begin(), layout.order.end(), 0);
  }
  for (std::int32_t& position : layout.order) position = static_cast<std::int32_t>(sample.row(position));
  fill_fractions(frame, spec, stages, layout);
  if (keep.empty() && !layout.order.empty()) layout.unit_of_row = units_of_rows(layout, codes);
  return layout;
}

void mark_weighted_units(std::span<const double> weights, Layout& layout) {
  layout.has_weight.clear();
  if (std::none_of(weights.begin(), weights.end(), [](double w) { return w == 0.0; })) return;
  layout.has_weight.assign(static_cast<std::size_t>(layout.stages[0].units()), 0);
  for (Index u = 0; u < layout.stages[0].units(); ++u) {
    const Index end = layout.first_position(0, u + 1);
    for (Index i = layout.first_position(0, u); i < end; ++i) {
      if (weights[static_cast<std::size_t>(layout.row(i))] != 0.0) layout.has_weight[static_cast<std::size_t>(u)] = 1;
    }
  }
}

StratumNames::StratumNames(const Frame& frame, const DesignSpec& spec, const Layout& layout)
    : frame_(frame), stages_(stages_of(spec)), layout_(layout) {}

const Factor& StratumNames::labels(const std::string& column) {
  const auto known = labels_.find(column);
  if (known != labels_.end()) return known->second;
  return labels_.emplace(column, factor(frame_.column(column), LevelRule::observed)).first->second;
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
