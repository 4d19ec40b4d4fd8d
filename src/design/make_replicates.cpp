#include "design/make_replicates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/at.hpp"
#include "core/parallel.hpp"
#include "core/philox.hpp"
#include "core/refuse.hpp"
#include "design/hadamard.hpp"
#include "design/stratum_names.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

/// A first-stage stratum that replicates have to vary.
struct SampledStratum {
  Index number = 0;  ///< in the layout
  Index first = 0;   ///< first unit
  Index units = 0;
  double unsampled = 1.0;  ///< 1 − f
};

/// The strata of the first stage by what replicates do with them.
struct Strata {
  std::vector<SampledStratum> sampled;
  double times = 1.0;  ///< what the rule for singletons multiplies the variance by
};

std::string title(const ReplicateRequest& request) {
  return "replicates of type '" + std::string(name_of(request.type)) + "'";
}

// ---------------------------------------------------------------------------------------------------- strata

void refuse_singletons(const Design::Parts& parts, const ReplicateRequest& request, const std::vector<Index>& found) {
  StratumNames name(parts.frame, parts.spec, *parts.layout);
  const bool has_rule = parts.spec.singleton != SingletonRule::fail;
  refuse(ErrorCode::singleton, title(request), "at least two sampling units in every stratum",
         "one in " + name(0, found.front()) +
             (found.size() > 1 ? " and " + std::to_string(found.size() - 1) + " more" : "") +
             (has_rule ? ", under the rule '" + std::string(name_of(parts.spec.singleton)) + "'" : ""),
         has_rule ? "Replicates know the rules 'remove', 'certainty' and 'average'."
                  : "Name a rule: singleton = 'remove', 'certainty' or 'average'; or merge strata.");
}

/// Strata taken completely have factors of 1; so have singletons, by the rules that give them no variance of their own.
Strata strata_of(const Design::Parts& parts, const ReplicateRequest& request) {
  const StageLayout& stage = parts.layout->stages[0];
  const std::vector<Index> alone = singletons(*parts.layout, 0);
  const SingletonRule rule = parts.spec.singleton;
  const bool knows = rule == SingletonRule::remove || rule == SingletonRule::certainty ||
                     (rule == SingletonRule::average && static_cast<Index>(alone.size()) < stage.strata());
  if (!alone.empty() && !knows) refuse_singletons(parts, request, alone);
  Strata strata;
  for (Index k = 0; k < stage.strata(); ++k) {
    const double fraction = stage.fraction[at(k)];
    if (fraction == 1.0 || stage.units_in(k) == 1) continue;
    strata.sampled.push_back(
        {k, stage.stratum_begin[at(k)], stage.units_in(k), request.honour_fpc ? 1.0 - fraction : 1.0});
  }
  if (rule == SingletonRule::average && !alone.empty()) {
    const auto all = static_cast<double>(stage.strata());
    strata.times = all / (all - static_cast<double>(alone.size()));
  }
  if (strata.sampled.empty()) {
    refuse(ErrorCode::design, title(request), "a stratum with at least two units that wasn't taken completely", "none",
           "There is nothing to replicate.");
  }
  return strata;
}

void require_pairs(const Design::Parts& parts, const ReplicateRequest& request, const Strata& strata) {
  for (const SampledStratum& stratum : strata.sampled) {
    if (stratum.units == 2) continue;
    StratumNames name(parts.frame, parts.spec, *parts.layout);
    refuse(ErrorCode::design, title(request), "two sampling units in every stratum",
           std::to_string(stratum.units) + " in stratum " + name(0, stratum.number),
           "Use 'JKn' or 'bootstrap', which take any number; or declare strata of two units each.");
  }
}

// ---------------------------------------------------------------------------------------------------- factors

/// Factors in the making: units × R, all 1.
class Factors {
 public:
  Factors(Index units, Index replicates) : replicates_(replicates), values_(checked_size(units, replicates), 1.0) {}

  [[nodiscard]] Index replicates() const { return replicates_; }
  [[nodiscard]] std::span<double> of(Index unit) {
    return std::span(values_).subspan(at(unit * replicates_), at(replicates_));
  }
  [[nodiscard]] std::vector<double> take() { return std::move(values_); }

