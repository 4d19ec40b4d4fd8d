#include "irosurvey/design/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "core/names.hpp"
#include "core/parallel.hpp"
#include "design/adjustment_step.hpp"
#include "design/calibration_solver.hpp"
#include "design/parts.hpp"
#include "frame/owned_numbers.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/design/design.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using design::AdjustmentStep;
using design::Calibrated;
using design::CalibrationProblem;
using design::CalibrationSolver;
using design::EmptyTarget;
using design::ReplicateSet;
using design::short_number;
using Weights = std::vector<double>;
using WeightsView = std::span<const double>;

constexpr NamedValue<CalibrationMethod> kMethods[] = {
    {CalibrationMethod::poststratify, "poststratify"},
    {CalibrationMethod::rake, "rake"},
    {CalibrationMethod::linear, "linear"},
    {CalibrationMethod::raking, "raking"},
    {CalibrationMethod::logit, "logit"},
};
constexpr NamedValue<BoundsOn> kBoundsOn[] = {{BoundsOn::ratio, "ratio"}, {BoundsOn::weight, "weight"}};
constexpr NamedValue<ResidualWeights> kResidualWeights[] = {{ResidualWeights::initial, "initial"},
                                                            {ResidualWeights::calibrated, "calibrated"}};
constexpr NamedValue<ResidualOrder> kResidualOrders[] = {{ResidualOrder::as_made, "as-made"},
                                                         {ResidualOrder::last_first, "last-first"}};

Error wrong_argument(std::string subject, std::string expected, std::string found, std::string remedy = {}) {
  return {ErrorCode::argument,
          {.subject = std::move(subject),
           .row = {},
           .expected = std::move(expected),
           .found = std::move(found),
           .remedy = std::move(remedy),
           .candidates = {}}};
}

std::string limits_text(const std::pair<double, double>& limits) {
  return design::limits_text(limits.first, limits.second);
}

// ---------------------------------------------------------------------------------------------- checks

bool takes_only_levels(CalibrationMethod method) {
  return method == CalibrationMethod::poststratify || method == CalibrationMethod::rake;
}

void check_margins(const Calibration& asked) {
  const std::string method(name_of(asked.method));
  if (asked.margins.empty()) throw wrong_argument("margins of a calibration", "at least one", "none");
  if (asked.method == CalibrationMethod::poststratify && asked.margins.size() > 1) {
    throw wrong_argument("margins of poststratify", "one, of one variable or of several crossed",
                         std::to_string(asked.margins.size()), "Use rake for several margins.");
  }
  for (const Margin& margin : asked.margins) {
    if (!margin.total || !takes_only_levels(asked.method)) continue;
    throw wrong_argument("margins of " + method, "totals of levels", "one total for a column of numbers",
                         "Use linear, raking or logit.");
  }
  if (asked.population && !asked.shares) {
    throw wrong_argument("population", "shares that it is divided by", "totals", "Say shares = true, or leave it out.");
  }
  if (asked.population && !(*asked.population > 0.0 && std::isfinite(*asked.population))) {
    throw wrong_argument("population", "a number above 0", short_number(*asked.population));
  }
}

void check_bounds(const Calibration& asked) {
  if (!asked.bounds) {
    if (asked.method != CalibrationMethod::logit) return;
    throw wrong_argument("bounds of logit calibration", "low and high", "none", "Say bounds = (0.5, 2), for example.");
  }
  if (asked.method == CalibrationMethod::poststratify) {
    throw wrong_argument("bounds", "a calibration by rake, linear, raking or logit", std::string(name_of(asked.method)),
                         "Use rake with bounds.");
  }
  if (asked.method == CalibrationMethod::rake && asked.bounds_on == BoundsOn::weight && asked.trim) {
    throw wrong_argument("limits of the weights under rake", "bounds or trim", "both", "Leave one of them out.");
  }
  const auto [low, high] = *asked.bounds;
  const bool finite = std::isfinite(low) && std::isfinite(high);
  if (low < high && high > 0.0 && (finite || asked.method != CalibrationMethod::logit)) return;
  throw wrong_argument("bounds", "low below high, and high above 0", limits_text(*asked.bounds));
}

