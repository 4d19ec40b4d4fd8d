#include "estimate/pivot_move.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

double number(std::span<const double> values, int place) { return values[static_cast<std::size_t>(place)]; }

}  // namespace

PivotMove::PivotMove(const Places& places) : places_(places.all()) {
  for (std::size_t p = 0; p < places_.size(); ++p) {
    const Place& place = places_[p];
    if (place.kind == Place::Kind::product) {
      products_.emplace(std::minmax(place.first, place.second), static_cast<int>(p));
    }
  }
}

void PivotMove::operator()(std::span<const double> from, std::span<const double> to, std::span<double> record) const {
  std::vector<double> shift(from.size(), 0.0);
  bool moves = false;
  for (std::size_t p = 0; p < from.size(); ++p) {
    if (std::isnan(from[p]) || std::isnan(to[p])) continue;
    shift[p] = from[p] - to[p];
    moves = moves || shift[p] != 0.0;
  }
  if (!moves) return;
  const std::vector<double> old(record.begin(), record.end());
  for (std::size_t p = 0; p < places_.size(); ++p) {
    const Place& place = places_[p];
    if (place.is_pivoted()) record[p] += number(shift, place.pivot) * number(old, place.first);
    if (place.kind != Place::Kind::product) continue;
    double sum = 0.0;
    for (const Term& a : moved(place.first, from, shift)) {
      for (const Term& b : moved(place.second, from, shift)) {
        sum += a.factor * b.factor * product_of(a.place, b.place, place.group, from, old);
      }
    }
    record[p] = sum;
  }
}

/// What rows add to a place after the move, in terms of what they added before: y − c′x = (y − cx) + (c − c′) x.
std::vector<PivotMove::Term> PivotMove::moved(int place, std::span<const double> from,
                                              std::span<const double> shift) const {
  std::vector<Term> terms{{1.0, place}};
  const Place& of = at(place);
  if (of.kind != Place::Kind::numeric || number(shift, of.pivot) == 0.0) return terms;
  const double by = number(shift, of.pivot);
  if (!of.is_pivoted()) {
    terms.push_back({by, kOne});
    return terms;
  }
  const Place& x = at(of.first);
  terms.push_back({by, x.kind == Place::Kind::one ? kOne : of.first});
  // Numbers are at hand about their centre: x = (x − d) + d.
  if (x.kind == Place::Kind::numeric && !std::isnan(number(from, x.pivot))) {
    terms.push_back({by * number(from, x.pivot), kOne});
  }
  return terms;
}

/// Σ w a over rows, a about its centre.
double PivotMove::sum_of(int place, std::span<const double> from, std::span<const double> record) const {
  const Place& of = at(place);
  const double total = number(record, place);
  if (of.kind != Place::Kind::numeric || of.is_pivoted() || std::isnan(number(from, of.pivot))) return total;
  return total - number(from, of.pivot) * number(record, of.group);
}

/// Σ w a b over rows, both about their centres.
double PivotMove::product_of(int first, int second, int group, std::span<const double> from,
                             std::span<const double> record) const {
  const auto is_one = [&](int place) { return place == kOne || at(place).kind == Place::Kind::one; };
  if (is_one(first)) return is_one(second) ? number(record, group) : sum_of(second, from, record);
  if (is_one(second)) return sum_of(first, from, record);
  const auto known = products_.find(std::minmax(first, second));
  if (known != products_.end()) return number(record, known->second);
  if (at(first).kind == Place::Kind::coded && at(second).kind == Place::Kind::coded) {
    return first == second ? number(record, first) : 0.0;  // levels of one column: no row is in both
  }
  throw Error(ErrorCode::read, {.subject = "sums of a part",
                                .row = {},
                                .expected = "all sums of products that its statistics need",
                                .found = "one less",
                                .remedy = {},
                                .candidates = {}});
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
