#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <tuple>
#include <vector>

#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/frame/frame.hpp"

namespace irosurvey {
inline namespace v1 {

namespace py = pybind11;

/// Gives each ErrorCode its Python exception class. Comes first: every other room may throw.
void bind_errors(py::module_& module);
void bind_frame(py::module_& module);
void bind_io(py::module_& module);
void bind_design(py::module_& module);
/// Comes after the design.
void bind_calibration(py::module_& module);
void bind_estimate(py::module_& module);
void bind_streaming(py::module_& module);
void bind_inference(py::module_& module);
/// Comes after the room estimate.
void bind_distribution(py::module_& module);
void bind_test_result(py::module_& module);
/// Comes after the test results.
void bind_crosstab(py::module_& module);
/// Comes after estimates and tests.
void bind_regression(py::module_& module);
void bind_study(py::module_& module);
/// Comes after the test results.
void bind_study_formulas(py::module_& module);

/// Ctrl-C, for work that runs without the GIL: takes it now and then and lets Python see to its signals. What a signal's
/// handler raised reaches the caller when the work ends with Error(interrupted).
[[nodiscard]] Interrupt python_signals();

/// A frame from whatever Python holds: a Frame, or any table that `irosurvey.frame.taken` knows.
[[nodiscard]] Frame frame_from(const py::object& table);

/// (strata, clusters, fpc) of a stage, as Python hands it over.
using StageFields = std::tuple<std::string, std::string, Fpc>;

/// A design in words, from Python's: whole data and data in parts are declared alike.
[[nodiscard]] DesignSpec design_spec(const std::string& weights, const std::vector<StageFields>& stages,
                                     const std::string& singleton, const std::string& domain_singletons);

}  // namespace v1
}  // namespace irosurvey
