// The room estimate: expressions of totals, the catalogue of statistics, and the one pass that answers.

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "bindings.hpp"
#include "given.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/replication.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using LevelValues = std::vector<LevelValue>;

/// A level is one value, however Python stores it: 1 and 1.0 are the same code.
LevelValues coded(LevelValues values) {
  for (LevelValue& value : values) {
    if (const double* number = std::get_if<double>(&value)) {
      value = level_of(*number);
    }
  }
  return values;
}

// ---- expressions ----

constexpr std::array<const char*, 12> kind_names = {"total",    "row",      "constant", "sum", "difference", "product",
                                                    "quotient", "negation", "log",      "exp", "sqrt",       "power"};

using MembershipFields = std::pair<std::string, LevelValues>;

std::vector<MembershipFields> domain_of(const std::vector<Membership>& memberships) {
  std::vector<MembershipFields> fields;
  for (const Membership& one : memberships) {
    fields.emplace_back(one.column, one.levels);
  }
  return fields;
}

/// An expression as nested tuples of plain values, for pickle.
py::tuple state_of(const Expr& expr) {
  const char* name = kind_names.at(static_cast<std::size_t>(expr.kind()));
  if (expr.kind() == Expr::Kind::total) {
    return py::make_tuple(name, expr.variable().column, expr.variable().levels, domain_of(expr.variable().within));
  }
  if (expr.kind() == Expr::Kind::row) {
    return py::make_tuple(name, expr.row(), expr.name());
  }
  if (expr.kind() == Expr::Kind::constant) {
    return py::make_tuple(name, expr.number());
  }
  py::list operands;
  for (const Expr& operand : expr.operands()) {
    operands.append(state_of(operand));
  }
  return py::make_tuple(name, py::tuple(operands));
}

Expr expr_of(const py::tuple& state) {
  const auto name = state[0].cast<std::string>();
  const auto* const found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end()) {
    throw py::value_error("an expression's state names an unknown kind: " + name);
  }
  const auto kind = static_cast<Expr::Kind>(found - kind_names.begin());
  if (kind == Expr::Kind::total) {
    Variable variable{state[1].cast<std::string>(), state[2].cast<std::optional<LevelValues>>(), {}};
    for (auto& [column, levels] : state[3].cast<std::vector<MembershipFields>>()) {
      variable.within.push_back({column, levels});
    }
    return Expr::total(std::move(variable));
  }
  if (kind == Expr::Kind::row) {
    return Expr::row(state[1].cast<Index>(), state[2].cast<std::string>());
  }
  if (kind == Expr::Kind::constant) {
    return {state[1].cast<double>()};
  }
  std::vector<Expr> operands;
  for (const py::handle operand : state[1].cast<py::tuple>()) {
    operands.push_back(expr_of(operand.cast<py::tuple>()));
  }
  return Expr::make(kind, std::move(operands));
}

/// What stands on the other side of an operator. Nothing else can make an expression of it, so that nobody else is asked
/// before it is refused.
Expr operand(py::handle given) {
  if (py::isinstance<Expr>(given)) return given.cast<const Expr&>();
  py::detail::make_caster<double> number;
  if (number.load(given, true)) return {py::detail::cast_op<double>(number)};
  refuse_kind(ErrorCode::argument, "an operand of an expression", "an expression of totals or a number", given,
              py::isinstance<py::str>(given) ? "Write T(…) for the total of a column." : "");
}

/// One arithmetic operator, between expressions and with a number on either side.
template <class Operator>
void bind_operator(py::class_<Expr>& bound, const char* name, const char* reflected, Operator apply) {
  bound.def(name, [apply](const Expr& a, const py::object& b) { return apply(a, operand(b)); });
  bound.def(reflected, [apply](const Expr& b, const py::object& a) { return apply(operand(a), b); });
}

Expr power(const Expr& base, const Given<double, "an exponent", "a number">& exponent) {
  return pow(base, exponent.value);
}

