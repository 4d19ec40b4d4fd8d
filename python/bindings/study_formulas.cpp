// Formulas that the study brought: counts of events, what non-respondents could have said, printed figures
// beside each other.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/inference/event_rate.hpp"
#include "irosurvey/study/comparing.hpp"
#include "irosurvey/study/nonresponse.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace py::literals;
using inference::Interval;
using Pair = std::pair<double, double>;
using Counts = std::tuple<Index, Index, Index>;  // base, least, most

Pair pair_of(const Interval& interval) { return {interval.lower, interval.upper}; }

py::dict event_rate(const std::vector<double>& events, const std::vector<double>& exposure, double level) {
  const inference::EventRate found = inference::event_rate(events, exposure, ConfidenceLevel{level});
  return py::dict("units"_a = found.units, "events"_a = found.events, "exposure"_a = found.exposure,
                  "rate"_a = found.rate, "dispersion"_a = found.dispersion, "se"_a = found.standard_error,
                  "limits"_a = pair_of(found.limits), "poisson"_a = pair_of(found.poisson),
                  "variation"_a = found.variation, "none"_a = found.none, "none_by_poisson"_a = found.none_by_poisson,
                  "none_by_dispersion"_a = found.none_by_dispersion);
}

Pair nonresponse_bounds(double lower, double upper, double response, double most) {
  return pair_of(study::nonresponse_bounds(Interval{lower, upper}, response, most));
}

std::tuple<bool, std::optional<double>, std::optional<double>> tipping_point(double share, double response,
                                                                             const Pair& words) {
  const study::TippingPoint found = study::tipping_point(share, response, {words.first, words.second});
  return {found.fits, found.below, found.above};
}

std::string standing(const Pair& limits, const Pair& required) {
  return std::string(
      study::name_of(study::standing_of({limits.first, limits.second}, {required.first, required.second})));
}

study::CountRange range_of(const Counts& counts) {
  return {std::get<0>(counts), std::get<1>(counts), std::get<2>(counts)};
}

std::tuple<double, double, double, double> printed_difference(const Counts& first, const Counts& second,
                                                              double design_effect, double level) {
  const study::PrintedDifference found =
      study::printed_difference(range_of(first), range_of(second), design_effect, ConfidenceLevel{level});
  return {found.least, found.most, found.limits.lower, found.limits.upper};
}

/// Printed figures have three decimals at most, so a thousandth is exact.
study::Decimal decimal_of(double printed) { return {static_cast<Index>(std::llround(printed * 1000.0)), 3}; }

study::BoundsKind bounds_kind(const std::string& name) {
  for (const auto kind : {study::BoundsKind::above, study::BoundsKind::below}) {
    if (study::name_of(kind) == name) return kind;
  }
  return study::BoundsKind::words;  // of all others both ends count
}

std::optional<Index> base_that_tells_apart(const Counts& first, double low, double high, const std::string& kind,
                                           Index most, double design_effect, double level) {
  const study::Bounds second{decimal_of(low), decimal_of(high), bounds_kind(kind)};
  const py::gil_scoped_release work;
  return study::base_that_tells_apart(range_of(first), second, most, design_effect, ConfidenceLevel{level});
}

}  // namespace

void bind_study_formulas(py::module_& module) {
  module.def("event_rate", &event_rate, py::arg("events"), py::arg("exposure"), py::arg("level"),
             "The rate of events of units that were all observed, for counts that vary more than Poisson's.");
  module.def("nonresponse_bounds", &nonresponse_bounds, py::arg("lower"), py::arg("upper"), py::arg("response"),
             py::arg("most"), "Bounds of a share if those who didn't answer differ by at most so much.");
  module.def("tipping_point", &tipping_point, py::arg("share"), py::arg("response"), py::arg("words"),
             "Whether words fit, and how far non-respondents must differ below and above for them not to.");
  module.def("standing", &standing, py::arg("limits"), py::arg("required"),
             "Whether an interval lies within what is required, across its ends or beyond them.");
  module.def("printed_difference", &printed_difference, py::arg("first"), py::arg("second"), py::arg("design_effect"),
             py::arg("level"), "Second less first printed share: least and most by rounding, and limits with chance.");
  module.def("base_that_tells_apart", &base_that_tells_apart, py::arg("first"), py::arg("low"), py::arg("high"),
             py::arg("bounds"), py::arg("most"), py::arg("design_effect"), py::arg("level"),
             "The base from which on a second printed share differs from the first by more than chance.");
}

}  // namespace v1
}  // namespace irosurvey
