#pragma once

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "irosurvey/design/design.hpp"

/// Design-based estimation in rational numbers, written from the textbook and slowly: the judge of the engine, with
/// which it shares nothing but the names of the singleton rules.
///
/// Särndal, Swensson and Wretman (1992), results 4.3.1 and 5.5.1: within the strata of a stage, each of n units with
/// totals z, the variance is the quadratic form (1 − f) n/(n − 1) Σ_i Σ_j (δ_ij − 1/n) z_i z_j′, plus f times the same of
/// every unit's next stage.
namespace irosurvey_tests::exact {

using irosurvey::SingletonRule;
using Rational = boost::multiprecision::cpp_rational;
using Vector = std::vector<Rational>;
using Matrix = std::vector<Vector>;
using Rows = std::vector<std::size_t>;

inline double to_double(const Rational& number) { return number.convert_to<double>(); }

/// One stage: labels by row. Empty: not stratified; every row its own unit; drawn with replacement.
struct Stage {
  std::vector<int> strata;
  std::vector<int> clusters;
  Vector fpc;  ///< population size above 1, else sampling fraction
};

struct Sample {
  Vector weights;
  std::vector<Stage> stages;
  SingletonRule singleton = SingletonRule::fail;
  bool domains_make_singletons = false;
  Rows rows;  ///< those that belong to the sample
};

/// Rows that a total is about, by number.
using Members = std::set<std::size_t>;

/// The rule for singletons doesn't say what a singleton contributes here.
struct NoRule : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Strata of a stage within a higher-stage unit, each a list of units, each a list of rows.
using Units = std::vector<Rows>;
using Strata = std::vector<Units>;

inline Strata strata_of(const Stage& stage, const Rows& rows) {
  std::map<int, std::map<long, Rows>> found;
  for (const std::size_t row : rows) {
    const int stratum = stage.strata.empty() ? 0 : stage.strata[row];
    const long cluster = stage.clusters.empty() ? static_cast<long>(row) : stage.clusters[row];
    found[stratum][cluster].push_back(row);
  }
  Strata strata;
  for (const auto& [stratum, units] : found) {
    Units& list = strata.emplace_back();
    for (const auto& [cluster, members] : units) list.push_back(members);
  }
  return strata;
}

inline Rational fraction_of(const Stage& stage, const Units& stratum) {
  if (stage.fpc.empty()) return 0;
  const Rational& size = stage.fpc[stratum.front().front()];
  if (size <= 1) return size;
  return Rational(static_cast<long>(stratum.size())) / size;
}

/// A stratum with its sampling fraction.
struct Stratum {
  Units units;
  Rational fraction;
  [[nodiscard]] bool is_alone() const { return units.size() == 1 && fraction < 1; }
};

/// Two strata as one, of all their units and all their population.
inline void merge(Stratum& into, const Stratum& other) {
  const auto n = static_cast<long>(into.units.size() + other.units.size());
  if (into.fraction == 0 || other.fraction == 0) {
    into.fraction = 0;
  } else {
    into.fraction = n / (static_cast<long>(into.units.size()) / into.fraction +
                         static_cast<long>(other.units.size()) / other.fraction);
  }
  into.units.insert(into.units.end(), other.units.begin(), other.units.end());
}

/// The strata that variances are taken in: under `collapse`, those with one unit join the next (in the order of labels)
/// that wasn't taken with certainty, and the last the one before.
inline std::vector<Stratum> variance_strata(const Stage& stage, const Rows& rows, SingletonRule rule) {
  std::vector<Stratum> open;
  std::vector<Stratum> strata;
  for (const Units& units : strata_of(stage, rows)) {
    const Rational fraction = fraction_of(stage, units);
    (fraction < 1 ? open : strata).push_back({units, fraction});
  }
  if (rule == SingletonRule::collapse) {
    for (std::size_t k = 0; k + 1 < open.size();) {
      if (!open[k].is_alone()) {
        ++k;
        continue;
      }
      merge(open[k], open[k + 1]);
      open.erase(open.begin() + static_cast<long>(k) + 1);
    }
    if (open.size() > 1 && open.back().is_alone()) {
      merge(open[open.size() - 2], open.back());
      open.pop_back();
    }
  }
  strata.insert(strata.end(), open.begin(), open.end());
  return strata;
}

/// Covariance matrix of weighted totals. `moments[k][row]` is what a row contributes to total k.
class CovarianceOfTotals {
 public:
  /// @param members  of each total's domain; looked at only where domains make singletons
  CovarianceOfTotals(const Sample& sample, const Matrix& moments, const std::vector<Members>& members)
      : sample_(sample), moments_(moments), members_(members) {}

