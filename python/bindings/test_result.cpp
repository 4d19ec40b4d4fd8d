// The room inference: what every test answers.

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/inference/test_result.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using inference::TestResult;

/// None where the distribution has no such degrees of freedom.
std::optional<double> present(double df) { return df == df ? std::optional(df) : std::nullopt; }

std::vector<std::pair<std::string, std::string>> choices_of(const TestResult& test) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const Choice& choice : test.choices) {
    fields.emplace_back(choice.name, choice.value);
  }
  return fields;
}

}  // namespace

void bind_test_result(py::module_& module) {
  py::class_<TestResult>(module, "TestResult", "What every test answers.")
      .def_readonly("method", &TestResult::method)
      .def_readonly("hypothesis", &TestResult::hypothesis)
      .def_property_readonly("distribution",
                             [](const TestResult& self) { return inference::name_of(self.distribution); })
      .def_property_readonly("alternative", [](const TestResult& self) { return inference::name_of(self.alternative); })
      .def_readonly("statistic", &TestResult::statistic)
      .def_property_readonly("df1", [](const TestResult& self) { return present(self.df1); })
      .def_property_readonly("df2", [](const TestResult& self) { return present(self.df2); })
      .def_readonly("p", &TestResult::p)
      .def_property_readonly("choices", &choices_of);
}

}  // namespace v1
}  // namespace irosurvey
