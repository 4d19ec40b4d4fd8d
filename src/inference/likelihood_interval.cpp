#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "inference/critical_value.hpp"
#include "inference/divergence.hpp"
#include "inference/point_checks.hpp"
#include "irosurvey/inference/interval.hpp"

// R's profile of an intercept-only working likelihood, to the limits that it prints: z(β), the signed root of the deviance over the
// dispersion, at steps of β; a spline through the steps; straight lines between values of the spline. The grid is coarse, and
// what it gives isn't the root of the likelihood, but it is what R's users see. So is the model's variance, which R takes from the last
// Newton step but one.

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

struct Node {
  double x;  ///< β − β̂
  double y;  ///< z(β)
};

constexpr int kMostSteps = 9;        // to either side
constexpr double kStepsToEnd = 5.0;  // a step is 1/5 of the way to where the profile may stop, were it straight
constexpr std::size_t kGridPerNode = 3;

/// KL(p, r) for logit r = logit p + b, b ≤ 0: r = p / (p + q e^−b).
double divergence_at(double p, double q, double b) { return divergence_below(p, q, -std::log1p(q * std::expm1(-b))); }

/// z at β̂ + b.
double root_deviance(const Point& point, double b) {
  const double p = point.value;
  const double divergence = b < 0.0 ? divergence_at(p, 1.0 - p, b) : divergence_at(1.0 - p, p, -b);
  const double deviance = 2.0 * (point.n - 1.0) * divergence;
  return std::copysign(std::sqrt(std::max(deviance, 0.0)), b);
}

/// μ (1 − μ) at the last Newton step of R's fit but one, over p (1 − p): the fit stops once a step changes the deviance by less than
/// 1e-8, and the variance that it reports is from before that step. Weights are taken as equal: they bear on the first step alone.
double late_variance_ratio(const Point& point) {
  constexpr int kMostIterations = 25;
  constexpr double kConverged = 1e-8;
  const double p = point.value;
  const auto deviance = [&](double mu) { return -2.0 * point.n * (p * std::log(mu) + (1.0 - p) * std::log1p(-mu)); };
  // The first step starts at (y + 1/2) / 2 for every answer y, and reaches log-odds that are linear in p.
  double before = 0.75 * 0.25;
  double known = -2.0 * point.n * std::log(0.75);
  double beta = (2.0 * p - 1.0) * (std::log(3.0) + 4.0 / 3.0);
  for (int i = 1; i < kMostIterations; ++i) {
    const double mu = 1.0 / (1.0 + std::exp(-beta));
    const double reached = deviance(mu);
    if (std::abs(reached - known) / (std::abs(reached) + 0.1) < kConverged) break;
    known = reached;
    before = mu * (1.0 - mu);
    beta += (p - mu) / before;
  }
  return before / (p * (1.0 - p));
}

/// Where R's profile may stop: a t variable with n − 1 df beyond a quarter of the normal tail below −cutoff. Infinite where that tail is
/// too small for a double.
double last_root(const Point& point, double cutoff) {
  const double tail = boost::math::cdf(boost::math::complement(boost::math::normal(), cutoff)) / 4.0;
  if (!(tail > std::numeric_limits<double>::min())) return std::numeric_limits<double>::infinity();
  const boost::math::students_t_distribution<double> student(point.n - 1.0);
  return boost::math::quantile(boost::math::complement(student, tail));
}

std::vector<Node> profile(const Point& point, double end, double step) {
  std::vector<Node> nodes{{0.0, 0.0}};
  for (const double sign : {-1.0, 1.0}) {
    for (int i = 1; i <= kMostSteps; ++i) {
      const double b = sign * i * step;
      nodes.push_back({b, root_deviance(point, b)});
      if (std::abs(nodes.back().y) >= end) break;
    }
  }
  std::sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) { return a.x < b.x; });
  return nodes;
}

/// A cubic spline whose third derivative at either end is that of the cubic through the four nodes there (0 with three nodes;
/// Forsythe, Malcolm and Moler 1977, section 4.4).
class Spline {
 public:
  explicit Spline(std::vector<Node> nodes) : nodes_(std::move(nodes)), sixths_(nodes_.size()) { solve(); }

  [[nodiscard]] double operator()(double x) const {
    std::size_t i = 0;
    while (i + 2 < nodes_.size() && x >= nodes_[i + 1].x) ++i;
    const double h = nodes_[i + 1].x - nodes_[i].x;
    const double w = (x - nodes_[i].x) / h;
    const double v = 1.0 - w;
    return w * nodes_[i + 1].y + v * nodes_[i].y +
           h * h * ((w * w * w - w) * sixths_[i + 1] + (v * v * v - v) * sixths_[i]);
  }

