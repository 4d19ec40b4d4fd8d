// The room io: data files into frames.

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "irosurvey/io/read.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr const char* kReadDoc = R"(Reads an SPSS, Stata or SAS transport file; `irosurvey.read` reads more kinds.

Parameters
----------
path : str or os.PathLike
    The file.
columns : list of str
    Only these, in this order; empty for all.
encoding : str
    Of the file's text; empty for the one that the file names or its format prescribes.
)";

Frame read_file(const std::filesystem::path& path, std::vector<std::string> columns, std::string encoding) {
  return io::read(path,
                  {.columns = std::move(columns), .encoding = std::move(encoding), .interrupt = python_signals()});
}

/// name, label, columns, counted value
using SetFields = std::tuple<std::string, std::string, std::vector<std::string>, std::optional<std::string>>;

std::vector<SetFields> sets_of(const std::filesystem::path& path, const std::string& encoding) {
  std::vector<SetFields> fields;
  for (const io::ResponseSet& set : io::response_sets(path, encoding)) {
    fields.emplace_back(set.name, set.label, set.columns, set.counted);
  }
  return fields;
}

}  // namespace

void bind_io(py::module_& module) {
  module.def("read_file", &read_file, py::arg("path"), py::arg("columns") = std::vector<std::string>{},
             py::arg("encoding") = std::string{}, py::call_guard<py::gil_scoped_release>(), kReadDoc);
  module.def("response_sets", &sets_of, py::arg("path"), py::arg("encoding"), py::call_guard<py::gil_scoped_release>(),
             "Multiple-response sets of an SPSS file: name, label, columns, counted value.");
}

}  // namespace v1
}  // namespace irosurvey
