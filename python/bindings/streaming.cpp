// The room estimate, of data that arrive in pieces: sums by sampling unit, merged and written down.

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
#include "irosurvey/estimate/unit_totals.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using ByteArray = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;

UnitTotals declared(const std::string& weights, const std::vector<StageFields>& stages, const std::string& singleton,
                    const std::string& domain_singletons, std::vector<Statistic> statistics,
                    std::vector<std::string> by, std::string where, bool design_effect) {
  return UnitTotals(design_spec(weights, stages, singleton, domain_singletons), {.statistics = std::move(statistics),
                                                                                 .by = std::move(by),
                                                                                 .where = std::move(where),
                                                                                 .design_effect = design_effect});
}

void add(UnitTotals& self, const Frame& part, const std::optional<ByteArray>& where) {
  std::optional<Mask> mask;
  if (where) {
    mask = Mask(where->data(), where->data() + where->size());
  }
  const py::gil_scoped_release core_at_work;
  self.add(part, mask);
}

UnitTotals merged(const UnitTotals& self, const std::vector<const UnitTotals*>& others) {
  UnitTotals result = self;
  for (const UnitTotals* other : others) {
    result.merge(*other);
  }
  return result;
}

Estimate finished(const UnitTotals& self, const std::variant<std::string, double>& df, bool covariance, int threads) {
  FinishOptions options{
      .df = DfRule::design, .covariance = covariance, .threads = threads, .interrupt = python_signals()};
  if (const auto* rule = std::get_if<std::string>(&df)) {
    options.df = df_rule(*rule);
  } else {
    options.df = std::get<double>(df);
  }
  const py::gil_scoped_release core_at_work;
  return self.finish(options);
}

py::dict value_labels(const UnitTotals& self, const std::string& column) {
  py::dict labels;
  for (const Level& level : self.notes(column).value_labels) {
    labels[py::cast(level.value)] = level.label;
  }
  return labels;
}

}  // namespace

void bind_streaming(py::module_& module) {
  py::class_<UnitTotals>(module, "UnitTotals", "Sums by sampling unit of data that arrive in pieces.")
      .def(py::init(&declared), py::kw_only(), py::arg("weights"), py::arg("stages"), py::arg("singleton"),
           py::arg("domain_singletons"), py::arg("statistics"), py::arg("by"), py::arg("where"),
           py::arg("design_effect"))
      .def("add", &add, py::arg("part"), py::arg("where"), "Sums the rows of a part.")
      .def("merged", &merged, py::arg("others"), py::call_guard<py::gil_scoped_release>(),
           "These sums and others, of parts of the same data.")
      .def("finish", &finished, py::arg("df"), py::arg("covariance"), py::arg("threads"),
           "The answer to all rows together; interrupted by Ctrl-C.")
      .def("to_bytes", [](const UnitTotals& self) { return py::bytes(self.to_bytes()); })
      .def_static(
          "from_bytes", [](const py::bytes& bytes) { return UnitTotals::from_bytes(std::string_view(bytes)); },
          py::arg("data"))
      .def("value_labels", &value_labels, py::arg("column"))
      .def(
          "column_label", [](const UnitTotals& self, const std::string& column) { return self.notes(column).label; },
          py::arg("column"))
      .def_property_readonly("rows", &UnitTotals::rows)
      .def_property_readonly("units", &UnitTotals::units)
      .def_property_readonly("records", &UnitTotals::records)
      .def_property_readonly("most_results", &UnitTotals::most_results)
      .def_property_readonly("fingerprint", &UnitTotals::fingerprint)
      .def_property_readonly("label", &UnitTotals::label)
      .def_property_readonly("statistics", [](const UnitTotals& self) { return self.query().statistics; })
      .def_property_readonly("by", [](const UnitTotals& self) { return self.query().by; })
      .def_property_readonly("where", [](const UnitTotals& self) { return self.query().where; })
      .def_property_readonly("design_effect", [](const UnitTotals& self) { return self.query().design_effect; });
}

}  // namespace v1
}  // namespace irosurvey
