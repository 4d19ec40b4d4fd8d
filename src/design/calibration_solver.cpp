#include "design/calibration_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/at.hpp"
#include "design/calibration_points.hpp"
#include "design/calibration_reach.hpp"
#include "design/pair_codes.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

bool is_newton(const Calibration& calibration) {
  return calibration.method != CalibrationMethod::poststratify && calibration.method != CalibrationMethod::rake;
}

Error refused(ErrorCode code, std::string subject, std::string expected, std::string found, std::string remedy,
              std::optional<Index> row = {}) {
  return {code,
          {.subject = std::move(subject),
           .row = row,
           .expected = std::move(expected),
           .found = std::move(found),
           .remedy = std::move(remedy),
           .candidates = {}}};
}

// ---------------------------------------------------------------------------------------------- gathering rows

constexpr Index kRowsPerTask = 65'536;

/// Runs `use(begin, end, block)` over blocks of rows.
template <class Use>
void over_rows(Index rows, int threads, StopSignal& stop, Use&& use) {
  const Index blocks = std::max<Index>(1, rows / kRowsPerTask);
  run_tasks(blocks, threads, {}, stop, [&](Index b) { use(rows * b / blocks, rows * (b + 1) / blocks, b); });
}

/// Places of a margin's codes in a mixed radix: 0 is "none" where there are such rows.
Index places_of(const Categories& margin) { return margin.count + (margin.has_unassigned ? 1 : 0); }

/// Codes of every margin for each of `count` cells, given a function from (cell, margin) to the code.
template <class CodeOf>
Auxiliaries cell_auxiliaries(const Auxiliaries& x, Index count, const CodeOf& code_of) {
  Auxiliaries cells;
  cells.count = x.count;
  for (std::size_t m = 0; m < x.categories.size(); ++m) {
    std::vector<std::int32_t> codes(at(count));
    for (Index cell = 0; cell < count; ++cell) codes[at(cell)] = code_of(cell, m);
    Categories margin = x.categories[m];
    margin.codes = std::make_shared<const std::vector<std::int32_t>>(std::move(codes));
    cells.categories.push_back(std::move(margin));
  }
  return cells;
}

/// A cell's number is that of its codes in a mixed radix. For margins of few levels: most cells may be empty.
Cells dense_cells(const Auxiliaries& x, Index rows, Index count) {
  Cells cells;
  cells.count = count;
  cells.of_row.resize(at(rows));
  StopSignal stop;
  over_rows(rows, 0, stop, [&](Index begin, Index end, Index /*block*/) {
    Index stride = 1;
    for (const Categories& margin : x.categories) {
      const std::int32_t* codes = margin.codes->data();
      const std::int32_t shift = margin.has_unassigned ? 1 : 0;
      const auto step = static_cast<std::int32_t>(stride);
      std::int32_t* cell = cells.of_row.data();
      for (Index i = begin; i < end; ++i) cell[i] += step * (codes[i] + shift);
      stride *= places_of(margin);
    }
  });
  cells.x = cell_auxiliaries(x, count, [&](Index cell, std::size_t m) {
    for (std::size_t before = 0; before < m; ++before) cell /= places_of(x.categories[before]);
    const std::int32_t shift = x.categories[m].has_unassigned ? 1 : 0;
    return static_cast<std::int32_t>(cell % places_of(x.categories[m])) - shift;
  });
  return cells;
}

/// The same for margins of many levels: only cells that occur.
Cells sparse_cells(const Auxiliaries& x, Index rows) {
  Codes together{std::vector<std::int32_t>(at(rows), 0), 1, {}};
  for (const Categories& margin : x.categories) {
    std::vector<std::int32_t> shifted = *margin.codes;
    if (margin.has_unassigned) {
      for (std::int32_t& code : shifted) ++code;
    }
    together = pair_codes(together.codes, together.count, shifted);
  }
  std::vector<Index> row_of(at(together.count));
  for (Index row = 0; row < rows; ++row) row_of[at(together.codes[at(row)])] = row;
  Cells cells;
  cells.count = together.count;
  cells.x = cell_auxiliaries(x, together.count,
                             [&](Index cell, std::size_t m) { return (*x.categories[m].codes)[at(row_of[at(cell)])]; });
  cells.of_row = std::move(together.codes);
  return cells;
}