void check_options(const Calibration& asked) {
  if (!asked.equal_within.empty() && takes_only_levels(asked.method)) {
    throw wrong_argument("equal weights within '" + asked.equal_within + "'",
                         "a calibration by linear, raking or logit", std::string(name_of(asked.method)), "Use raking.");
  }
  if (!(asked.tolerance > 0.0 && asked.tolerance < 1.0)) {
    throw wrong_argument("tolerance", "a relative misfit between 0 and 1", short_number(asked.tolerance));
  }
  if (asked.max_iterations && *asked.max_iterations < 1) {
    throw wrong_argument("max_iterations", "at least 1", std::to_string(*asked.max_iterations));
  }
  if (asked.trim && !(asked.trim->first < asked.trim->second && asked.trim->second > 0.0)) {
    throw wrong_argument("trim", "low below high, and high above 0", limits_text(*asked.trim));
  }
}

void check_not_negative(const Calibration& asked, WeightsView weights) {
  if (asked.method == CalibrationMethod::linear && !asked.bounds) return;
  const auto negative = std::find_if(weights.begin(), weights.end(), [](double w) { return w < 0.0; });
  if (negative == weights.end()) return;
  throw Error(ErrorCode::design, {.subject = "calibration by " + std::string(name_of(asked.method)),
                                  .row = static_cast<Index>(negative - weights.begin()),
                                  .expected = "weights of at least 0",
                                  .found = short_number(*negative),
                                  .remedy = "Bound the calibration that made it negative.",
                                  .candidates = {}});
}

// ---------------------------------------------------------------------------------------------- one step

/// What an adjustment makes of one set of weights, replicates' included.
class Adjuster {
 public:
  virtual ~Adjuster() = default;
  Adjuster() = default;
  Adjuster(const Adjuster&) = delete;
  Adjuster& operator=(const Adjuster&) = delete;

  /// Adjusts the sample's own weights and reports what was done.
  virtual Weights adjust(WeightsView weights, int threads, StopSignal& stop, AdjustmentStep& step) = 0;
  /// Adjusts those of a replicate. `left_out`: targets that nobody in it could meet.
  [[nodiscard]] virtual Weights adjust_replicate(WeightsView weights, StopSignal& stop,
                                                 std::vector<std::string>& left_out) const = 0;
};

/// Calibration, and post-stratification for standardisation.
class Calibrator final : public Adjuster {
 public:
  Calibrator(CalibrationProblem problem, Calibration asked, std::string name, Index rows)
      : problem_(std::move(problem)),
        asked_(std::move(asked)),
        name_(std::move(name)),
        solver_(problem_, asked_, rows) {}

  Weights adjust(WeightsView weights, int threads, StopSignal& stop, AdjustmentStep& step) override {
    Calibrated found = solver_.solve(weights, EmptyTarget::refuse, threads, stop);
    AdjustmentReport& report = step.report;
    report.name = name_;
    report.iterations = found.iterations;
    report.misfit = found.misfit;
    report.least_ratio = found.least_ratio;
    report.greatest_ratio = found.greatest_ratio;
    report.notes = problem_.notes;
    note_sums(report);
    if (!found.missed.empty()) {
      report.notes.push_back("The limits of the weights keep targets out of reach: " + found.missed + ".");
    }
    note_clusters(weights, report);
    if (trims_after()) cut(found.weights, report);
    if (asked_.trim && !trims_after()) count_cut(found.weights, report);
    note_negative(found.weights, report);
    step.x = solver_.auxiliaries(weights);
    step.residual_weights = asked_.residual_weights;
    step.residual_order = asked_.residual_order;
    return std::move(found.weights);
  }

  [[nodiscard]] Weights adjust_replicate(WeightsView weights, StopSignal& stop,
                                         std::vector<std::string>& left_out) const override {
    Calibrated found = solver_.solve(weights, EmptyTarget::leave_out, 1, stop);
    left_out = std::move(found.left_out);
    if (trims_after()) return design::trim(found.weights, asked_.trim->first, asked_.trim->second, true).weights;
    return std::move(found.weights);
  }

 private:
  [[nodiscard]] bool trims_after() const { return asked_.trim && asked_.method != CalibrationMethod::rake; }

  void note_sums(AdjustmentReport& report) const {
    if (asked_.method != CalibrationMethod::rake) return;
    const double wanted = problem_.margins.back().sum;
    std::string sums;
    bool differ = false;
    for (const design::PosedMargin& margin : problem_.margins) {
      differ |= std::abs(margin.sum - wanted) > asked_.tolerance * wanted;
      sums += (sums.empty() ? "" : "; ") + margin.name + " " + short_number(margin.sum);
    }
    if (!differ) return;
    report.notes.push_back("The margins' targets differ in their sums (" + sums +
                           "): the last margin is met, the others in proportion to its sum.");
  }

