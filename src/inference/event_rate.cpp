#include "irosurvey/inference/event_rate.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "core/refuse.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

void check(std::span<const double> events, std::span<const double> exposure) {
  if (events.size() < 2) refuse("events", "at least two units", std::to_string(events.size()));
  if (events.size() != exposure.size()) {
    refuse("exposure", "one for each unit, " + std::to_string(events.size()), std::to_string(exposure.size()));
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto row = static_cast<Index>(i);
    if (!std::isfinite(events[i]) || events[i] < 0.0) {
      refuse("events", "a number of at least 0", std::to_string(events[i]), {}, row);
    }
    if (!std::isfinite(exposure[i]) || exposure[i] <= 0.0) {
      refuse("exposure", "a number above 0", std::to_string(exposure[i]), {}, row);
    }
  }
}

/// Garwood (1936), for a number of events that may be fractional, times what each stands for.
Interval scaled_poisson(double events, double dispersion, double exposure, double tail) {
  const double number = events / dispersion;
  const double lower = number > 0.0 ? boost::math::gamma_p_inv(number, tail) : 0.0;
  const double upper = boost::math::gamma_q_inv(number + 1.0, tail);
  return {dispersion * lower / exposure, dispersion * upper / exposure};
}

struct Spread {
  double squares = 0.0;   // Σ (y − r e)²
  double relative = 0.0;  // Σ (y − r e)² / (r e)
};

Spread spread_of(std::span<const double> events, std::span<const double> exposure, double rate) {
  Spread spread;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const double expected = rate * exposure[i];
    const double off = events[i] - expected;
    spread.squares += off * off;
    if (expected > 0.0) spread.relative += off * off / expected;
  }
  return spread;
}

void count_units_without(std::span<const double> events, std::span<const double> exposure, EventRate& found) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const double expected = found.rate * exposure[i];
    if (events[i] == 0.0) ++found.none;
    found.none_by_poisson += std::exp(-expected);
    // log φ / (φ − 1) goes to 1 where φ does: then it is Poisson's again.
    const double beyond = found.dispersion - 1.0;
    found.none_by_dispersion += std::exp(-expected * (beyond > 0.0 ? std::log1p(beyond) / beyond : 1.0));
  }
}

}  // namespace

EventRate event_rate(std::span<const double> events, std::span<const double> exposure, ConfidenceLevel level) {
  check(events, exposure);
  EventRate found;
  found.units = static_cast<Index>(events.size());
  found.events = std::accumulate(events.begin(), events.end(), 0.0);
  found.exposure = std::accumulate(exposure.begin(), exposure.end(), 0.0);
  found.rate = found.events / found.exposure;
  const Spread spread = spread_of(events, exposure, found.rate);
  const auto units = static_cast<double>(found.units);
  if (found.events > 0.0) {
    found.dispersion = std::max(1.0, units / (units - 1.0) * spread.squares / found.events);
  }
  found.standard_error = std::sqrt(found.dispersion * found.events) / found.exposure;
  found.limits = scaled_poisson(found.events, found.dispersion, found.exposure, level.tail());
  found.poisson = scaled_poisson(found.events, 1.0, found.exposure, level.tail());
  found.variation = chi_square_result("index of dispersion", "events vary between units as Poisson numbers do",
                                      spread.relative, units - 1.0);
  count_units_without(events, exposure, found);
  return found;
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