Expr refuse_power(const Expr& /*exponent*/, const py::object& base) {
  refuse_kind(ErrorCode::argument, "a power of expressions", "an expression to the power of a number", base,
              "Write exp(log(…) * …).");
}

Expr within(const Expr& expr, const py::object& domain,
            const Given<std::optional<std::string>, "where", "a boolean column or an SQL condition">& where) {
  if (!py::hasattr(domain, "items")) {
    refuse_kind(ErrorCode::argument, "domain", "a mapping from columns to codes or labels", domain);
  }
  const py::module_ arguments = py::module_::import("irosurvey._arguments");
  Expr result = expr;
  for (const py::handle item : domain.attr("items")()) {
    const auto [column, levels] = item.cast<std::pair<py::object, py::object>>();
    const auto name = arguments.attr("named_column")("domain", column).cast<std::string>();
    if (levels.is_none()) refuse_kind(ErrorCode::argument, "domain", "a code or a label, or several", levels);
    result = result.within(name, coded(arguments.attr("values")("domain", levels).cast<LevelValues>()));
  }
  return where.value ? result.within(*where.value) : result;
}

void bind_expressions(py::module_& module) {
  py::class_<Expr> expr(module, "Expr", "A smooth function of weighted totals.");
  bind_operator(expr, "__add__", "__radd__", [](const Expr& a, const Expr& b) { return a + b; });
  bind_operator(expr, "__sub__", "__rsub__", [](const Expr& a, const Expr& b) { return a - b; });
  bind_operator(expr, "__mul__", "__rmul__", [](const Expr& a, const Expr& b) { return a * b; });
  bind_operator(expr, "__truediv__", "__rtruediv__", [](const Expr& a, const Expr& b) { return a / b; });
  expr.def("__neg__", [](const Expr& a) { return -a; })
      .def("__pow__", &power)
      .def("__rpow__", &refuse_power)
      .def("__repr__", &Expr::text)
      .def("within", &within, py::arg("domain") = py::dict(), py::kw_only(), py::arg("where") = std::nullopt,
           "The same expression in a domain: every total of it is taken over the rows of the domain alone.\n\n"
           "domain: columns, and the code or value label, or several, that a row in it has; a row that misses one is\n"
           "outside. where: a boolean column or an SQL condition that it meets, as well.")
      .def_property_readonly("columns", &Expr::columns)
      .def_property_readonly("memberships", [](const Expr& self) { return domain_of(self.memberships()); })
      .def(py::pickle(&state_of, &expr_of));
  // NumPy would otherwise take an expression apart element by element: np.float64(2) * T("y").
  expr.attr("__array_ufunc__") = py::none();

  module.def("total", [](const std::string& column) { return T(column); }, py::arg("column"));
  module.def("total", [](int constant) { return T(constant); }, py::arg("constant"));
  module.def(
      "total", [](const std::string& column, LevelValues levels) { return T(column, coded(std::move(levels))); },
      py::arg("column"), py::arg("levels"));
  module.def(
      "row", [](Index row, std::string name) { return Expr::row(row, std::move(name)); }, py::arg("row"),
      py::arg("name"));
  module.def("log", [](const Expr& a) { return log(a); }, py::arg("expr"));
  module.def("exp", [](const Expr& a) { return exp(a); }, py::arg("expr"));
  module.def("sqrt", [](const Expr& a) { return sqrt(a); }, py::arg("expr"));
}

// ---- statistics ----

std::vector<MembershipFields> memberships_of(const Statistic& statistic) {
  return statistic.expression ? domain_of(statistic.expression->memberships()) : std::vector<MembershipFields>{};
}

