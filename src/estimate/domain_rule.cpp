#include "estimate/domain_rule.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/at.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

// ---------------------------------------------------------------------------------------------------- units

DomainUnits::DomainUnits(const Shape& shape)
    : slots_(static_cast<std::size_t>(shape.slots)),
      units_(shape.cells, shape.groups),
      totals_(shape.cells, shape.slots) {
  for (std::size_t slot = 0; slot < slots_; ++slot) group_of_slot_.push_back(shape.group_of(slot));
}

void DomainUnits::add(const UnitSums& unit) {
  for (const std::int32_t cell : unit.cells()) {
    const std::span<const double> record = unit.record(cell);
    const std::size_t groups = units_.record(cell).size();
    double* units = units_.touch(cell);
    for (std::size_t g = 0; g < groups; ++g) units[g] += record[slots_ + g] > 0.0 ? 1.0 : 0.0;
    double* totals = totals_.touch(cell);
    for (std::size_t slot = 0; slot < slots_; ++slot) totals[slot] += record[slot];
  }
}

void DomainUnits::merge(const DomainUnits& other) {
  units_.add(other.units_);
  totals_.add(other.totals_);
}

void DomainUnits::clear() {
  units_.clear();
  totals_.clear();
}

bool DomainUnits::any_single() const {
  bool any = false;
  for_each([&](std::int32_t, int, Index units) { any = any || units == 1; });
  return any;
}

// ---------------------------------------------------------------------------------------------------- folds

void CellVariances::add_scaled(const CellVariances& other, const std::vector<double>& by_total, std::size_t slots) {
  const std::size_t cells = pairs_.empty() ? 0 : values_.size() / pairs_.size();
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const double* roots = &by_total[cell * slots];
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const auto [i, j] = pairs_[p];
      values_[cell * pairs_.size() + p] += roots[i] * roots[j] * other.values_[cell * pairs_.size() + p];
    }
  }
}

void FullCovariance::add_scaled(const FullCovariance& other, const std::vector<double>& by_total, std::size_t) {
  for (std::size_t a = 0; a < size_; ++a) {
    for (std::size_t b = 0; b < size_; ++b) {
      values_[a * size_ + b] += by_total[a] * by_total[b] * other.values_[a * size_ + b];
    }
  }
}

void VarianceFold::leave_out(const DomainUnits& domains) {
  for (const std::int32_t cell : domains.cells()) {
    double* means = states_.touch(cell) + 1;
    double* cross = means + slots_;
    // Both slots of a pair are of one domain.
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      if (domains.is_single(cell, static_cast<std::size_t>(pairs_[p].first))) cross[p] = 0.0;
    }
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      if (domains.is_single(cell, slot)) means[slot] = 0.0;
    }
  }
}

void CovarianceFold::leave_out(const DomainUnits& domains) {
  const auto is_left_out = [&](const Entry& entry) {
    const auto total = static_cast<std::size_t>(entry.total);
    return domains.is_single(static_cast<std::int32_t>(total / slots_), total % slots_);
  };
  std::vector<Entry> kept;
  for (std::size_t u = 0; u + 1 < starts_.size(); ++u) {
    const std::size_t begin = std::exchange(starts_[u], kept.size());
    const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto past = entries_.begin() + static_cast<std::ptrdiff_t>(starts_[u + 1]);
    std::remove_copy_if(first, past, std::back_inserter(kept), is_left_out);
  }
  starts_.back() = kept.size();
  entries_ = std::move(kept);
}

// ---------------------------------------------------------------------------------------------------- the rule

template <class Fold>
DomainRule<Fold>::DomainRule(const Shape& shape, const design::Layout& layout, SingletonRule rule)
    : shape_(shape), layout_(layout), rule_(rule), distance_(shape.cells, shape.slots) {
  siblings_.resize(at(layout.depth()));
  for (Siblings& siblings : siblings_) {
    if (rule_ == SingletonRule::average) siblings.tallies.resize(at(shape.cells * shape.groups));
  }
}

template <class Fold>
void DomainRule<Fold>::close(Fold& fold, const DomainUnits& domains, Index stage, Index stratum, double factor,
                             Store& variance, const StopSignal& stop) {
  Siblings& siblings = siblings_[at(stage)];
  if (rule_ == SingletonRule::average) tally(domains, stage, stratum);
  const design::StageLayout& layout = layout_.stages[at(stage)];
  const auto n = static_cast<double>(layout.units_in(stratum));
  const double unsampled = 1.0 - layout.fraction[at(stratum)];
  if (n < 2.0 || unsampled == 0.0) return fold.clear();
  const double scale = factor * unsampled * n / (n - 1.0);
  if (domains.any_single()) {
    switch (rule_) {
      case SingletonRule::fail:
        domains.for_each([&](std::int32_t cell, int group, Index units) {
          if (units == 1) refuse({stage, stratum, cell, group});
        });
        break;
      case SingletonRule::adjust: wait(domains, scale, n, siblings); break;
      default: fold.leave_out(domains);
    }
  }
  if (rule_ == SingletonRule::average && !siblings.apart) siblings.apart = std::make_unique<Store>(shape_);
  fold.close(layout.units_in(stratum), scale, siblings.apart ? *siblings.apart : variance, stop);
}