 private:
  static std::size_t checked_size(Index units, Index replicates) {
    constexpr Index kMost = Index{1} << 28;
    if (units <= kMost / replicates) return at(units * replicates);
    refuse(ErrorCode::argument, "replicate factors", "at most 2 GB of them",
           std::to_string(units) + " units times " + std::to_string(replicates) + " replicates",
           "Use a method with fewer replicates: 'bootstrap' or 'SDR'.");
  }

  Index replicates_;
  std::vector<double> values_;
};

/// What a method makes.
struct Made {
  Factors factors;
  std::string method;  ///< in words
  double scale = 1.0;
  std::vector<double> rscales;  ///< empty: 1 each
};

/// Replicates asked for, or the fewest; never fewer than those.
Index hadamard_order(const ReplicateRequest& request, Index fewest) {
  if (request.replicates == 0) return next_hadamard_order(fewest);
  if (request.replicates < fewest) {
    refuse(ErrorCode::argument, "replicates", "at least " + std::to_string(fewest), std::to_string(request.replicates),
           "Leave the number out for the fewest that are balanced.");
  }
  if (!has_hadamard(request.replicates)) {
    refuse(ErrorCode::argument, "replicates", "the order of a Hadamard matrix that can be made here",
           std::to_string(request.replicates),
           "The next is " + std::to_string(next_hadamard_order(request.replicates)) + ".");
  }
  return request.replicates;
}

std::string of_order(const ReplicateRequest& request, Index fewest, Index order) {
  const bool stepped = request.replicates == 0 && order > (fewest + 3) / 4 * 4;
  return ", Hadamard matrix of order " + std::to_string(order) +
         (stepped ? " (none smaller of at least " + std::to_string(fewest) + " can be made here)" : "");
}

Made half_samples(const Design::Parts& parts, const ReplicateRequest& request, const Strata& strata) {
  require_pairs(parts, request, strata);
  const bool fay = request.type == ReplicateType::fay;
  const double rho = fay ? request.fay_rho : 0.0;
  // The column of ones would give a stratum the same half in every replicate.
  const Index fewest = static_cast<Index>(strata.sampled.size()) + 1;
  const Index order = hadamard_order(request, fewest);
  const Hadamard matrix = hadamard(order);
  const auto count = static_cast<double>(order);
  Made made{Factors(parts.layout->stages[0].units(), order),
            fay ? "Fay, rho " + to_text(level_of(rho)) : "BRR",
            1.0 / (count * (1.0 - rho) * (1.0 - rho)),
            {}};
  made.method += of_order(request, fewest, order);
  for (std::size_t h = 0; h < strata.sampled.size(); ++h) {
    const SampledStratum& stratum = strata.sampled[h];
    const double move = (1.0 - rho) * std::sqrt(stratum.unsampled);
    for (Index r = 0; r < order; ++r) {
      const double signed_move = move * matrix(r, static_cast<Index>(h) + 1);
      made.factors.of(stratum.first)[at(r)] = 1.0 + signed_move;
      made.factors.of(stratum.first + 1)[at(r)] = 1.0 - signed_move;
    }
  }
  return made;
}

void refuse_count(const ReplicateRequest& request, Index needed) {
  if (request.replicates == 0 || request.replicates == needed) return;
  refuse(ErrorCode::argument, "replicates", std::to_string(needed) + ", what the method makes of this design",
         std::to_string(request.replicates), "Leave the number out.");
}