Cells gather(const Auxiliaries& x, Index rows) {
  constexpr Index kMostDense = 1 << 12;
  Index count = 1;
  for (const Categories& margin : x.categories) count = std::min(kMostDense + 1, count * places_of(margin));
  return count <= kMostDense ? dense_cells(x, rows, count) : sparse_cells(x, rows);
}

/// Sums of weights by cell. Neighbouring rows add to different lanes: a row needn't wait for the one before it.
std::vector<double> sums_by_cell(const Cells& cells, std::span<const double> weights, int threads, StopSignal& stop) {
  constexpr Index kLanes = 4;
  constexpr Index kMostInLanes = 1 << 13;
  const Index lanes = cells.count <= kMostInLanes ? kLanes : 1;
  const auto rows = static_cast<Index>(weights.size());
  const Index blocks = cells.count <= kMostInLanes ? std::max<Index>(1, rows / kRowsPerTask) : 1;
  std::vector<std::vector<double>> parts(at(blocks));
  run_tasks(blocks, threads, {}, stop, [&](Index b) {
    std::vector<double>& sums = parts[at(b)];
    sums.assign(at(cells.count * lanes), 0.0);
    const Index begin = rows * b / blocks;
    const Index end = rows * (b + 1) / blocks;
    for (Index i = begin; i < end; ++i) sums[at(cells.of_row[at(i)] * lanes + (i - begin) % lanes)] += weights[at(i)];
  });
  std::vector<double> result(at(cells.count), 0.0);
  for (const std::vector<double>& sums : parts) {
    for (std::size_t k = 0; k < sums.size(); ++k) result[k / at(lanes)] += sums[k];
  }
  return result;
}

// ---------------------------------------------------------------------------------------------- clusters

/// Lines of weighted means, cluster by cluster.
std::shared_ptr<const ClusterMeans> cluster_means(const Auxiliaries& x, std::span<const double> weights,
                                                  std::vector<double>& cluster_weights) {
  auto means = std::make_shared<ClusterMeans>();
  means->cluster_of_row = x.means->cluster_of_row;
  Auxiliaries of_rows = x;
  of_rows.means.reset();
  const std::vector<std::int32_t>& clusters = *means->cluster_of_row;
  const Index count = clusters.empty() ? 0 : *std::max_element(clusters.begin(), clusters.end()) + Index{1};
  std::vector<std::vector<Index>> members(at(count));
  cluster_weights.assign(at(count), 0.0);
  for (std::size_t row = 0; row < clusters.size(); ++row) {
    if (weights[row] == 0.0) continue;
    members[at(clusters[row])].push_back(static_cast<Index>(row));
    cluster_weights[at(clusters[row])] += weights[row];
  }
  std::vector<double> sums(at(x.count), 0.0);
  std::vector<std::size_t> touched;
  for (Index c = 0; c < count; ++c) {
    touched.clear();
    for (const Index row : members[at(c)]) {
      of_rows.visit(row, [&](std::size_t j, double value) {
        if (sums[j] == 0.0) touched.push_back(j);
        sums[j] += weights[at(row)] * value;
      });
    }
    for (const std::size_t j : touched) {
      if (sums[j] == 0.0) continue;  // taken before, or nothing after all
      means->auxiliary.push_back(static_cast<std::int32_t>(j));
      means->value.push_back(sums[j] / cluster_weights[at(c)]);
      sums[j] = 0.0;
    }
    means->begin.push_back(means->auxiliary.size());
  }
  return means;
}

// ---------------------------------------------------------------------------------------------- limits

using Limits = std::pair<double, double>;

