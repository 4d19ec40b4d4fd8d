#include "irosurvey/design/design.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "core/names.hpp"
#include "core/parallel.hpp"
#include "core/row_parts.hpp"
#include "design/make_replicates.hpp"
#include "design/parts.hpp"
#include "design/stratum_names.hpp"
#include "frame/owned_numbers.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using design::Layout;
using design::StageLayout;

constexpr NamedValue<SingletonRule> kSingletonRules[] = {
    {SingletonRule::fail, "fail"},     {SingletonRule::remove, "remove"},   {SingletonRule::certainty, "certainty"},
    {SingletonRule::adjust, "adjust"}, {SingletonRule::average, "average"}, {SingletonRule::collapse, "collapse"},
};

constexpr NamedValue<DomainSingletons> kDomainSingletons[] = {{DomainSingletons::ignore, "ignore"},
                                                              {DomainSingletons::rule, "rule"}};

/// What is among some weights. Bits are looked at, not numbers compared: nothing that is done depends on a number.
class WeightKinds {
 public:
  void look_at(std::span<const double> weights) {
    Bits signs = signs_;
    Bits zeros = zeros_;
    Bits bits;
    std::size_t i = 0;
    for (; i + kLanes <= weights.size(); i += kLanes) {
      std::memcpy(&bits, &weights[i], sizeof bits);
      signs |= bits;
      zeros |= (2 * bits - 1) & ~(2 * bits);  // of 0, and of nothing else, this has the highest bit
    }
    for (; i < weights.size(); ++i) {
      signs[0] |= std::bit_cast<std::uint64_t>(weights[i]);
      zeros[0] |= weights[i] == 0.0 ? kHighest : 0;
    }
    signs_ = signs;
    zeros_ = zeros;
  }

  /// Negative numbers, −0, and half of all NaN.
  [[nodiscard]] bool any_signed() const { return ((signs_[0] | signs_[1]) & kHighest) != 0; }
  [[nodiscard]] bool any_zero() const { return ((zeros_[0] | zeros_[1]) & kHighest) != 0; }

 private:
  static constexpr std::size_t kLanes = 2;
  static constexpr std::uint64_t kHighest = std::uint64_t{1} << 63U;
  using Bits = std::uint64_t __attribute__((vector_size(kLanes * sizeof(double))));

  Bits signs_{};
  Bits zeros_{};
};

/// What rows weigh, and whether some weigh nothing.
struct RowWeights {
  Numbers numbers;
  bool any_zero = false;
};

RowWeights given_weights(const Column& column) {
  const Numbers given = numbers(column);
  const std::span<const double> weights = given.values();
  const RowParts parts(weights.size());
  std::vector<WeightKinds> kinds(parts.count());
  parts.run([&](std::size_t part, std::size_t begin, std::size_t end) {
    kinds[part].look_at(weights.subspan(begin, end - begin));
  });
  const bool any_zero = std::any_of(kinds.begin(), kinds.end(), [](const WeightKinds& k) { return k.any_zero(); });
  const bool any_signed = std::any_of(kinds.begin(), kinds.end(), [](const WeightKinds& k) { return k.any_signed(); });
  if (!any_signed && !given.has_missing()) return {given, any_zero};
  const auto wrong = std::find_if(weights.begin(), weights.end(), [](double w) { return !(w >= 0.0); });
  if (wrong == weights.end()) return {given, any_zero};
  throw Error(ErrorCode::design, {.subject = "weights column '" + column.name() + "'",
                                  .row = static_cast<Index>(wrong - weights.begin()),
                                  .expected = "a weight of at least 0",  // infinite numbers never get this far
                                  .found = std::isnan(*wrong) ? "a missing value" : to_text(level_of(*wrong)),
                                  .remedy = "Give rows that don't count a weight of 0, or leave them out of the data.",
                                  .candidates = {}});
}

/// Inverse inclusion probabilities: the product of N/n over the stages that have a finite population.
std::vector<double> weights_from_fractions(const Layout& layout, Index rows) {
  std::vector<double> weights(static_cast<std::size_t>(rows), 1.0);
  for (std::size_t s = 0; s < layout.stages.size(); ++s) {
    const StageLayout& stage = layout.stages[s];
    for (Index k = 0; k < stage.strata(); ++k) {
      const double fraction = stage.fraction[static_cast<std::size_t>(k)];
      if (fraction == 0.0) continue;
      const auto index = static_cast<Index>(s);
      const Index begin = layout.first_position(index, stage.stratum_begin[static_cast<std::size_t>(k)]);
      const Index end = layout.first_position(index, stage.stratum_begin[static_cast<std::size_t>(k) + 1]);
      for (Index i = begin; i < end; ++i) weights[static_cast<std::size_t>(layout.row(i))] /= fraction;
    }
  }
  return weights;
}

