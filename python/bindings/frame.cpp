// The room frame: tables in and out by the Arrow PyCapsule interface, and what a file says about its variables.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "given.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/arrow.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

// ── Streams in capsules ────────────────────────────────────────────────────────────────────────────────────────────────

constexpr const char* kStreamName = "arrow_array_stream";

/// The capsule's stream, if nobody has taken it, is released with the capsule.
void destroy_stream(PyObject* capsule) {
  auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, kStreamName));
  if (stream->release != nullptr) stream->release(stream);
  delete stream;
}

template <class Exported>
py::capsule stream_capsule(const Exported& exported, const py::object& /*requested_schema*/) {
  auto stream = std::make_unique<ArrowArrayStream>();
  export_stream(exported, stream.get());
  return py::capsule(stream.release(), kStreamName, destroy_stream);
}

/// `import(stream)` over what `table.__arrow_c_stream__()` gives. The producer may be waiting for the GIL on its own
/// threads, so it is given up meanwhile.
template <class Import>
auto imported(const py::object& table, Import&& import) {
  const py::capsule capsule = table.attr("__arrow_c_stream__")();
  auto* stream = capsule.get_pointer<ArrowArrayStream>();
  const py::gil_scoped_release producer_at_work;
  return import(stream);
}

py::object python_side() { return py::module_::import("irosurvey.frame"); }

Frame new_frame(const py::object& data, const Given<std::optional<std::string>, "label", "text">& label) {
  Frame frame = frame_from(data);
  return label.value ? frame.with_label(*label.value) : frame;
}

Column column_from(const GivenColumn<"name">& given, const py::object& values) {
  const std::string& name = given.value;
  if (py::isinstance<Column>(values)) return values.cast<const Column&>().with_name(name);
  const py::object stream = python_side().attr("array_stream_of")(values, name);
  return imported(stream, [](ArrowArrayStream* arrays) { return import_column(arrays); }).with_name(name);
}

// ── Notes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

py::dict value_labels(const Column& column) {
  py::dict labels;
  for (const Level& level : column.notes().value_labels) labels[py::cast(level.value)] = level.label;
  return labels;
}

py::dict tag_labels(const Column& column) {
  py::dict labels;
  for (const TagLabel& label : column.notes().tag_labels) labels[py::str(std::string(1, label.tag))] = label.label;
  return labels;
}

py::dict missing_tags(const Column& column) {
  py::dict tags;
  for (const auto& [row, tag] : column.missing_tags()) tags[py::int_(row)] = std::string(1, tag);
  return tags;
}

LevelValue normal(const LevelValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr ? level_of(*number) : value;
}

/// One code or several, checked by Python's own hand.
std::vector<LevelValue> codes_of(const char* argument, py::handle given) {
  const py::object values = py::module_::import("irosurvey._arguments").attr("values")(argument, given);
  auto codes = values.cast<std::vector<LevelValue>>();
  std::transform(codes.begin(), codes.end(), codes.begin(), &normal);
  return codes;
}

std::vector<Level> labels_of(const py::dict& given) {
  std::vector<Level> labels;
  for (const auto& [value, text] : given) {
    const std::vector<LevelValue> codes = codes_of("value_labels", value);
    if (codes.size() != 1) refuse_kind(ErrorCode::argument, "value_labels", "a code for each label", value);
    if (!py::isinstance<py::str>(text)) refuse_kind(ErrorCode::argument, "value_labels", "labels that are text", text);
    labels.push_back({codes.front(), text.cast<std::string>()});
  }
  return labels;
}

/// The column with those of its notes replaced that are given.
Column with_notes(const Column& column, const Given<std::optional<std::string>, "label", "text">& label,
                  const Given<std::optional<py::dict>, "value_labels", "a dict from codes to texts">& labels,
                  const py::object& user_missing,
                  const Given<std::optional<std::pair<double, double>>, "user_missing_range", "two numbers">& range,
                  const Given<std::optional<std::string>, "format", "text">& format) {
  ColumnNotes notes = column.notes();
  if (label.value) notes.label = *label.value;
  if (format.value) notes.format = *format.value;
  if (labels.value) notes.value_labels = labels_of(*labels.value);
  if (!user_missing.is_none()) notes.user_missing.codes = codes_of("user_missing", user_missing);
  if (range.value) notes.user_missing.range = range.value;
  return column.with_notes(std::move(notes));
}

using GivenRule = Given<std::string, "rule", "'missing' or 'keep'">;

UserMissingRule rule_named(const std::string& name) {
  if (name == "missing") return UserMissingRule::missing;
  if (name == "keep") return UserMissingRule::keep;
  throw Error(ErrorCode::argument, {.subject = "rule for user-missing codes",
                                    .row = {},
                                    .expected = "'missing' or 'keep'",
                                    .found = "'" + name + "'",
                                    .remedy = {},
                                    .candidates = {}});
}

