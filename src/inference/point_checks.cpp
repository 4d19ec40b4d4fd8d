#include "inference/point_checks.hpp"

#include <cmath>
#include <sstream>
#include <string>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

/// All 17 digits: a share of 1.0000000000000002 has to be seen to be above 1.
std::string written(double number) {
  std::ostringstream text;
  text.precision(17);
  text << number;
  return text.str();
}

[[noreturn]] void refuse(std::string_view method, std::string_view part, std::string expected, double found,
                         std::string remedy) {
  throw Error(ErrorCode::argument, {.subject = std::string(part) + " for the " + std::string(method) + " interval",
                                    .row = {},
                                    .expected = std::move(expected),
                                    .found = written(found),
                                    .remedy = std::move(remedy),
                                    .candidates = {}});
}

}  // namespace

void check_point(const Point& point, std::string_view method) {
  if (!std::isfinite(point.value)) {
    refuse(method, "value", "a finite number", point.value,
           "Where an estimate has a status other than ok, it has no interval.");
  }
  if (!std::isfinite(point.standard_error) || point.standard_error < 0.0) {
    refuse(method, "standard error", "a finite number of at least 0", point.standard_error,
           "A variance has to be computed, and not be negative, before it has a root.");
  }
  if (std::isnan(point.df)) {
    refuse(method, "degrees of freedom", "a number, or infinity for normal limits", point.df,
           "Name a rule for the degrees of freedom.");
  }
}

void check_share(const Point& point, std::string_view method) {
  check_point(point, method);
  if (!(point.value >= 0.0 && point.value <= 1.0)) {
    refuse(method, "value", "a share between 0 and 1", point.value,
           "Divide a percentage by 100; for means, totals and ratios use the method 't'.");
  }
  if (std::isnan(point.n) || point.n < 0.0) {
    refuse(method, "unweighted base", "a number of at least 0", point.n,
           "Give the number of rows that the share is of.");
  }
}

void check_positive(const Point& point, std::string_view method) {
  check_point(point, method);
  if (point.value > 0.0 || (point.value == 0.0 && point.standard_error == 0.0)) return;
  refuse(method, "value", "a number above 0", point.value, "For numbers that may be negative use the method 't'.");
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
