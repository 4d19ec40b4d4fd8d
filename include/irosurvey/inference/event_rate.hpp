#pragma once

#include <span>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/inference/interval.hpp"
#include "irosurvey/inference/test_result.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// Events counted in units that were all observed (a year's enquiries of every authority), and how far the rate could
/// have been another by chance.
struct EventRate {
  Index units = 0;
  double events = 0.0;    ///< Y = Σ y_i
  double exposure = 0.0;  ///< E = Σ e_i
  double rate = 0.0;      ///< r = Y / E
  /// φ = max(1, V / Y) with V = K/(K − 1) Σ (y_i − r e_i)²: by how much events vary more than Poisson's, from unit to unit.
  double dispersion = 1.0;
  double standard_error = 0.0;      ///< of the rate: √(φ Y) / E
  Interval limits{};                ///< of the rate, for this dispersion
  Interval poisson{};               ///< of the rate, if events came one by one, each by itself (φ = 1)
  TestResult variation{};           ///< of φ = 1: Σ (y_i − r e_i)² / (r e_i) against χ² with K − 1 degrees of freedom
  Index none = 0;                   ///< units without an event
  double none_by_poisson = 0.0;     ///< how many would have none: Σ exp(−r e_i)
  double none_by_dispersion = 0.0;  ///< the same of a negative binomial with variance φ · mean: Σ φ^(−r e_i / (φ − 1))
};

/// The rate of events with limits for counts that vary more than Poisson's.
///
/// Y / φ is taken for a Poisson number (quasi-likelihood: McCullagh and Nelder 1989, section 6.2.3), whose exact limits
/// (Garwood 1936) are multiplied by φ:
///     lower = φ/(2E) · χ²_{α/2}(2 Y/φ),   upper = φ/(2E) · χ²_{1−α/2}(2 Y/φ + 2),
/// the gamma interval of Fay and Feuer (1997) for events that each weigh φ. At Y = 0, φ = 1 and the lower limit is 0. That
/// φ is an estimate with K − 1 degrees of freedom is not in the limits.
/// @param events    of each unit, at least 0; units without any are units
/// @param exposure  of each unit, above 0: 1 where the rate is per unit
/// @throws Error(argument) for fewer than two units, lengths that differ, or a number outside its range.
[[nodiscard]] IROSURVEY_EXPORT EventRate event_rate(std::span<const double> events, std::span<const double> exposure,
                                                    ConfidenceLevel level = ConfidenceLevel{0.95});

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
