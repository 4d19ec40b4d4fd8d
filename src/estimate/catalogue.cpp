#include <array>
#include <utility>

#include "core/names.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/statistic.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

// A kind of statistic is one entry: its expression of totals is all that the engine knows of it.
constexpr std::array kCatalogue = {
    Definition{.name = "mean",
               .formula = "T(y) / T(1)",
               .summary = "Mean of a column over the rows of the domain.",
               .variables = 1,
               .scale = Scale::mean,
               .by_level = false,
               .expression = [](std::span<const Variable> v) { return Expr::total(v[0]) / T(1); }},
    Definition{.name = "total",
               .formula = "T(y)",
               .summary = "Total of a column in the population of the domain.",
               .variables = 1,
               .scale = Scale::total,
               .by_level = false,
               .expression = [](std::span<const Variable> v) { return Expr::total(v[0]); }},
    Definition{.name = "proportion",
               .formula = "T(y = level) / T(1)",
               .summary = "Share of the domain in each level of a column.",
               .variables = 1,
               .scale = Scale::share,
               .by_level = true,
               .expression = [](std::span<const Variable> v) { return Expr::total(v[0]) / T(1); }},
    Definition{.name = "ratio",
               .formula = "T(y) / T(x)",
               .summary = "Ratio of the totals of two columns.",
               .variables = 2,
               .scale = Scale::ratio,
               .by_level = false,
               .expression = [](std::span<const Variable> v) { return Expr::total(v[0]) / Expr::total(v[1]); }},
};

constexpr NamedValue<Scale> kScales[] = {
    {Scale::total, "total"}, {Scale::mean, "mean"},   {Scale::share, "share"},
    {Scale::ratio, "ratio"}, {Scale::other, "other"},
};

}  // namespace

std::string_view name_of(Scale scale) noexcept { return name_in(kScales, scale); }

std::span<const Definition> catalogue() noexcept { return kCatalogue; }

const Definition& definition(std::string_view name) {
  std::vector<std::string> names;
  std::string listed;
  for (const Definition& entry : kCatalogue) {
    if (entry.name == name) return entry;
    names.emplace_back(entry.name);
    listed += (listed.empty() ? "'" : ", '") + names.back() + "'";
  }
  throw Error(ErrorCode::argument, {.subject = "statistic",
                                    .row = {},
                                    .expected = "one of " + listed,
                                    .found = "'" + std::string(name) + "'",
                                    .remedy = {},
                                    .candidates = near_names(name, names)});
}

Statistic statistic(const Definition& definition, std::vector<std::string> columns) {
  if (static_cast<int>(columns.size()) != definition.variables) {
    throw Error(ErrorCode::argument, {.subject = "statistic '" + std::string(definition.name) + "'",
                                      .row = {},
                                      .expected = std::to_string(definition.variables) + " column(s)",
                                      .found = std::to_string(columns.size()),
                                      .remedy = {},
                                      .candidates = {}});
  }
  Statistic result{std::string(definition.name), std::move(columns), definition.scale, {}, {}, {}, {}};
  if (definition.by_level) return result;
  std::vector<Variable> variables;
  for (const std::string& column : result.variables) variables.push_back({column, {}, {}});
  result.expression = definition.expression(variables);
  return result;
}

Statistic statistic(Expr expression, std::string name, Scale scale) {
  return {std::move(name), expression.columns(), scale, expression, {}, {}, {}};
}

Statistic mean(std::string y) { return statistic(definition("mean"), {std::move(y)}); }
Statistic total(std::string y) { return statistic(definition("total"), {std::move(y)}); }
Statistic ratio(std::string y, std::string x) { return statistic(definition("ratio"), {std::move(y), std::move(x)}); }
Statistic proportion(std::string y) { return statistic(definition("proportion"), {std::move(y)}); }

Statistic proportion(std::string y, std::vector<LevelValue> levels) {
  const Definition& share = definition("proportion");
  const std::array variables = {Variable{y, levels, {}}};
  return {std::string(share.name), {std::move(y)}, share.scale, share.expression(variables), std::move(levels), {}, {}};
}

}  // namespace v1
}  // namespace irosurvey
