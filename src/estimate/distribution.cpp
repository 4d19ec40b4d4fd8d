#include "irosurvey/estimate/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "core/at.hpp"
#include "core/names.hpp"
#include "core/refuse.hpp"
#include "design/parts.hpp"
#include "design/replicate_set.hpp"
#include "estimate/plan.hpp"
#include "frame/coded_column.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr NamedValue<HistogramScale> kScales[] = {
    {HistogramScale::share, "share"}, {HistogramScale::density, "density"}, {HistogramScale::total, "total"}};

/// Each bin is an estimate of its own: more are a slip of the keyboard that would take all memory.
constexpr Index kMostBins = 10'000;

/// A design with a column of codes 0 … levels − 1 that stands for another column, and its name.
struct Coded {
  Design design;
  std::string name;
};

template <class CodeOf>
Coded with_codes(const Design& design, const std::string& column, Index levels, const CodeOf& code_of) {
  const Numbers values = numbers(design.frame().column(column));
  std::vector<std::int32_t> codes;
  codes.reserve(values.values().size());
  for (const double y : values.values()) codes.push_back(std::isnan(y) ? -1 : static_cast<std::int32_t>(code_of(y)));
  std::string name = column + " in intervals";
  while (design.frame().has(name)) name += "'";
  const Frame frame = design.frame().with_column(column_of_codes(name, std::move(codes), levels));
  return {design.with_frame(frame), name};
}

/// The total of all rows of code 0 … `last`. As one total, its variance takes one square, where that of a sum of totals takes
/// a product for each two. But columns of replicate weights are added up once for each total that a row is part of.
Expr total_up_to(const Coded& coded, Index last) {
  const auto& replicates = coded.design.parts().replicates;
  if (!replicates || !replicates->has_columns()) {
    std::vector<LevelValue> codes(at(last) + 1);
    std::iota(codes.begin(), codes.end(), Index{0});
    return T(coded.name, std::move(codes));
  }
  Expr sum = T(coded.name, {Index{0}});
  for (Index code = 1; code <= last; ++code) sum = sum + T(coded.name, {code});
  return sum;
}

Expr share_of(const Expr& total) { return total / T(1); }

/// What a statistic is about, in the words of the column that was asked for.
void rename(const Design& design, const std::string& column, const std::string& name, Estimate& result) {
  for (EstimatedStatistic& statistic : result.statistics) {
    statistic.name = name;
    statistic.variables = {column};
    statistic.label = design.frame().column(column).notes().label;
  }
}

void check_edges(std::span<const double> edges) {
  const bool finite = std::all_of(edges.begin(), edges.end(), [](double edge) { return std::isfinite(edge); });
  const bool rising = std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) == edges.end();
  if (edges.size() >= 2 && finite && rising) return;
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(edges.size(), 12); ++i) {
    text += (i == 0 ? "" : ", ") + to_text(level_of(edges[i]));
  }
  refuse(ErrorCode::argument, "edges of a histogram", "two or more numbers, each above the one before",
         text.empty() ? "none" : text);
}

std::string bin_text(std::span<const double> edges, std::size_t bin) {
  const bool is_last = bin + 2 == edges.size();
  return "[" + to_text(level_of(edges[bin])) + ", " + to_text(level_of(edges[bin + 1])) + (is_last ? "]" : ")");
}

}  // namespace

std::string_view name_of(HistogramScale scale) noexcept { return name_in(kScales, scale); }
HistogramScale histogram_scale(std::string_view name) { return value_in(kScales, "scale of a histogram", name); }

