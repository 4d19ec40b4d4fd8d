#include "estimate/totals.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/at.hpp"
#include "core/parallel.hpp"
#include "design/parts.hpp"
#include "design/stratum_names.hpp"
#include "estimate/domain_rule.hpp"
#include "estimate/residuals.hpp"
#include "estimate/share_centres.hpp"
#include "estimate/strata.hpp"
#include "estimate/table_pass.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using design::Layout;
using design::StageLayout;

template <class T>
void add_to(std::vector<T>& into, const std::vector<T>& other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += other[i];
}

// ---------------------------------------------------------------------------------------------------- singletons

[[noreturn]] void refuse_singletons(const Design& design, const Layout& layout, Index stage,
                                    const std::vector<Index>& singletons) {
  constexpr std::size_t kShown = 5;
  design::StratumNames name(design.frame(), design.spec(), layout);
  std::string names;
  for (std::size_t i = 0; i < std::min(kShown, singletons.size()); ++i) {
    names += (i == 0 ? "" : "; ") + name(stage, singletons[i]);
  }
  if (singletons.size() > kShown) names += "; and " + std::to_string(singletons.size() - kShown) + " more";
  const SingletonRule rule = design.spec().singleton;
  const bool no_others = rule == SingletonRule::average || rule == SingletonRule::collapse;
  throw Error(
      ErrorCode::singleton,
      {.subject = "stage " + std::to_string(stage + 1) + " of the design",
       .row = layout.row(layout.first_position(stage, layout.stages[at(stage)].stratum_begin[at(singletons.front())])),
       .expected = rule == SingletonRule::average
                       ? "a stratum of at least two sampling units beside the singletons, to average"
                   : rule == SingletonRule::collapse ? "another stratum beside the singleton, to merge it with"
                                                     : "at least two sampling units in every stratum",
       .found = "one in " + std::to_string(singletons.size()) + (singletons.size() == 1 ? " stratum (" : " strata (") +
                names + ")",
       .remedy = no_others ? "Use singleton = 'remove', 'certainty' or 'adjust', or merge strata."
                           : "Name a rule: singleton = 'remove', 'certainty', 'adjust', 'average' or 'collapse'.",
       .candidates = {}});
}

void check_singletons(const Design& design, const Layout& layout) {
  const SingletonRule rule = design.spec().singleton;
  const bool may_fail =
      rule == SingletonRule::fail || rule == SingletonRule::average || rule == SingletonRule::collapse;
  if (!may_fail) return;
  for (Index s = 0; s < layout.depth(); ++s) {
    const std::vector<Index> found = design::singletons(layout, s);
    if (found.empty()) continue;
    if (rule != SingletonRule::average) refuse_singletons(design, layout, s, found);
    const StageLayout& stage = layout.stages[at(s)];
    const std::vector<Index> parents = layout.parents(s);
    for (const Index k : found) {
      const auto [begin, end] = std::equal_range(parents.begin(), parents.end(), parents[at(k)]);
      const Siblings siblings = siblings_of(stage, begin - parents.begin(), end - parents.begin());
      if (siblings.strata == siblings.singletons) refuse_singletons(design, layout, s, {k});
    }
  }
}

[[noreturn]] void refuse_domain_singleton(const Sampling& sampling, const DomainSingleton& found) {
  const Layout& layout = sampling.layout;
  design::StratumNames name(sampling.design.frame(), sampling.design.spec(), layout);
  const bool averages = sampling.design.spec().singleton == SingletonRule::average;
  const std::string domain =
      sampling.domain_name ? sampling.domain_name(found.cell, found.group) : std::string("the sample");
  throw Error(
      ErrorCode::singleton,
      {.subject = "stage " + std::to_string(found.stage + 1) + " of the design, in " + domain,
       .row = layout.row(
           layout.first_position(found.stage, layout.stages[at(found.stage)].stratum_begin[at(found.stratum)])),
       .expected = averages ? "a stratum in which at least two sampling units hold members, to average"
                            : "at least two sampling units that hold members in every stratum that has some",
       .found = (averages ? "none: one in stratum " : "one in stratum ") + name(found.stage, found.stratum),
       .remedy = std::string("Use domain_singletons = 'ignore', which counts the stratum's other units as zeros; or ") +
                 (averages ? "singleton = 'remove', 'certainty' or 'adjust'."
                           : "name a rule: singleton = 'remove', 'certainty', 'adjust' or 'average'."),
       .candidates = {}});
}