/// Bounds on the weight, as bounds on a row's ratio.
Limits ratio_limits(const Limits& bounds, double weight) { return {bounds.first / weight, bounds.second / weight}; }

void require_one_inside(const Calibration& calibration, const Limits& limits, Index row) {
  if (calibration.method != CalibrationMethod::logit || (limits.first < 1.0 && limits.second > 1.0)) return;
  throw refused(ErrorCode::argument, "bounds of logit calibration", "the initial weight inside them",
                "a ratio between " + short_number(limits.first) + " and " + short_number(limits.second),
                "Widen the bounds, or use linear or raking.", row);
}

/// Limits of each point's ratio where the weights themselves are bounded.
std::vector<Limits> weight_limits(const Calibration& calibration, std::span<const double> weights,
                                  const ClusterMeans* clusters, std::size_t points) {
  std::vector<Limits> limits(points, {0.0, std::numeric_limits<double>::infinity()});
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] == 0.0) continue;
    const Limits own = ratio_limits(*calibration.bounds, weights[row]);
    require_one_inside(calibration, own, static_cast<Index>(row));
    Limits& of_point = limits[clusters == nullptr ? row : at((*clusters->cluster_of_row)[row])];
    of_point = {std::max(of_point.first, own.first), std::min(of_point.second, own.second)};
  }
  return limits;
}

/// What the misfit of each target is relative to: the target, or, of one near 0 among amounts Σ d |x| that aren't, a share
/// of these. Weights may be far from the size of the targets to begin with; the amounts are taken as they will be.
std::vector<double> sizes_of(const std::vector<double>& totals, const std::vector<double>& absolute) {
  constexpr double kNearZero = 1e-3;
  double shrink = 0.0;
  for (std::size_t j = 0; j < totals.size(); ++j) {
    if (absolute[j] > 0.0) shrink = std::max(shrink, std::abs(totals[j]) / absolute[j]);
  }
  if (shrink == 0.0 || shrink > 1.0) shrink = 1.0;
  std::vector<double> sizes(totals.size());
  for (std::size_t j = 0; j < sizes.size(); ++j) {
    sizes[j] = std::max(std::abs(totals[j]), kNearZero * shrink * absolute[j]);
  }
  return sizes;
}

}  // namespace

CalibrationSolver::CalibrationSolver(const CalibrationProblem& problem, const Calibration& calibration, Index rows)
    : problem_(problem), calibration_(calibration), rows_(rows) {
  const bool by_weight = (calibration.bounds && calibration.bounds_on == BoundsOn::weight) ||
                         (calibration.trim && calibration.method == CalibrationMethod::rake);
  if (problem.x.amounts.empty() && !problem.x.means && !by_weight) cells_ = gather(problem.x, rows);
}

Auxiliaries CalibrationSolver::auxiliaries(std::span<const double> weights) const {
  if (!problem_.x.means) return problem_.x;
  std::vector<double> cluster_weights;
  Auxiliaries x;
  x.count = problem_.x.count;
  x.means = cluster_means(problem_.x, weights, cluster_weights);
  return x;
}

std::string CalibrationSolver::misfits(std::span<const double> achieved) const {
  constexpr std::size_t kShown = 5;
  std::vector<std::size_t> order(problem_.totals.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto relative = [&](std::size_t j) {
    const double misfit = std::abs(achieved[j] - problem_.totals[j]);
    return std::isnan(misfit) ? std::numeric_limits<double>::infinity() : misfit / std::abs(problem_.totals[j]);
  };
  std::erase_if(order, [&](std::size_t j) { return !(relative(j) > calibration_.tolerance); });
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return relative(a) > relative(b); });
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, order.size()); ++i) {
    const std::size_t j = order[i];
    text += (i == 0 ? "" : "; ") + problem_.targets[j] + " at " +
            (std::isfinite(achieved[j]) ? short_number(achieved[j]) : "more than a double holds") + " instead of " +
            short_number(problem_.totals[j]);
    if (std::isfinite(relative(j))) text += " (off by " + short_number(100.0 * relative(j)) + "%)";
  }
  if (order.size() > kShown) text += "; and " + std::to_string(order.size() - kShown) + " more";
  return text;
}