Estimate distribution(const Design& design, const std::string& column, std::span<const double> points,
                      const Query& about) {
  if (points.empty()) refuse(ErrorCode::argument, "points", "at least one", "none");
  if (std::any_of(points.begin(), points.end(), [](double c) { return std::isnan(c); })) {
    refuse(ErrorCode::argument, "points", "numbers", "NaN");
  }
  std::vector<double> sorted(points.begin(), points.end());
  std::sort(sorted.begin(), sorted.end());
  const auto rank = [&](double c) { return std::lower_bound(sorted.begin(), sorted.end(), c) - sorted.begin(); };
  const Coded coded = with_codes(design, column, static_cast<Index>(sorted.size()) + 1, rank);
  Query query = about;
  query.statistics.clear();
  for (const double c : points) {
    const Expr below = total_up_to(coded, rank(c));
    query.statistics.push_back(statistic(share_of(below), "cdf", Scale::share));
    query.statistics.back().formula = "T(" + column + " <= " + to_text(level_of(c)) + ") / T(1)";
  }
  Estimate result = estimate(coded.design, query);
  rename(design, column, "cdf", result);
  for (std::size_t i = 0; i < points.size(); ++i) result.statistics[i].level = Level{level_of(points[i]), {}};
  return result;
}

Estimate histogram(const Design& design, const std::string& column, std::span<const double> edges, HistogramScale scale,
                   const Query& about) {
  check_edges(edges);
  const auto bins = static_cast<Index>(edges.size()) - 1;
  // The last bin holds its upper edge. Code `bins`: outside.
  const auto bin_of = [&](double y) {
    if (y < edges.front() || y > edges.back()) return bins;
    return std::min<Index>(bins - 1, std::upper_bound(edges.begin(), edges.end(), y) - edges.begin() - 1);
  };
  const Coded coded = with_codes(design, column, bins + 1, bin_of);
  Query query = about;
  query.statistics.clear();
  for (Index bin = 0; bin < bins; ++bin) {
    const Expr total = T(coded.name, {bin});
    const double width = edges[at(bin) + 1] - edges[at(bin)];
    switch (scale) {
      case HistogramScale::share: query.statistics.push_back(statistic(share_of(total), "share", Scale::share)); break;
      case HistogramScale::density: query.statistics.push_back(statistic(share_of(total) / width, "density")); break;
      case HistogramScale::total: query.statistics.push_back(statistic(total, "total", Scale::total)); break;
    }
    query.statistics.back().formula = std::string(name_of(scale)) + " of " + column + " in " + bin_text(edges, at(bin));
  }
  Estimate result = estimate(coded.design, query);
  rename(design, column, "histogram", result);
  for (std::size_t bin = 0; bin < at(bins); ++bin) {
    result.statistics[bin].level = Level{static_cast<Index>(bin), bin_text(edges, bin)};
  }
  return result;
}

std::vector<double> equal_edges(const Design& design, const std::string& column, Index bins, const Query& about) {
  if (bins < 1 || bins > kMostBins) {
    refuse(ErrorCode::argument, "bins of a histogram", "from 1 to " + std::to_string(kMostBins), std::to_string(bins));
  }
  Query means = about;
  means.statistics = {mean(column)};
  means.design_effect = false;
  const estimation::Plan plan = estimation::make_plan(design, means);
  const estimation::PresenceGroup& group = plan.groups[at(plan.statistics.front().group)];
  const Numbers values = numbers(design.frame().column(column));
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (Index row = 0; row < design.frame().rows(); ++row) {
    if (design.weights()[at(row)] == 0.0 || !group.holds(row) || plan.cell_of(row) < 0) continue;
    least = std::min(least, values.values()[at(row)]);
    most = std::max(most, values.values()[at(row)]);
  }
  if (!(least <= most)) refuse(ErrorCode::numerical, "histogram of '" + column + "'", "a row in the domain", "none");
  if (least == most) {  // as wide as it may be read
    least -= 0.5;
    most += 0.5;
  }
  std::vector<double> edges;
  for (Index bin = 0; bin < bins; ++bin) {
    edges.push_back(least + (most - least) * static_cast<double>(bin) / static_cast<double>(bins));
  }
  edges.push_back(most);
  return edges;
}

}  // namespace v1
}  // namespace irosurvey