/// A singleton under `adjust`, waiting for the mean over all units.
struct WaitingSingleton {
  double factor;
  UnitSums sums;
};

// ---------------------------------------------------------------------------------------------------- strata

/// A first-stage stratum in the making, or the part of it that lies in one block.
template <class Fold>
struct OpenStratum {
  OpenStratum(const Shape& shape, Index number, bool domains_make_singletons)
      : stratum(number), fold(shape), members(shape.cells, shape.groups), any_member(at(shape.groups), 0) {
    if (domains_make_singletons) domains.emplace(shape);
  }

  Index stratum;
  Fold fold;
  UnitSums members;                    ///< by cell: units that hold members of each presence group
  std::vector<Index> any_member;       ///< by group: units that hold members in any cell
  Index positive_units = 0;            ///< units that hold a row of positive weight
  std::optional<DomainUnits> domains;  ///< none unless the rule for singletons holds for those that domains make

  void merge(const OpenStratum& other) {
    fold.merge(other.fold);
    if (domains) domains->merge(*other.domains);
    members.add(other.members);
    add_to(any_member, other.any_member);
    positive_units += other.positive_units;
  }

  void clear(Index number) {
    stratum = number;
    fold.clear();
    if (domains) domains->clear();
    members.clear();
    std::fill(any_member.begin(), any_member.end(), 0);
    positive_units = 0;
  }
};

// ---------------------------------------------------------------------------------------------------- the pass

/// Walks the units of a block, from the rows up.
template <class Fold>
class Walk {
 public:
  using Store = typename Fold::Store;

  Walk(const Shape& shape, const Sampling& sampling, std::unique_ptr<UnitSource> source, const StopSignal& stop)
      : shape_(shape),
        slots_(static_cast<std::size_t>(shape.slots)),
        groups_(static_cast<std::size_t>(shape.groups)),
        layout_(sampling.layout),
        rule_(sampling.design.spec().singleton),
        stop_(stop),
        source_(std::move(source)),
        depth_(layout_.depth()),
        result_(shape) {
    for (Index s = 0; s < depth_; ++s) {
      sums_.push_back(std::make_unique<UnitSums>(shape.cells, shape.width()));
      folds_.push_back(s == 0 ? nullptr : std::make_unique<Fold>(shape));
    }
    first_stage_ = siblings_of(layout_.stages[0], 0, layout_.stages[0].strata());
    if (!domains_make_singletons(sampling.design)) return;
    domain_rule_.emplace(shape, layout_, rule_);
    domains_.assign(at(depth_), DomainUnits(shape));
  }

  /// First-stage units [begin, end). Strata that reach beyond them stay open.
  void block(Index begin, Index end) {
    const StageLayout& stage = layout_.stages[0];
    const auto past = std::upper_bound(stage.stratum_begin.begin(), stage.stratum_begin.end(), begin);
    for (Index k = past - stage.stratum_begin.begin() - 1; k < stage.strata() && stage.stratum_begin[at(k)] < end;
         ++k) {
      const Index from = std::max(begin, stage.stratum_begin[at(k)]);
      const Index to = std::min(end, stage.stratum_begin[at(k) + 1]);
      // One stratum after another in the same place: there may be as many strata as rows.
      if (!spare_) spare_ = std::make_unique<OpenStratum<Fold>>(shape_, k, domain_rule_.has_value());
      spare_->clear(k);
      for (Index u = from; u < to; ++u) add_unit(u, *spare_);
      to - from == stage.units_in(k) ? close(*spare_) : open_.push_back(std::move(spare_));
    }
    spare_.reset();
  }

  /// Takes in the results of the next block.
  void absorb(Walk& next) {
    result_.add(next.result_);
    std::move(next.waiting_.begin(), next.waiting_.end(), std::back_inserter(waiting_));
    if (domain_rule_) domain_rule_->absorb(*next.domain_rule_);
    for (auto& part : next.open_) {
      if (!open_.empty() && open_.back()->stratum == part->stratum) {
        open_.back()->merge(*part);
      } else {
        open_.push_back(std::move(part));
      }
    }
  }

