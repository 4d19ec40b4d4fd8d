#include "estimate/vary.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/nan.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

std::size_t at_index(Index index) { return static_cast<std::size_t>(index); }

/// A quadratic form, and the size of its terms together.
struct Form {
  double value = 0.0;
  double size = 0.0;
};

// Below it products of doubles lose digits, and then themselves.
constexpr double kLeastWithDigits = std::numeric_limits<double>::min() / std::numeric_limits<double>::epsilon();
constexpr double kLeastToSquare = 1e-145;

// Terms that cancel to less than this of their size leave nothing but their rounding.
constexpr double kNothing = 1e-13;

/// Σ g_i g_j V_ij over the program's slots, V_ij given for i ≤ j in the order of the statistic's pairs.
template <class Covariance>
Form quadratic_form(const std::vector<double>& gradient, const Covariance& covariance) {
  Form form;
  std::size_t pair = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    for (std::size_t j = i; j < gradient.size(); ++j, ++pair) {
      const double term = (i == j ? 1.0 : 2.0) * gradient[i] * gradient[j] * covariance(pair, i, j);
      form.value += term;
      form.size += std::abs(term);
    }
  }
  return form;
}

/// The variance of a statistic. Where its numbers are so small that their squares are 0, it can't be told from that of a
/// constant.
double settled(const Form& form, double value, const PlannedStatistic& statistic) {
  const bool vanishes = form.size == 0.0 && value != 0.0 && std::abs(value) < kLeastToSquare;
  const double size = vanishes ? std::numeric_limits<double>::denorm_min() : form.size;
  return settled_variance(form.value, size, statistic.about.formula);
}

bool all_finite(const Evaluated& evaluated) {
  const auto finite = [](double g) { return std::isfinite(g); };
  return finite(evaluated.value) && std::all_of(evaluated.gradient.begin(), evaluated.gradient.end(), finite);
}

template <class Store>
Evaluated evaluate_in(PlannedStatistic& statistic, Index cell, const Plan& plan, const Totals<Store>& totals) {
  Evaluated result;
  result.gradient.resize(statistic.program.slots().size(), kNaN);
  if (totals.n[at_index(cell * plan.group_count() + statistic.group)] == 0) {
    result.status = Status::empty;
    result.value = kNaN;
    return result;
  }
  const auto slots = static_cast<std::size_t>(plan.slot_count());
  const auto pivots = static_cast<std::size_t>(plan.pivot_count);
  result.value =
      statistic.program.evaluate(std::span(totals.totals).subspan(at_index(cell) * slots, slots),
                                 std::span(plan.pivots).subspan(at_index(cell) * pivots, pivots), result.gradient);
  if (!all_finite(result)) {
    result.status = Status::undefined;
    result.value = kNaN;
  } else if (statistic.about.scale == Scale::share) {
    result.value = settled_share(result.value);
  }
  return result;
}

/// Covariance of two slots over the rows of the domain, weighted, divisor N.
template <class Store>
class Spread {
 public:
  Spread(const Plan& plan, Index cell, int group, const Totals<Store>& totals)
      : plan_(plan), cell_(cell), totals_(totals), weight_(total(group)) {}

  [[nodiscard]] double operator()(int first, int second, int product) const {
    const SlotOrigin::Kind a = origin(first).kind;
    const SlotOrigin::Kind b = origin(second).kind;
    if (a == SlotOrigin::Kind::one || b == SlotOrigin::Kind::one) return 0.0;
    if (product >= 0) return sum_of(product) / weight_ - centred_mean(first) * centred_mean(second);
    // Two levels of one column: no row is in both.
    return first == second ? mean(first) * rest(first) : -mean(first) * mean(second);
  }

  /// Of shares: with the pivot that their totals are about. Of numbers: about it.
  [[nodiscard]] double mean(int slot) const { return pivot(slot) + total(slot) / weight_; }

 private:
  /// 1 less a share, with the digits that a share near 1 would cost.
  [[nodiscard]] double rest(int slot) const { return (1.0 - pivot(slot)) - total(slot) / weight_; }
  [[nodiscard]] double pivot(int slot) const {
    return origin(slot).pivot < 0 ? 0.0 : plan_.pivot(cell_, origin(slot).pivot);
  }
  [[nodiscard]] const SlotOrigin& origin(int slot) const { return plan_.slots[static_cast<std::size_t>(slot)]; }
  [[nodiscard]] double total(int slot) const { return totals_.totals[at_index(cell_ * plan_.slot_count() + slot)]; }
  [[nodiscard]] double sum_of(int product) const {
    return totals_.products[at_index(cell_ * plan_.product_count() + product)];
  }
  /// Mean of a slot about the centre that its products were taken about.
  [[nodiscard]] double centred_mean(int slot) const {
    if (origin(slot).kind != SlotOrigin::Kind::numeric) return mean(slot);
    const int centre = plan_.numeric[static_cast<std::size_t>(origin(slot).moment)].centre;
    return mean(slot) - (centre < 0 ? 0.0 : plan_.pivots[at_index(cell_ * plan_.pivot_count + centre)]);
  }

  const Plan& plan_;
  Index cell_;
  const Totals<Store>& totals_;
  double weight_;
};

}  // namespace

