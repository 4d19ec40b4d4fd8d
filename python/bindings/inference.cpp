// The room inference: limits of confidence intervals for the rows of a result.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/inference/interval.hpp"
#include "irosurvey/inference/multiplicity.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using Limits = std::pair<py::array_t<double>, py::array_t<double>>;

/// Every row by the method of its statistic.
/// @param methods  one for each statistic; an empty name is the default of its scale
Limits intervals(const Estimate& estimate, const std::vector<std::string>& methods, double level,
                 std::optional<bool> df_adjust, std::optional<bool> truncate) {
  const ConfidenceLevel confidence{level};
  const inference::IntervalOptions options{.df_adjust = df_adjust, .truncate = truncate};
  std::vector<inference::IntervalMethod> chosen;
  for (std::size_t s = 0; s < estimate.statistics.size(); ++s) {
    const std::string& name = methods.at(s);
    chosen.push_back(name.empty() ? inference::default_method(estimate.statistics[s].scale)
                                  : inference::interval_method(name));
  }
  const auto size = static_cast<py::ssize_t>(estimate.rows.size());
  py::array_t<double> lower(size);
  py::array_t<double> upper(size);
  for (py::ssize_t row = 0; row < size; ++row) {
    const auto statistic = static_cast<std::size_t>(estimate.rows[static_cast<std::size_t>(row)].statistic);
    const inference::Interval limits = inference::interval(chosen[statistic], estimate, row, confidence, options);
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

/// Every method by name, with whether it is for shares alone.
std::vector<std::pair<std::string, bool>> interval_methods() {
  std::vector<std::pair<std::string, bool>> methods;
  for (const inference::IntervalMethod method : inference::interval_methods()) {
    methods.emplace_back(inference::name_of(method), inference::is_for_shares(method));
  }
  return methods;
}

py::array_t<double> adjusted(const std::vector<double>& p_values, const std::string& method) {
  const std::vector<double> found = inference::adjusted_p_values(p_values, inference::multiplicity(method));
  return py::array_t<double>(static_cast<py::ssize_t>(found.size()), found.data());
}

double simultaneous(double level, Index size, const std::string& method) {
  return inference::simultaneous_level(ConfidenceLevel{level}, size, inference::multiplicity(method)).value();
}

}  // namespace

void bind_inference(py::module_& module) {
  module.def("intervals", &intervals, py::arg("estimate"), py::arg("methods"), py::arg("level"), py::arg("df_adjust"),
             py::arg("truncate"),
             "Lower and upper limits, one a row, by a method for each statistic; an empty one is the default of its scale.");
  module.def("interval_methods", &interval_methods, "Every method's name, and whether it is for shares alone.");
  module.def("adjusted_p_values", &adjusted, py::arg("p_values"), py::arg("method"),
             "p-values of a family, adjusted for its size.");
  module.def("simultaneous_level", &simultaneous, py::arg("level"), py::arg("size"), py::arg("method"),
             "The level of each interval of a family that holds together with a level.");
  module.def("default_methods", &default_methods, py::arg("estimate"),
             "How each statistic's interval is made if nothing is said.");
}

}  // namespace v1
}  // namespace irosurvey