  /// One ratio within a cluster gives one weight only where weights were the same before.
  void note_clusters(WeightsView weights, AdjustmentReport& report) const {
    if (!problem_.x.means) return;
    const std::vector<std::int32_t>& clusters = *problem_.x.means->cluster_of_row;
    Weights first(clusters.empty() ? 0
                                   : static_cast<std::size_t>(*std::max_element(clusters.begin(), clusters.end())) + 1);
    for (std::size_t row = 0; row < weights.size(); ++row) {
      double& known = first[static_cast<std::size_t>(clusters[row])];
      if (known == 0.0) known = weights[row];
      if (weights[row] == 0.0 || weights[row] == known) continue;
      report.notes.push_back("Weights already differed within '" + asked_.equal_within +
                             "': its rows got equal ratios of new to old weight, not equal weights.");
      return;
    }
  }

  void cut(Weights& weights, AdjustmentReport& report) const {
    design::Trimmed trimmed = design::trim(weights, asked_.trim->first, asked_.trim->second, true);
    weights = std::move(trimmed.weights);
    report.trimmed = trimmed.cut;
    if (trimmed.cut == 0) return;
    Weights achieved(problem_.totals.size(), 0.0);
    const design::Auxiliaries& x = problem_.x;
    for (std::size_t row = 0; row < weights.size(); ++row) {
      if (weights[row] == 0.0) continue;
      x.visit_own(static_cast<Index>(row), [&](std::size_t j, double value) { achieved[j] += weights[row] * value; });
    }
    report.notes.push_back(std::to_string(trimmed.cut) + (trimmed.cut == 1 ? " weight was" : " weights were") +
                           " trimmed to " + limits_text(*asked_.trim) +
                           " after the calibration; its targets are now met so far: " + solver_.misfits(achieved) +
                           ".");
  }

  void count_cut(WeightsView weights, AdjustmentReport& report) const {
    const auto is_cut = [limits = *asked_.trim](double w) {
      return w != 0.0 && (w <= limits.first || w >= limits.second);
    };
    report.trimmed = std::count_if(weights.begin(), weights.end(), is_cut);
  }

  static void note_negative(WeightsView weights, AdjustmentReport& report) {
    if (report.least_ratio >= 0.0) return;
    const auto negative = std::count_if(weights.begin(), weights.end(), [](double w) { return w < 0.0; });
    if (negative == 0) return;
    report.notes.push_back(std::to_string(negative) + (negative == 1 ? " weight is" : " weights are") +
                           " negative after linear calibration; bounds, raking or logit keep weights positive.");
  }

  CalibrationProblem problem_;
  Calibration asked_;
  std::string name_;
  CalibrationSolver solver_;
};

class Trimmer final : public Adjuster {
 public:
  explicit Trimmer(Trimming asked) : asked_(asked) {}

  Weights adjust(WeightsView weights, int /*threads*/, StopSignal& /*stop*/, AdjustmentStep& step) override {
    design::Trimmed trimmed = design::trim(weights, asked_.low, asked_.high, asked_.strict);
    step.report.name =
        std::string(asked_.strict ? "strict trimming" : "trimming") + " to " + limits_text({asked_.low, asked_.high});
    step.report.trimmed = trimmed.cut;
    note_ratios(weights, trimmed.weights, step.report);
    const auto above = std::count_if(trimmed.weights.begin(), trimmed.weights.end(),
                                     [&](double w) { return w != 0.0 && (w < asked_.low || w > asked_.high); });
    if (above > 0) {
      step.report.notes.push_back("What was trimmed lifted " + std::to_string(above) +
                                  (above == 1 ? " weight" : " weights") +
                                  " beyond the limits; strict trimming keeps all within.");
    }
    return std::move(trimmed.weights);
  }

  [[nodiscard]] Weights adjust_replicate(WeightsView weights, StopSignal& /*stop*/,
                                         std::vector<std::string>& /*left_out*/) const override {
    return design::trim(weights, asked_.low, asked_.high, asked_.strict).weights;
  }