/// Strata are collapsed for the variance alone: rows keep the weights by which they were drawn.
std::vector<double> inverse_fractions(const Frame& frame, DesignSpec spec, const Layout& layout) {
  if (spec.singleton != SingletonRule::collapse) return weights_from_fractions(layout, frame.rows());
  spec.singleton = SingletonRule::fail;
  return weights_from_fractions(design::build_layout(frame, spec, {}), frame.rows());
}

/// Where the rows lie and what they weigh; both at a time where neither needs the other.
std::pair<std::shared_ptr<const Layout>, Numbers> layout_and_weights(const Frame& frame, const DesignSpec& spec) {
  Layout layout;
  std::optional<RowWeights> weights;
  StopSignal stop;
  run_tasks(spec.weights.empty() ? 1 : 2, 0, {}, stop, [&](Index task) {
    if (task == 0) layout = design::build_layout(frame, spec, {});
    if (task == 1) weights = given_weights(frame.column(spec.weights));
  });
  if (!weights) weights = RowWeights{owned_numbers(inverse_fractions(frame, spec, layout))};
  if (weights->any_zero) design::mark_weighted_units(weights->numbers.values(), layout);
  return {std::make_shared<const Layout>(std::move(layout)), weights->numbers};
}

void check_rows(const Frame& frame) {
  if (frame.rows() > 0 && frame.rows() <= std::numeric_limits<std::int32_t>::max()) return;
  throw Error(ErrorCode::design, {.subject = "the data",
                                  .row = {},
                                  .expected = "between 1 and 2,147,483,647 rows",
                                  .found = std::to_string(frame.rows()),
                                  .remedy = {},
                                  .candidates = {}});
}

/// Replicates stand for the design that they were made from; to declare both would leave open which one counts.
void check_stages_or_replicates(const DesignSpec& spec) {
  if (!spec.replicates || spec.stages.empty()) return;
  throw Error(ErrorCode::argument,
              {.subject = "the design",
               .row = {},
               .expected = "strata, clusters and fpc, or replicate weights",
               .found = "both",
               .remedy = "Leave out strata, clusters and fpc; or make replicates from them: with_replicates.",
               .candidates = {}});
}

void describe_weights(std::span<const double> weights, DesignDescription& found) {
  double sum = 0.0;
  Index positive = 0;
  found.weight_min = std::numeric_limits<double>::infinity();
  for (const double w : weights) {
    if (w == 0.0) continue;
    ++positive;
    sum += w;
    found.weight_min = std::min(found.weight_min, w);
    found.weight_max = std::max(found.weight_max, w);
  }
  found.zero_weights = static_cast<Index>(weights.size()) - positive;
  found.weight_sum = sum;
  if (positive == 0) {
    found.weight_min = 0.0;
    return;
  }
  const double mean = sum / static_cast<double>(positive);
  double squares = 0.0;
  for (const double w : weights) squares += w == 0.0 ? 0.0 : (w - mean) * (w - mean);
  found.weight_cv = std::sqrt(squares / static_cast<double>(positive)) / mean;
  found.kish_effect = 1.0 + found.weight_cv * found.weight_cv;
}

StageDescription describe_stage(const Design::Parts& parts, Index index) {
  const Layout& layout = *parts.layout;
  const StageLayout& stage = layout.stages[static_cast<std::size_t>(index)];
  StageDescription found;
  found.strata = stage.strata();
  found.units = stage.units();
  found.least_units = std::numeric_limits<Index>::max();
  for (Index k = 0; k < stage.strata(); ++k) {
    found.least_units = std::min(found.least_units, stage.units_in(k));
    found.most_units = std::max(found.most_units, stage.units_in(k));
    if (stage.fraction[static_cast<std::size_t>(k)] == 1.0) ++found.certainty_strata;
  }
  design::StratumNames name(parts.frame, parts.spec, layout);
  for (const Index k : design::singletons(layout, index)) found.singletons.push_back(name(index, k));
  found.collapsed = stage.collapsed;
  const auto [least, most] = std::minmax_element(stage.fraction.begin(), stage.fraction.end());
  found.least_fraction = *least;
  found.most_fraction = *most;
  found.with_replacement = *most == 0.0;
  return found;
}

