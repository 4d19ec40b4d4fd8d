#include "design/coding.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "core/large_array.hpp"
#include "core/parallel.hpp"
#include "core/row_parts.hpp"
#include "design/pair_codes.hpp"
#include "frame/row_keys.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

constexpr std::int32_t kUnseen = -1;

Error missing_label(const std::string& column, std::string_view role, Index row) {
  return {ErrorCode::design,
          {.subject = std::string(role) + " column '" + column + "'",
           .row = row,
           .expected = "a label in every row of the sample",
           .found = "a missing value",
           .remedy = "Give every row its label, or leave the row out of the data before the design is declared.",
           .candidates = {}}};
}

/// Keys of the sample's rows.
RowKeys of_sample(RowKeys labels, const std::string& column, std::string_view role, const Sample& sample) {
  if (sample.is_whole() && !labels.has_missing) return labels;
  auto keys = std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(sample.size()));
  for (Index i = 0; i < sample.size(); ++i) {
    const Index row = sample.row(i);
    const std::int32_t key = labels.keys[static_cast<std::size_t>(row)];
    if (key < labels.least) throw missing_label(column, role, row);
    (*keys)[static_cast<std::size_t>(i)] = key;
  }
  labels.keys = *keys;
  labels.owner = keys;
  return labels;
}

/// What is known of a label within a coarser coding.
struct Known {
  std::int32_t holder = kUnseen;  ///< the coarser code that it is seen in
  std::int32_t rows = 0;
};

/// What some of the rows show of labels within a coarser coding.
struct Shown {
  std::vector<Known> labels;
  std::vector<std::int32_t> order;  ///< labels, as rows first show them
  Index runs = 0;                   ///< of neighbours with one label
  bool is_nested = true;            ///< whether each label lies within one coarser code

  void see(std::int32_t label, std::int32_t found, std::int32_t rows) {
    Known& known = labels[static_cast<std::size_t>(label)];
    known.rows += rows;
    if (known.holder != found) meet(label, known.holder, found);
  }

 private:
  /// Rare: a label that is new, or seen in another code.
  [[gnu::noinline]] void meet(std::int32_t label, std::int32_t& holder, std::int32_t found) {
    if (holder == kUnseen) {
      order.push_back(label);
    } else {
      is_nested = false;
    }
    holder = found;
  }
};

/// Rows that are looked at together.
constexpr std::size_t kFew = 16;

/// Whether a few rows have the same key, and the row behind them.
bool all_same(const std::int32_t* keys) {
  using Four = std::int32_t __attribute__((vector_size(16)));
  Four differences{};
  Four keys_here;
  Four keys_behind;
  for (std::size_t i = 0; i < kFew; i += 4) {
    std::memcpy(&keys_here, keys + i, sizeof keys_here);
    std::memcpy(&keys_behind, keys + i + 1, sizeof keys_behind);
    differences |= keys_here ^ keys_behind;
  }
  return (differences[0] | differences[1] | differences[2] | differences[3]) == 0;
}

/// Rows [begin, end) of labels. In sorted files most rows are like the one behind them, and a few at a time are seen at once.
template <bool has_outer>
Shown show(const RowKeys& labels, const Coding& outer, std::size_t begin, std::size_t end) {
  Shown shown{.labels = std::vector<Known>(static_cast<std::size_t>(labels.range))};
  const std::size_t last = labels.keys.size() - 1;
  const std::int32_t* const keys = labels.keys.data();
  const std::int32_t* const outer_keys = outer.keys.data();
  const std::int32_t least = labels.least;
  const std::int32_t outer_least = outer.least;
  const auto see = [&](std::size_t i, std::int32_t rows) {
    shown.see(keys[i] - least, has_outer ? outer_keys[i] - outer_least : 0, rows);
  };
  Index runs = 0;
  std::size_t i = begin;
  while (i < end && shown.is_nested) {
    const bool are_few = i + kFew <= std::min(end, last);
    if (are_few && all_same(keys + i) && (!has_outer || all_same(outer_keys + i))) {
      see(i, kFew);
      i += kFew;
      continue;
    }
    for (const std::size_t past = std::min(end, i + kFew); i < past; ++i) {
      see(i, 1);
      runs += i == last || keys[i] != keys[i + 1] ? 1 : 0;
    }
  }
  shown.runs = runs;
  return shown;
}

/// Labels that each lie within one code of the outer coding need no new codes: most files number their units throughout.
std::optional<Coding> nested(const Coding& outer, const RowKeys& labels) {
  // Each part meets each label anew.
  constexpr std::size_t kRowsToALabel = 16;
  const RowParts parts(labels.keys.size(), kRowsToALabel * static_cast<std::size_t>(labels.range));
  std::vector<Shown> shown(parts.count());
  parts.run([&](std::size_t part, std::size_t begin, std::size_t end) {
    shown[part] = outer.keys.empty() ? show<false>(labels, outer, begin, end) : show<true>(labels, outer, begin, end);
  });
  Shown& all = shown.front();
  for (std::size_t part = 1; part < shown.size(); ++part) {
    all.is_nested &= shown[part].is_nested;
    all.runs += shown[part].runs;
    for (const std::int32_t label : shown[part].order) {
      const Known& known = shown[part].labels[static_cast<std::size_t>(label)];
      all.see(label, known.holder, known.rows);
    }
  }
  if (!all.is_nested) return std::nullopt;
  Coding coding{.keys = labels.keys, .least = labels.least, .order = std::move(all.order), .owner = labels.owner};
  for (const Known& known : all.labels) {
    coding.within.push_back(known.holder);
    coding.rows.push_back(known.rows);
  }
  coding.in_runs = all.runs == static_cast<Index>(coding.order.size());
  return coding;
}

