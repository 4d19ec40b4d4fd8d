// The extension irosurvey._core: the rooms, in the order in which they stand on each other.

#include "bindings.hpp"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The C++ core of irosurvey.";
  module.attr("__version__") = IROSURVEY_VERSION;
  irosurvey::bind_errors(module);
  irosurvey::bind_frame(module);
  irosurvey::bind_io(module);
  irosurvey::bind_design(module);
  irosurvey::bind_calibration(module);
  irosurvey::bind_estimate(module);
  irosurvey::bind_streaming(module);
  irosurvey::bind_inference(module);
  irosurvey::bind_distribution(module);
  irosurvey::bind_test_result(module);
  irosurvey::bind_crosstab(module);
  irosurvey::bind_regression(module);
  irosurvey::bind_study(module);
  irosurvey::bind_study_formulas(module);
}