/// First-stage units that hold a row of positive weight, minus the strata that hold them.
Index degrees_of_freedom(const Layout& layout) {
  const StageLayout& stage = layout.stages.front();
  Index df = 0;
  for (Index k = 0; k < stage.strata(); ++k) {
    Index units = 0;
    for (Index u = stage.stratum_begin[static_cast<std::size_t>(k)];
         u < stage.stratum_begin[static_cast<std::size_t>(k) + 1]; ++u) {
      units += layout.is_weighted(u) ? 1 : 0;
    }
    if (units > 0) df += units - 1;
  }
  return df;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i == 0 ? "" : "; ") + names[i];
  if (names.size() > kShown) text += "; and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return count == 1 ? "One " + one : std::to_string(count) + " " + many;
}

std::string sentence_of(const AdjustmentReport& report) {
  std::string text = "Weights were adjusted by " + report.name + ": new weight ÷ old from " +
                     design::short_number(report.least_ratio) + " to " + design::short_number(report.greatest_ratio);
  if (report.iterations > 0) {
    text += ", targets met to a relative " + design::short_number(report.misfit) + " after " +
            std::to_string(report.iterations) + (report.iterations == 1 ? " iteration" : " iterations");
  }
  return text + ".";
}

std::string percent(double share) { return design::short_number(100.0 * share) + "%"; }

/// `One stratum of stage 1 holds`, `3 strata of stage 1 hold`.
std::string strata_that(std::size_t count, std::size_t stage, const std::string& one, const std::string& many) {
  return counted(count, "stratum of stage ", "strata of stage ") + std::to_string(stage + 1) + " " +
         (count == 1 ? one : many);
}

void add_singleton_problems(const DesignDescription& found, SingletonRule rule, std::vector<std::string>& problems) {
  for (std::size_t s = 0; s < found.stages.size(); ++s) {
    const std::vector<std::string>& singletons = found.stages[s].singletons;
    if (!singletons.empty()) {
      problems.push_back(strata_that(singletons.size(), s, "holds", "hold") + " a single sampling unit (" +
                         listed(singletons) + "); the rule for singletons is '" + std::string(name_of(rule)) + "'.");
    }
    const std::vector<std::string>& collapsed = found.stages[s].collapsed;
    if (collapsed.empty()) continue;
    problems.push_back("Strata of stage " + std::to_string(s + 1) +
                       " with a single sampling unit were merged with a neighbour, and count as one for the degrees of "
                       "freedom: " +
                       listed(collapsed) + ".");
  }
}

/// What is odd about finite populations.
void add_fraction_problems(const Design::Parts& parts, const DesignDescription& found,
                           std::vector<std::string>& problems) {
  constexpr double kNearlyAll = 0.9;
  constexpr double kFarApart = 100.0;
  for (std::size_t s = 0; s < found.stages.size(); ++s) {
    const StageLayout& stage = parts.layout->stages[s];
    design::StratumNames name(parts.frame, parts.spec, *parts.layout);
    std::vector<std::string> nearly;
    double least = std::numeric_limits<double>::infinity();
    double most = 0.0;
    for (Index k = 0; k < stage.strata(); ++k) {
      const double fraction = stage.fraction[static_cast<std::size_t>(k)];
      if (fraction == 0.0 || fraction == 1.0) continue;
      least = std::min(least, fraction);
      most = std::max(most, fraction);
      if (fraction > kNearlyAll) nearly.push_back(name(static_cast<Index>(s), k));
    }
    const auto certain = static_cast<std::size_t>(found.stages[s].certainty_strata);
    if (certain > 0) {
      problems.push_back(
          strata_that(certain, s, "was", "were") +
          " taken completely (a sampling fraction of 1, as an fpc of 1 says, too): no variance from that stage there.");
    }
    if (!nearly.empty()) {
      problems.push_back(strata_that(nearly.size(), s, "has", "have") + " a sample of more than " +
                         percent(kNearlyAll) + " of the population (" + listed(nearly) +
                         "): check that fpc counts the population's units, not the sample's.");
    }
    if (most > kFarApart * least) {
      problems.push_back("Sampling fractions of stage " + std::to_string(s + 1) + " lie far apart, from " +
                         percent(least) + " to " + percent(most) +
                         ": check that fpc is a population in all strata, or a fraction in all.");
    }
  }
}