double settled_variance(double variance, double size, const std::string& of_what) {
  const auto refuse = [&](std::string expected, std::string remedy) {
    throw Error(ErrorCode::numerical, {.subject = "variance of " + of_what,
                                       .row = {},
                                       .expected = std::move(expected),
                                       .found = std::to_string(variance),
                                       .remedy = std::move(remedy),
                                       .candidates = {}});
  };
  // Infinity is neither above nor below a share of infinity: without this it would pass for 0.
  if (!std::isfinite(size) || (size > 0.0 && size < kLeastWithDigits)) {
    refuse("a number that fits in double precision", "Scale the column or the weights nearer to 1.");
  }
  if (variance > kNothing * size) return variance;
  // Many units may leave a little more rounding than that.
  constexpr double kRounding = 1e-12;
  if (-variance > kRounding * size) refuse("a number of at least 0", {});
  return 0.0;
}

double settled_share(double share) noexcept {
  if (share > 1.0 && share - 1.0 <= kNothing) return 1.0;
  if (share < 0.0 && -share <= kNothing) return 0.0;
  return share;
}

template <class Store>
std::vector<Evaluated> evaluate(Plan& plan, const Totals<Store>& totals) {
  std::vector<Evaluated> results;
  results.reserve(plan.statistics.size() * plan.cells.size());
  for (PlannedStatistic& statistic : plan.statistics) {
    for (Index cell = 0; cell < plan.cell_count(); ++cell)
      results.push_back(evaluate_in(statistic, cell, plan, totals));
  }
  return results;
}

double variance_of(const Plan& /*plan*/, const PlannedStatistic& statistic, Index cell, const Evaluated& at,
                   const CellVariances& variance) {
  const auto entry = [&](std::size_t pair, std::size_t, std::size_t) { return variance(cell, statistic.pairs[pair]); };
  return settled(quadratic_form(at.gradient, entry), at.value, statistic);
}

double variance_of(const Plan& /*plan*/, const PlannedStatistic& statistic, Index cell, const Evaluated& at,
                   const FullCovariance& variance) {
  const std::vector<int>& slots = statistic.program.slots();
  const auto entry = [&](std::size_t, std::size_t i, std::size_t j) {
    return variance(cell, slots[i], cell, slots[j]);
  };
  return settled(quadratic_form(at.gradient, entry), at.value, statistic);
}

std::vector<double> covariance_of(const Plan& plan, const std::vector<Evaluated>& evaluated,
                                  const FullCovariance& variance) {
  const std::size_t rows = evaluated.size();
  const std::size_t cells = plan.cells.size();
  const auto cell_of = [&](std::size_t row) { return static_cast<Index>(row % cells); };
  const auto statistic_of = [&](std::size_t row) -> const PlannedStatistic& { return plan.statistics[row / cells]; };
  std::vector<double> result(rows * rows, kNaN);
  for (std::size_t a = 0; a < rows; ++a) {
    if (evaluated[a].status != Status::ok) continue;
    // Its own variance is the one that the row shows, to the bit.
    const double own = variance_of(plan, statistic_of(a), cell_of(a), evaluated[a], variance);
    result[a * rows + a] = own;
    const std::vector<int>& slots_a = statistic_of(a).program.slots();
    for (std::size_t b = 0; b < a; ++b) {
      if (evaluated[b].status != Status::ok) continue;
      const std::vector<int>& slots_b = statistic_of(b).program.slots();
      double sum = 0.0;
      for (std::size_t i = 0; i < slots_a.size(); ++i) {
        for (std::size_t j = 0; j < slots_b.size(); ++j) {
          sum += evaluated[a].gradient[i] * evaluated[b].gradient[j] *
                 variance(cell_of(a), slots_a[i], cell_of(b), slots_b[j]);
        }
      }
      // What doesn't vary doesn't vary together with anything: what is left would be rounding.
      const bool neither_is_constant = own > 0.0 && result[b * rows + b] > 0.0;
      result[a * rows + b] = result[b * rows + a] = neither_is_constant ? sum : 0.0;
    }
  }
  return result;
}

template <class Store>
double srs_variance_of(const Plan& plan, const PlannedStatistic& statistic, Index cell, const Evaluated& at,
                       const Totals<Store>& totals) {
  const auto n = static_cast<double>(totals.n[at_index(cell * plan.group_count() + statistic.group)]);
  if (n < 2.0 || statistic.products.empty()) return kNaN;
  const Spread<Store> spread(plan, cell, statistic.group, totals);
  const std::vector<int>& slots = statistic.program.slots();
  const Form mean_square = quadratic_form(at.gradient, [&](std::size_t pair, std::size_t i, std::size_t j) {
    return spread(slots[i], slots[j], statistic.products[pair]);
  });
  // Rows that are all alike leave the square of a rounding error of their mean.
  double mean = 0.0;
  for (std::size_t i = 0; i < slots.size(); ++i) mean += std::abs(at.gradient[i] * spread.mean(slots[i]));
  constexpr double kRounding = 1e-15;
  const double nothing = kRounding * mean * kRounding * mean;
  if (!std::isfinite(mean_square.size)) return kNaN;
  if (mean_square.value <= kNothing * mean_square.size || mean_square.value <= nothing) return 0.0;
  const double weight = totals.totals[at_index(cell * plan.slot_count() + statistic.group)];
  return weight * weight / (n - 1.0) * mean_square.value;
}

template std::vector<Evaluated> evaluate(Plan&, const Totals<CellVariances>&);
template std::vector<Evaluated> evaluate(Plan&, const Totals<FullCovariance>&);
template double srs_variance_of(const Plan&, const PlannedStatistic&, Index, const Evaluated&,
                                const Totals<CellVariances>&);
template double srs_variance_of(const Plan&, const PlannedStatistic&, Index, const Evaluated&,
                                const Totals<FullCovariance>&);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
