// The room design: a declared design, and what is found in it.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdint>
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

Design declare(const Frame& frame, const std::string& weights, const std::vector<StageFields>& stages,
               const std::string& singleton, const std::string& domain_singletons,
               std::optional<Replicates> replicates) {
  DesignSpec spec = design_spec(weights, stages, singleton, domain_singletons);
  spec.replicates = std::move(replicates);
  return Design::declare(frame, std::move(spec));
}

std::vector<StageFields> stages_of(const Design& design) {
  std::vector<StageFields> fields;
  for (const Stage& stage : design.spec().stages) {
    fields.emplace_back(stage.strata, stage.clusters, stage.fpc);
  }
  return fields;
}

/// The design's own array, kept alive by the design; nobody may write to it.
py::array weights_of(const py::object& self) {
  const auto& design = self.cast<const Design&>();
  py::array_t<double> view(static_cast<py::ssize_t>(design.weights().size()), design.weights().data(), self);
  view.attr("flags").attr("writeable") = false;
  return view;
}

Replicates replicates_of(const std::string& type, std::vector<std::string> columns, std::optional<double> fay_rho,
                         std::optional<double> scale, std::vector<double> rscales, int averaged,
                         const std::string& centre, std::vector<Index> replicate_strata, const std::string& weights,
                         const std::string& failed, std::optional<double> df) {
  return {.type = replicate_type(type),
          .columns = std::move(columns),
          .fay_rho = fay_rho,
          .scale = scale,
          .rscales = std::move(rscales),
          .averaged = averaged,
          .centre = replicate_centre(centre),
          .replicate_strata = std::move(replicate_strata),
          .weights = replicate_weights(weights),
          .failed = failed_replicates(failed),
          .df = df};
}

Design with_replicates(const Design& design, const std::string& type, Index replicates, double fay_rho,
                       std::optional<Index> resample, std::uint64_t seed, bool honour_fpc, bool later_stages,
                       const std::string& centre, const std::string& failed, std::optional<double> df, int threads) {
  return design.with_replicates({.type = replicate_type(type),
                                 .replicates = replicates,
                                 .fay_rho = fay_rho,
                                 .resample = resample,
                                 .seed = seed,
                                 .honour_fpc = honour_fpc,
                                 .later_stages = later_stages,
                                 .centre = replicate_centre(centre),
                                 .failed = failed_replicates(failed),
                                 .df = df,
                                 .threads = threads});
}

/// One replicate's weights, as an array that owns them.
py::array_t<double> replicate_weights_of(const Design& design, Index replicate) {
  const std::vector<double> weights = design.replicate_weights(replicate);
  return py::array_t<double>(static_cast<py::ssize_t>(weights.size()), weights.data());
}

void bind_replicates(py::module_& module) {
  py::class_<Replicates>(module, "Replicates", "Replicate weights that came with the data.")
      .def(py::init(&replicates_of), py::kw_only(), py::arg("type"), py::arg("columns"), py::arg("fay_rho"),
           py::arg("scale"), py::arg("rscales"), py::arg("averaged"), py::arg("centre"), py::arg("replicate_strata"),
           py::arg("weights"), py::arg("failed"), py::arg("df"));
}

void bind_description(py::module_& module) {
  py::class_<StageDescription>(module, "StageDescription", "What is found in one stage of a design.")
      .def_readonly("strata", &StageDescription::strata)
      .def_readonly("units", &StageDescription::units)
      .def_readonly("least_units", &StageDescription::least_units)
      .def_readonly("most_units", &StageDescription::most_units)
      .def_readonly("singletons", &StageDescription::singletons)
      .def_readonly("collapsed", &StageDescription::collapsed)
      .def_readonly("certainty_strata", &StageDescription::certainty_strata)
      .def_readonly("with_replacement", &StageDescription::with_replacement)
      .def_readonly("least_fraction", &StageDescription::least_fraction)
      .def_readonly("most_fraction", &StageDescription::most_fraction);

  py::class_<DesignDescription>(module, "DesignDescription", "What is found in a design.")
      .def_readonly("rows", &DesignDescription::rows)
      .def_readonly("zero_weights", &DesignDescription::zero_weights)
      .def_readonly("weight_sum", &DesignDescription::weight_sum)
      .def_readonly("weight_min", &DesignDescription::weight_min)
      .def_readonly("weight_max", &DesignDescription::weight_max)
      .def_readonly("weight_cv", &DesignDescription::weight_cv)
      .def_readonly("kish_effect", &DesignDescription::kish_effect)
      .def_readonly("degrees_of_freedom", &DesignDescription::degrees_of_freedom)
      .def_readonly("replicates", &DesignDescription::replicates)
      .def_readonly("stages", &DesignDescription::stages)
      .def_readonly("adjustments", &DesignDescription::adjustments)
      .def_readonly("problems", &DesignDescription::problems);
}

}  // namespace

DesignSpec design_spec(const std::string& weights, const std::vector<StageFields>& stages, const std::string& singleton,
                       const std::string& domain_singletons) {
  DesignSpec spec{.weights = weights,
                  .stages = {},
                  .singleton = singleton_rule(singleton),
                  .domain_singletons = irosurvey::domain_singletons(domain_singletons)};
  for (const auto& [strata, clusters, fpc] : stages) {
    spec.stages.push_back({.strata = strata, .clusters = clusters, .fpc = fpc});
  }
  return spec;
}

void bind_design(py::module_& module) {
  bind_description(module);
  bind_replicates(module);

  py::class_<Design>(module, "Design", "A frame with the design by which its rows were sampled.")
      .def_static("declare", &declare, py::arg("frame"), py::arg("weights"), py::arg("stages"), py::arg("singleton"),
                  py::arg("domain_singletons"), py::arg("replicates"), py::call_guard<py::gil_scoped_release>(),
                  "Codes the units of every stage and checks the design.")
      .def("describe", &Design::describe, py::call_guard<py::gil_scoped_release>())
      .def("replicate_weights", &replicate_weights_of, py::arg("replicate"), "One replicate's weight of every row.")
      .def_property_readonly("replicates", &Design::replicates)
      .def("with_frame", &Design::with_frame, py::arg("frame"), py::call_guard<py::gil_scoped_release>(),
           "The same design over other columns of the same rows.")
      .def_property_readonly("frame", &Design::frame, py::return_value_policy::copy)
      .def_property_readonly("stages", &stages_of)
      .def_property_readonly("weights", &weights_of);

  module.def("with_replicates", &with_replicates, py::arg("design"), py::kw_only(), py::arg("type"),
             py::arg("replicates"), py::arg("fay_rho"), py::arg("resample"), py::arg("seed"), py::arg("honour_fpc"),
             py::arg("later_stages"), py::arg("centre"), py::arg("failed"), py::arg("df"), py::arg("threads"),
             py::call_guard<py::gil_scoped_release>(), "The same design with replicates made from its first stage.");
}

}  // namespace v1
}  // namespace irosurvey