Made delete_one(const Design::Parts& parts, const ReplicateRequest& request, const Strata& strata) {
  const bool one_stratum = request.type == ReplicateType::jk1;
  if (one_stratum && parts.layout->stages[0].strata() > 1) {
    refuse(ErrorCode::design, title(request), "a design without strata",
           std::to_string(parts.layout->stages[0].strata()) + " strata", "Use 'JKn'.");
  }
  Index units = 0;
  for (const SampledStratum& stratum : strata.sampled) units += stratum.units;
  refuse_count(request, units);
  Made made{Factors(parts.layout->stages[0].units(), units), std::string(name_of(request.type)), 1.0, {}};
  made.method += ", one unit left out at a time";
  Index r = 0;
  for (const SampledStratum& stratum : strata.sampled) {
    const auto n = static_cast<double>(stratum.units);
    for (Index out = 0; out < stratum.units; ++out, ++r) {
      for (Index u = 0; u < stratum.units; ++u) {
        made.factors.of(stratum.first + u)[at(r)] = u == out ? 0.0 : n / (n - 1.0);
      }
      made.rscales.push_back((n - 1.0) / n * stratum.unsampled);
    }
  }
  if (one_stratum) {
    made.scale = made.rscales.front();
    made.rscales.clear();
  }
  return made;
}

Made paired_jackknife(const Design::Parts& parts, const ReplicateRequest& request, const Strata& strata) {
  require_pairs(parts, request, strata);
  const auto pairs = static_cast<Index>(strata.sampled.size());
  if (pairs < 2) {
    refuse(ErrorCode::design, title(request), "at least two strata", "one", "Use 'JK1'.");
  }
  refuse_count(request, pairs);
  Made made{Factors(parts.layout->stages[0].units(), pairs),
            "JK2, the unit left out of each pair by seed " + std::to_string(request.seed) + " (Philox4x32-10)",
            1.0,
            {}};
  for (Index h = 0; h < pairs; ++h) {
    const SampledStratum& stratum = strata.sampled[at(h)];
    PhiloxStream random(request.seed, static_cast<std::uint32_t>(h), 0);
    const Index out = random.below(2);
    made.factors.of(stratum.first + out)[at(h)] = 0.0;
    made.factors.of(stratum.first + 1 - out)[at(h)] = 2.0;
    made.rscales.push_back(stratum.unsampled);
  }
  return made;
}

/// How many units are drawn from a stratum.
Index draws_from(const SampledStratum& stratum, const ReplicateRequest& request) {
  return request.resample ? *request.resample : stratum.units - 1;
}

void check_bootstrap(const ReplicateRequest& request, const Strata& strata) {
  if (request.replicates < 2) {
    refuse(ErrorCode::argument, "replicates", "how many bootstrap samples to draw, at least 2",
           request.replicates == 0 ? "none" : std::to_string(request.replicates), "Some hundreds are usual.");
  }
  if (!request.resample) return;
  for (const SampledStratum& stratum : strata.sampled) {
    if (*request.resample >= 1 && *request.resample < stratum.units) continue;
    refuse(ErrorCode::argument, "resample",
           "at least 1, and fewer than the " + std::to_string(stratum.units) +
               " units of the smallest strata: no factor is negative then",
           std::to_string(*request.resample), "Leave it out to draw n_h − 1 units from each stratum.");
  }
}

/// Factors of one stratum: each replicate's draws come from a stream of its own, whichever thread asks.
void draw_stratum(const SampledStratum& stratum, Index place, const ReplicateRequest& request, Factors& factors) {
  const auto n = static_cast<double>(stratum.units);
  const Index draws = draws_from(stratum, request);
  const auto m = static_cast<double>(draws);
  const double spread = std::sqrt(m * stratum.unsampled / (n - 1.0));
  const double step = spread * n / m;
  const double undrawn = 1.0 - spread;  // 0 for n − 1 draws with replacement
  for (Index u = 0; u < stratum.units; ++u) std::ranges::fill(factors.of(stratum.first + u), undrawn);
  double* const first = factors.of(stratum.first).data();
  for (Index r = 0; r < factors.replicates(); ++r) {
    PhiloxStream random(request.seed, static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(r));
    for (Index draw = 0; draw < draws; ++draw) {
      first[random.below(static_cast<std::uint32_t>(stratum.units)) * factors.replicates() + r] += step;
    }
  }
}

/// The bootstrap of one later stage: factors of its units, times those of the units that hold them.
class LaterStage {
 public:
  LaterStage(const Design::Parts& parts, const ReplicateRequest& request, Index stage)
      : parts_(parts),
        request_(request),
        stage_(stage),
        layout_(parts.layout->stages[at(stage)]),
        parents_(parts.layout->parents(stage)),
        fractions_(fractions_above(*parts.layout, stage)) {
    check_singletons();
  }