template <class Fold>
void DomainRule<Fold>::finish(Index stage, const UnitSums& totals, Index units, Store& variance) {
  Siblings& siblings = siblings_[at(stage)];
  if (!siblings.waiting.empty()) place(siblings, totals, units, variance);
  if (rule_ == SingletonRule::average) average(stage, siblings, variance);
}

template <class Fold>
void DomainRule<Fold>::absorb(DomainRule& next) {
  if (next.refused_) refuse(*next.refused_);
  Siblings& own = siblings_.front();
  Siblings& theirs = next.siblings_.front();
  std::move(theirs.waiting.begin(), theirs.waiting.end(), std::back_inserter(own.waiting));
  for (std::size_t d = 0; d < own.tallies.size(); ++d) {
    own.tallies[d].strata += theirs.tallies[d].strata;
    own.tallies[d].singles += theirs.tallies[d].singles;
    if (theirs.tallies[d].singles > 0) own.tallies[d].last = theirs.tallies[d].last;
  }
  if (own.apart && theirs.apart) {
    own.apart->add(*theirs.apart);
  } else if (theirs.apart) {
    own.apart = std::move(theirs.apart);
  }
}

template <class Fold>
void DomainRule<Fold>::refuse(const DomainSingleton& found) {
  if (!refused_) refused_ = found;
}

/// A stratum that was taken with certainty varies by 0, however many of its units hold members.
template <class Fold>
void DomainRule<Fold>::tally(const DomainUnits& domains, Index stage, Index stratum) {
  const bool is_certain = layout_.stages[at(stage)].fraction[at(stratum)] == 1.0;
  domains.for_each([&](std::int32_t cell, int group, Index units) {
    Tally& tally = siblings_[at(stage)].tallies[at(cell * shape_.groups + group)];
    ++tally.strata;
    if (units > 1 || is_certain) return;
    ++tally.singles;
    tally.last = stratum;
  });
}

template <class Fold>
void DomainRule<Fold>::wait(const DomainUnits& domains, double scale, double units, Siblings& siblings) const {
  Waiting waiting{scale * units, {}};
  for (const std::int32_t cell : domains.cells()) {
    for (int slot = 0; slot < shape_.slots; ++slot) {
      if (!domains.is_single(cell, static_cast<std::size_t>(slot))) continue;
      waiting.totals.push_back({cell, slot, domains.totals(cell)[static_cast<std::size_t>(slot)] / units});
    }
  }
  siblings.waiting.push_back(std::move(waiting));
}

/// Σ (z_i − c)(z_i − c)′ = Σ (z_i − z̄)(z_i − z̄)′ + n (z̄ − c)(z̄ − c)′: the first part is in the fold.
template <class Fold>
void DomainRule<Fold>::place(Siblings& siblings, const UnitSums& totals, Index units, Store& variance) {
  for (const Waiting& waiting : siblings.waiting) {
    distance_.clear();
    for (const auto& total : waiting.totals) {
      const auto slot = static_cast<std::size_t>(total.slot);
      const double mean = totals.record(total.cell)[slot] / static_cast<double>(units);
      distance_.touch(total.cell)[slot] = total.mean - mean;
    }
    variance.add_square(distance_, waiting.factor);
  }
  siblings.waiting.clear();
}

template <class Fold>
void DomainRule<Fold>::average(Index stage, Siblings& siblings, Store& variance) {
  std::vector<double> roots(at(shape_.cells * shape_.slots), 1.0);
  for (Index cell = 0; cell < shape_.cells; ++cell) {
    for (int slot = 0; slot < shape_.slots; ++slot) {
      const int group = shape_.group_of(static_cast<std::size_t>(slot));
      const Tally& tally = siblings.tallies[at(cell * shape_.groups + group)];
      if (tally.singles == 0) continue;
      if (tally.singles == tally.strata) refuse({stage, tally.last, static_cast<std::int32_t>(cell), group});
      roots[at(cell * shape_.slots + slot)] =
          std::sqrt(static_cast<double>(tally.strata) / static_cast<double>(tally.strata - tally.singles));
    }
  }
  if (siblings.apart) variance.add_scaled(*siblings.apart, roots, static_cast<std::size_t>(shape_.slots));
  siblings.apart.reset();
  std::fill(siblings.tallies.begin(), siblings.tallies.end(), Tally{});
}

template class DomainRule<VarianceFold>;
template class DomainRule<CovarianceFold>;

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