 private:
  [[nodiscard]] double slope(std::size_t i) const {
    return (nodes_[i + 1].y - nodes_[i].y) / (nodes_[i + 1].x - nodes_[i].x);
  }
  /// Third divided difference of the four nodes from i.
  [[nodiscard]] double third_difference(std::size_t i) const {
    const double second = (slope(i + 1) - slope(i)) / (nodes_[i + 2].x - nodes_[i].x);
    const double next = (slope(i + 2) - slope(i + 1)) / (nodes_[i + 3].x - nodes_[i + 1].x);
    return (next - second) / (nodes_[i + 3].x - nodes_[i].x);
  }

  /// Sixths of the second derivatives at the nodes: a tridiagonal system.
  void solve() {
    const std::size_t last = nodes_.size() - 1;
    const bool has_cubic = nodes_.size() > 3;
    std::vector<double> diagonal(nodes_.size());
    const auto h = [&](std::size_t i) { return nodes_[i + 1].x - nodes_[i].x; };
    diagonal[0] = -h(0);
    sixths_[0] = has_cubic ? h(0) * h(0) * third_difference(0) : 0.0;
    for (std::size_t i = 1; i <= last; ++i) {
      const double factor = h(i - 1) / diagonal[i - 1];
      const bool is_end = i == last;
      const double own = is_end ? -h(i - 1) : 2.0 * (h(i - 1) + h(i));
      const double end = has_cubic ? -h(last - 1) * h(last - 1) * third_difference(last - 3) : 0.0;
      diagonal[i] = own - factor * h(i - 1);
      sixths_[i] = (is_end ? end : slope(i) - slope(i - 1)) - factor * sixths_[i - 1];
    }
    sixths_[last] /= diagonal[last];
    for (std::size_t i = last; i-- > 0;) sixths_[i] = (sixths_[i] - h(i) * sixths_[i + 1]) / diagonal[i];
  }

  std::vector<Node> nodes_;
  std::vector<double> sixths_;
};

/// The spline at equal distances from its first node to its last.
std::vector<Node> grid_of(const std::vector<Node>& nodes) {
  const Spline spline(nodes);
  const std::size_t count = kGridPerNode * nodes.size();
  std::vector<Node> grid;
  for (std::size_t i = 0; i < count; ++i) {
    const double x =
        nodes.front().x + (nodes.back().x - nodes.front().x) * static_cast<double>(i) / static_cast<double>(count - 1);
    grid.push_back({x, spline(x)});
  }
  std::sort(grid.begin(), grid.end(), [](const Node& a, const Node& b) { return a.y < b.y; });
  return grid;
}

/// β − β̂ where straight lines between the grid's values meet `y`; absent outside.
std::optional<double> crossing(const std::vector<Node>& grid, double y) {
  if (y < grid.front().y || y > grid.back().y) return std::nullopt;
  const auto above =
      std::upper_bound(grid.begin(), grid.end() - 1, y, [](double value, const Node& node) { return value < node.y; });
  const Node& to = *above;
  const Node& from = *(above - 1);
  return from.x + (to.x - from.x) * ((y - from.y) / (to.y - from.y));
}

double share_at(double p, double b) {
  // p e^b / (1 − p + p e^b); with b far below 0 the small limit keeps its digits, far above 0 it is 1.
  return p / (p + (1.0 - p) * std::exp(-b));
}

}  // namespace

Interval likelihood_interval(const Point& point, ConfidenceLevel level) {
  const Interval exact = likelihood_exact_interval(point, level);
  const double p = point.value;
  if (p == 0.0 || p == 1.0 || point.df <= 0.0 || point.n <= 1.0 || point.standard_error == 0.0) return exact;
  const double spread = point.standard_error / std::sqrt(p) / std::sqrt(1.0 - p);
  const double cutoff = critical_value(point.df, level) * spread * std::sqrt(point.n * late_variance_ratio(point));
  const double end = last_root(point, cutoff);
  const double step = end / kStepsToEnd * point.standard_error / p / (1.0 - p);
  // Steps so long that both ends of the scale are beyond the first have no shape between them.
  if (!std::isfinite(step) || step == 0.0 || step * kMostSteps > 700.0) return exact;
  const std::vector<Node> grid = grid_of(profile(point, end, step));
  const std::optional<double> lower = crossing(grid, -cutoff);
  const std::optional<double> upper = crossing(grid, cutoff);
  return {lower ? std::min(share_at(p, *lower), p) : exact.lower,
          upper ? std::max(share_at(p, *upper), p) : exact.upper};
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