  /// Closes what is open, and places the singletons that wait for the mean over all units.
  Totals<Store> finish() {
    for (const auto& open : open_) close(*open);
    open_.clear();
    if (!waiting_.empty()) place(waiting_, everything(), first_stage_.units);
    if (domain_rule_) domain_rule_->finish(0, everything(), first_stage_.units, result_.variance);
    return std::move(result_);
  }

  /// A singleton that a domain made, and for which there is no rule.
  [[nodiscard]] std::optional<DomainSingleton> refused() const {
    return domain_rule_ ? domain_rule_->refused() : std::nullopt;
  }

 private:
  void add_unit(Index unit, OpenStratum<Fold>& open) {
    stop_.check();
    UnitSums& sums = *sums_[0];
    sums.clear();
    const double fraction = layout_.stages[0].fraction[at(open.stratum)];
    sum_unit(0, unit, fraction);
    if (layout_.is_weighted(unit)) ++open.positive_units;
    open.fold.add(sums);
    if (open.domains) open.domains->add(sums);
    count_members(sums, open);
    add_totals(sums);
    keep_if_waiting(0, open.stratum, 1.0, sums, waiting_);
  }

  void add_totals(const UnitSums& sums) {
    const auto products = static_cast<std::size_t>(shape_.products);
    for (const std::int32_t cell : sums.cells()) {
      const double* record = sums.record(cell).data();
      double* totals = &result_.totals[at(cell) * slots_];
      for (std::size_t i = 0; i < slots_; ++i) totals[i] += *record++;
      Index* n = &result_.n[at(cell) * groups_];
      for (std::size_t g = 0; g < groups_; ++g) n[g] += static_cast<Index>(*record++);
      for (std::size_t p = 0; p < products; ++p) result_.products[at(cell) * products + p] += *record++;
    }
  }

  void count_members(const UnitSums& sums, OpenStratum<Fold>& open) {
    for (std::size_t g = 0; g < groups_; ++g) {
      bool any = false;
      for (const std::int32_t cell : sums.cells()) {
        if (sums.record(cell)[slots_ + g] == 0.0) continue;
        open.members.touch(cell)[g] += 1.0;
        any = true;
      }
      open.any_member[g] += any ? 1 : 0;
    }
  }

  /// Totals of a unit into `sums_[stage]`, and what its lower stages add to the variance.
  /// @param factor  product of the sampling fractions down to this unit's stage
  void sum_unit(Index stage, Index unit, double factor) {
    UnitSums& own = *sums_[at(stage)];
    if (stage + 1 == depth_ || factor == 0.0) return source_->add(stage, unit, own);
    const StageLayout& below = layout_.stages[at(stage) + 1];
    const std::vector<Index>& begins = layout_.stages[at(stage)].unit_begin;
    const Siblings siblings = siblings_of(below, begins[at(unit)], begins[at(unit) + 1]);
    std::vector<WaitingSingleton> waiting;
    for (Index k = begins[at(unit)]; k < begins[at(unit) + 1]; ++k) {
      sum_stratum(stage + 1, k, factor, siblings, waiting);
    }
    place(waiting, own, siblings.units);
    if (domain_rule_) domain_rule_->finish(stage + 1, own, siblings.units, result_.variance);
  }

  /// A stratum of a lower stage: its units' totals go to the unit above, its variance to the result.
  void sum_stratum(Index stage, Index stratum, double factor, const Siblings& siblings,
                   std::vector<WaitingSingleton>& waiting) {
    const StageLayout& layout = layout_.stages[at(stage)];
    UnitSums& sums = *sums_[at(stage)];
    for (Index u = layout.stratum_begin[at(stratum)]; u < layout.stratum_begin[at(stratum) + 1]; ++u) {
      sums.clear();
      sum_unit(stage, u, factor * layout.fraction[at(stratum)]);
      folds_[at(stage)]->add(sums);
      if (domain_rule_) domains_[at(stage)].add(sums);
      sums_[at(stage) - 1]->add(sums);
      keep_if_waiting(stage, stratum, factor, sums, waiting);
    }
    if (!domain_rule_) return close_fold(*folds_[at(stage)], stage, stratum, factor, siblings);
    domain_rule_->close(*folds_[at(stage)], domains_[at(stage)], stage, stratum, factor, result_.variance, stop_);
    domains_[at(stage)].clear();
  }