  [[nodiscard]] Matrix operator()() const {
    Matrix sum(moments_.size(), Vector(moments_.size(), 0));
    add_stage(0, sample_.rows, Rational(1), sum);
    return sum;
  }

 private:
  [[nodiscard]] Vector total(const Rows& rows) const {
    Vector z(moments_.size(), 0);
    for (std::size_t k = 0; k < moments_.size(); ++k) {
      for (const std::size_t row : rows) {
        if (moments_[k][row] != 0) z[k] += sample_.weights[row] * moments_[k][row];
      }
    }
    return z;
  }

  static void add_product(const Vector& a, const Vector& b, const Rational& factor, Matrix& sum) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] == 0) continue;
      const Rational scaled = factor * a[i];
      for (std::size_t j = 0; j < b.size(); ++j) {
        if (b[j] != 0) sum[i][j] += scaled * b[j];
      }
    }
  }

  /// In how many units a total's domain has members.
  [[nodiscard]] long units_with_members(const Units& units, std::size_t k) const {
    return std::count_if(units.begin(), units.end(), [&](const Rows& unit) {
      return std::any_of(unit.begin(), unit.end(), [&](std::size_t row) { return members_[k].contains(row); });
    });
  }

  /// The quadratic form of one stratum of at least two units.
  void add_stratum(const Units& units, const Rational& factor, Matrix& sum) const {
    const Rational n = static_cast<long>(units.size());
    Vector all(moments_.size(), 0);
    for (const Rows& unit : units) {
      const Vector z = total(unit);
      add_product(z, z, factor * n / (n - 1), sum);
      for (std::size_t k = 0; k < z.size(); ++k) all[k] += z[k];
    }
    add_product(all, all, -factor / (n - 1), sum);
  }

  /// The same where domains make singletons: Σ d d′ over the units, d the deviation of a unit's totals from the mean over
  /// the stratum; where the total's domain has members in one unit alone, from the centre of the rule, or 0.
  void add_stratum_by_domain(const Units& units, const Vector& mean_of_all, const Rational& factor, Matrix& sum) const {
    const Rational n = static_cast<long>(units.size());
    Rows rows;
    for (const Rows& unit : units) rows.insert(rows.end(), unit.begin(), unit.end());
    Vector centre = total(rows);
    for (Rational& mean : centre) mean /= n;
    std::vector<bool> left_out(moments_.size(), false);
    for (std::size_t k = 0; k < moments_.size(); ++k) {
      if (units_with_members(units, k) != 1) continue;
      if (sample_.singleton == SingletonRule::fail) throw NoRule("fail, in a domain");
      if (sample_.singleton == SingletonRule::adjust) {
        centre[k] = mean_of_all[k];
      } else {
        left_out[k] = true;
      }
    }
    for (const Rows& unit : units) {
      Vector distance = total(unit);
      for (std::size_t k = 0; k < distance.size(); ++k) {
        distance[k] = left_out[k] ? Rational(0) : Rational(distance[k] - centre[k]);
      }
      add_product(distance, distance, factor * n / (n - 1), sum);
    }
  }

  /// `average`, for each total: its domain's strata ÷ those where it has members in several units.
  [[nodiscard]] Vector factors_of_domains(const std::vector<Stratum>& strata) const {
    Vector factors;
    for (std::size_t k = 0; k < moments_.size(); ++k) {
      long holding = 0;
      long single = 0;
      for (const Stratum& stratum : strata) {
        const long units = units_with_members(stratum.units, k);
        holding += units > 0 ? 1 : 0;
        single += units == 1 && stratum.fraction < 1 ? 1 : 0;
      }
      if (single > 0 && single == holding) throw NoRule("average, in a domain");
      factors.push_back(single == 0 ? Rational(1) : Rational(holding) / (holding - single));
    }
    return factors;
  }

  /// √(a b): rational where it matters, that is within one domain.
  static Rational root_of_product(const Rational& a, const Rational& b) {
    return a == b ? a : Rational(std::sqrt(to_double(a * b)));
  }

  void add_singleton(const Units& unit, const Vector& mean_of_all, const Rational& factor, Matrix& sum) const {
    Vector distance = total(unit.front());
    for (std::size_t k = 0; k < distance.size(); ++k) distance[k] -= mean_of_all[k];
    add_product(distance, distance, factor, sum);
  }

  void add_stage(std::size_t number, const Rows& rows, const Rational& factor, Matrix& sum) const {
    const Stage& stage = sample_.stages[number];
    const std::vector<Stratum> strata = variance_strata(stage, rows, sample_.singleton);
    long units = 0;
    for (const Stratum& stratum : strata) units += static_cast<long>(stratum.units.size());
    Matrix own(moments_.size(), Vector(moments_.size(), 0));
    Vector mean_of_all = total(rows);
    for (Rational& mean : mean_of_all) mean /= units;
    long singletons = 0;
    for (const Stratum& stratum : strata) {
      const Rational f = stratum.fraction;
      if (stratum.units.size() > 1) {
        if (!sample_.domains_make_singletons) add_stratum(stratum.units, factor * (1 - f), own);
        if (sample_.domains_make_singletons && f < 1) {
          add_stratum_by_domain(stratum.units, mean_of_all, factor * (1 - f), own);
        }
      } else if (f < 1) {
        ++singletons;
        if (sample_.singleton == SingletonRule::fail) throw NoRule("fail");
        if (sample_.singleton == SingletonRule::collapse) throw NoRule("collapse");
        if (sample_.singleton == SingletonRule::adjust) {
          add_singleton(stratum.units, mean_of_all, factor * (1 - f), own);
        }
      }
    }
    const auto others = static_cast<long>(strata.size()) - singletons;
    if (singletons > 0 && others == 0 && sample_.singleton == SingletonRule::average) throw NoRule("average");
    // Each singleton contributes the mean of the others.
    Vector factors(moments_.size(), 1);
    if (sample_.singleton == SingletonRule::average && sample_.domains_make_singletons) {
      factors = factors_of_domains(strata);
    } else if (sample_.singleton == SingletonRule::average && singletons > 0) {
      factors.assign(moments_.size(), 1 + Rational(singletons) / others);
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
      for (std::size_t j = 0; j < own.size(); ++j) {
        if (own[i][j] != 0) sum[i][j] += root_of_product(factors[i], factors[j]) * own[i][j];
      }
    }
    if (number + 1 == sample_.stages.size()) return;
    for (const Stratum& stratum : strata) {
      const Rational below = factor * stratum.fraction;
      if (below == 0) continue;
      for (const Rows& unit : stratum.units) add_stage(number + 1, unit, below, sum);
    }
  }

  const Sample& sample_;
  const Matrix& moments_;
  const std::vector<Members>& members_;
};

