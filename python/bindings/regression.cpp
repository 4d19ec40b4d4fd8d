// The rooms estimate and inference: generalized linear models, their tests and margins.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/estimate/regression.hpp"
#include "irosurvey/frame/views.hpp"
#include "irosurvey/inference/regression_tests.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using ByteArray = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;
/// name, columns, labels of several columns, whether it is categorical, reference
using FactorFields =
    std::tuple<std::string, std::vector<std::string>, std::vector<std::string>, bool, std::optional<LevelValue>>;
using Responses = std::pair<std::string, std::optional<std::vector<LevelValue>>>;

LevelValue coded(LevelValue value) {
  const double* number = std::get_if<double>(&value);
  return number == nullptr ? value : level_of(*number);
}

std::vector<ModelTerm> terms_of(const std::vector<std::vector<FactorFields>>& fields) {
  std::vector<ModelTerm> terms;
  for (const auto& of_term : fields) {
    ModelTerm& term = terms.emplace_back();
    for (const auto& [name, columns, labels, categorical, reference] : of_term) {
      term.factors.push_back({.name = name,
                              .columns = columns,
                              .labels = labels,
                              .categorical = categorical,
                              .reference = reference ? std::optional(coded(*reference)) : std::nullopt});
    }
  }
  return terms;
}

Regression fitted(const Design& design, Responses response, const std::vector<std::vector<FactorFields>>& terms,
                  const std::string& family_name, const std::string& link_name, std::string offset,
                  const std::optional<ByteArray>& where, const std::string& missing,
                  const std::variant<std::string, double>& df, bool df_less_terms, bool vadjust,
                  const std::string& information_name, int max_iterations, int threads) {
  RegressionQuery query;
  query.response = {std::move(response.first), std::move(response.second), {}};
  if (query.response.levels) {
    for (LevelValue& level : *query.response.levels) {
      level = coded(level);
    }
  }
  query.terms = terms_of(terms);
  query.family = family(family_name);
  if (!link_name.empty()) {
    query.link = link(link_name);
  }
  query.offset = std::move(offset);
  if (where) {
    const auto* first = where->data();
    query.where = Mask(first, first + where->size());
  }
  query.missing = missing_rule(missing);
  if (const auto* rule = std::get_if<std::string>(&df)) {
    query.df = df_rule(*rule);
  } else {
    query.df = std::get<double>(df);
  }
  query.df_less_terms = df_less_terms;
  query.vadjust = vadjust;
  query.information = information(information_name);
  query.max_iterations = max_iterations;
  query.threads = threads;
  query.interrupt = python_signals();
  const py::gil_scoped_release core_at_work;
  return Regression::fit(design, query);
}

py::array_t<double> array_of(const std::vector<double>& values) {
  return py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

std::pair<py::array_t<double>, py::array_t<double>> predicted(const Regression& self, const Frame& frame,
                                                              bool response) {
  Predictions found;
  {
    const py::gil_scoped_release core_at_work;
    found = self.predict(frame, response);
  }
  return {array_of(found.values), array_of(found.standard_errors)};
}

std::vector<std::tuple<std::string, std::vector<Index>, bool>> terms_told(const Regression& self) {
  std::vector<std::tuple<std::string, std::vector<Index>, bool>> fields;
  for (const RegressionTerm& term : self.terms()) {
    fields.emplace_back(term.name, term.coefficients, term.is_intercept);
  }
  return fields;
}

}  // namespace

void bind_regression(py::module_& module) {
  py::class_<RegressionSummary>(module, "RegressionSummary", "What is known of a model besides its coefficients.")
      .def_property_readonly("family", [](const RegressionSummary& self) { return name_of(self.family); })
      .def_property_readonly("link", [](const RegressionSummary& self) { return name_of(self.link); })
      .def_readonly("n", &RegressionSummary::n)
      .def_readonly("weighted_n", &RegressionSummary::weighted_n)
      .def_readonly("design_df", &RegressionSummary::design_df)
      .def_readonly("df", &RegressionSummary::df)
      .def_readonly("deviance", &RegressionSummary::deviance)
      .def_readonly("null_deviance", &RegressionSummary::null_deviance)
      .def_readonly("dispersion", &RegressionSummary::dispersion)
      .def_readonly("r2", &RegressionSummary::r2)
      .def_readonly("iterations", &RegressionSummary::iterations)
      .def_readonly("has_intercept", &RegressionSummary::has_intercept)
      .def_readonly("aliased", &RegressionSummary::aliased)
      .def_readonly("empty_levels", &RegressionSummary::empty_levels);

  using inference::PseudoR2;
  py::class_<Regression>(module, "Regression", "A fitted generalized linear model.")
      .def_property_readonly("coefficients", &Regression::coefficients, py::return_value_policy::copy)
      .def_property_readonly("terms", &terms_told)
      .def_property_readonly("summary", &Regression::summary, py::return_value_policy::copy)
      .def_property_readonly("working_covariance",
                             [](const Regression& self) {
                               const auto size = static_cast<py::ssize_t>(self.coefficients().rows.size());
                               return py::array_t<double>({size, size}, self.working_covariance().data());
                             })
      .def("margins", &Regression::margins, py::arg("columns"), py::call_guard<py::gil_scoped_release>())
      .def("marginal_effects", &Regression::marginal_effects, py::arg("columns"),
           py::call_guard<py::gil_scoped_release>())
      .def("predict", &predicted, py::arg("frame"), py::arg("response"))
      .def(
          "residuals",
          [](const Regression& self, const std::string& kind) { return array_of(self.residuals(residual_kind(kind))); },
          py::arg("kind"))
      .def(
          "term_test",
          [](const Regression& self, const std::vector<std::string>& terms, const std::string& test) {
            return inference::term_test(self, terms, inference::term_test_named(test));
          },
          py::arg("terms"), py::arg("test"))
      .def("aic",
           [](const Regression& self) {
             const inference::InformationCriterion found = inference::aic(self);
             return std::pair(found.value, found.effective_parameters);
           })
      .def("bic", &inference::bic, py::arg("maximal"))
      .def("pseudo_r2", [](const Regression& self) {
        const PseudoR2 found = inference::pseudo_r2(self);
        return std::tuple(found.deviance, found.cox_snell, found.nagelkerke);
      });

  module.def("regression", &fitted, py::arg("design"), py::arg("response"), py::arg("terms"), py::arg("family"),
             py::arg("link"), py::arg("offset"), py::arg("where"), py::arg("missing"), py::arg("df"),
             py::arg("df_less_terms"), py::arg("vadjust"), py::arg("information"), py::arg("max_iterations"),
             py::arg("threads"), "Fits a generalized linear model; interrupted by Ctrl-C.");
  module.def(
      "levels",
      [](const Frame& frame, const std::string& column) {
        std::vector<LevelValue> values;
        for (const Level& level : shared_factor(frame.column(column), LevelRule::observed)->levels) {
          values.push_back(level.value);
        }
        return values;
      },
      py::arg("frame"), py::arg("column"), "The values that occur in a column, in their order.");
  module.def(
      "p_values", [](const Estimate& estimate) { return array_of(inference::p_values(estimate)); }, py::arg("estimate"),
      "Two-sided p of every row against 0.");
}

}  // namespace v1
}  // namespace irosurvey
