// The room inference: cross-tabs and their tests.

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
#include "irosurvey/inference/crosstab.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using inference::Association;
using inference::CrossTab;
using inference::CrosstabQuery;
using inference::TestResult;

using ByteArray = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;
using LevelFields = std::pair<LevelValue, std::string>;
using Array = py::array_t<double>;

CrossTab ask(const Design& design, std::string rows, std::string columns, std::vector<std::string> layers,
             const std::optional<ByteArray>& where, const std::string& missing,
             const std::variant<std::string, double>& df, int threads) {
  CrosstabQuery query{.rows = std::move(rows),
                      .columns = std::move(columns),
                      .layers = std::move(layers),
                      .where = std::nullopt,
                      .missing = missing_rule(missing),
                      .df = DfRule::design,
                      .threads = threads,
                      .interrupt = python_signals()};
  if (where) {
    query.where = Mask(where->data(), where->data() + where->size());
  }
  if (const auto* rule = std::get_if<std::string>(&df)) {
    query.df = df_rule(*rule);
  } else {
    query.df = std::get<double>(df);
  }
  const py::gil_scoped_release core_at_work;
  return inference::crosstab(design, query);
}

std::vector<LevelFields> fields_of(const std::vector<Level>& levels) {
  std::vector<LevelFields> fields;
  for (const Level& level : levels) {
    fields.emplace_back(level.value, level.label);
  }
  return fields;
}

std::vector<Level> levels_from(const std::vector<LevelFields>& fields) {
  std::vector<Level> levels;
  for (const auto& [value, label] : fields) {
    levels.push_back({value, label});
  }
  return levels;
}

std::vector<std::vector<LevelFields>> layers_of(const CrossTab& table) {
  std::vector<std::vector<LevelFields>> fields;
  for (const auto& layer : table.layer_cells) {
    fields.push_back(fields_of(layer));
  }
  return fields;
}

Array cells_of(const CrossTab& table, const double* first) {
  return Array({table.layer_count(), table.row_count(), table.column_count()}, first);
}

py::array_t<Index> bases_of(const CrossTab& table) {
  return py::array_t<Index>({table.layer_count(), table.row_count(), table.column_count()}, table.n.data());
}

Array residuals_of(const CrossTab& table, Index layer) {
  const std::vector<inference::CellResidual> cells = inference::residuals(table, layer);
  Array result(
      {py::ssize_t{4}, static_cast<py::ssize_t>(table.row_count()), static_cast<py::ssize_t>(table.column_count())});
  auto* out = result.mutable_data();
  for (const auto member : {&inference::CellResidual::expected, &inference::CellResidual::residual,
                            &inference::CellResidual::pearson, &inference::CellResidual::adjusted}) {
    for (const auto& cell : cells) {
      *out++ = cell.*member;
    }
  }
  return result;
}

inference::TableTestOptions options_of(std::optional<int> order, const std::string& effects,
                                       const std::string& denominator) {
  return {.order = order,
          .effects = inference::effects_at(effects),
          .denominator = inference::mixture_denominator(denominator)};
}

TestResult test(const CrossTab& table, const std::string& name, std::optional<int> order, const std::string& effects,
                const std::string& denominator, Index layer) {
  return inference::independence_test(table, inference::table_test(name), options_of(order, effects, denominator),
                                      layer);
}

TestResult fit(const CrossTab& table, const std::vector<double>& shares, const std::string& name,
               std::optional<int> order, const std::string& effects, const std::string& denominator) {
  return inference::goodness_of_fit(table, shares, inference::table_test(name),
                                    options_of(order, effects, denominator));
}

TestResult trend(const CrossTab& table, const std::vector<double>& row_scores, const std::vector<double>& column_scores,
                 Index layer) {
  return inference::trend_test(table, row_scores, column_scores, layer);
}

TestResult cmh(const CrossTab& table, const std::string& alternative, const std::vector<double>& row_scores,
               const std::vector<double>& column_scores, bool adjusted) {
  return inference::cmh_test(table, inference::cmh_alternative(alternative), row_scores, column_scores, adjusted);
}

std::vector<Association> associations_of(const CrossTab& table, const std::vector<Index>& rows,
                                         const std::vector<Index>& columns, double level, Index layer) {
  return inference::associations(table, rows, columns, ConfidenceLevel{level}, layer);
}

using PairFields = std::tuple<Index, Index, Index, double, double, double>;

std::vector<PairFields> pairs_of(const CrossTab& table, Index layer) {
  std::vector<PairFields> fields;
  for (const auto& pair : inference::column_pairs(table, layer)) {
    fields.emplace_back(pair.row, pair.first, pair.second, pair.difference, pair.standard_error, pair.p);
  }
  return fields;
}

// ---- pickle ----

std::vector<std::pair<std::string, std::string>> choices_of(const CrossTab& table) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const Choice& choice : table.choices) {
    fields.emplace_back(choice.name, choice.value);
  }
  return fields;
}