/// A number with its derivatives by the totals it is computed from.
struct Dual {
  Rational value;
  Vector gradient;
};

/// A division by zero: the statistic has no value.
struct Undefined : std::runtime_error {
  Undefined() : std::runtime_error("undefined") {}
};

inline Dual combine(const Rational& value, const Dual& a, const Rational& by_a, const Dual& b, const Rational& by_b) {
  Dual result{value, Vector(a.gradient.size())};
  for (std::size_t i = 0; i < a.gradient.size(); ++i) result.gradient[i] = by_a * a.gradient[i] + by_b * b.gradient[i];
  return result;
}
inline Dual operator+(const Dual& a, const Dual& b) { return combine(a.value + b.value, a, 1, b, 1); }
inline Dual operator-(const Dual& a, const Dual& b) { return combine(a.value - b.value, a, 1, b, -1); }
inline Dual operator*(const Dual& a, const Dual& b) { return combine(a.value * b.value, a, b.value, b, a.value); }
inline Dual operator/(const Dual& a, const Dual& b) {
  if (b.value == 0) throw Undefined();
  return combine(a.value / b.value, a, 1 / b.value, b, -a.value / (b.value * b.value));
}
inline Dual scaled(const Dual& a, const Rational& c) { return combine(c * a.value, a, c, a, 0); }

