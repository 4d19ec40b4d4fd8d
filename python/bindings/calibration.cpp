// The room design: adjustments of weights to known totals.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/design/design.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

/// variables; (levels, total) of each target; or one total
using MarginFields = std::tuple<std::vector<std::string>, std::vector<std::pair<std::vector<LevelValue>, double>>,
                                std::optional<double>>;
using Limits = std::optional<std::pair<double, double>>;
using ByteArray = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;

std::vector<Margin> margins_of(std::vector<MarginFields> fields) {
  std::vector<Margin> margins;
  for (auto& [variables, targets, total] : fields) {
    Margin margin{.variables = std::move(variables), .targets = {}, .total = total};
    for (auto& [levels, target] : targets) {
      margin.targets.push_back({.levels = std::move(levels), .total = target});
    }
    margins.push_back(std::move(margin));
  }
  return margins;
}

Design adjusted(const Design& design, Adjustment adjustment, int threads) {
  const Interrupt interrupt = python_signals();
  const py::gil_scoped_release core_at_work;
  return design.calibrate({std::move(adjustment)}, threads, interrupt);
}

Design calibrated(const Design& design, const std::string& method, std::vector<MarginFields> margins, Limits bounds,
                  const std::string& bounded, Limits trim, bool shares, std::optional<double> population,
                  std::string equal_within, double tolerance, std::optional<int> max_iterations,
                  const std::string& weights, const std::string& order, bool replicates, int threads) {
  return adjusted(design,
                  Calibration{.method = calibration_method(method),
                              .margins = margins_of(std::move(margins)),
                              .bounds = bounds,
                              .bounds_on = bounds_on(bounded),
                              .trim = trim,
                              .shares = shares,
                              .population = population,
                              .equal_within = std::move(equal_within),
                              .tolerance = tolerance,
                              .max_iterations = max_iterations,
                              .residual_weights = residual_weights(weights),
                              .residual_order = residual_order(order),
                              .replicates = replicates},
                  threads);
}

Design trimmed(const Design& design, double low, double high, bool strict, bool replicates) {
  return adjusted(design, Trimming{.low = low, .high = high, .strict = strict, .replicates = replicates}, 0);
}

Design standardized(const Design& design, std::string variable, std::vector<std::pair<LevelValue, double>> shares,
                    std::vector<std::string> within, const std::optional<ByteArray>& where, bool replicates) {
  Standardization asked{.variable = std::move(variable),
                        .shares = std::move(shares),
                        .within = std::move(within),
                        .where = {},
                        .replicates = replicates};
  if (where) {
    asked.where.assign(where->data(), where->data() + where->size());
  }
  return adjusted(design, std::move(asked), 0);
}

}  // namespace

void bind_calibration(py::module_& module) {
  py::class_<AdjustmentReport>(module, "AdjustmentReport", "What an adjustment of the weights did.")
      .def_readonly("name", &AdjustmentReport::name)
      .def_readonly("iterations", &AdjustmentReport::iterations)
      .def_readonly("misfit", &AdjustmentReport::misfit)
      .def_readonly("least_ratio", &AdjustmentReport::least_ratio)
      .def_readonly("greatest_ratio", &AdjustmentReport::greatest_ratio)
      .def_readonly("trimmed", &AdjustmentReport::trimmed)
      .def_readonly("notes", &AdjustmentReport::notes);
  module.def("adjustments", &Design::adjustments, py::arg("design"), "What each adjustment of the weights did.");
  module.def("calibrated", &calibrated, py::arg("design"), py::arg("method"), py::arg("margins"), py::arg("bounds"),
             py::arg("bounds_on"), py::arg("trim"), py::arg("shares"), py::arg("population"), py::arg("equal_within"),
             py::arg("tolerance"), py::arg("max_iterations"), py::arg("residual_weights"), py::arg("residual_order"),
             py::arg("replicates"), py::arg("threads"), "The design with weights that meet the margins.");
  module.def("trimmed", &trimmed, py::arg("design"), py::arg("low"), py::arg("high"), py::arg("strict"),
             py::arg("replicates"), "The design with weights cut to limits.");
  module.def("standardized", &standardized, py::arg("design"), py::arg("variable"), py::arg("shares"),
             py::arg("within"), py::arg("where"), py::arg("replicates"),
             "The design with fixed shares of a variable's levels within groups.");
}

}  // namespace v1
}  // namespace irosurvey