 private:
  static void note_ratios(WeightsView before, WeightsView after, AdjustmentReport& report) {
    for (std::size_t row = 0; row < before.size(); ++row) {
      if (before[row] == 0.0) continue;
      report.least_ratio = std::min(report.least_ratio, after[row] / before[row]);
      report.greatest_ratio = std::max(report.greatest_ratio, after[row] / before[row]);
    }
  }

  Trimming asked_;
};

std::string name_of_calibration(const Calibration& asked, const CalibrationProblem& problem) {
  std::vector<std::string> margins;
  for (const design::PosedMargin& margin : problem.margins) margins.push_back(margin.name);
  std::string name(name_of(asked.method));
  name += (takes_only_levels(asked.method) ? " to " : " calibration to ") + design::joined(margins);
  if (asked.bounds) {
    name += ", " + std::string(asked.bounds_on == BoundsOn::ratio ? "ratios" : "weights") + " " +
            limits_text(*asked.bounds);
  }
  if (asked.trim) name += ", trimmed to " + limits_text(*asked.trim);
  if (!asked.equal_within.empty()) name += ", equal within " + asked.equal_within;
  return name;
}

/// Rows outside a standardisation have no place in it: they weigh nothing.
Weights weights_inside(const CalibrationProblem& problem, WeightsView all) {
  Weights weights(all.begin(), all.end());
  const std::vector<std::int32_t>& codes = *problem.x.categories.front().codes;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (codes[row] < 0) weights[row] = 0.0;
  }
  return weights;
}

class Standardizer final : public Adjuster {
 public:
  Standardizer(CalibrationProblem problem, const Standardization& asked, Index rows)
      : problem_(std::move(problem)),
        poststratify_({.method = CalibrationMethod::poststratify}),
        name_("standardization of " + asked.variable +
              (asked.within.empty() ? std::string{} : " within " + design::joined(asked.within))),
        solver_(problem_, poststratify_, rows) {}

  Weights adjust(WeightsView weights, int threads, StopSignal& stop, AdjustmentStep& step) override {
    Calibrated found = solver_.solve(weights_inside(problem_, weights), EmptyTarget::refuse, threads, stop);
    step.report.name = name_;
    step.report.iterations = found.iterations;
    step.report.misfit = found.misfit;
    const auto left_out = [&](double before, double after) { return before != 0.0 && after == 0.0; };
    const bool any_left_out = !std::equal(weights.begin(), weights.end(), found.weights.begin(), std::not_fn(left_out));
    step.report.least_ratio = any_left_out ? 0.0 : found.least_ratio;
    step.report.greatest_ratio = found.greatest_ratio;
    step.report.notes = problem_.notes;
    step.x = problem_.x;
    return std::move(found.weights);
  }

  [[nodiscard]] Weights adjust_replicate(WeightsView weights, StopSignal& stop,
                                         std::vector<std::string>& left_out) const override {
    Calibrated found = solver_.solve(weights_inside(problem_, weights), EmptyTarget::leave_out, 1, stop);
    left_out = std::move(found.left_out);
    return std::move(found.weights);
  }

 private:
  CalibrationProblem problem_;
  Calibration poststratify_;
  std::string name_;
  CalibrationSolver solver_;
};

std::unique_ptr<Adjuster> make_adjuster(const Frame& frame, const Adjustment& adjustment, WeightsView weights) {
  if (const auto* trimming = std::get_if<Trimming>(&adjustment)) return std::make_unique<Trimmer>(*trimming);
  if (const auto* standard = std::get_if<Standardization>(&adjustment)) {
    return std::make_unique<Standardizer>(design::pose(frame, *standard, weights), *standard, frame.rows());
  }
  const auto& asked = std::get<Calibration>(adjustment);
  check_margins(asked);
  check_bounds(asked);
  check_options(asked);
  CalibrationProblem problem = design::pose(frame, asked, weights);
  std::string name = name_of_calibration(asked, problem);
  return std::make_unique<Calibrator>(std::move(problem), asked, std::move(name), frame.rows());
}

bool adjusts_replicates(const Adjustment& adjustment) {
  return std::visit([](const auto& asked) { return asked.replicates; }, adjustment);
}

/// A replicate in which it went wrong is named.
[[noreturn]] void rethrow_for_replicate(const Error& error, Index replicate) {
  ErrorDetails details = error.details();
  details.subject = "replicate " + std::to_string(replicate + 1) + ": " + details.subject;
  throw Error(error.code(), std::move(details));
}