  [[nodiscard]] Factors times(Factors& above) const {
    Factors factors(layout_.units(), above.replicates());
    StopSignal stop;
    run_tasks(layout_.strata(), request_.threads, {}, stop, [&](Index k) { draw(k, above, factors); });
    return factors;
  }

 private:
  /// F: the product of the sampling fractions above each stratum of a stage.
  static std::vector<double> fractions_above(const Layout& layout, Index stage) {
    std::vector<double> result(at(layout.stages[at(stage)].strata()), 1.0);
    if (stage == 0) return result;
    const StageLayout& above = layout.stages[at(stage) - 1];
    const std::vector<double> higher = fractions_above(layout, stage - 1);
    const std::vector<Index> parents = layout.parents(stage);
    for (std::size_t k = 0; k < result.size(); ++k) {
      const auto past = std::upper_bound(above.stratum_begin.begin(), above.stratum_begin.end(), parents[k]);
      const auto stratum = static_cast<std::size_t>(past - above.stratum_begin.begin() - 1);
      result[k] = higher[stratum] * above.fraction[stratum];
    }
    return result;
  }

  void check_singletons() const {
    const SingletonRule rule = parts_.spec.singleton;
    if (rule == SingletonRule::remove || rule == SingletonRule::certainty) return;
    const std::vector<Index> found = singletons(*parts_.layout, stage_);
    if (found.empty()) return;
    StratumNames name(parts_.frame, parts_.spec, *parts_.layout);
    refuse(ErrorCode::singleton, title(request_),
           "at least two sampling units in every stratum of stage " + std::to_string(stage_ + 1),
           "one in " + name(stage_, found.front()),
           "Later stages know the rules 'remove' and 'certainty'; or replicate the first stage alone.");
  }

  void draw(Index stratum, Factors& above, Factors& factors) const {
    const Index first = layout_.stratum_begin[at(stratum)];
    const Index units = layout_.units_in(stratum);
    const double fraction = layout_.fraction[at(stratum)];
    const double higher = fractions_[at(stratum)];
    const auto n = static_cast<double>(units);
    // With m = n − 1 draws, √(m (1 − f)/(n − 1)) is √(1 − f).
    const double spread = units < 2 ? 0.0 : std::sqrt(higher / (2.0 - higher) * (1.0 - fraction));
    const std::span<const double> parent = above.of(parents_[at(stratum)]);
    std::vector<double> times(at(units));
    for (Index r = 0; r < factors.replicates(); ++r) {
      std::ranges::fill(times, 1.0 - spread);
      PhiloxStream random(request_.seed, static_cast<std::uint32_t>(stratum), static_cast<std::uint32_t>(r),
                          static_cast<std::uint32_t>(stage_));
      for (Index t = 0; spread > 0.0 && t + 1 < units; ++t) {
        times[random.below(static_cast<std::uint32_t>(units))] += spread * n / (n - 1.0);
      }
      for (Index u = 0; u < units; ++u) factors.of(first + u)[at(r)] = parent[at(r)] * times[at(u)];
    }
  }

  const Design::Parts& parts_;
  const ReplicateRequest& request_;
  Index stage_;
  const StageLayout& layout_;
  std::vector<Index> parents_;
  std::vector<double> fractions_;
};

/// How many stages are drawn from: later ones add to a variance only below units without replacement.
Index drawn_stages(const Design::Parts& parts, const ReplicateRequest& request) {
  const bool later = request.type == ReplicateType::bootstrap && request.later_stages && request.honour_fpc;
  return later ? parts.layout->depth() : 1;
}

