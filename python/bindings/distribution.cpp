// What else is asked of a distribution: quantiles (from the room inference, because their standard errors come from limits),
// spreads, the distribution function, histograms, questions with several answers.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/estimate/distribution.hpp"
#include "irosurvey/estimate/multiple_response.hpp"
#include "irosurvey/estimate/spread.hpp"
#include "irosurvey/inference/quantile.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using ByteArray = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;
using DoubleArray = py::array_t<double, py::array::c_style | py::array::forcecast>;

struct How {
  std::string rule;
  std::string interval;
  std::string centre;
  std::string outside;
  double level;
};

DoubleArray array_of(const std::vector<double>& values) {
  return DoubleArray(static_cast<py::ssize_t>(values.size()), values.data());
}

/// Domain, groups and rules of a question.
struct About {
  std::optional<ByteArray> where;
  std::vector<std::string> by;
  std::string missing;
  std::variant<std::string, double> df;
  bool covariance;
  bool design_effect;
  int threads;

  [[nodiscard]] Query query() const {
    Query query;
    if (where) {
      query.where = Mask(where->data(), where->data() + where->size());
    }
    query.by = by;
    query.missing = missing_rule(missing);
    if (const auto* rule = std::get_if<std::string>(&df)) {
      query.df = df_rule(*rule);
    } else {
      query.df = std::get<double>(df);
    }
    query.covariance = covariance;
    query.design_effect = design_effect;
    query.threads = threads;
    query.interrupt = python_signals();
    return query;
  }
};

/// The estimate, the shares at or below each, and the limits.
std::tuple<Estimate, DoubleArray, DoubleArray, DoubleArray> quantiles(const Design& design,
                                                                      std::vector<std::string> variables,
                                                                      std::vector<double> probs, const How& how,
                                                                      const About& about) {
  const inference::QuantileQuery query{.variables = std::move(variables),
                                       .probs = std::move(probs),
                                       .rule = quantile_rule(how.rule),
                                       .interval = inference::quantile_interval(how.interval),
                                       .centre = inference::quantile_centre(how.centre),
                                       .outside = inference::limits_outside(how.outside),
                                       .level = ConfidenceLevel{how.level},
                                       .about = about.query()};
  inference::QuantileEstimate found;
  {
    const py::gil_scoped_release core_at_work;
    found = inference::quantiles(design, query);
  }
  return {std::move(found.estimate), array_of(found.shares), array_of(found.lower), array_of(found.upper)};
}

Estimate spreads_of(const Design& design, const std::string& kind,
                    const std::vector<std::vector<std::string>>& variables, const About& about) {
  const Spread asked = spread_kind(kind);
  const Query query = about.query();
  const py::gil_scoped_release core_at_work;
  return spreads(design, asked, variables, query);
}

Estimate distribution_of(const Design& design, const std::string& column, const std::vector<double>& points,
                         const About& about) {
  const Query query = about.query();
  const py::gil_scoped_release core_at_work;
  return distribution(design, column, points, query);
}

Estimate histogram_of(const Design& design, const std::string& column,
                      const std::variant<Index, std::vector<double>>& bins, const std::string& scale,
                      const About& about) {
  const HistogramScale chosen = histogram_scale(scale);
  const Query query = about.query();
  const py::gil_scoped_release core_at_work;
  const auto* count = std::get_if<Index>(&bins);
  const std::vector<double> edges =
      count != nullptr ? equal_edges(design, column, *count, query) : std::get<std::vector<double>>(bins);
  return histogram(design, column, edges, chosen, query);
}

Estimate answers_of(const Design& design, std::vector<std::string> columns, std::vector<LevelValue> counted,
                    std::vector<LevelValue> answers, const std::string& respondents, const std::string& scale,
                    std::string title, const About& about) {
  const MultipleResponse set{.columns = std::move(columns),
                             .counted = std::move(counted),
                             .answers = std::move(answers),
                             .respondents = respondents_rule(respondents),
                             .scale = answer_scale(scale),
                             .title = std::move(title)};
  const Query query = about.query();
  const py::gil_scoped_release core_at_work;
  return multiple_response(design, set, query);
}

void bind_shapes(py::module_& module) {
  py::class_<About>(module, "About", "Domain, groups and rules of a question.")
      .def(py::init<std::optional<ByteArray>, std::vector<std::string>, std::string, std::variant<std::string, double>,
                    bool, bool, int>(),
           py::arg("where"), py::arg("by"), py::arg("missing"), py::arg("df"), py::arg("covariance"),
           py::arg("design_effect"), py::arg("threads"));
  module.def("spreads", &spreads_of, py::arg("design"), py::arg("kind"), py::arg("variables"), py::arg("about"),
             "Variances, standard deviations, covariances, correlations or geometric means.");
  module.def("distribution", &distribution_of, py::arg("design"), py::arg("column"), py::arg("points"),
             py::arg("about"), "Shares of the domain at or below points.");
  module.def("histogram", &histogram_of, py::arg("design"), py::arg("column"), py::arg("bins"), py::arg("scale"),
             py::arg("about"), "Shares, densities or totals by bin; bins as their number, or as edges.");
  module.def("multiple_response", &answers_of, py::arg("design"), py::arg("columns"), py::arg("counted"),
             py::arg("answers"), py::arg("respondents"), py::arg("scale"), py::arg("title"), py::arg("about"),
             "Shares or numbers of the answers to a question with several; without counted values a categorical set.");
}

}  // namespace

void bind_distribution(py::module_& module) {
  bind_shapes(module);
  py::class_<How>(module, "QuantileHow", "How quantiles and their limits are made.")
      .def(py::init<std::string, std::string, std::string, std::string, double>(), py::arg("rule"), py::arg("interval"),
           py::arg("centre"), py::arg("outside"), py::arg("level"));
  module.def("quantiles", &quantiles, py::arg("design"), py::arg("variables"), py::arg("probs"), py::arg("how"),
             py::arg("about"), "Quantiles, the shares at or below them, and their limits, one a row.");
}

}  // namespace v1
}  // namespace irosurvey
