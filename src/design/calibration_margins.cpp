#include "design/calibration_margins.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>
#include <utility>

#include "core/parallel.hpp"
#include "design/pair_codes.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string short_number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

std::string limits_text(double low, double high) {
  if (std::isinf(low) && std::isinf(high)) return "any number";
  if (std::isinf(low)) return "at most " + short_number(high);
  if (std::isinf(high)) return "at least " + short_number(low);
  return "between " + short_number(low) + " and " + short_number(high);
}

namespace {

using Factors = std::map<std::string, std::shared_ptr<const Factor>>;
using RowCodes = std::shared_ptr<const std::vector<std::int32_t>>;

std::string crossed(const std::vector<std::string>& variables) {
  std::string name;
  for (const std::string& variable : variables) name += (name.empty() ? "" : " × ") + variable;
  return name.empty() ? "sum of weights" : name;
}

/// Codes of each of the columns, several columns at a time.
Factors code_columns(const Frame& frame, const std::vector<std::string>& names) {
  Factors factors;
  for (const std::string& name : names) factors.emplace(name, nullptr);
  std::vector<Factors::iterator> places;
  for (auto place = factors.begin(); place != factors.end(); ++place) places.push_back(place);
  StopSignal stop;
  run_tasks(static_cast<Index>(places.size()), 0, {}, stop, [&](Index i) {
    const auto place = places[static_cast<std::size_t>(i)];
    place->second = shared_factor(frame.column(place->first), LevelRule::observed);
  });
  return factors;
}

/// Whether a caller's `wanted` means the level `held`: 1 and 1.0 are one level, and 1 is true where the data are true or false.
bool means(const LevelValue& wanted, const LevelValue& held) {
  const auto* number = std::get_if<double>(&wanted);
  const LevelValue value = number != nullptr ? level_of(*number) : wanted;
  if (value == held) return true;
  const auto truth = [](const LevelValue& level) -> std::optional<bool> {
    if (const auto* known = std::get_if<bool>(&level)) return *known;
    const auto* whole = std::get_if<Index>(&level);
    if (whole != nullptr && (*whole == 0 || *whole == 1)) return *whole == 1;
    return std::nullopt;
  };
  const bool one_is_boolean = std::holds_alternative<bool>(value) != std::holds_alternative<bool>(held);
  return one_is_boolean && truth(value).has_value() && truth(value) == truth(held);
}

Error missing_auxiliary(const std::string& variable, Index row) {
  return {ErrorCode::design,
          {.subject = "calibration variable '" + variable + "'",
           .row = row,
           .expected = "a value in every row of positive weight",
           .found = "a missing value",
           .remedy = "Impute it, make missing a level with its own target, or give the row a weight of 0.",
           .candidates = {}}};
}

/// One margin's variables, coded together: every combination that occurs has a number.
struct Combinations {
  RowCodes codes;                                ///< -1: a row of weight 0 that misses a variable
  bool has_missing = false;                      ///< whether any code is -1
  std::vector<std::vector<std::size_t>> places;  ///< of each combination: the level of each variable
};

void check_missing(const std::string& variable, const Factor& levels, std::span<const double> weights) {
  if (!levels.has_missing) return;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (levels.codes[row] < 0 && weights[row] != 0.0) throw missing_auxiliary(variable, static_cast<Index>(row));
  }
}

/// Codes of the levels of one column: the column's own.
Combinations single(const std::shared_ptr<const Factor>& levels) {
  Combinations result{RowCodes(levels, &levels->codes), levels->has_missing, {}};
  for (std::size_t level = 0; level < levels->levels.size(); ++level) result.places.push_back({level});
  return result;
}

Combinations cross(const std::vector<const Factor*>& factors) {
  const std::size_t rows = factors.front()->codes.size();
  Codes crossed_codes{std::vector<std::int32_t>(rows, 0), 1, {}};
  for (const Factor* levels : factors) {
    std::vector<std::int32_t> inner = levels->codes;
    for (std::int32_t& code : inner) code = std::max(code, std::int32_t{0});
    crossed_codes = pair_codes(crossed_codes.codes, crossed_codes.count, inner);
  }
  Combinations result;
  result.places.resize(static_cast<std::size_t>(crossed_codes.count));
  for (std::size_t row = 0; row < rows; ++row) {
    std::int32_t& code = crossed_codes.codes[row];
    const bool missing =
        std::any_of(factors.begin(), factors.end(), [&](const Factor* f) { return f->codes[row] < 0; });
    std::vector<std::size_t>& place = result.places[static_cast<std::size_t>(code)];
    if (missing) {
      code = -1;
      result.has_missing = true;
    } else if (place.empty()) {
      for (const Factor* levels : factors) place.push_back(static_cast<std::size_t>(levels->codes[row]));
    }
  }
  result.codes = std::make_shared<const std::vector<std::int32_t>>(std::move(crossed_codes.codes));
  return result;
}