/// Each replicate adjusted on its own; several at a time.
std::shared_ptr<const ReplicateSet> adjusted_replicates(const ReplicateSet& replicates, WeightsView full,
                                                        const Adjuster* adjuster, int threads, StopSignal& stop,
                                                        AdjustmentReport& report) {
  std::vector<Weights> columns(static_cast<std::size_t>(replicates.count()));
  std::vector<std::vector<std::string>> left_out(columns.size());
  run_tasks(replicates.count(), threads, {}, stop, [&](Index r) {
    Weights& own = columns[static_cast<std::size_t>(r)];
    own.resize(full.size());
    replicates.weights(r, full, own);
    if (adjuster == nullptr) return;
    try {
      own = adjuster->adjust_replicate(own, stop, left_out[static_cast<std::size_t>(r)]);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted) throw;
      rethrow_for_replicate(error, r);
    }
  });
  const auto lacking =
      std::count_if(left_out.begin(), left_out.end(), [](const auto& names) { return !names.empty(); });
  if (lacking > 0) {
    report.notes.push_back("In " + std::to_string(lacking) + " of " + std::to_string(replicates.count()) +
                           " replicates nobody is left in a level that has a target: it isn't met there.");
  }
  return ReplicateSet::of_columns(replicates.rule(), std::move(columns));
}

/// Rows that lost their weight may leave units without any.
std::shared_ptr<const design::Layout> marked_anew(design::Layout layout, WeightsView weights) {
  design::mark_weighted_units(weights, layout);
  return std::make_shared<const design::Layout>(std::move(layout));
}

}  // namespace

std::string_view name_of(CalibrationMethod method) noexcept { return name_in(kMethods, method); }
CalibrationMethod calibration_method(std::string_view name) { return value_in(kMethods, "method", name); }
std::string_view name_of(BoundsOn bounds) noexcept { return name_in(kBoundsOn, bounds); }
BoundsOn bounds_on(std::string_view name) { return value_in(kBoundsOn, "bounds_on", name); }
std::string_view name_of(ResidualWeights weights) noexcept { return name_in(kResidualWeights, weights); }
ResidualWeights residual_weights(std::string_view name) { return value_in(kResidualWeights, "residual_weights", name); }
std::string_view name_of(ResidualOrder order) noexcept { return name_in(kResidualOrders, order); }
ResidualOrder residual_order(std::string_view name) { return value_in(kResidualOrders, "residual_order", name); }

Design Design::calibrate(const std::vector<Adjustment>& adjustments, int threads, const Interrupt& interrupt) const {
  if (adjustments.empty()) return *this;
  Parts parts = *parts_;
  StopSignal stop;
  // On a thread of its own: this one has questions to ask.
  run_tasks(1, 1, interrupt, stop, [&](Index /*only*/) {
    auto steps = parts.adjustments ? *parts.adjustments : std::vector<AdjustmentStep>{};
    for (const Adjustment& adjustment : adjustments) {
      const std::unique_ptr<Adjuster> adjuster = make_adjuster(parts.frame, adjustment, parts.weights.values());
      AdjustmentStep step;
      step.before = parts.weights;
      const WeightsView before = step.before.values();
      // Declared weights aren't negative; those that a calibration made may be.
      const auto* calibration = std::get_if<Calibration>(&adjustment);
      if (calibration != nullptr && !steps.empty()) check_not_negative(*calibration, before);
      step.after = owned_numbers(adjuster->adjust(before, threads, stop, step));
      if (parts.replicates) {
        const Adjuster* of_replicates = adjusts_replicates(adjustment) ? adjuster.get() : nullptr;
        parts.replicates = adjusted_replicates(*parts.replicates, before, of_replicates, threads, stop, step.report);
      }
      parts.weights = step.after;
      parts.unit_weights = std::make_shared<design::UnitWeights>();
      if (step.report.least_ratio == 0.0) parts.layout = marked_anew(*parts.layout, parts.weights.values());
      steps.push_back(std::move(step));
    }
    parts.adjustments = std::make_shared<const std::vector<AdjustmentStep>>(std::move(steps));
  });
  return Design(std::make_shared<const Parts>(std::move(parts)));
}

std::vector<AdjustmentReport> Design::adjustments() const {
  std::vector<AdjustmentReport> reports;
  if (!parts_->adjustments) return reports;
  for (const AdjustmentStep& step : *parts_->adjustments) reports.push_back(step.report);
  return reports;
}

}  // namespace v1
}  // namespace irosurvey