std::string name_of(UserMissingRule rule) { return rule == UserMissingRule::missing ? "missing" : "keep"; }

std::optional<std::string> weighted_by(const Frame& frame) {
  for (const Column& column : frame.columns()) {
    if (column.notes().weighs) return column.name();
  }
  return std::nullopt;
}

/// The numbers that a kernel sees; they keep their column's buffer alive, and nobody may write to them.
py::array numpy_of(const Column& column) {
  auto held = std::make_unique<Numbers>(numbers(column));
  const std::span<const double> values = held->values();
  const py::capsule owner(held.release(), [](void* pointer) { delete static_cast<Numbers*>(pointer); });
  py::array_t<double> view(static_cast<py::ssize_t>(values.size()), values.data(), owner);
  view.attr("flags").attr("writeable") = false;
  return view;
}

/// A byte a row, kept with the column; nobody may write to them.
py::array true_rows_of(const Column& column) {
  using Held = std::shared_ptr<const std::vector<std::uint8_t>>;
  auto held = std::make_unique<Held>(true_rows(column));
  const std::vector<std::uint8_t>& truth = **held;
  const py::capsule owner(held.release(), [](void* pointer) { delete static_cast<Held*>(pointer); });
  py::array_t<std::uint8_t> view(static_cast<py::ssize_t>(truth.size()), truth.data(), owner);
  view.attr("flags").attr("writeable") = false;
  return view;
}

// ── Classes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

constexpr const char* kColumnDoc = R"(One variable: a name, what its file says about it, and values in Arrow layout.

A column never changes; copies share their buffers.

Parameters
----------
name : str
    The column's name.
values : array-like
    A list, a NumPy array, or anything that exports an Arrow array or stream. NaN is missing.
)";

void bind_column(py::module_& module) {
  py::class_<Column>(module, "Column", kColumnDoc)
      .def(py::init(&column_from), py::arg("name"), py::arg("values"))
      .def_property_readonly("name", &Column::name, "The column's name.")
      .def_property_readonly(
          "label", [](const Column& column) { return column.notes().label; }, "The question's wording.")
      .def_property_readonly("value_labels", &value_labels, "What each code stands for, in the file's order.")
      .def_property_readonly(
          "user_missing", [](const Column& column) { return py::tuple(py::cast(column.notes().user_missing.codes)); },
          "The codes that the file declares missing.")
      .def_property_readonly(
          "user_missing_range", [](const Column& column) { return column.notes().user_missing.range; },
          "Lowest and highest of a range of codes that the file declares missing; None if there is none.")
      .def_property_readonly(
          "format", [](const Column& column) { return column.notes().format; },
          "The file's display format, such as F8.2 or %9.0g.")
      .def_property_readonly(
          "measure", [](const Column& column) { return std::string(name_of(column.notes().measure)); },
          "What the file says that it measures: 'nominal', 'ordinal', 'scale', or '' where it doesn't say.")
      .def_property_readonly("missing_tags", &missing_tags,
                             "Row to tag, for the missing values that have one: 'a' to 'z' (Stata's .a to .z, SAS's .A "
                             "to .Z) or '_' (SAS's ._).")
      .def_property_readonly("tag_labels", &tag_labels, "What each tag of missing values stands for.")
      .def_property_readonly(
          "arrow_format", [](const Column& column) { return std::string(column.arrow_format()); },
          "The Arrow type of the values, as the Arrow C data interface spells it.")
      .def_property_readonly(
          "user_missing_rule", [](const Column& column) { return name_of(column.user_missing_rule()); },
          "'missing' if user-missing codes are missing, 'keep' if they are values like any other.")
      .def(
          "with_name", [](const Column& self, const GivenColumn<"name">& name) { return self.with_name(name.value); },
          py::arg("name"), "The same column by another name.")
      .def("with_notes", &with_notes, py::kw_only(), py::arg("label") = py::none(),
           py::arg("value_labels") = py::none(), py::arg("user_missing") = py::none(),
           py::arg("user_missing_range") = py::none(), py::arg("format") = py::none(),
           "The same values with the given notes in the place of the old ones.")
      .def(
          "with_user_missing",
          [](const Column& column, const GivenRule& rule) { return column.with_user_missing(rule_named(rule.value)); },
          py::arg("rule"), "The same buffers, with user-missing codes as missing ('missing') or as values ('keep').")
      .def("to_numpy", &numpy_of,
           "The values as float64, NaN where they are missing; a view where there is nothing to convert.")
      .def("true_rows", &true_rows_of, "Of booleans, a byte a row: 1 for true, 0 for false and for missing.")
      .def(
          "to_arrow", [](const py::object& self) { return python_side().attr("column_to_arrow")(self); },
          "The values as a pyarrow.ChunkedArray that shares the column's buffers.")
      .def("__arrow_c_stream__", &stream_capsule<Column>, py::arg("requested_schema") = py::none(),
           "The chunks as a stream of Arrow arrays; a requested schema is not followed.")
      .def("__len__", &Column::length)
      .def("__repr__", [](const py::object& self) { return python_side().attr("column_text")(self); })
      .def("__reduce__", [](const py::object& self) { return python_side().attr("reduce_column")(self); });
}