Made bootstrap(const Design::Parts& parts, const ReplicateRequest& request, const Strata& strata) {
  check_bootstrap(request, strata);
  const Index stages = drawn_stages(parts, request);
  Made made{Factors(parts.layout->stages[0].units(), request.replicates),
            stages > 1 ? "Rao-Wu-Yue-Beaumont bootstrap of " + std::to_string(stages) + " stages"
                       : std::string(request.resample ? "Rao-Wu-Yue bootstrap" : "Rao-Wu bootstrap"),
            1.0 / static_cast<double>(request.replicates - 1),
            {}};
  made.method += request.resample ? " of " + std::to_string(*request.resample) + " units a stratum"
                                  : std::string(" of n - 1 units a stratum");
  made.method += ", seed " + std::to_string(request.seed) + " (Philox4x32-10)";
  StopSignal stop;
  run_tasks(static_cast<Index>(strata.sampled.size()), request.threads, {}, stop,
            [&](Index h) { draw_stratum(strata.sampled[at(h)], h, request, made.factors); });
  for (Index stage = 1; stage < stages; ++stage) made.factors = LaterStage(parts, request, stage).times(made.factors);
  return made;
}

/// Loops of neighbouring units: the units of a stratum, or parts of it that are no longer than there are rows to give them.
std::vector<std::pair<Index, Index>> loops_of(const SampledStratum& stratum, Index rows) {
  const Index count = (stratum.units + rows - 1) / rows;
  std::vector<std::pair<Index, Index>> loops;
  for (Index l = 0; l < count; ++l) {
    const Index begin = stratum.units * l / count;
    loops.emplace_back(stratum.first + begin, stratum.units * (l + 1) / count - begin);
  }
  return loops;
}

/// Units of the first stage in the order in which the data first show them, within each stratum.
std::vector<Index> file_order(const Layout& layout) {
  const StageLayout& stage = layout.stages[0];
  std::vector<Index> first_row(at(stage.units()));
  for (Index u = 0; u < stage.units(); ++u) {
    Index least = layout.row(layout.first_position(0, u));
    for (Index i = layout.first_position(0, u); i < layout.first_position(0, u + 1); ++i) {
      least = std::min(least, layout.row(i));
    }
    first_row[at(u)] = least;
  }
  std::vector<Index> order(first_row.size());
  std::iota(order.begin(), order.end(), Index{0});
  for (Index k = 0; k < stage.strata(); ++k) {
    std::sort(order.begin() + stage.stratum_begin[at(k)], order.begin() + stage.stratum_begin[at(k) + 1],
              [&](Index a, Index b) { return first_row[at(a)] < first_row[at(b)]; });
  }
  return order;
}

/// Each unit shares a row of the matrix with its neighbour on either side, so that what replicates square are differences of
/// neighbours. The row of ones, which is orthogonal to no change, goes to nobody. Loop after loop takes the next rows; once
/// they are used up, rows are taken in another order, so that no two loops share their pairs of rows.
Made successive_differences(const Design::Parts& parts, const ReplicateRequest& request, const Strata& strata) {
  constexpr Index kMostByDefault = 80;
  Index units = 0;
  for (const SampledStratum& stratum : strata.sampled) units += stratum.units;
  const Index fewest = std::min(units + 1, kMostByDefault);
  const Index order = request.replicates == 0 ? next_hadamard_order(fewest) : hadamard_order(request, 4);
  const Hadamard matrix = hadamard(order);
  const Index rows = order - 1;
  Made made{Factors(parts.layout->stages[0].units(), order),
            "SDR, units in the order of the rows",
            4.0 / static_cast<double>(order),
            {}};
  made.method += of_order(request, order, order);
  const std::vector<Index> by_file = file_order(*parts.layout);
  Index used = 0;
  Index step = 1;
  for (const SampledStratum& stratum : strata.sampled) {
    const double move = std::sqrt(stratum.unsampled / 8.0);
    for (const auto& [first, length] : loops_of(stratum, rows)) {
      if (used >= rows) {
        used = 0;
        do step = step % (rows - 1) + 1;
        while (std::gcd(step, rows) != 1);
      }
      const auto row_of = [&, start = used](Index place) { return (start + place % length) * step % rows + 1; };
      for (Index j = 0; j < length; ++j) {
        const std::span<double> factors = made.factors.of(by_file[at(first + j)]);
        for (Index r = 0; r < order; ++r)
          factors[at(r)] = 1.0 + move * (matrix(row_of(j), r) - matrix(row_of(j + 1), r));
      }
      used += length;
    }
  }
  return made;
}