/// A statistic: columns (empty where missing), and a function of their weighted totals.
struct Statistic {
  std::vector<std::vector<std::optional<Rational>>> columns;
  std::function<Dual(std::span<const Dual>)> value;
};

/// Counts of first-stage units and strata.
struct Counts {
  long units = 0;
  long strata = 0;
  long strata_units = 0;  ///< all units of positive weight in those strata
};

/// What is known about one statistic in one cell.
struct Answer {
  bool empty = false;
  bool undefined = false;
  Rational value;
  Rational variance;
  std::optional<Rational> srs_variance;  ///< none for n < 2
  long n = 0;
  Rational weighted_n;
  Counts counts;
  Rational magnitude;       ///< Σ |∂f/∂T · w y|: what rounding of the value is relative to
  Rational variance_terms;  ///< Σ |∂f/∂T_i V_ij ∂f/∂T_j|: what rounding of the variance is relative to
};

struct Answers {
  std::vector<Answer> rows;  ///< statistic by statistic, cell by cell
  Matrix covariance;         ///< rows × rows; 0 where there is no estimate
  Counts design;
  std::vector<Counts> whole;  ///< by statistic: all cells together
  std::vector<long> whole_n;
};

inline Counts count_units(const Sample& sample, const Rows& members) {
  const Stage& first = sample.stages.front();
  const std::set<std::size_t> inside(members.begin(), members.end());
  Counts counts;
  for (const Stratum& stratum : variance_strata(first, sample.rows, sample.singleton)) {
    long holding = 0;
    long positive = 0;
    for (const Rows& unit : stratum.units) {
      bool holds = false;
      bool weighs = false;
      for (const std::size_t row : unit) {
        weighs |= sample.weights[row] > 0;
        holds |= sample.weights[row] > 0 && inside.contains(row);
      }
      holding += holds ? 1 : 0;
      positive += weighs ? 1 : 0;
    }
    if (holding == 0) continue;
    counts.units += holding;
    counts.strata += 1;
    counts.strata_units += positive;
  }
  return counts;
}

/// Answers statistics in cells; `cell_of_row` is −1 outside the domain.
class Oracle {
 public:
  Oracle(Sample sample, std::vector<int> cell_of_row, int cells)
      : sample_(std::move(sample)), cell_of_row_(std::move(cell_of_row)), cells_(cells) {}

  [[nodiscard]] Answers operator()(const std::vector<Statistic>& statistics) {
    Answers answers;
    answers.design = count_units(sample_, sample_.rows);
    for (const Statistic& statistic : statistics) {
      Rows anywhere;
      for (int cell = 0; cell < cells_; ++cell) {
        const Rows members = members_of(statistic, cell);
        anywhere.insert(anywhere.end(), members.begin(), members.end());
        answers.rows.push_back(answer(statistic, members));
      }
      answers.whole.push_back(count_units(sample_, anywhere));
      answers.whole_n.push_back(static_cast<long>(anywhere.size()));
    }
    add_variances(answers);
    return answers;
  }

 private:
  /// Rows of positive weight in the cell that have all columns of the statistic.
  [[nodiscard]] Rows members_of(const Statistic& statistic, int cell) const {
    Rows members;
    for (const std::size_t row : sample_.rows) {
      bool inside = cell_of_row_[row] == cell && sample_.weights[row] > 0;
      for (const auto& column : statistic.columns) inside = inside && column[row].has_value();
      if (inside) members.push_back(row);
    }
    return members;
  }