/// Clusters that are rows: a name of rows was taken for one of clusters, or nothing is clustered.
void add_cluster_problems(const Design::Parts& parts, const DesignDescription& found,
                          std::vector<std::string>& problems) {
  for (std::size_t s = 0; s < found.stages.size(); ++s) {
    const std::string& clusters = s < parts.spec.stages.size() ? parts.spec.stages[s].clusters : std::string{};
    if (clusters.empty() || found.stages[s].units < found.rows) continue;
    problems.push_back("Every sampling unit of stage " + std::to_string(s + 1) + " holds one row: '" + clusters +
                       "' names rows, not clusters.");
  }
}

void add_weight_problems(const DesignDescription& found, std::vector<std::string>& problems) {
  constexpr double kFarApart = 1e3;
  if (found.zero_weights > 0) {
    problems.push_back(counted(static_cast<std::size_t>(found.zero_weights), "row has", "rows have") +
                       " a weight of 0: their sampling units stay in the design, and they are in no base.");
  }
  if (found.zero_weights == found.rows)
    problems.emplace_back("No row has a positive weight: nothing can be estimated.");
  if (found.weight_max > kFarApart * found.weight_min) {
    problems.push_back("Weights lie far apart, from " + design::short_number(found.weight_min) + " to " +
                       design::short_number(found.weight_max) + ": a few rows may decide every estimate.");
  }
}

/// Where every stage down to the rows has a finite population, the weights of a stratum should add up to what the
/// fractions say: the number of rows in its population.
void add_disagreements(const Design::Parts& parts, std::vector<std::string>& problems) {
  constexpr double kMost = 0.1;
  const Layout& layout = *parts.layout;
  const auto incomplete = [](const StageLayout& stage) {
    return std::any_of(stage.fraction.begin(), stage.fraction.end(), [](double f) { return f == 0.0; });
  };
  if (parts.spec.weights.empty() || layout.stages.back().units() != layout.positions) return;
  if (std::any_of(layout.stages.begin(), layout.stages.end(), incomplete)) return;
  const std::vector<double> expected = weights_from_fractions(layout, parts.frame.rows());
  const StageLayout& stage = layout.stages.front();
  design::StratumNames name(parts.frame, parts.spec, layout);
  std::vector<std::string> strata;
  for (Index k = 0; k < stage.strata(); ++k) {
    const Index end = layout.first_position(0, stage.stratum_begin[static_cast<std::size_t>(k) + 1]);
    double given = 0.0;
    double drawn = 0.0;
    for (Index i = layout.first_position(0, stage.stratum_begin[static_cast<std::size_t>(k)]); i < end; ++i) {
      given += parts.weights.values()[static_cast<std::size_t>(layout.row(i))];
      drawn += expected[static_cast<std::size_t>(layout.row(i))];
    }
    if (std::abs(given - drawn) <= kMost * drawn) continue;
    strata.push_back(name(0, k) + ": weights of " + design::short_number(given) + ", fpc of " +
                     design::short_number(drawn));
  }
  if (strata.empty()) return;
  problems.push_back(strata_that(strata.size(), 0, "has", "have") +
                     " weights that add up to something else than the fpc says, by more than " + percent(kMost) + " (" +
                     listed(strata) + ").");
}

std::vector<std::string> problems_of(const Design::Parts& parts, const DesignDescription& found) {
  std::vector<std::string> problems;
  add_singleton_problems(found, parts.spec.singleton, problems);
  add_fraction_problems(parts, found, problems);
  add_cluster_problems(parts, found, problems);
  add_weight_problems(found, problems);
  const bool adjusted = parts.adjustments && !parts.adjustments->empty();
  if (!parts.replicates && !adjusted) add_disagreements(parts, problems);
  if (found.degrees_of_freedom < 1) {
    problems.emplace_back("There are no degrees of freedom: no stratum holds two sampling units of positive weight.");
  }
  return problems;
}

}  // namespace

void design::check_domain_singletons(const DesignSpec& spec) {
  if (spec.domain_singletons == DomainSingletons::ignore) return;
  const auto refuse = [](std::string found, std::string remedy) {
    throw Error(ErrorCode::argument, {.subject = "domain_singletons = 'rule'",
                                      .row = {},
                                      .expected = "strata, and a rule for singletons that a question may call for",
                                      .found = std::move(found),
                                      .remedy = std::move(remedy),
                                      .candidates = {}});
  };
  if (spec.replicates) refuse("replicates, which know no strata of a domain", "Leave domain_singletons out.");
  if (spec.singleton == SingletonRule::collapse) {
    refuse("singleton = 'collapse', which merges strata before any question is asked",
           "Use domain_singletons = 'ignore', or singleton = 'remove', 'certainty', 'adjust' or 'average'.");
  }
}

