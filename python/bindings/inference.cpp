// The room inference: limits of confidence intervals, tests of the rows of a result, and several results made into one.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/imputation.hpp"
#include "irosurvey/inference/comparisons.hpp"
#include "irosurvey/inference/funnel.hpp"
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

Limits as_arrays(const inference::FunnelLimits& found) {
  const auto size = static_cast<py::ssize_t>(found.lower.size());
  return {py::array_t<double>(size, found.lower.data()), py::array_t<double>(size, found.upper.data())};
}

Limits funnel(const std::string& model, double target, const std::vector<double>& sizes, double level) {
  return as_arrays(inference::funnel_limits(inference::funnel_model(model), target, sizes, ConfidenceLevel{level}));
}

Limits dispersed_funnel(const std::string& model, double target, const std::vector<double>& sizes, double level,
                        const std::string& spread, const inference::Overdispersion& dispersion) {
  return as_arrays(inference::dispersed_funnel_limits(inference::funnel_model(model), target, sizes,
                                                      ConfidenceLevel{level}, inference::funnel_spread(spread),
                                                      dispersion));
}

inference::Overdispersion funnel_dispersion(const std::string& model, double target, const std::vector<double>& values,
                                            const std::vector<double>& sizes, double winsorised_share) {
  return inference::overdispersion(inference::funnel_model(model), target, values, sizes, winsorised_share);
}

// ---- comparisons ----

using inference::TestResult;

std::vector<TestResult> t_tests(const Estimate& estimate, double mu, const std::string& alternative,
                                const std::vector<std::string>& hypotheses) {
  const inference::Alternative chosen = inference::alternative_named(alternative);
  std::vector<TestResult> tests;
  for (std::size_t row = 0; row < estimate.rows.size(); ++row) {
    tests.push_back(inference::t_test(estimate, static_cast<Index>(row), mu, chosen, hypotheses.at(row)));
  }
  return tests;
}

TestResult equality(const Estimate& estimate, const std::vector<Index>& rows, const std::string& test,
                    std::string hypothesis) {
  return inference::equality_test(estimate, rows, inference::wald_test_named(test), std::move(hypothesis));
}

Estimate differences(const Estimate& earlier, const Estimate& later, const std::string& df) {
  return inference::independent_differences(earlier, later, inference::independent_df(df));
}

Estimate pooled_imputations(const std::vector<Estimate>& estimates, const std::string& df) {
  return pooled(estimates, imputation_df_rule(df));
}

}  // namespace

void bind_inference(py::module_& module) {
  module.def(
      "intervals", &intervals, py::arg("estimate"), py::arg("methods"), py::arg("level"), py::arg("df_adjust"),
      py::arg("truncate"),
      "Lower and upper limits, one a row, by a method for each statistic; an empty one is the default of its scale.");
  module.def("interval_methods", &interval_methods, "Every method's name, and whether it is for shares alone.");
  module.def("adjusted_p_values", &adjusted, py::arg("p_values"), py::arg("method"),
             "p-values of a family, adjusted for its size.");
  module.def("simultaneous_level", &simultaneous, py::arg("level"), py::arg("size"), py::arg("method"),
             "The level of each interval of a family that holds together with a level.");
  module.def("funnel_limits", &funnel, py::arg("model"), py::arg("target"), py::arg("sizes"), py::arg("level"),
             "Exact limits of a funnel plot about a target, as events over each size.");
  py::class_<inference::Overdispersion>(module, "Overdispersion",
                                        "How far the institutions of a funnel plot differ beyond chance.")
      .def_readonly("institutions", &inference::Overdispersion::institutions)
      .def_readonly("winsorised", &inference::Overdispersion::winsorised)
      .def_readonly("factor", &inference::Overdispersion::factor)
      .def_readonly("variance", &inference::Overdispersion::variance);
  module.def("overdispersion", &funnel_dispersion, py::arg("model"), py::arg("target"), py::arg("values"),
             py::arg("sizes"), py::arg("winsorised_share"), "Over-dispersion from winsorised z-scores about a target.");
  module.def("dispersed_funnel_limits", &dispersed_funnel, py::arg("model"), py::arg("target"), py::arg("sizes"),
             py::arg("level"), py::arg("spread"), py::arg("dispersion"),
             "Limits of a funnel plot that allow for over-dispersion, as events over each size.");
  module.def("default_methods", &default_methods, py::arg("estimate"),
             "How each statistic's interval is made if nothing is said.");
  module.def("t_tests", &t_tests, py::arg("estimate"), py::arg("mu"), py::arg("alternative"), py::arg("hypotheses"),
             "Every row against a number.");
  module.def("equality_test", &equality, py::arg("estimate"), py::arg("rows"), py::arg("test"), py::arg("hypothesis"),
             "Whether rows are all equal.");
  module.def("independent_differences", &differences, py::arg("earlier"), py::arg("later"), py::arg("df"),
             "Later less earlier, of samples drawn independently.");
  module.def("with_fewer_df", &inference::with_fewer_df, py::arg("estimate"), py::arg("less"),
             "The same estimate with fewer degrees of freedom.");
  module.def("pooled", &pooled_imputations, py::arg("estimates"), py::arg("df"),
             "One estimate from those of several imputed data sets.");
}

}  // namespace v1
}  // namespace irosurvey