Made made_by(const Design::Parts& parts, const ReplicateRequest& request, const Strata& strata) {
  switch (request.type) {
    case ReplicateType::brr:
    case ReplicateType::fay: return half_samples(parts, request, strata);
    case ReplicateType::jk1:
    case ReplicateType::jkn: return delete_one(parts, request, strata);
    case ReplicateType::jk2: return paired_jackknife(parts, request, strata);
    case ReplicateType::bootstrap: return bootstrap(parts, request, strata);
    case ReplicateType::sdr: return successive_differences(parts, request, strata);
    case ReplicateType::other: break;
  }
  refuse(ErrorCode::argument, "type of replicates to make", "'BRR', 'Fay', 'JK1', 'JKn', 'JK2', 'bootstrap' or 'SDR'",
         "'other'", {});
}

void check_request(const Design::Parts& parts, const ReplicateRequest& request) {
  if (parts.replicates) {
    refuse(ErrorCode::design, title(request), "a design with strata and units", "one that has replicates already", {});
  }
  if (request.replicates < 0) {
    refuse(ErrorCode::argument, "replicates", "a number above 0", std::to_string(request.replicates), {});
  }
  if (request.type == ReplicateType::fay && !(request.fay_rho >= 0.0 && request.fay_rho < 1.0)) {
    refuse(ErrorCode::argument, "fay_rho", "a number of at least 0 and below 1", to_text(level_of(request.fay_rho)),
           {});
  }
  if (request.centre == ReplicateCentre::within_stratum && request.type != ReplicateType::jkn) {
    refuse(ErrorCode::argument, "centre", "'estimate' or 'replicate-mean' for this type", "'within-stratum'", {});
  }
  if (request.df && !(*request.df > 0.0)) {
    refuse(ErrorCode::argument, "df", "a number above 0", to_text(level_of(*request.df)), {});
  }
}

std::vector<std::int32_t> units_of_rows(const Layout& layout, Index stage, Index rows) {
  std::vector<std::int32_t> units(at(rows));
  for (Index u = 0; u < layout.stages[at(stage)].units(); ++u) {
    for (Index i = layout.first_position(stage, u); i < layout.first_position(stage, u + 1); ++i) {
      units[at(layout.row(i))] = static_cast<std::int32_t>(u);
    }
  }
  return units;
}

/// Whether later stages or finite populations count for less than in the linearized variance: said, not silent.
std::string remarks(const Design::Parts& parts, const ReplicateRequest& request) {
  const bool finite = std::ranges::any_of(parts.layout->stages[0].fraction, [](double f) { return f > 0.0; });
  std::string text;
  if (finite) text += request.honour_fpc ? ", finite population honoured" : ", finite population ignored";
  if (parts.layout->depth() > drawn_stages(parts, request)) text += ", first stage only";
  if (!singletons(*parts.layout, 0).empty()) text += ", singletons: " + std::string(name_of(parts.spec.singleton));
  return text;
}

}  // namespace

std::shared_ptr<const ReplicateSet> make_replicates(const Design::Parts& parts, const ReplicateRequest& request) {
  check_request(parts, request);
  const Strata strata = strata_of(parts, request);
  Made made = made_by(parts, request, strata);
  ReplicateRule rule;
  rule.method = made.method + remarks(parts, request);
  rule.scale = made.scale * strata.times;
  rule.rscales = std::move(made.rscales);
  rule.rscales.resize(at(made.factors.replicates()), 1.0);
  rule.centre = request.centre;
  rule.failed = request.failed;
  rule.df = request.df;
  if (request.centre == ReplicateCentre::within_stratum) {
    rule.strata_count = static_cast<std::int32_t>(strata.sampled.size());
    for (std::int32_t h = 0; h < rule.strata_count; ++h) {
      rule.strata.insert(rule.strata.end(), at(strata.sampled[at(h)].units), h);
    }
  }
  const Index stage = drawn_stages(parts, request) - 1;
  return ReplicateSet::of_factors(
      std::move(rule), {made.factors.take(), units_of_rows(*parts.layout, stage, parts.frame.rows()), stage});
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