Combinations combine(const std::vector<std::string>& variables, const Factors& factors) {
  if (variables.size() == 1) return single(factors.at(variables.front()));
  std::vector<const Factor*> taken;
  for (const std::string& variable : variables) taken.push_back(factors.at(variable).get());
  return cross(taken);
}

/// `region = North East, sex = 1`.
std::string name_of_combination(const std::vector<std::string>& variables, const Factors& factors,
                                const std::vector<std::size_t>& places) {
  std::string name;
  for (std::size_t v = 0; v < variables.size(); ++v) {
    name += (v == 0 ? "" : ", ") + variables[v] + " = " + to_text(factors.at(variables[v])->levels[places[v]]);
  }
  return name;
}

std::string name_of_target(const std::vector<std::string>& variables, const MarginTarget& target) {
  std::string name;
  for (std::size_t v = 0; v < variables.size(); ++v) {
    name += (v == 0 ? "" : ", ") + variables[v] + " = " + to_text(target.levels[v]);
  }
  return name;
}

Error refused(ErrorCode code, std::string subject, std::string expected, std::string found, std::string remedy) {
  return {code,
          {.subject = std::move(subject),
           .row = {},
           .expected = std::move(expected),
           .found = std::move(found),
           .remedy = std::move(remedy),
           .candidates = {}}};
}

// ---------------------------------------------------------------------------------------------- categorical margins

void check_targets(const Margin& margin) {
  const std::string subject = "margin '" + crossed(margin.variables) + "'";
  for (const MarginTarget& target : margin.targets) {
    if (target.levels.size() != margin.variables.size()) {
      throw refused(ErrorCode::argument, subject, std::to_string(margin.variables.size()) + " levels for each target",
                    std::to_string(target.levels.size()), "Give a level of each variable of the margin.");
    }
    if (!std::isfinite(target.total) || target.total < 0.0) {
      throw refused(ErrorCode::argument, subject, "totals of at least 0",
                    short_number(target.total) + " for " + name_of_target(margin.variables, target), {});
    }
  }
}

/// The target of each combination; -1: it has none. Targets of combinations that nobody has are refused.
std::vector<Index> match_targets(const Margin& margin, const Factors& factors, const Combinations& found) {
  std::vector<Index> target_of(found.places.size(), -1);
  std::map<std::vector<std::size_t>, std::size_t> known;
  for (std::size_t c = 0; c < found.places.size(); ++c) known.emplace(found.places[c], c);
  for (std::size_t t = 0; t < margin.targets.size(); ++t) {
    const MarginTarget& target = margin.targets[t];
    std::vector<std::size_t> places;
    for (std::size_t v = 0; v < margin.variables.size(); ++v) {
      const std::vector<Level>& levels = factors.at(margin.variables[v])->levels;
      const auto held = [&](const Level& level) { return means(target.levels[v], level.value); };
      const auto place = std::find_if(levels.begin(), levels.end(), held);
      if (place != levels.end()) places.push_back(static_cast<std::size_t>(place - levels.begin()));
    }
    const auto combination = known.find(places);
    if (places.size() == margin.variables.size() && combination != known.end()) {
      Index& place = target_of[combination->second];
      if (place >= 0) {
        throw refused(ErrorCode::argument, "margin '" + crossed(margin.variables) + "'", "one target for each level",
                      "two for " + name_of_target(margin.variables, target), {});
      }
      place = static_cast<Index>(t);
    } else if (target.total > 0.0) {
      throw refused(
          ErrorCode::argument, "margin '" + crossed(margin.variables) + "'",
          "a row of the sample in every level that has a target",
          "none with " + name_of_target(margin.variables, target) + ", whose target is " + short_number(target.total),
          "Give the level's total to another level and merge the two in the data, or leave it out.");
    }
  }
  return target_of;
}

