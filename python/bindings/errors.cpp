// The one place where C++ errors become Python exceptions, and where Python's signals reach C++.

#include <pybind11/stl.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

/// The class of irosurvey.errors for each code.
const char* class_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::read: return "ReadError";
    case ErrorCode::column: return "ColumnError";
    case ErrorCode::argument: return "ArgumentError";
    case ErrorCode::design: return "DesignError";
    case ErrorCode::singleton: return "SingletonError";
    case ErrorCode::numerical: return "NumericalError";
    case ErrorCode::interrupted: break;
  }
  return "IrosurveyError";
}

/// What a signal's handler raised on this thread, until the work that it stopped has ended.
std::unique_ptr<py::error_already_set>& raised_by_signal() {
  thread_local std::unique_ptr<py::error_already_set> raised;
  return raised;
}

void raise_interrupted() {
  if (const auto raised = std::exchange(raised_by_signal(), nullptr)) {
    raised->restore();
  } else if (PyErr_Occurred() == nullptr) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
  }
}

void raise(const Error& error) {
  if (error.code() == ErrorCode::interrupted) {
    raise_interrupted();
    return;
  }
  const ErrorDetails& details = error.details();
  const py::object type = py::module_::import("irosurvey.errors").attr(class_of(error.code()));
  const py::object exception =
      type(error.what(), py::arg("subject") = details.subject, py::arg("row") = details.row,
           py::arg("expected") = details.expected, py::arg("found") = details.found, py::arg("remedy") = details.remedy,
           py::arg("candidates") = py::tuple(py::cast(details.candidates)));
  PyErr_SetObject(type.ptr(), exception.ptr());
}

}  // namespace

void bind_errors(py::module_& module) {
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(std::move(thrown));
    } catch (const Error& error) {
      raise(error);
    }
  });

  // Python's own checks speak as the core does.
  module.def(
      "error_text",
      [](std::string subject, std::string expected, std::string found, std::string remedy,
         std::vector<std::string> candidates) {
        const Error error(ErrorCode::argument, {std::move(subject), std::nullopt, std::move(expected), std::move(found),
                                                std::move(remedy), std::move(candidates)});
        return std::string(error.what());
      },
      py::arg("subject"), py::arg("expected"), py::arg("found"), py::arg("remedy"), py::arg("candidates"),
      "The message of an error with these parts.");
  module.def(
      "near_names",
      [](const std::string& name, const std::vector<std::string>& existing) { return near_names(name, existing); },
      py::arg("name"), py::arg("existing"), "The names nearest to this one, best first.");
}

Interrupt python_signals() {
  using Clock = std::chrono::steady_clock;
  // Often enough for a person, seldom enough that asking costs nothing.
  static constexpr auto kPatience = std::chrono::milliseconds(50);
  return [last = Clock::now()]() mutable {
    const Clock::time_point now = Clock::now();
    if (now - last < kPatience) return false;
    last = now;
    const py::gil_scoped_acquire python;
    if (PyErr_CheckSignals() == 0) return false;
    raised_by_signal() = std::make_unique<py::error_already_set>();
    return true;
  };
}

}  // namespace v1
}  // namespace irosurvey