  Answer answer(const Statistic& statistic, const Rows& members) {
    Answer result;
    result.n = static_cast<long>(members.size());
    for (const std::size_t row : members) result.weighted_n += sample_.weights[row];
    result.counts = count_units(sample_, members);
    result.empty = members.empty();
    gradients_.emplace_back();
    first_moment_.push_back(moments_.size());
    if (result.empty) return result;
    add_moments(statistic, members);
    try {
      const Dual value = statistic.value(totals_of(statistic, members));
      result.value = value.value;
      gradients_.back() = value.gradient;
    } catch (const Undefined&) {
      result.undefined = true;
      return result;
    }
    result.srs_variance = srs_variance(statistic, members, result);
    for (std::size_t k = 0; k < statistic.columns.size(); ++k) {
      for (const std::size_t row : members) {
        result.magnitude += abs(gradients_.back()[k] * sample_.weights[row] * *statistic.columns[k][row]);
      }
    }
    return result;
  }

  [[nodiscard]] Rational total_of(const std::vector<std::optional<Rational>>& column, const Rows& members) const {
    Rational sum = 0;
    for (const std::size_t row : members) sum += sample_.weights[row] * *column[row];
    return sum;
  }

  [[nodiscard]] std::vector<Dual> totals_of(const Statistic& statistic, const Rows& members) const {
    std::vector<Dual> totals;
    for (std::size_t k = 0; k < statistic.columns.size(); ++k) {
      Dual total{total_of(statistic.columns[k], members), Vector(statistic.columns.size(), 0)};
      total.gradient[k] = 1;
      totals.push_back(std::move(total));
    }
    return totals;
  }

  void add_moments(const Statistic& statistic, const Rows& members) {
    for (const auto& column : statistic.columns) {
      Vector& moment = moments_.emplace_back(sample_.weights.size(), 0);
      for (const std::size_t row : members) moment[row] = *column[row];
      members_.emplace_back(members.begin(), members.end());
    }
  }

  /// N/(n − 1) Σ w (u − ū)², u the linearized values of the rows: N² /n · n/(n − 1) · weighted mean square.
  [[nodiscard]] std::optional<Rational> srs_variance(const Statistic& statistic, const Rows& members,
                                                     const Answer& at) const {
    if (members.size() < 2) return std::nullopt;
    std::vector<Rational> u;
    Rational mean = 0;
    for (const std::size_t row : members) {
      Rational& value = u.emplace_back(0);
      for (std::size_t k = 0; k < statistic.columns.size(); ++k)
        value += gradients_.back()[k] * *statistic.columns[k][row];
      mean += sample_.weights[row] * value / at.weighted_n;
    }
    Rational squares = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      squares += sample_.weights[members[i]] * (u[i] - mean) * (u[i] - mean);
    }
    return at.weighted_n * squares / (at.n - 1);
  }

  void add_variances(Answers& answers) const {
    const Matrix totals = CovarianceOfTotals(sample_, moments_, members_)();
    const std::size_t rows = answers.rows.size();
    answers.covariance.assign(rows, Vector(rows, 0));
    for (std::size_t a = 0; a < rows; ++a) {
      for (std::size_t b = 0; b < rows; ++b) {
        for (std::size_t i = 0; i < gradients_[a].size(); ++i) {
          for (std::size_t j = 0; j < gradients_[b].size(); ++j) {
            answers.covariance[a][b] +=
                gradients_[a][i] * gradients_[b][j] * totals[first_moment_[a] + i][first_moment_[b] + j];
          }
        }
      }
      answers.rows[a].variance = answers.covariance[a][a];
      for (std::size_t i = 0; i < gradients_[a].size(); ++i) {
        for (std::size_t j = 0; j < gradients_[a].size(); ++j) {
          answers.rows[a].variance_terms +=
              abs(gradients_[a][i] * gradients_[a][j] * totals[first_moment_[a] + i][first_moment_[a] + j]);
        }
      }
    }
  }

  Sample sample_;
  std::vector<int> cell_of_row_;
  int cells_;
  std::vector<Members> members_;           ///< of each moment's domain
  Matrix moments_;                         ///< of all statistics in all cells
  std::vector<std::size_t> first_moment_;  ///< of each row of the answer
  std::vector<Vector> gradients_;
};

}  // namespace irosurvey_tests::exact