/// Rows of combinations without a target leave the margin, if they weigh nothing.
void drop_untargeted(const Margin& margin, const Factors& factors, const std::vector<Index>& target_of,
                     std::span<const double> weights, Combinations& found) {
  std::vector<double> weight_of(found.places.size(), 0.0);
  std::vector<Index> rows_of(found.places.size(), 0);
  std::vector<std::int32_t> codes = *found.codes;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (codes[row] < 0) continue;
    const auto combination = static_cast<std::size_t>(codes[row]);
    if (target_of[combination] >= 0) continue;
    weight_of[combination] += weights[row];
    rows_of[combination] += weights[row] == 0.0 ? 0 : 1;
    codes[row] = -1;
    found.has_missing = true;
  }
  found.codes = std::make_shared<const std::vector<std::int32_t>>(std::move(codes));
  std::string names;
  constexpr int kShown = 5;
  int shown = 0;
  for (std::size_t c = 0; c < found.places.size(); ++c) {
    if (rows_of[c] == 0 || ++shown > kShown) continue;
    names += (shown == 1 ? "" : "; ") + name_of_combination(margin.variables, factors, found.places[c]) + " (" +
             std::to_string(rows_of[c]) + (rows_of[c] == 1 ? " row" : " rows") + ", sum of weights " +
             short_number(weight_of[c]) + ")";
  }
  if (shown == 0) return;
  if (shown > kShown) names += "; and " + std::to_string(shown - kShown) + " more";
  throw refused(ErrorCode::argument, "margin '" + crossed(margin.variables) + "'",
                "a target for every level in the sample", "none for " + names,
                "Give each its total, or merge levels in the data.");
}

/// In lanes: an add needn't wait for the one before it.
double sum_of(std::span<const double> weights) {
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes] = {};
  const std::size_t whole = weights.size() - weights.size() % kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += weights[i + lane];
  }
  const double rest = std::accumulate(weights.begin() + static_cast<std::ptrdiff_t>(whole), weights.end(), 0.0);
  return std::accumulate(std::begin(lanes), std::end(lanes), rest);
}

/// What a share of 1 stands for.
double share_unit(const Margin& margin, double population) {
  double sum = 0.0;
  for (const MarginTarget& target : margin.targets) sum += target.total;
  if (sum > 0.0) return population / sum;
  throw refused(ErrorCode::argument, "margin '" + crossed(margin.variables) + "'", "shares that sum to more than 0",
                short_number(sum), {});
}

void add_categories(const Margin& margin, const Factors& factors, std::optional<double> population,
                    std::span<const double> weights, CalibrationProblem& problem) {
  check_targets(margin);
  for (const std::string& variable : margin.variables) check_missing(variable, *factors.at(variable), weights);
  Combinations found = combine(margin.variables, factors);
  const std::vector<Index> target_of = match_targets(margin, factors, found);
  if (std::any_of(target_of.begin(), target_of.end(), [](Index t) { return t < 0; })) {
    drop_untargeted(margin, factors, target_of, weights, found);
  }
  const double unit = population ? share_unit(margin, *population) : 1.0;
  PosedMargin posed{crossed(margin.variables), problem.x.count, static_cast<Index>(found.places.size()), true, 0.0};
  for (std::size_t c = 0; c < found.places.size(); ++c) {
    const Index target = target_of[c];
    problem.totals.push_back(target < 0 ? 0.0 : unit * margin.targets[static_cast<std::size_t>(target)].total);
    problem.targets.push_back(
        found.places[c].empty() ? std::string{} : name_of_combination(margin.variables, factors, found.places[c]));
    posed.sum += problem.totals.back();
  }
  problem.x.categories.push_back({std::move(found.codes), found.has_missing, posed.first, posed.count});
  problem.x.count += posed.count;
  problem.margins.push_back(std::move(posed));
}

// ---------------------------------------------------------------------------------------------- amounts

Numbers numbers_without_missing(const Frame& frame, const std::string& variable, std::span<const double> weights) {
  Numbers values = numbers(frame.column(variable));
  for (std::size_t row = 0; values.has_missing() && row < weights.size(); ++row) {
    if (std::isnan(values.values()[row]) && weights[row] != 0.0) {
      throw missing_auxiliary(variable, static_cast<Index>(row));
    }
  }
  return values;
}

Numbers ones(std::size_t rows) {
  const auto values = std::make_shared<const std::vector<double>>(rows, 1.0);
  return {std::span<const double>(*values), false, values};
}

