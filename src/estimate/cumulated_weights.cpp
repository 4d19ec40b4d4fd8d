#include "estimate/cumulated_weights.hpp"

#include <cmath>
#include <utility>

#include "core/nan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

std::size_t at_index(Index index) { return static_cast<std::size_t>(index); }

/// From `a` to `b`, a share of the way. Exact at both ends, and for a distance that is no double.
double between(double a, double b, double share) {
  const double way = b - a;
  return std::isfinite(way) ? a + share * way : (1.0 - share) * a + share * b;
}

/// p_k = (W_k − c w_k) / (W + d w_n).
struct Points {
  double c;
  double d;
};

Points points_of(QuantileRule rule) {
  switch (rule) {
    case QuantileRule::hf5: return {0.5, 0.0};
    case QuantileRule::hf6: return {0.0, 1.0};
    case QuantileRule::hf7: return {1.0, -1.0};
    case QuantileRule::hf8: return {1.0 / 3.0, 1.0 / 3.0};
    case QuantileRule::hf9: return {0.375, 0.25};
    default: return {0.0, 0.0};
  }
}

}  // namespace

CumulatedWeights::CumulatedWeights(ValueOrder& order, std::span<const double> totals, WeightOf weight_of, bool monotone)
    : order_(order),
      totals_(totals),
      weight_of_(std::move(weight_of)),
      monotone_(monotone),
      points_(at_index(order.buckets())),
      is_known_(at_index(order.buckets()), 0) {
  for (Index b = 0; b < order_.buckets(); ++b) {
    before_bucket_.push_back(total_);
    total_ += totals_[at_index(b)];
  }
}

double CumulatedWeights::quantile(double p, QuantileRule rule) {
  if (!(total_ > 0.0)) return kNaN;
  switch (rule) {
    case QuantileRule::math:
    case QuantileRule::hf1: return step(p, false);
    case QuantileRule::school:
    case QuantileRule::hf2: return step(p, true);
    case QuantileRule::hf3: return nearest(p);
    case QuantileRule::sas: return between_steps(p);
    default: break;
  }
  const Points points = points_of(rule);
  return between_points(p, points.c, points.d);
}

// ---------------------------------------------------------------------------------------------------- finding points

const std::vector<WeightedPoint>& CumulatedWeights::points(Index bucket) {
  const std::size_t b = at_index(bucket);
  if (is_known_[b] == 0) {
    double cumulated = before_bucket_[b];
    for (const std::int32_t place : order_.bucket(bucket)) {
      const double w = weight_of_(place);
      if (w == 0.0) continue;
      cumulated += w;
      points_[b].push_back({order_.value(place), w, cumulated});
    }
    is_known_[b] = 1;
  }
  return points_[b];
}

bool CumulatedWeights::equal(double a, double b) const noexcept { return std::abs(a - b) <= kEqualShares * total_; }

CumulatedWeights::Cursor CumulatedWeights::reaching(double target, double c) {
  const double enough = target - kEqualShares * total_;
  for (Index b = 0; b < order_.buckets(); ++b) {
    const bool short_of_it = before_bucket_[at_index(b)] + totals_[at_index(b)] < enough - kEqualShares * total_;
    if (monotone_ && (totals_[at_index(b)] == 0.0 || short_of_it)) continue;
    const std::vector<WeightedPoint>& here = points(b);
    for (std::size_t k = 0; k < here.size(); ++k) {
      if (here[k].cumulated - c * here[k].weight >= enough) return {b, k};
    }
  }
  return last_point();
}

CumulatedWeights::Cursor CumulatedWeights::last_point() { return *before({order_.buckets(), 0}); }

std::optional<CumulatedWeights::Cursor> CumulatedWeights::before(const Cursor& cursor) {
  if (cursor.place > 0) return Cursor{cursor.bucket, cursor.place - 1};
  for (Index b = cursor.bucket - 1; b >= 0; --b) {
    if (monotone_ && totals_[at_index(b)] == 0.0) continue;
    if (!points(b).empty()) return Cursor{b, points(b).size() - 1};
  }
  return std::nullopt;
}

std::optional<CumulatedWeights::Cursor> CumulatedWeights::after(const Cursor& cursor) {
  if (cursor.place + 1 < points(cursor.bucket).size()) return Cursor{cursor.bucket, cursor.place + 1};
  for (Index b = cursor.bucket + 1; b < order_.buckets(); ++b) {
    if (monotone_ && totals_[at_index(b)] == 0.0) continue;
    if (!points(b).empty()) return Cursor{b, 0};
  }
  return std::nullopt;
}

// Equal values are in one bucket.
CumulatedWeights::Run CumulatedWeights::run_around(const Cursor& cursor) {
  const std::vector<WeightedPoint>& here = points(cursor.bucket);
  Run run{cursor, cursor, here[cursor.place].value, 0.0, 0.0};
  while (run.first.place > 0 && here[run.first.place - 1].value == run.value) --run.first.place;
  while (run.last.place + 1 < here.size() && here[run.last.place + 1].value == run.value) ++run.last.place;
  run.before = here[run.first.place].cumulated - here[run.first.place].weight;
  run.cumulated = here[run.last.place].cumulated;
  return run;
}

Index CumulatedWeights::distinct_up_to(const Cursor& cursor) {
  Index distinct = 0;
  for (std::optional<Cursor> at = cursor; at; at = before(run_around(*at).first)) ++distinct;
  return distinct;
}

// ---------------------------------------------------------------------------------------------------- rules

double CumulatedWeights::step(double p, bool halfway) {
  const Cursor found = reaching(p * total_, 0.0);
  const WeightedPoint here = at(found);
  if (!halfway || !equal(here.cumulated, p * total_)) return here.value;
  const std::optional<Cursor> next = after(found);
  return next ? between(here.value, at(*next).value, 0.5) : here.value;
}

double CumulatedWeights::nearest(double p) {
  const double target = p * total_;
  const Run run = run_around(reaching(target, 0.0));
  const std::optional<Cursor> previous = before(run.first);
  if (!previous) return run.value;
  const double above = run.cumulated - target;
  const double below = target - at(*previous).cumulated;
  const bool lower = equal(above, below) ? distinct_up_to(*previous) % 2 == 0 : below < above;
  return lower ? at(*previous).value : run.value;
}

double CumulatedWeights::between_steps(double p) {
  const double target = p * total_;
  const Run run = run_around(reaching(target, 0.0));
  const std::optional<Cursor> previous = before(run.first);
  if (!previous || run.cumulated <= target || equal(run.cumulated, target)) return run.value;
  const double from = at(*previous).cumulated;
  return between(at(*previous).value, run.value, (target - from) / (run.cumulated - from));
}

double CumulatedWeights::between_points(double p, double c, double d) {
  const double target = p * (total_ + (d == 0.0 ? 0.0 : d * at(last_point()).weight));
  const Cursor found = reaching(target, c);
  const WeightedPoint here = at(found);
  const std::optional<Cursor> previous = before(found);
  const double to = here.cumulated - c * here.weight;
  if (!previous || to <= target || equal(to, target)) return here.value;
  const WeightedPoint& there = at(*previous);
  const double from = there.cumulated - c * there.weight;
  return between(there.value, here.value, (target - from) / (to - from));
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