std::string_view name_of(SingletonRule rule) noexcept { return name_in(kSingletonRules, rule); }

SingletonRule singleton_rule(std::string_view name) { return value_in(kSingletonRules, "singleton", name); }

std::string_view name_of(DomainSingletons choice) noexcept { return name_in(kDomainSingletons, choice); }

DomainSingletons domain_singletons(std::string_view name) {
  return value_in(kDomainSingletons, "domain_singletons", name);
}

Design::Design(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

Design Design::declare(Frame frame, DesignSpec spec) {
  check_rows(frame);
  check_stages_or_replicates(spec);
  design::check_domain_singletons(spec);
  auto [layout, weights] = layout_and_weights(frame, spec);
  std::shared_ptr<const design::ReplicateSet> replicates;
  if (spec.replicates) replicates = design::ReplicateSet::given(frame, *spec.replicates);
  return Design(std::make_shared<const Parts>(
      Parts{std::move(frame), std::move(spec), std::move(layout), std::move(weights), std::move(replicates)}));
}

const Frame& Design::frame() const noexcept { return parts_->frame; }
const DesignSpec& Design::spec() const noexcept { return parts_->spec; }
std::span<const double> Design::weights() const noexcept { return parts_->weights.values(); }
Index Design::replicates() const noexcept { return parts_->replicates ? parts_->replicates->count() : 0; }

std::vector<double> Design::replicate_weights(Index replicate) const {
  if (replicate < 0 || replicate >= replicates()) {
    throw Error(ErrorCode::argument,
                {.subject = "replicate",
                 .row = {},
                 .expected = "a number from 0 to below the number of replicates, " + std::to_string(replicates()),
                 .found = std::to_string(replicate),
                 .remedy = {},
                 .candidates = {}});
  }
  std::vector<double> result(weights().size());
  parts_->replicates->weights(replicate, weights(), result);
  return result;
}

DesignDescription Design::describe() const {
  DesignDescription found;
  found.rows = frame().rows();
  describe_weights(weights(), found);
  // Later stages of a design whose first stage was drawn with replacement add nothing, and have nothing to report.
  const Index stages = parts_->spec.replicates ? 0 : parts_->layout->depth();
  for (Index s = 0; s < stages; ++s) found.stages.push_back(describe_stage(*parts_, s));
  if (parts_->replicates) {
    found.replicates = parts_->replicates->describe();
    constexpr double kMost = 1e15;  // a number that was given may be infinite
    found.degrees_of_freedom = static_cast<Index>(std::min(kMost, parts_->replicates->degrees_of_freedom(weights())));
  } else {
    found.degrees_of_freedom = degrees_of_freedom(*parts_->layout);
  }
  found.problems = problems_of(*parts_, found);
  for (const AdjustmentReport& report : adjustments()) {
    found.adjustments.push_back(sentence_of(report));
    found.problems.insert(found.problems.end(), report.notes.begin(), report.notes.end());
  }
  return found;
}

Design Design::with_replicates(const ReplicateRequest& request) const {
  if (parts_->adjustments) {
    throw Error(ErrorCode::design,
                {.subject = "replicates",
                 .row = {},
                 .expected = "a design whose weights weren't adjusted yet",
                 .found = parts_->adjustments->back().report.name,
                 .remedy = "Make replicates first and calibrate then: each replicate is adjusted like the sample.",
                 .candidates = {}});
  }
  if (spec().domain_singletons == DomainSingletons::rule) {
    throw Error(ErrorCode::design,
                {.subject = "replicates",
                 .row = {},
                 .expected = "domain_singletons = 'ignore'",
                 .found = "'rule'",
                 .remedy = "Replicates are made before any question is asked, and know no strata of a domain: declare "
                           "the design without domain_singletons.",
                 .candidates = {}});
  }
  Parts parts = *parts_;
  parts.replicates = design::make_replicates(*parts_, request);
  return Design(std::make_shared<const Parts>(std::move(parts)));
}

Design Design::with_frame(Frame frame) const {
  if (frame.rows() != parts_->frame.rows()) {
    throw Error(ErrorCode::design, {.subject = "the design's new frame",
                                    .row = {},
                                    .expected = std::to_string(parts_->frame.rows()) + " rows",
                                    .found = std::to_string(frame.rows()),
                                    .remedy = "Declare a new design for other rows.",
                                    .candidates = {}});
  }
  Parts parts = *parts_;
  parts.frame = std::move(frame);
  return Design(std::make_shared<const Parts>(std::move(parts)));
}

}  // namespace v1
}  // namespace irosurvey