constexpr const char* kFrameDoc = R"(A data file in memory: columns of one length, and a label.

A frame never changes; what looks like a change gives a new frame that shares the buffers.

Parameters
----------
data : Frame or table
    A pandas or polars data frame (lazy ones are collected), a pyarrow table, record batch or reader, a DuckDB relation,
    a dict of columns, or anything else that has ``__arrow_c_stream__``. Buffers are shared, not copied, wherever the
    table has them in Arrow's layout: write to none of them afterwards. A pandas index is left out.
label : str, optional
    The file label; by default the one that the table brings.

Raises
------
ColumnError
    Two columns have the same name, or a column can't be understood.
)";

void bind_frame_basics(py::class_<Frame>& frame) {
  const auto column = [](const Frame& self, const GivenColumn<"name">& name) { return self.column(name.value); };
  frame.def(py::init(&new_frame), py::arg("data"), py::arg("label") = py::none())
      .def_static("from_arrow", &frame_from, py::arg("data"), "A frame from a table; the same as Frame(data).")
      .def_property_readonly("names", &Frame::names, "The names of the columns, in order.")
      .def_property_readonly("columns", &Frame::columns, "The columns, in order.")
      .def_property_readonly("rows", &Frame::rows, "The number of rows.")
      .def_property_readonly("label", &Frame::label, "What the file says it is.")
      .def_property_readonly(
          "weighted_by", &weighted_by,
          "The column by which the file says that its rows are weighted (SPSS: WEIGHT BY); None if it "
          "doesn't say. A design uses the weights that it is told of.")
      .def("column", column, py::arg("name"), "The column of that name; a ColumnError lists near names.")
      .def("__getitem__", column, py::arg("name"))
      .def(
          "__contains__", [](const Frame& self, const std::string& name) { return self.has(name); }, py::arg("name"))
      .def(
          "__contains__", [](const Frame&, const py::object&) { return false; }, py::arg("name"))
      .def("__iter__", [](const Frame& self) { return py::iter(py::cast(self.names())); })
      .def("__len__", &Frame::rows)
      .def("_ipython_key_completions_", &Frame::names);
}

void bind_frame_changes(py::class_<Frame>& frame) {
  frame
      .def(
          "with_column",
          [](const Frame& self, const Given<Column, "column", "a Column, or a name and values">& column) {
            return self.with_column(column.value);
          },
          py::arg("column"), "With the column added, or in the place of the one of the same name.")
      .def(
          "with_column",
          [](const Frame& self, const GivenColumn<"name">& name, const py::object& values) {
            return self.with_column(column_from(name, values));
          },
          py::arg("name"), py::arg("values"), "With a column made of the values.")
      .def(
          "with_label", [](const Frame& self, const GivenText<"label">& label) { return self.with_label(label.value); },
          py::arg("label"), "The same data under another label.")
      .def(
          "with_user_missing",
          [](const Frame& self, const GivenRule& rule) { return self.with_user_missing(rule_named(rule.value)); },
          py::arg("rule"), "Every column with user-missing codes as missing ('missing') or as values ('keep').");
}

void bind_frame_exports(py::class_<Frame>& frame) {
  const auto by_python = [](const char* function) {
    return [function](const py::object& self) { return python_side().attr(function)(self); };
  };
  frame
      .def("__arrow_c_stream__", &stream_capsule<Frame>, py::arg("requested_schema") = py::none(),
           "The rows as a stream of Arrow record batches that share the frame's buffers; a requested schema is not "
           "followed.")
      .def("to_arrow", by_python("to_arrow"), "A pyarrow.Table that shares the frame's buffers.")
      .def("to_pandas", by_python("to_pandas"), "A pandas.DataFrame of Arrow-backed columns.")
      .def("to_polars", by_python("to_polars"), "A polars.DataFrame.")
      .def("__repr__", by_python("text"))
      .def("_repr_html_", by_python("html"))
      .def("__reduce__", by_python("reduce_frame"));
}

}  // namespace

Frame frame_from(const py::object& table) {
  if (py::isinstance<Frame>(table)) return table.cast<const Frame&>();
  const py::object taken = python_side().attr("taken")(table);
  if (py::isinstance<py::list>(taken)) return Frame(taken.cast<std::vector<Column>>());
  return imported(taken, [](ArrowArrayStream* batches) { return import_stream(batches); });
}

void bind_frame(py::module_& module) {
  bind_column(module);
  py::class_<Frame> frame(module, "Frame", kFrameDoc);
  bind_frame_basics(frame);
  bind_frame_changes(frame);
  bind_frame_exports(frame);
}

}  // namespace v1
}  // namespace irosurvey
