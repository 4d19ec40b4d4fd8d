#include "design/coding.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "core/parallel.hpp"
#include "design/pair_codes.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

constexpr std::int32_t kUnseen = -1;

/// A column of labels as codes of the sample's rows.
struct Labels {
  std::span<const std::int32_t> codes;
  std::int32_t count = 0;
  std::shared_ptr<const void> owner;
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

Labels labels_of(const Frame& frame, const std::string& column, std::string_view role, const Sample& sample) {
  const auto labels = shared_factor(frame.column(column), LevelRule::observed);
  const auto count = static_cast<std::int32_t>(labels->levels.size());
  if (sample.is_whole() && !labels->has_missing) return {labels->codes, count, labels};
  auto codes = std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(sample.size()));
  for (Index i = 0; i < sample.size(); ++i) {
    const Index row = sample.row(i);
    const std::int32_t code = labels->codes[static_cast<std::size_t>(row)];
    if (code < 0) throw missing_label(column, role, row);
    (*codes)[static_cast<std::size_t>(i)] = code;
  }
  return {*codes, count, codes};
}

/// Labels that each lie within one code of the outer coding need no new codes: most files number their units throughout.
std::optional<Coding> nested(const Coding& outer, const Labels& labels) {
  Coding coding{labels.codes, std::vector<std::int32_t>(static_cast<std::size_t>(labels.count), kUnseen), {}, {}};
  for (std::size_t i = 0; i < labels.codes.size(); ++i) {
    std::int32_t& holder = coding.within[static_cast<std::size_t>(labels.codes[i])];
    const std::int32_t found = outer.codes[i];
    if (holder == found) continue;
    if (holder != kUnseen) return std::nullopt;
    holder = found;
    coding.order.push_back(labels.codes[i]);
  }
  // A label that no row of the sample has would be an empty unit.
  if (coding.order.size() != coding.within.size()) return std::nullopt;
  coding.owner = labels.owner;
  return coding;
}

Coding paired(const Coding& outer, const Labels& labels) {
  auto codes = std::make_shared<Codes>(pair_codes(outer.codes, outer.count(), labels.codes));
  Coding coding{codes->codes, codes->outer, std::vector<std::int32_t>(codes->outer.size()), codes};
  std::iota(coding.order.begin(), coding.order.end(), 0);
  return coding;
}

Coding within(const Coding& outer, const Labels& labels) {
  std::optional<Coding> coding = nested(outer, labels);
  return coding ? std::move(*coding) : paired(outer, labels);
}

/// The whole sample as one code.
Coding everything(Index size) {
  auto zeros = std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(size), 0);
  return {*zeros, {0}, {0}, zeros};
}

Coding each_row(const Coding& outer) {
  auto codes = std::make_shared<std::vector<std::int32_t>>(outer.codes.size());
  std::iota(codes->begin(), codes->end(), 0);
  return {*codes, {outer.codes.begin(), outer.codes.end()}, *codes, codes};
}

/// No strata: each unit of the stage above is one.
Coding each_outer(const Coding& outer) {
  Coding coding{outer.codes, std::vector<std::int32_t>(outer.within.size()), outer.order, outer.owner};
  std::iota(coding.within.begin(), coding.within.end(), 0);
  return coding;
}

/// Codes the columns side by side: the frame keeps what is found.
void code_columns(const Frame& frame, const std::vector<Stage>& stages) {
  std::vector<std::string> names;
  for (const Stage& stage : stages) {
    for (const std::string& name : {stage.strata, stage.clusters}) {
      if (!name.empty()) names.push_back(name);
    }
  }
  StopSignal stop;
  run_tasks(static_cast<Index>(names.size()), 0, {}, stop, [&](Index i) {
    (void)shared_factor(frame.column(names[static_cast<std::size_t>(i)]), LevelRule::observed);
  });
}

}  // namespace

bool Coding::in_runs() const {
  std::int32_t changes = 0;
  for (std::size_t i = 1; i < codes.size(); ++i) changes += codes[i] != codes[i - 1] ? 1 : 0;
  return changes + 1 == count();
}

std::vector<Coding> code_stages(const Frame& frame, const std::vector<Stage>& stages, const Sample& sample) {
  code_columns(frame, stages);
  std::vector<Coding> codings;
  Coding parent = everything(sample.size());
  for (const Stage& stage : stages) {
    codings.push_back(stage.strata.empty() ? each_outer(parent)
                                           : within(parent, labels_of(frame, stage.strata, "strata", sample)));
    codings.push_back(stage.clusters.empty()
                          ? each_row(codings.back())
                          : within(codings.back(), labels_of(frame, stage.clusters, "clusters", sample)));
    parent = codings.back();
  }
  return codings;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
