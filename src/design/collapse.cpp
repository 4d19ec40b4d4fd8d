#include "design/collapse.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

Index first_row(const Layout& layout, Index s, Index k) {
  const StageLayout& stage = layout.stages[static_cast<std::size_t>(s)];
  return layout.row(layout.first_position(s, stage.stratum_begin[static_cast<std::size_t>(k)]));
}

}  // namespace

Collapse::Collapse(const Frame& frame, const DesignSpec& spec, Layout layout, const std::vector<Index>& keep)
    : layout_(std::move(layout)), keep_(keep), name_(frame, spec, layout_) {
  const std::vector<Stage> stages = stages_of(spec);
  for (Index s = 0; s < static_cast<Index>(layout_.stages.size()); ++s) {
    const std::string& column = stages[static_cast<std::size_t>(s)].strata;
    stages_.push_back(column.empty() ? Merged{} : merge(s, *shared_factor(frame.column(column), LevelRule::observed)));
  }
}

bool Collapse::any() const {
  return std::any_of(stages_.begin(), stages_.end(), [](const Merged& merged) { return !merged.names.empty(); });
}

void Collapse::recode(std::vector<Coding>& codings) const {
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    if (!stages_[s].names.empty()) recode_stage(s, codings);
  }
}

void Collapse::fill(const std::vector<Coding>& codings, Layout& layout) const {
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
      stage.fraction.push_back(of_code[code_of(codings[2 * s], layout, static_cast<Index>(s), static_cast<Index>(k))]);
    }
  }
}

Collapse::Merged Collapse::merge(Index s, const Factor& labels) {
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

std::vector<Index> Collapse::in_order(Index s, Index begin, Index end, const Factor& labels) const {
  const StageLayout& stage = layout_.stages[static_cast<std::size_t>(s)];
  std::vector<Index> strata;
  for (Index k = begin; k < end; ++k) {
    if (stage.fraction[static_cast<std::size_t>(k)] < 1.0) strata.push_back(k);
  }
  const auto label = [&](Index k) { return labels.codes[static_cast<std::size_t>(first_row(layout_, s, k))]; };
  std::sort(strata.begin(), strata.end(), [&](Index a, Index b) { return label(a) < label(b); });
  return strata;
}

std::vector<std::vector<Index>> Collapse::groups_among(Index s, const std::vector<Index>& strata) const {
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

void Collapse::join(Index s, const std::vector<Index>& group, Merged& merged) {
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

void Collapse::recode_stage(std::size_t s, std::vector<Coding>& codings) const {
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

std::size_t Collapse::code_of(const Coding& strata, const Layout& layout, Index s, Index k) const {
  Index place = first_row(layout, s, k);
  if (!keep_.empty()) place = std::lower_bound(keep_.begin(), keep_.end(), place) - keep_.begin();
  return strata.code(static_cast<std::size_t>(place));
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