namespace {

/// Σ d |x| of each auxiliary: what its rounding is relative to, and whether anyone has it at all.
std::vector<double> absolute_totals(const Points& points, Index auxiliaries) {
  std::vector<double> totals(at(auxiliaries), 0.0);
  for (Index i = 0; i < points.count(); ++i) {
    const double d = points.weights[at(i)];
    if (d == 0.0) continue;
    points.x.visit(i, [&](std::size_t j, double x) { totals[j] += std::abs(d * x); });
  }
  return totals;
}

/// Targets that nobody is left to meet.
std::vector<std::string> leave_out_empty(const CalibrationProblem& problem, const std::vector<double>& absolute,
                                         EmptyTarget empty, std::vector<double>& totals) {
  std::vector<std::string> left_out;
  for (const PosedMargin& margin : problem.margins) {
    double left = 0.0;
    for (Index j = margin.first; j < margin.first + margin.count; ++j) {
      if (absolute[at(j)] > 0.0 || totals[at(j)] == 0.0) continue;
      left += totals[at(j)];
      totals[at(j)] = 0.0;
      left_out.push_back(problem.targets[at(j)]);
    }
    if (left == 0.0 || problem.margins.size() == 1 || left >= margin.sum) continue;
    for (Index j = margin.first; j < margin.first + margin.count; ++j)
      totals[at(j)] *= margin.sum / (margin.sum - left);
  }
  if (left_out.empty() || empty == EmptyTarget::leave_out) return left_out;
  throw refused(ErrorCode::argument, "calibration", "a row of positive weight in every level that has a target",
                "none with " + joined(left_out), "Merge the level with another in the data, or leave its target out.");
}

/// Margins that each cover the sample must say the same of its size, unless the last of them is to decide.
void check_sums(const CalibrationProblem& problem, const Calibration& calibration) {
  const PosedMargin* first = nullptr;
  for (const PosedMargin& margin : problem.margins) {
    const bool covers_sample = margin.categorical || margin.name == "sum of weights";
    if (!covers_sample) continue;
    if (first == nullptr) {
      first = &margin;
    } else if (std::abs(margin.sum - first->sum) > calibration.tolerance * std::abs(first->sum)) {
      throw refused(
          ErrorCode::argument, "margins '" + first->name + "' and '" + margin.name + "'", "targets of one sum",
          short_number(first->sum) + " and " + short_number(margin.sum) + ", apart by " +
              short_number(margin.sum - first->sum),
          "Make the totals agree, or give them as shares. (rake takes margins of unequal sum, and meets the last.)");
    }
  }
}

Points points_of(const CalibrationProblem& problem, const Calibration& calibration, const std::optional<Cells>& cells,
                 std::span<const double> weights, int threads, StopSignal& stop) {
  Points points;
  if (cells) {
    points.x = cells->x;
    points.weights = sums_by_cell(*cells, weights, threads, stop);
  } else if (problem.x.means) {
    auto means = std::make_shared<ClusterMeans>(*cluster_means(problem.x, weights, points.weights));
    points.x.count = problem.x.count;
    points.x.means = means;
  } else {
    points.x = problem.x;
    points.weights.assign(weights.begin(), weights.end());
  }
  if (calibration.bounds && is_newton(calibration)) {
    if (calibration.bounds_on == BoundsOn::weight) {
      points.limits = weight_limits(calibration, weights, points.x.means.get(), points.weights.size());
    } else {
      require_one_inside(calibration, *calibration.bounds, 0);
      points.limits = {*calibration.bounds};
    }
  }
  return points;
}

/// Targets that contradict each other in the sample, in words. Weights below 0, as an unbounded linear distance allows,
/// may meet them all the same.
std::string contradictions(const Points& points, const CalibrationProblem& problem, const Calibration& calibration,
                           std::span<const double> totals) {
  const bool may_be_negative =
      calibration.bounds ? calibration.bounds->first < 0.0 : calibration.method == CalibrationMethod::linear;
  if (may_be_negative) return {};
  if (calibration.method != CalibrationMethod::rake) {
    return out_of_reach(points, problem, totals, calibration.tolerance);
  }
  return out_of_reach(points, problem, of_one_sum(problem.margins, totals), calibration.tolerance);
}

std::string remedy_of(const Calibration& calibration) {
  if (calibration.bounds) return "Widen the bounds, or merge levels.";
  if (calibration.trim && calibration.method == CalibrationMethod::rake) return "Widen the trimming, or merge levels.";
  if (calibration.method == CalibrationMethod::rake) {
    return "Raise max_iterations or the tolerance; if that doesn't help, no weights meet these margins: a combination "
           "of levels may be empty in the sample.";
  }
  return "No such weights may exist: look for targets that contradict each other or the sample.";
}

}  // namespace