void bind_statistics(py::module_& module) {
  py::class_<Statistic>(module, "Statistic", "A question to the data.")
      .def_readonly("name", &Statistic::name)
      .def_readonly("variables", &Statistic::variables)
      .def_readonly("levels", &Statistic::levels)
      .def_property_readonly("scale", [](const Statistic& self) { return name_of(self.scale); })
      .def_property_readonly("memberships", &memberships_of)
      .def(
          "titled", [](const Statistic& self, const GivenText<"title">& title) { return self.titled(title.value); },
          py::arg("title"), "The same statistic with another name in the result.")
      .def("__repr__", [](const Statistic& self) {
        return self.expression ? self.expression->text() : self.name + "(" + self.variables.at(0) + ")";
      });

  py::class_<Definition>(module, "Definition", "A kind of statistic that can be asked for by name.")
      .def_readonly("name", &Definition::name)
      .def_readonly("formula", &Definition::formula)
      .def_readonly("summary", &Definition::summary)
      .def_readonly("variables", &Definition::variables)
      .def_readonly("by_level", &Definition::by_level)
      .def_property_readonly("scale", [](const Definition& self) { return name_of(self.scale); });

  module.def(
      "catalogue", [] { return std::vector<Definition>(catalogue().begin(), catalogue().end()); },
      "Every kind of statistic that has a name.");
  module.def(
      "statistic",
      [](const std::string& name, std::vector<std::string> columns) {
        return statistic(definition(name), std::move(columns));
      },
      py::arg("name"), py::arg("columns"), "The statistic of the catalogue, of these columns.");
  module.def(
      "proportion",
      [](std::string column, LevelValues levels) { return proportion(std::move(column), coded(std::move(levels))); },
      py::arg("column"), py::arg("levels"), "Share of rows in which the column takes one of these levels.");
  module.def(
      "expression", [](const Expr& expr, std::string name) { return statistic(expr, std::move(name)); },
      py::arg("expr"), py::arg("name"));
}

// ---- questions ----

using ByteArray = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;

struct Options {
  std::optional<ByteArray> where;
  std::vector<std::string> by;
  std::string missing;
  std::variant<std::string, double> df;
  bool covariance;
  bool design_effect;
  int threads;
};

Query query_of(std::vector<Statistic> statistics, Options options) {
  Query query{.statistics = std::move(statistics),
              .where = std::nullopt,
              .by = std::move(options.by),
              .missing = missing_rule(options.missing),
              .df = DfRule::design,
              .covariance = options.covariance,
              .design_effect = options.design_effect,
              .threads = options.threads,
              .interrupt = python_signals()};
  if (options.where) {
    const auto* first = options.where->data();
    query.where = Mask(first, first + options.where->size());
  }
  if (const auto* rule = std::get_if<std::string>(&options.df)) {
    query.df = df_rule(*rule);
  } else {
    query.df = std::get<double>(options.df);
  }
  return query;
}

Estimate answer(const Design& design, std::vector<Statistic> statistics, std::optional<ByteArray> where,
                std::vector<std::string> by, std::string missing, std::variant<std::string, double> df, bool covariance,
                bool design_effect, int threads) {
  const Query query = query_of(std::move(statistics), {std::move(where), std::move(by), std::move(missing),
                                                       std::move(df), covariance, design_effect, threads});
  const py::gil_scoped_release core_at_work;
  return estimate(design, query);
}

/// How many rows a result can have at most: the levels of what is asked, times every combination of the `by` columns.
Index most_rows(const Frame& frame, const std::vector<Statistic>& statistics, const std::vector<std::string>& by) {
  const auto levels = [&](const std::string& name) {
    return static_cast<Index>(shared_factor(frame.column(name))->levels.size());
  };
  Index rows = 0;
  for (const Statistic& statistic : statistics) {
    rows += statistic.expression ? 1 : levels(statistic.variables.at(0));
  }
  constexpr Index plenty = 1'000'000'000;
  for (const std::string& name : by) {
    rows = std::min(plenty, rows * std::max<Index>(1, levels(name)));
  }
  return rows;
}

// ---- answers ----

using LevelFields = std::pair<LevelValue, std::string>;
/// name, variables, label, level, scale, formula, df
using StatisticFields = std::tuple<std::string, std::vector<std::string>, std::string, std::optional<LevelFields>,
                                   std::string, std::string, double>;
using ChoiceFields = std::pair<std::string, std::string>;
using Rows = py::array_t<EstimateRow>;
using Matrix = py::array_t<double, py::array::c_style | py::array::forcecast>;

