// The room inference: limits of confidence intervals for the rows of a result.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using Limits = std::pair<py::array_t<double>, py::array_t<double>>;

/// Every row by the method named, or each by its default.
Limits intervals(const Estimate& estimate, const std::string& method, double level) {
  const ConfidenceLevel confidence{level};
  const auto size = static_cast<py::ssize_t>(estimate.rows.size());
  py::array_t<double> lower(size);
  py::array_t<double> upper(size);
  for (py::ssize_t row = 0; row < size; ++row) {
    const auto& statistic =
        estimate.statistics[static_cast<std::size_t>(estimate.rows[static_cast<std::size_t>(row)].statistic)];
    const auto chosen =
        method.empty() ? inference::default_method(statistic.scale) : inference::interval_method(method);
    const inference::Interval limits = inference::interval(chosen, estimate, row, confidence);
    lower.mutable_at(row) = limits.lower;
    upper.mutable_at(row) = limits.upper;
  }
  return {lower, upper};
}

/// The name of each statistic's default method.
std::vector<std::string> default_methods(const Estimate& estimate) {
  std::vector<std::string> names;
  for (const EstimatedStatistic& statistic : estimate.statistics) {
    names.emplace_back(inference::name_of(inference::default_method(statistic.scale)));
  }
  return names;
}

}  // namespace

void bind_inference(py::module_& module) {
  module.def("intervals", &intervals, py::arg("estimate"), py::arg("method"), py::arg("level"),
             "Lower and upper limits, one a row; an empty method is the default of each row's scale.");
  module.def("default_methods", &default_methods, py::arg("estimate"),
             "How each statistic's interval is made if nothing is said.");
}

}  // namespace v1
}  // namespace irosurvey