  void keep_if_waiting(Index stage, Index stratum, double factor, const UnitSums& sums,
                       std::vector<WaitingSingleton>& waiting) const {
    const StageLayout& layout = layout_.stages[at(stage)];
    if (rule_ != SingletonRule::adjust || !layout.is_singleton(stratum)) return;
    waiting.push_back({factor * (1.0 - layout.fraction[at(stratum)]), sums});
  }

  /// F (1 − f) n / (n − 1) Σ (z − z̄)(z − z̄)′ of a finished stratum.
  void close_fold(Fold& fold, Index stage, Index stratum, double factor, const Siblings& siblings) {
    const StageLayout& layout = layout_.stages[at(stage)];
    const auto n = static_cast<double>(layout.units_in(stratum));
    const double unsampled = 1.0 - layout.fraction[at(stratum)];
    if (n < 2.0 || unsampled == 0.0) return fold.clear();
    const double averaged = rule_ == SingletonRule::average ? siblings.average_factor() : 1.0;
    fold.close(layout.units_in(stratum), factor * unsampled * n / (n - 1.0) * averaged, result_.variance, stop_);
  }

  void close(OpenStratum<Fold>& open) {
    open.domains ? domain_rule_->close(open.fold, *open.domains, 0, open.stratum, 1.0, result_.variance, stop_)
                 : close_fold(open.fold, 0, open.stratum, 1.0, first_stage_);
    if (open.positive_units > 0) result_.design.add({open.positive_units, 1, open.positive_units});
    for (std::size_t g = 0; g < groups_; ++g) {
      if (open.any_member[g] > 0) result_.whole[g].add({open.any_member[g], 1, open.positive_units});
      for (const std::int32_t cell : open.members.cells()) {
        const auto units = static_cast<Index>(open.members.record(cell)[g]);
        if (units > 0) result_.counts[at(cell) * groups_ + g].add({units, 1, open.positive_units});
      }
    }
  }

  /// `adjust`: the square of a singleton's distance from the mean over all units.
  void place(std::vector<WaitingSingleton>& waiting, const UnitSums& totals, Index units) {
    for (WaitingSingleton& singleton : waiting) {
      UnitSums distance(shape_.cells, shape_.slots);
      add_slots(totals, -1.0 / static_cast<double>(units), distance);
      add_slots(singleton.sums, 1.0, distance);
      result_.variance.add_square(distance, singleton.factor);
    }
    waiting.clear();
  }

  /// Totals of the whole sample, as if it were one unit.
  [[nodiscard]] UnitSums everything() const {
    UnitSums sums(shape_.cells, shape_.slots);
    for (Index cell = 0; cell < shape_.cells; ++cell) {
      const double* totals = &result_.totals[at(cell) * slots_];
      std::copy_n(totals, slots_, sums.touch(static_cast<std::int32_t>(cell)));
    }
    return sums;
  }

  /// Records may be wider than the slots: they count rows too.
  void add_slots(const UnitSums& from, double factor, UnitSums& into) const {
    for (const std::int32_t cell : from.cells()) {
      double* record = into.touch(cell);
      for (std::size_t i = 0; i < slots_; ++i) record[i] += factor * from.record(cell)[i];
    }
  }

  const Shape& shape_;
  std::size_t slots_;
  std::size_t groups_;
  const Layout& layout_;
  SingletonRule rule_;
  const StopSignal& stop_;
  std::unique_ptr<UnitSource> source_;
  Index depth_;
  Siblings first_stage_;
  std::vector<std::unique_ptr<UnitSums>> sums_;  ///< of the unit at hand, by stage
  std::vector<std::unique_ptr<Fold>> folds_;     ///< of the stratum at hand, by stage; the first stage's are in `open_`
  std::vector<std::unique_ptr<OpenStratum<Fold>>> open_;  ///< first-stage strata that reach into another block
  std::unique_ptr<OpenStratum<Fold>> spare_;
  std::vector<WaitingSingleton> waiting_;        ///< of the first stage
  std::optional<DomainRule<Fold>> domain_rule_;  ///< none: domains make no singletons
  std::vector<DomainUnits> domains_;             ///< of the stratum at hand, by stage, as `folds_`
  Totals<Store> result_;
};