void add_amount(const Frame& frame, const Margin& margin, std::span<const double> weights,
                CalibrationProblem& problem) {
  const std::string name = crossed(margin.variables);
  if (margin.variables.size() > 1 || !margin.targets.empty()) {
    throw refused(ErrorCode::argument, "margin '" + name + "'",
                  "one column of numbers and its total, or levels and theirs",
                  margin.targets.empty() ? "one total for several columns" : "both", {});
  }
  if (!std::isfinite(*margin.total)) {
    throw refused(ErrorCode::argument, "margin '" + name + "'", "a finite total", short_number(*margin.total), {});
  }
  Numbers values =
      margin.variables.empty() ? ones(weights.size()) : numbers_without_missing(frame, margin.variables[0], weights);
  problem.x.amounts.push_back({std::move(values), problem.x.count});
  problem.totals.push_back(*margin.total);
  problem.targets.push_back(name);
  problem.margins.push_back({name, problem.x.count, 1, false, *margin.total});
  ++problem.x.count;
}

// ---------------------------------------------------------------------------------------------- clusters

/// Places of clusters' rows, and means of x weighted with `weights`: of a cluster's rows each is a fair picture of all.
std::shared_ptr<const ClusterMeans> no_means(std::vector<std::int32_t> cluster_of_row) {
  auto means = std::make_shared<ClusterMeans>();
  means->cluster_of_row = std::make_shared<const std::vector<std::int32_t>>(std::move(cluster_of_row));
  return means;
}

std::vector<std::string> coded_variables(const Calibration& calibration) {
  std::vector<std::string> names;
  for (const Margin& margin : calibration.margins) {
    if (margin.total) continue;
    for (const std::string& variable : margin.variables) {
      if (std::find(names.begin(), names.end(), variable) == names.end()) names.push_back(variable);
    }
  }
  if (!calibration.equal_within.empty()) names.push_back(calibration.equal_within);
  return names;
}

}  // namespace

CalibrationProblem pose(const Frame& frame, const Calibration& calibration, std::span<const double> weights) {
  const Factors factors = code_columns(frame, coded_variables(calibration));
  std::optional<double> population;
  if (calibration.shares) population = calibration.population ? *calibration.population : sum_of(weights);
  CalibrationProblem problem;
  for (const Margin& margin : calibration.margins) {
    if (margin.total) {
      add_amount(frame, margin, weights, problem);
      continue;
    }
    if (margin.variables.empty() || margin.targets.empty()) {
      throw refused(ErrorCode::argument, "margin '" + crossed(margin.variables) + "'",
                    "a total for each level, or one total", "none", {});
    }
    add_categories(margin, factors, population, weights, problem);
  }
  if (!calibration.equal_within.empty()) {
    const Factor& clusters = *factors.at(calibration.equal_within);
    check_missing(calibration.equal_within, clusters, weights);
    std::vector<std::int32_t> codes = clusters.codes;
    for (std::int32_t& code : codes) code = std::max(code, std::int32_t{0});  // of weight 0: any cluster will do
    problem.x.means = no_means(std::move(codes));
  }
  return problem;
}