/// Long vectors travel as their bytes.
template <class Number>
py::bytes bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

template <class Number>
std::vector<Number> numbers_from(const py::handle& bytes) {
  const auto text = bytes.cast<std::string>();
  const auto* first = reinterpret_cast<const Number*>(text.data());
  return std::vector<Number>(first, first + text.size() / sizeof(Number));
}

py::tuple state_of(const CrossTab& table) {
  const inference::ReplicatedCells& replicated = table.replicated;
  return py::make_tuple(table.rows, table.columns, table.layers, fields_of(table.row_levels),
                        fields_of(table.column_levels), layers_of(table), bytes_of(table.totals), bytes_of(table.n),
                        bytes_of(table.covariance), bytes_of(table.df), table.whole_df, choices_of(table),
                        bytes_of(replicated.changes), replicated.scale, bytes_of(replicated.rscales),
                        static_cast<int>(replicated.centre), bytes_of(replicated.strata), replicated.strata_count,
                        static_cast<int>(replicated.failed));
}

CrossTab table_from(const py::tuple& state) {
  CrossTab table{.rows = state[0].cast<std::string>(),
                 .columns = state[1].cast<std::string>(),
                 .layers = state[2].cast<std::vector<std::string>>(),
                 .row_levels = levels_from(state[3].cast<std::vector<LevelFields>>()),
                 .column_levels = levels_from(state[4].cast<std::vector<LevelFields>>()),
                 .layer_cells = {},
                 .totals = numbers_from<double>(state[6]),
                 .n = numbers_from<Index>(state[7]),
                 .covariance = numbers_from<double>(state[8]),
                 .replicated = {.changes = numbers_from<double>(state[12]),
                                .scale = state[13].cast<double>(),
                                .rscales = numbers_from<double>(state[14]),
                                .centre = static_cast<ReplicateCentre>(state[15].cast<int>()),
                                .strata = numbers_from<std::int32_t>(state[16]),
                                .strata_count = state[17].cast<std::int32_t>(),
                                .failed = static_cast<FailedReplicates>(state[18].cast<int>())},
                 .df = numbers_from<double>(state[9]),
                 .whole_df = state[10].cast<double>(),
                 .choices = {}};
  for (const auto& layer : state[5].cast<std::vector<std::vector<LevelFields>>>()) {
    table.layer_cells.push_back(levels_from(layer));
  }
  for (const auto& [name, value] : state[11].cast<std::vector<std::pair<std::string, std::string>>>()) {
    table.choices.push_back({name, value});
  }
  return table;
}

}  // namespace

void bind_crosstab(py::module_& module) {
  py::class_<Association>(module, "Association", "A measure of association of two rows and two columns.")
      .def_readonly("name", &Association::name)
      .def_readonly("estimate", &Association::estimate)
      .def_readonly("standard_error", &Association::standard_error)
      .def_readonly("lower", &Association::lower)
      .def_readonly("upper", &Association::upper)
      .def_readonly("test", &Association::test);

  py::class_<CrossTab>(module, "CrossTab", "The weighted totals of a table's cells, with their covariance.")
      .def_property_readonly("row_levels", [](const CrossTab& self) { return fields_of(self.row_levels); })
      .def_property_readonly("column_levels", [](const CrossTab& self) { return fields_of(self.column_levels); })
      .def_property_readonly("layer_cells", &layers_of)
      .def_property_readonly("totals", [](const CrossTab& self) { return cells_of(self, self.totals.data()); })
      .def_property_readonly("n", &bases_of)
      .def_readonly("df", &CrossTab::df)
      .def_readonly("whole_df", &CrossTab::whole_df)
      .def_property_readonly("choices", &choices_of)
      .def("counts_and_shares", &inference::counts_and_shares)
      .def("residuals", &residuals_of, py::arg("layer"))
      .def("test", &test, py::arg("test"), py::arg("order"), py::arg("design_effects"), py::arg("denominator"),
           py::arg("layer"))
      .def("goodness_of_fit", &fit, py::arg("shares"), py::arg("test"), py::arg("order"), py::arg("design_effects"),
           py::arg("denominator"))
      .def("trend", &trend, py::arg("row_scores"), py::arg("column_scores"), py::arg("layer"))
      .def("cmh", &cmh, py::arg("alternative"), py::arg("row_scores"), py::arg("column_scores"), py::arg("adjusted"))
      .def("associations", &associations_of, py::arg("rows"), py::arg("columns"), py::arg("level"), py::arg("layer"))
      .def("column_pairs", &pairs_of, py::arg("layer"))
      .def(py::pickle(&state_of, &table_from));
  module.def("crosstab", &ask, py::arg("design"), py::arg("rows"), py::arg("columns"), py::arg("layers"),
             py::arg("where"), py::arg("missing"), py::arg("df"), py::arg("threads"),
             "Sums the cells of a table in one pass; an empty name of columns makes a one-way table.");
}

}  // namespace v1
}  // namespace irosurvey
