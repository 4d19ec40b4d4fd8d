#include "design/calibration_reach.hpp"

#include <algorithm>
#include <vector>

#include "core/at.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

constexpr std::int32_t kNone = -1;
constexpr std::size_t kShown = 3;

/// Which levels of two margins some row of positive weight has together; a row may have none of a margin.
class Meetings {
 public:
  Meetings(const Points& points, const Categories& one, const Categories& other)
      : one_(one), other_(other), meet_(at((one.count + 1) * (other.count + 1)), false) {
    for (std::size_t i = 0; i < points.weights.size(); ++i) {
      if (points.weights[i] != 0.0) meet_[place((*one.codes)[i], (*other.codes)[i])] = true;
    }
  }

  [[nodiscard]] bool meet(std::int32_t level, std::int32_t other) const { return meet_[place(level, other)]; }

  /// Whether every row that has `other` has `level`.
  [[nodiscard]] bool holds_all_of(std::int32_t level, std::int32_t other) const {
    for (std::int32_t l = kNone; l < static_cast<std::int32_t>(one_.count); ++l) {
      if (l != level && meet(l, other)) return false;
    }
    return meet(level, other);
  }

 private:
  [[nodiscard]] std::size_t place(std::int32_t level, std::int32_t other) const {
    return at((level + 1) * (other_.count + 1) + (other + 1));
  }

  const Categories& one_;
  const Categories& other_;
  std::vector<bool> meet_;
};

/// Some levels of the other margin: what their targets come to, and what they are called.
struct Levels {
  double sum = 0.0;
  std::vector<std::string> names;

  void add(double target, const std::string& name) {
    sum += target;
    names.push_back(name);
  }

  [[nodiscard]] std::string text() const {
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size()));
    std::vector<std::string> shown(names.begin(), end);
    if (names.size() > kShown) shown.push_back(std::to_string(names.size() - kShown) + " more");
    return joined(shown);
  }
};

class Reach {
 public:
  Reach(const CalibrationProblem& problem, std::span<const double> totals, double tolerance)
      : problem_(problem), totals_(totals), tolerance_(tolerance) {}

  /// Judges each level of a margin beside another margin.
  void judge(const Points& points, const Categories& margin, const Categories& beside) {
    const Meetings meetings(points, margin, beside);
    for (std::int32_t level = 0; level < static_cast<std::int32_t>(margin.count); ++level) {
      judge_level(meetings, level, margin, beside);
    }
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (std::size_t i = 0; i < std::min(kShown, found_.size()); ++i) text += (i == 0 ? "" : "; ") + found_[i];
    if (found_.size() > kShown) text += "; and " + std::to_string(found_.size() - kShown) + " more";
    return text;
  }

 private:
  void judge_level(const Meetings& meetings, std::int32_t level, const Categories& margin, const Categories& beside) {
    Levels within;
    Levels around;
    for (std::int32_t other = 0; other < static_cast<std::int32_t>(beside.count); ++other) {
      const std::size_t j = at(beside.first + other);
      if (meetings.holds_all_of(level, other)) within.add(totals_[j], problem_.targets[j]);
      if (meetings.meet(level, other)) around.add(totals_[j], problem_.targets[j]);
    }
    const std::size_t j = at(margin.first + level);
    const double wanted = totals_[j];
    const std::string subject = problem_.targets[j] + " (wanted: " + short_number(wanted) + ") can't ";
    if (within.sum > wanted * (1.0 + tolerance_) && !within.names.empty()) {
      found_.push_back(subject + "be less than " + short_number(within.sum) + ", as every row of " + within.text() +
                       " is in it");
    } else if (around.sum < wanted * (1.0 - tolerance_) && !meetings.meet(level, kNone)) {
      found_.push_back(subject + "be more than " + short_number(around.sum) + ", as every row of it is in " +
                       around.text());
    }
  }

  const CalibrationProblem& problem_;
  std::span<const double> totals_;
  double tolerance_;
  std::vector<std::string> found_;
};

}  // namespace

std::string out_of_reach(const Points& points, const CalibrationProblem& problem, std::span<const double> totals,
                         double tolerance) {
  Reach reach(problem, totals, tolerance);
  for (const Categories& margin : points.x.categories) {
    for (const Categories& beside : points.x.categories) {
      if (&margin != &beside) reach.judge(points, margin, beside);
    }
  }
  return reach.text();
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