namespace {

/// Shares by the place of their level; levels of the data without a share have none.
std::vector<double> shares_of(const Standardization& asked, const std::vector<Level>& levels,
                              std::vector<std::string>& notes) {
  std::vector<double> shares(levels.size(), 0.0);
  std::vector<bool> given(levels.size(), false);
  double sum = 0.0;
  for (const auto& [value, share] : asked.shares) {
    if (!std::isfinite(share) || share < 0.0) {
      throw refused(ErrorCode::argument, "standard shares of '" + asked.variable + "'", "shares of at least 0",
                    short_number(share) + " for " + to_text(value), {});
    }
    sum += share;
    const auto held = [&, &wanted = value](const Level& level) { return means(wanted, level.value); };
    const auto place = std::find_if(levels.begin(), levels.end(), held);
    if (place == levels.end()) {
      notes.push_back("No row has " + asked.variable + " = " + to_text(value) +
                      ": its share of the standard is left out.");
      continue;
    }
    const auto at = static_cast<std::size_t>(place - levels.begin());
    if (given[at]) {
      throw refused(ErrorCode::argument, "standard shares of '" + asked.variable + "'", "one share for each level",
                    "two for " + to_text(value), {});
    }
    given[at] = true;
    shares[at] = share;
  }
  if (!(sum > 0.0)) {
    throw refused(ErrorCode::argument, "standard shares of '" + asked.variable + "'", "shares that sum to more than 0",
                  short_number(sum), {});
  }
  for (std::size_t level = 0; level < levels.size(); ++level) {
    shares[level] /= sum;
    if (!given[level]) {
      throw refused(ErrorCode::argument, "standard shares of '" + asked.variable + "'",
                    "a share for every level in the data", "none for " + to_text(levels[level]),
                    "Give it a share (0 leaves its rows out), or leave its rows out by `where`.");
    }
  }
  return shares;
}

/// Codes of several columns together; -1 where any is missing.
Combinations groups_of(const Standardization& asked, const Factors& factors, std::size_t rows) {
  if (asked.within.empty()) return {std::make_shared<const std::vector<std::int32_t>>(rows, 0), false, {{}}};
  std::vector<const Factor*> taken;
  for (const std::string& name : asked.within) taken.push_back(factors.at(name).get());
  return cross(taken);
}

/// Rows placed in the cells groups × levels of a standardisation.
struct StandardCells {
  std::vector<std::int32_t> codes;  ///< of each row; -1: left out
  std::vector<double> group_sums;   ///< of weights
  std::vector<Index> members;       ///< rows of each cell
  Index missing = 0;                ///< rows left out because they miss a variable
};

StandardCells place_rows(const Standardization& asked, const Combinations& groups, const Factor& variable,
                         std::span<const double> weights) {
  const std::size_t levels = variable.levels.size();
  StandardCells cells{std::vector<std::int32_t>(weights.size(), -1), std::vector<double>(groups.places.size(), 0.0),
                      std::vector<Index>(groups.places.size() * levels, 0), 0};
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] == 0.0 || (!asked.where.empty() && asked.where[row] == 0)) continue;
    const std::int32_t group = (*groups.codes)[row];
    const std::int32_t level = variable.codes[row];
    if (group < 0 || level < 0) {
      ++cells.missing;
      continue;
    }
    const std::size_t cell = static_cast<std::size_t>(group) * levels + static_cast<std::size_t>(level);
    cells.codes[row] = static_cast<std::int32_t>(cell);
    cells.group_sums[static_cast<std::size_t>(group)] += weights[row];
    ++cells.members[cell];
  }
  return cells;
}

std::string name_of_cell(const Standardization& asked, const Factors& factors, const Combinations& groups,
                         std::size_t group, std::size_t level) {
  std::string name;
  if (!asked.within.empty() && !groups.places[group].empty()) {
    name = name_of_combination(asked.within, factors, groups.places[group]) + ", ";
  }
  return name.append(asked.variable).append(" = ").append(to_text(factors.at(asked.variable)->levels[level]));
}

}  // namespace

CalibrationProblem pose(const Frame& frame, const Standardization& asked, std::span<const double> weights) {
  if (!asked.where.empty() && asked.where.size() != weights.size()) {
    throw refused(ErrorCode::argument, "where", std::to_string(weights.size()) + " entries, one a row",
                  std::to_string(asked.where.size()), {});
  }
  std::vector<std::string> names = asked.within;
  names.push_back(asked.variable);
  const Factors factors = code_columns(frame, names);
  CalibrationProblem problem;
  const std::vector<double> shares = shares_of(asked, factors.at(asked.variable)->levels, problem.notes);
  const Combinations groups = groups_of(asked, factors, weights.size());
  StandardCells cells = place_rows(asked, groups, *factors.at(asked.variable), weights);
  if (cells.missing > 0) {
    problem.notes.push_back(std::to_string(cells.missing) + (cells.missing == 1 ? " row misses " : " rows miss ") +
                            joined(names) + " and got weight 0.");
  }
  PosedMargin posed{crossed(names), 0, static_cast<Index>(cells.members.size()), true, 0.0};
  for (std::size_t cell = 0; cell < cells.members.size(); ++cell) {
    const double share = shares[cell % shares.size()] * cells.group_sums[cell / shares.size()];
    problem.targets.push_back(name_of_cell(asked, factors, groups, cell / shares.size(), cell % shares.size()));
    problem.totals.push_back(cells.members[cell] == 0 ? 0.0 : share);
    posed.sum += problem.totals.back();
    if (cells.members[cell] > 0 || share == 0.0) continue;
    problem.notes.push_back("No row has " + problem.targets.back() +
                            ": the standard's share of that level is missing from the group.");
  }
  problem.x.categories.push_back(
      {std::make_shared<const std::vector<std::int32_t>>(std::move(cells.codes)), true, 0, posed.count});
  problem.x.count = posed.count;
  problem.margins.push_back(std::move(posed));
  return problem;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