LevelFields fields_of(const Level& level) { return {level.value, level.label}; }

std::vector<std::vector<LevelFields>> cells_of(const Estimate& estimate) {
  std::vector<std::vector<LevelFields>> cells;
  for (const auto& cell : estimate.cells) {
    auto& fields = cells.emplace_back();
    std::transform(cell.begin(), cell.end(), std::back_inserter(fields), &fields_of);
  }
  return cells;
}

std::vector<StatisticFields> statistics_of(const Estimate& estimate) {
  std::vector<StatisticFields> fields;
  for (const EstimatedStatistic& from : estimate.statistics) {
    fields.emplace_back(from.name, from.variables, from.label,
                        from.level ? std::optional(fields_of(*from.level)) : std::nullopt,
                        std::string(name_of(from.scale)), from.formula, from.df);
  }
  return fields;
}

Scale scale_named(const std::string& name) {
  for (const Scale scale : {Scale::total, Scale::mean, Scale::share, Scale::ratio}) {
    if (name_of(scale) == name) {
      return scale;
    }
  }
  return Scale::other;
}

Level level_from(const LevelFields& fields) { return {fields.first, fields.second}; }

/// The result that a Python object carries as plain values, as the engine knows it.
Estimate rebuilt(std::vector<std::string> by, const std::vector<std::vector<LevelFields>>& cells,
                 const std::vector<StatisticFields>& statistics, const Rows& rows,
                 const std::optional<Matrix>& covariance, const std::vector<ChoiceFields>& choices) {
  Estimate estimate;
  estimate.by = std::move(by);
  for (const auto& cell : cells) {
    auto& levels = estimate.cells.emplace_back();
    std::transform(cell.begin(), cell.end(), std::back_inserter(levels), &level_from);
  }
  for (const auto& [name, variables, label, level, scale, formula, df] : statistics) {
    estimate.statistics.push_back({.name = name,
                                   .variables = variables,
                                   .label = label,
                                   .level = level ? std::optional(level_from(*level)) : std::nullopt,
                                   .scale = scale_named(scale),
                                   .formula = formula,
                                   .df = df});
  }
  for (py::ssize_t row = 0; row < rows.size(); ++row) {
    estimate.rows.push_back(rows.at(row));
  }
  if (covariance) {
    estimate.covariance.assign(covariance->data(), covariance->data() + covariance->size());
  }
  for (const auto& [name, value] : choices) {
    estimate.choices.push_back({name, value});
  }
  return estimate;
}

Rows rows_of(const Estimate& estimate) {
  return Rows(static_cast<py::ssize_t>(estimate.rows.size()), estimate.rows.data());
}

std::optional<Matrix> covariance_of(const Estimate& estimate) {
  if (estimate.covariance.empty() && !estimate.rows.empty()) {
    return std::nullopt;
  }
  const auto size = static_cast<py::ssize_t>(estimate.rows.size());
  return Matrix({size, size}, estimate.covariance.data());
}

std::vector<ChoiceFields> choices_of(const Estimate& estimate) {
  std::vector<ChoiceFields> fields;
  for (const Choice& choice : estimate.choices) {
    fields.emplace_back(choice.name, choice.value);
  }
  return fields;
}

/// One of the measures that the engine derives from a row, for every row.
template <class Measure>
py::array_t<double> every_row(const Estimate& estimate, Measure measure) {
  py::array_t<double> values(static_cast<py::ssize_t>(estimate.rows.size()));
  for (py::ssize_t row = 0; row < values.size(); ++row) {
    values.mutable_at(row) = measure(row);
  }
  return values;
}

DesignEffectReference reference_named(const std::string& name) {
  if (name == "wr" || name == "wor") {
    return name == "wr" ? DesignEffectReference::wr : DesignEffectReference::wor;
  }
  throw Error(ErrorCode::argument, {.subject = "reference of a design effect",
                                    .row = std::nullopt,
                                    .expected = "\"wr\" or \"wor\"",
                                    .found = '"' + name + '"',
                                    .remedy = "",
                                    .candidates = {}});
}