/// As many blocks as keep their results small beside the data.
template <class Fold>
Index most_blocks(const Shape& shape) {
  constexpr Index kMost = 32;
  constexpr Index kNumbers = 1 << 23;
  const Index totals = shape.cells * shape.slots;
  const Index variances = std::is_same_v<Fold, CovarianceFold>
                              ? totals * totals
                              : totals + shape.cells * static_cast<Index>(shape.pairs.size());
  const Index per_block = totals + variances + shape.cells * shape.products;
  return std::clamp<Index>(kNumbers / std::max<Index>(1, per_block), 1, kMost);
}

}  // namespace

bool domains_make_singletons(const Design& design) {
  return design.spec().domain_singletons == DomainSingletons::rule && !has_auxiliaries(design);
}

template <class Store>
Totals<Store>::Totals(const Shape& shape)
    : totals(at(shape.cells * shape.slots), 0.0),
      n(at(shape.cells * shape.groups), 0),
      products(at(shape.cells * shape.products), 0.0),
      counts(at(shape.cells * shape.groups)),
      whole(at(shape.groups)),
      variance(shape) {}

template <class Store>
void Totals<Store>::add(const Totals& other) {
  add_to(totals, other.totals);
  add_to(n, other.n);
  add_to(products, other.products);
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i].add(other.counts[i]);
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i].add(other.whole[i]);
  design.add(other.design);
  variance.add(other.variance);
}

template <class Fold>
Totals<typename Fold::Store> fold_units(const Sampling& sampling, const Shape& shape, const SourceMaker& make_source,
                                        StopSignal& stop) {
  check_singletons(sampling.design, sampling.layout);
  const std::vector<Index> starts = block_starts(sampling.layout, most_blocks<Fold>(shape));
  const auto blocks = static_cast<Index>(starts.size()) - 1;
  std::vector<std::unique_ptr<Walk<Fold>>> walks(at(blocks));
  run_tasks(blocks, sampling.threads, sampling.interrupt, stop, [&](Index b) {
    walks[at(b)] = std::make_unique<Walk<Fold>>(shape, sampling, make_source(), stop);
    walks[at(b)]->block(starts[at(b)], starts[at(b) + 1]);
  });
  std::optional<Totals<typename Fold::Store>> result;
  // One task, so that the calling thread can hear an interrupt while a large stratum is closed.
  run_tasks(1, 1, sampling.interrupt, stop, [&](Index) {
    for (Index b = 1; b < blocks; ++b) walks[0]->absorb(*walks[at(b)]);
    result = walks[0]->finish();
  });
  if (const auto refused = walks[0]->refused()) refuse_domain_singleton(sampling, *refused);
  return std::move(*result);
}

std::function<std::string(Index cell, int group)> domain_namer(const Plan& plan, const Query& query) {
  return [&plan, &query](Index cell, int group) {
    const auto has_base = [group](const PlannedStatistic& statistic) { return statistic.group == group; };
    const auto statistic = std::find_if(plan.statistics.begin(), plan.statistics.end(), has_base);
    std::string text = "the domain of " + statistic->about.formula;
    const std::vector<Level>& levels = plan.cells[at(cell)];
    for (std::size_t i = 0; i < levels.size(); ++i) {
      text += (i == 0 ? " where " : " and ") + query.by[i] + " = " + to_text(levels[i]);
    }
    return text;
  };
}

template <class Fold>
Totals<typename Fold::Store> accumulate(const Design& design, const Plan& plan, const Query& query) {
  check_singletons(design, *plan.layout);
  StopSignal stop;
  if constexpr (std::is_same_v<Fold, VarianceFold>) {
    if (takes_tables(design, plan)) return fold_tables(design, plan, query, stop);
  }
  const SourceMaker sources =
      about_shares(plan, row_sources(plan, design.weights(), query.threads, query.interrupt, stop));
  return fold_units<Fold>({design, *plan.layout, query.threads, query.interrupt, domain_namer(plan, query)},
                          plan.shape(), sources, stop);
}

template struct Totals<CellVariances>;
template struct Totals<FullCovariance>;
template Totals<CellVariances> fold_units<VarianceFold>(const Sampling&, const Shape&, const SourceMaker&, StopSignal&);
template Totals<FullCovariance> fold_units<CovarianceFold>(const Sampling&, const Shape&, const SourceMaker&,
                                                           StopSignal&);
template Totals<CellVariances> accumulate<VarianceFold>(const Design&, const Plan&, const Query&);
template Totals<FullCovariance> accumulate<CovarianceFold>(const Design&, const Plan&, const Query&);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