std::vector<std::int32_t> counted_up(std::size_t size) {
  std::vector<std::int32_t> numbers(size);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

void pair_part(const std::int32_t* outer, const std::int32_t* inner, std::int32_t outer_least, std::int32_t inner_least,
               std::int32_t range, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (outer[i] - outer_least) * range + (inner[i] - inner_least);
}

/// A key for every pair, with room for those that don't occur.
RowKeys pair_keys(const Coding& outer, const RowKeys& labels) {
  const auto keys = std::make_shared<LargeArray<std::int32_t>>(labels.keys.size());
  const std::span<std::int32_t> out = keys->writable();
  RowParts(out.size()).run([&](std::size_t, std::size_t begin, std::size_t end) {
    pair_part(&outer.keys[begin], &labels.keys[begin], outer.least, labels.least, labels.range,
              out.subspan(begin, end - begin));
  });
  const auto range = static_cast<std::int32_t>(outer.range()) * labels.range;
  return {.keys = {keys->data(), keys->size()}, .least = 0, .range = range, .owner = keys};
}

/// A key for every pair that occurs.
RowKeys dense_pair_keys(const Coding& outer, const RowKeys& labels) {
  const auto pairs = std::make_shared<Codes>(
      pair_codes(outer.keys, static_cast<std::int32_t>(outer.range()), labels.keys, outer.least, labels.least));
  return {.keys = pairs->codes, .least = 0, .range = pairs->count, .owner = pairs};
}

/// Labels that mean another unit in another outer code.
Coding paired(const Coding& outer, const RowKeys& labels) {
  constexpr std::size_t kAlwaysSmall = std::size_t{1} << 16U;
  const std::size_t most = std::max(kAlwaysSmall, labels.keys.size());
  const bool has_room = outer.range() <= most / static_cast<std::size_t>(labels.range);
  return *nested(outer, has_room ? pair_keys(outer, labels) : dense_pair_keys(outer, labels));
}

Coding within(const Coding& outer, const RowKeys& labels) {
  std::optional<Coding> coding = nested(outer, labels);
  return coding ? std::move(*coding) : paired(outer, labels);
}

/// The whole sample as one code.
Coding everything(Index size) {
  return {.keys = {}, .least = 0, .within = {0}, .rows = {static_cast<std::int32_t>(size)}, .order = {0}};
}

Coding each_row(const Coding& outer, Index size) {
  auto codes = std::make_shared<const std::vector<std::int32_t>>(counted_up(static_cast<std::size_t>(size)));
  std::vector<std::int32_t> within(codes->size());
  for (std::size_t i = 0; i < within.size(); ++i) within[i] = static_cast<std::int32_t>(outer.code(i));
  return {.keys = *codes,
          .least = 0,
          .within = std::move(within),
          .rows = std::vector<std::int32_t>(codes->size(), 1),
          .order = *codes,
          .owner = codes};
}

/// No strata: each unit of the stage above is one.
Coding each_outer(Coding outer) {
  outer.within = counted_up(outer.range());
  return outer;
}

/// The labels of strata and clusters, by column; columns are coded side by side.
std::map<std::string, RowKeys> labels_of(const Frame& frame, const std::vector<Stage>& stages) {
  std::map<std::string, RowKeys> labels;
  std::vector<std::string> names;
  for (const Stage& stage : stages) {
    for (const std::string& name : {stage.strata, stage.clusters}) {
      if (!name.empty() && labels.try_emplace(name).second) names.push_back(name);
    }
  }
  StopSignal stop;
  run_tasks(static_cast<Index>(names.size()), 0, {}, stop, [&](Index i) {
    const std::string& name = names[static_cast<std::size_t>(i)];
    labels.at(name) = row_keys(frame.column(name));
  });
  return labels;
}

}  // namespace

std::vector<Stage> stages_of(const DesignSpec& spec) {
  return spec.stages.empty() ? std::vector<Stage>{Stage{}} : spec.stages;
}

std::vector<Coding> code_stages(const Frame& frame, const std::vector<Stage>& stages, const Sample& sample) {
  const std::map<std::string, RowKeys> labels = labels_of(frame, stages);
  const auto of = [&](const std::string& column, std::string_view role) {
    return of_sample(labels.at(column), column, role, sample);
  };
  std::vector<Coding> codings;
  Coding parent = everything(sample.size());
  for (const Stage& stage : stages) {
    codings.push_back(stage.strata.empty() ? each_outer(parent) : within(parent, of(stage.strata, "strata")));
    codings.push_back(stage.clusters.empty() ? each_row(codings.back(), sample.size())
                                             : within(codings.back(), of(stage.clusters, "clusters")));
    parent = codings.back();
  }
  return codings;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