std::vector<Index> questions_of(const Estimate& estimate) {
  std::vector<Index> questions;
  for (const EstimatedStatistic& statistic : estimate.statistics) {
    questions.push_back(statistic.question);
  }
  return questions;
}

Estimate combined(const Estimate& self, const Matrix& weights, const std::vector<std::string>& names) {
  return linear_combinations(self, std::vector<double>(weights.data(), weights.data() + weights.size()), names);
}

/// Calls Python with an array of weights, which stays the caller's own, and takes its numbers.
WeightFunction weight_function(const py::function& function) {
  return [&function](std::span<const double> weights) {
    const py::array_t<double> handed(static_cast<py::ssize_t>(weights.size()), weights.data());
    return function(handed).cast<std::vector<double>>();
  };
}

Estimate replicated(const Design& design, const py::function& function, const std::vector<std::string>& names) {
  return replicate(design, weight_function(function), names, python_signals());
}

Estimate combined_plausible_values(const std::vector<Estimate>& estimates, const std::string& sampling,
                                   const std::string& df) {
  return plausible_values(estimates, sampling_variance(sampling), plausible_df(df));
}

void bind_answers(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(EstimateRow, statistic, cell, status, value, variance, srs_variance, df, n, weighted_n, units,
                       strata, logit_variance);
  py::class_<Estimate>(module, "Estimate", "The answer to a question: rows, statistic by statistic.")
      .def(py::init(&rebuilt), py::arg("by"), py::arg("cells"), py::arg("statistics"), py::arg("rows"),
           py::arg("covariance"), py::arg("choices"))
      .def_readonly("by", &Estimate::by)
      .def_property_readonly("cells", &cells_of)
      .def_property_readonly("statistics", &statistics_of)
      .def_property_readonly("rows", &rows_of)
      .def_property_readonly("covariance", &covariance_of)
      .def_property_readonly("choices", &choices_of)
      .def("standard_error",
           [](const Estimate& self) { return every_row(self, [&](Index row) { return self.standard_error(row); }); })
      .def("cv", [](const Estimate& self) { return every_row(self, [&](Index row) { return self.cv(row); }); })
      .def(
          "design_effect",
          [](const Estimate& self, const std::string& reference) {
            const DesignEffectReference chosen = reference_named(reference);
            return every_row(self, [&](Index row) { return self.design_effect(row, chosen); });
          },
          py::arg("reference"))
      .def("effective_n",
           [](const Estimate& self) { return every_row(self, [&](Index row) { return self.effective_n(row); }); })
      .def_property_readonly("questions", &questions_of)
      .def("linear_combinations", &combined, py::arg("weights"), py::arg("names"))
      .def("nonlinear_combinations", &nonlinear_combinations, py::arg("expressions"), py::arg("names"));
}

}  // namespace

void bind_estimate(py::module_& module) {
  bind_expressions(module);
  bind_statistics(module);
  bind_answers(module);
  module.def("status_names", [] { return std::array{"ok", "empty", "undefined"}; }, "What the codes of `status` mean.");
  module.def("estimate", &answer, py::arg("design"), py::arg("statistics"), py::arg("where"), py::arg("by"),
             py::arg("missing"), py::arg("df"), py::arg("covariance"), py::arg("design_effect"), py::arg("threads"),
             "Answers all statistics for all groups in one pass; interrupted by Ctrl-C.");
  module.def("replicate", &replicated, py::arg("design"), py::arg("function"), py::arg("names"),
             "A function of weights, called for the full weights and for every replicate's.");
  module.def("plausible_values", &combined_plausible_values, py::arg("estimates"), py::arg("sampling_variance"),
             py::arg("df"), "One estimate from those of several plausible values.");
  module.def("most_rows", &most_rows, py::arg("frame"), py::arg("statistics"), py::arg("by"),
             py::call_guard<py::gil_scoped_release>(), "How many rows a result can have at most.");
}

}  // namespace v1
}  // namespace irosurvey