Calibrated CalibrationSolver::solve(std::span<const double> weights, EmptyTarget empty, int threads,
                                    StopSignal& stop) const {
  Points points = points_of(problem_, calibration_, cells_, weights, threads, stop);
  // Cluster lines are by row's cluster; as points they are by their own number.
  if (points.x.means) {
    auto lines = std::make_shared<ClusterMeans>(*points.x.means);
    std::vector<std::int32_t> own(points.weights.size());
    std::iota(own.begin(), own.end(), 0);
    lines->cluster_of_row = std::make_shared<const std::vector<std::int32_t>>(std::move(own));
    points.x.means = std::move(lines);
  }
  const std::vector<double> absolute = absolute_totals(points, problem_.x.count);
  std::vector<double> totals = problem_.totals;
  Calibrated result;
  result.left_out = leave_out_empty(problem_, absolute, empty, totals);
  const std::vector<double> sizes = sizes_of(totals, absolute);
  Ratios ratios;
  if (is_newton(calibration_)) {
    check_sums(problem_, calibration_);
    ratios = newton(points, totals, sizes, calibration_, threads, stop);
  } else {
    ratios = rake(points, problem_.margins, totals, calibration_, stop);
  }
  if (ratios.settled) result.missed = misfits(ratios.achieved);
  if (!ratios.met && !ratios.settled) {
    const std::string why = contradictions(points, problem_, calibration_, totals);
    throw refused(
        ErrorCode::numerical, "calibration by " + std::string(name_of(calibration_.method)),
        "weights that meet every target to a relative " + short_number(calibration_.tolerance),
        !why.empty() ? why : "after " + std::to_string(ratios.iterations) + " iterations " + misfits(ratios.achieved),
        why.empty() ? remedy_of(calibration_) : "Merge these levels, or leave one of the margins out.");
  }
  result.iterations = ratios.iterations;
  result.misfit = ratios.misfit;
  bool any = false;
  for (std::size_t i = 0; i < points.weights.size(); ++i) {
    if (points.weights[i] == 0.0) continue;
    result.least_ratio = any ? std::min(result.least_ratio, ratios.of_point[i]) : ratios.of_point[i];
    result.greatest_ratio = any ? std::max(result.greatest_ratio, ratios.of_point[i]) : ratios.of_point[i];
    any = true;
  }
  result.weights.resize(weights.size());
  const std::int32_t* point = cells_             ? cells_->of_row.data()
                              : problem_.x.means ? problem_.x.means->cluster_of_row->data()
                                                 : nullptr;
  over_rows(rows_, threads, stop, [&](Index begin, Index end, Index /*block*/) {
    for (Index i = begin; i < end; ++i) {
      result.weights[at(i)] = weights[at(i)] * ratios.of_point[point == nullptr ? at(i) : at(point[i])];
    }
  });
  return result;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
