#include "estimate/residuals.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>

#include "core/at.hpp"
#include "core/least_squares.hpp"
#include "core/nan.hpp"
#include "core/parallel.hpp"
#include "design/parts.hpp"
#include "estimate/row_records.hpp"
#include "estimate/totals.hpp"
#include "estimate/unit_source.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using design::AdjustmentStep;
using design::Layout;
using Eigen::MatrixXd;
/// One line for each auxiliary: what is added up for a row that has it lies together.
using Lines = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// ---------------------------------------------------------------------------------------------- steps

/// One step's part in taking auxiliaries out of the weighted scores v = w z. With B from Σ a x x′ B = Σ q x v, what is left
/// is v − s x′B.
struct Factors {
  double a = 0.0;  ///< weight of the row in the regression; 0: it has no part in it
  double q = 0.0;  ///< the same ÷ the weight in v
  double s = 0.0;
};

/// The adjustments that met totals, in the order in which they are taken out.
class Steps {
 public:
  explicit Steps(const Design& design) : final_(design.weights()) {
    for (const AdjustmentStep& step : *design.parts().adjustments) {
      if (step.x) steps_.push_back(&step);
    }
    as_made_ = steps_.back()->residual_order == ResidualOrder::as_made;
    if (!as_made_) std::reverse(steps_.begin(), steps_.end());
  }

  [[nodiscard]] std::size_t count() const { return steps_.size(); }
  [[nodiscard]] const design::Auxiliaries& x(std::size_t step) const { return *steps_[step]->x; }

  [[nodiscard]] Factors factors(std::size_t step, std::size_t row) const {
    const AdjustmentStep& made = *steps_[step];
    const double before = made.before.values()[row];
    const double after = made.after.values()[row];
    if (before == 0.0 || after == 0.0) return {};
    const double a = made.residual_weights == ResidualWeights::initial ? before : after;
    const double s = as_made_ ? after : last_weight(row);
    return {a, a / s, s};
  }

 private:
  /// The row's final weight; or, if a later step left the row out, the last that it had: outside a domain too a residual
  /// has its −x′B.
  [[nodiscard]] double last_weight(std::size_t row) const {
    if (final_[row] != 0.0) return final_[row];
    double last = 0.0;
    for (const AdjustmentStep* step : steps_) {
      if (last == 0.0) last = step->after.values()[row];
    }
    return last;
  }

  std::span<const double> final_;
  std::vector<const AdjustmentStep*> steps_;
  bool as_made_ = true;
};

// ---------------------------------------------------------------------------------------------- regressions

/// Sums over rows that the regressions are made of.
struct Grams {
  /// @param units  how many to keep sums of auxiliaries for; 0: none
  Grams(const Steps& steps, Index numbers, Index units) {
    for (std::size_t k = 0; k < steps.count(); ++k) {
      const Index own = steps.x(k).count;
      by_unit.emplace_back(Lines::Zero(units, own));
      squares.emplace_back(MatrixXd::Zero(own, own));
      scores.emplace_back(Lines::Zero(own, numbers));
      for (std::size_t l = 0; l < k; ++l) crossed.emplace_back(MatrixXd::Zero(own, steps.x(l).count));
    }
  }

  void add(const Grams& other) {
    for (std::size_t i = 0; i < squares.size(); ++i) squares[i] += other.squares[i];
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += other.scores[i];
    for (std::size_t i = 0; i < crossed.size(); ++i) crossed[i] += other.crossed[i];
    for (std::size_t i = 0; i < by_unit.size(); ++i) by_unit[i] += other.by_unit[i];
  }

  [[nodiscard]] static std::size_t pair(std::size_t k, std::size_t l) { return k * (k - 1) / 2 + l; }

  std::vector<MatrixXd> squares;  ///< Σ a x x′, lower triangle
  std::vector<Lines> scores;      ///< Σ q x (w z)′, by auxiliary and (cell, slot)
  std::vector<MatrixXd> crossed;  ///< Σ q_k s_l x_k x_l′ for l before k
  std::vector<Lines> by_unit;     ///< Σ s x of each unit of the last stage that counts, by step
};

/// Rows of the sample in blocks, with what they add to the totals of their cells.
class GramRows {
 public:
  GramRows(const Design& design, const Plan& plan, const Steps& steps)
      : plan_(plan),
        layout_(*plan.layout),
        steps_(steps),
        in_file_order_(layout_.positions == design.frame().rows()),
        records_(plan, design.weights()),
        width_(static_cast<std::size_t>(plan.shape().width())),
        block_(RowRecords::kRows * width_),
        cells_(RowRecords::kRows),
        parts_(steps.count()) {}

  void add(Index begin, Index end, const StopSignal& stop, Grams& into) {
    for (Index first = begin; first < end; first += RowRecords::kRows) {
      stop.check();
      const auto count = static_cast<int>(std::min<Index>(RowRecords::kRows, end - first));
      read(first, count);
      for (int i = 0; i < count; ++i) add_row(in_file_order_ ? first + i : layout_.row(first + i), i, into);
    }
  }

 private:
  void read(Index first, int count) {
    records_.read(in_file_order_ ? nullptr : &layout_.order[at(first)], first, count);
    std::fill_n(block_.begin(), static_cast<std::size_t>(count) * width_, 0.0);
    std::fill_n(cells_.begin(), count, -1);
    records_.add_each(0, count, [&](int i, std::int32_t cell) {
      cells_[at(i)] = cell;
      return &block_[at(i) * width_];
    });
  }

  void add_row(Index row, int place, Grams& into) {
    for (std::size_t k = 0; k < steps_.count(); ++k) {
      Part& part = parts_[k];
      part.entries.clear();
      part.factors = steps_.factors(k, at(row));
      if (part.factors.a == 0.0) continue;
      steps_.x(k).visit(row, [&](std::size_t j, double x) { part.entries.push_back({static_cast<Index>(j), x}); });
      if (into.by_unit[k].rows() > 0) {
        double* unit = &into.by_unit[k](layout_.unit_of_row[at(row)], 0);
        for (const Entry& entry : part.entries) unit[entry.auxiliary] += part.factors.s * entry.x;
      }
      add_products(k, into);
      if (cells_[at(place)] >= 0) add_scores(k, place, into.scores[k]);
    }
  }

  /// Squares of the step's own auxiliaries, and products with those of the steps before it.
  void add_products(std::size_t k, Grams& into) const {
    const Part& part = parts_[k];
    for (const Entry& entry : part.entries) {
      for (const Entry& other : part.entries) {
        if (other.auxiliary > entry.auxiliary) continue;
        into.squares[k](entry.auxiliary, other.auxiliary) += part.factors.a * entry.x * other.x;
      }
      for (std::size_t l = 0; l < k; ++l) {
        const double weight = part.factors.q * parts_[l].factors.s;
        for (const Entry& other : parts_[l].entries) {
          into.crossed[Grams::pair(k, l)](entry.auxiliary, other.auxiliary) += weight * entry.x * other.x;
        }
      }
    }
  }

  void add_scores(std::size_t k, int place, Lines& scores) const {
    const Part& part = parts_[k];
    const double* record = &block_[at(place) * width_];
    const Index slots = plan_.slot_count();
    for (const Entry& entry : part.entries) {
      double* sums = &scores(entry.auxiliary, cells_[at(place)] * slots);
      for (Index slot = 0; slot < slots; ++slot) sums[slot] += part.factors.q * entry.x * record[slot];
    }
  }

  struct Entry {
    Index auxiliary;
    double x;
  };
  /// What the row at hand has of one step.
  struct Part {
    Factors factors;
    std::vector<Entry> entries;
  };

  const Plan& plan_;
  const Layout& layout_;
  const Steps& steps_;
  bool in_file_order_;
  RowRecords records_;
  std::size_t width_;
  std::vector<double> block_;        ///< a record for each row
  std::vector<std::int32_t> cells_;  ///< of each row; -1: it adds to none
  std::vector<Part> parts_;          ///< by step
};

/// Units whose sums of auxiliaries are kept in a table. Where rows aren't in the order of units, to fetch them unit by unit
/// costs more than all else; 0 where they are, or where a table would be large.
Index tabled_units(const Layout& layout, const Steps& steps) {
  constexpr Index kNumbers = 1 << 21;
  if (layout.unit_of_row.empty()) return 0;
  const Index units = layout.stages[at(layout.depth() - 1)].units();
  Index auxiliaries = 0;
  for (std::size_t k = 0; k < steps.count(); ++k) auxiliaries += steps.x(k).count;
  return units * auxiliaries <= kNumbers ? units : 0;
}

Grams sum_grams(const Design& design, const Plan& plan, const Query& query, const Steps& steps, StopSignal& stop) {
  constexpr Index kRowsPerBlock = 65'536;
  constexpr Index kMost = 16;
  constexpr Index kNumbers = 1 << 23;
  const Index numbers = plan.cell_count() * plan.slot_count();
  const Index units = tabled_units(*plan.layout, steps);
  Index size = 1;
  for (std::size_t k = 0; k < steps.count(); ++k) size += steps.x(k).count * (numbers + steps.x(k).count + units);
  const Index rows = plan.layout->positions;
  const Index blocks = std::clamp<Index>(rows / kRowsPerBlock, 1, std::clamp<Index>(kNumbers / size, 1, kMost));
  std::vector<std::unique_ptr<Grams>> parts(at(blocks));
  run_tasks(blocks, query.threads, query.interrupt, stop, [&](Index b) {
    parts[at(b)] = std::make_unique<Grams>(steps, numbers, units);
    GramRows(design, plan, steps).add(rows * b / blocks, rows * (b + 1) / blocks, stop, *parts[at(b)]);
  });
  for (Index b = 1; b < blocks; ++b) parts[0]->add(*parts[at(b)]);
  return std::move(*parts[0]);
}

/// An evaluated statistic that has a value.
struct Scored {
  std::size_t place;  ///< among all
  Index cell;
  const std::vector<int>* slots;
  const std::vector<double>* gradient;
};

std::vector<Scored> scored(const Plan& plan, const std::vector<Evaluated>& evaluated) {
  std::vector<Scored> result;
  for (std::size_t i = 0; i < evaluated.size(); ++i) {
    if (evaluated[i].status != Status::ok) continue;
    const PlannedStatistic& statistic = plan.statistics[i / plan.cells.size()];
    result.push_back(
        {i, static_cast<Index>(i % plan.cells.size()), &statistic.program.slots(), &evaluated[i].gradient});
  }
  return result;
}

/// B of each step: auxiliaries × statistics.
std::vector<Lines> coefficients(const Plan& plan, const Steps& steps, const Grams& grams,
                                const std::vector<Scored>& statistics) {
  std::vector<Lines> result;
  const auto columns = static_cast<Eigen::Index>(statistics.size());
  for (std::size_t k = 0; k < steps.count(); ++k) {
    MatrixXd right = MatrixXd::Zero(steps.x(k).count, columns);
    for (Eigen::Index e = 0; e < columns; ++e) {
      const Scored& one = statistics[static_cast<std::size_t>(e)];
      for (std::size_t i = 0; i < one.slots->size(); ++i) {
        right.col(e) += (*one.gradient)[i] * grams.scores[k].col(one.cell * plan.slot_count() + (*one.slots)[i]);
      }
    }
    for (std::size_t l = 0; l < k; ++l) right -= grams.crossed[Grams::pair(k, l)] * result[l];
    result.emplace_back(SemidefiniteFactors(grams.squares[k]).solve(right));
  }
  return result;
}

// ---------------------------------------------------------------------------------------------- units

/// What the units' residual scores are made from; shared by the sources of all blocks.
struct ResidualScores {
  const Layout& layout;
  Steps steps;
  Shape plan_shape;
  std::vector<Scored> statistics;
  std::vector<std::vector<std::size_t>> of_cell;  ///< statistics of each cell
  std::vector<Lines> coefficients;
  std::vector<Lines> by_unit;  ///< of `Grams`
};

/// A unit's record: its residual score for each statistic, a count, and the squares of what the scores were made from.
class ResidualSource final : public UnitSource {
 public:
  ResidualSource(const ResidualScores& scores, std::unique_ptr<UnitSource> rows)
      : scores_(scores), rows_(std::move(rows)), sums_(scores.plan_shape.cells, scores.plan_shape.width()) {
    size_.resize(scores.statistics.size());
    for (std::size_t k = 0; k < scores.steps.count(); ++k) {
      auxiliaries_.emplace_back(at(scores.steps.x(k).count), 0.0);
    }
  }

  void add(Index stage, Index unit, UnitSums& into) override {
    double* record = into.touch(0);
    std::fill(size_.begin(), size_.end(), 0.0);
    add_scores(stage, unit, record);
    for (std::size_t k = 0; k < auxiliaries_.size(); ++k) {
      scores_.by_unit[k].rows() == 0 ? sum_rows(k, stage, unit) : sum_table(k, stage, unit);
      take_out(k, record);
    }
    const std::size_t statistics = size_.size();
    record[statistics] += 1.0;
    for (std::size_t e = 0; e < statistics; ++e) record[statistics + 1 + e] += size_[e] * size_[e];
  }

 private:
  void add_scores(Index stage, Index unit, double* record) {
    sums_.clear();
    rows_->add(stage, unit, sums_);
    for (const std::int32_t cell : sums_.cells()) {
      const std::span<const double> totals = sums_.record(cell);
      for (const std::size_t e : scores_.of_cell[at(cell)]) {
        const Scored& one = scores_.statistics[e];
        for (std::size_t i = 0; i < one.slots->size(); ++i) {
          const double score = (*one.gradient)[i] * totals[static_cast<std::size_t>((*one.slots)[i])];
          record[e] += score;
          size_[e] += std::abs(score);
        }
      }
    }
  }

  void add_auxiliary(std::size_t step, std::size_t j, double value) {
    double& sum = auxiliaries_[step][j];
    if (sum == 0.0) touched_.push_back(j);
    sum += value;
  }

  void sum_rows(std::size_t step, Index stage, Index unit) {
    touched_.clear();
    const Index end = scores_.layout.first_position(stage, unit + 1);
    for (Index position = scores_.layout.first_position(stage, unit); position < end; ++position) {
      const Index row = scores_.layout.row(position);
      const double s = scores_.steps.factors(step, at(row)).s;
      if (s == 0.0) continue;
      scores_.steps.x(step).visit(row, [&](std::size_t j, double value) { add_auxiliary(step, j, s * value); });
    }
  }

  void sum_table(std::size_t step, Index stage, Index unit) {
    touched_.clear();
    const Lines& table = scores_.by_unit[step];
    Index begin = unit;
    Index end = unit + 1;
    for (Index s = stage; s + 1 < scores_.layout.depth(); ++s) {  // a unit that is taken whole: all that it holds
      begin = scores_.layout.stages[at(s + 1)].stratum_begin[at(scores_.layout.stages[at(s)].unit_begin[at(begin)])];
      end = scores_.layout.stages[at(s + 1)].stratum_begin[at(scores_.layout.stages[at(s)].unit_begin[at(end)])];
    }
    for (Index u = begin; u < end; ++u) {
      for (Eigen::Index j = 0; j < table.cols(); ++j) {
        if (table(u, j) != 0.0) add_auxiliary(step, static_cast<std::size_t>(j), table(u, j));
      }
    }
  }

  void take_out(std::size_t step, double* record) {
    const Lines& coefficients = scores_.coefficients[step];
    const auto statistics = static_cast<std::size_t>(coefficients.cols());
    for (const std::size_t j : touched_) {
      const double sum = std::exchange(auxiliaries_[step][j], 0.0);
      if (sum == 0.0) continue;
      const double* line = &coefficients(static_cast<Eigen::Index>(j), 0);
      for (std::size_t e = 0; e < statistics; ++e) {
        record[e] -= sum * line[e];
        size_[e] += std::abs(sum * line[e]);
      }
    }
  }

  const ResidualScores& scores_;
  std::unique_ptr<UnitSource> rows_;
  UnitSums sums_;
  std::vector<std::vector<double>> auxiliaries_;  ///< by step: Σ s x over the unit
  std::vector<std::size_t> touched_;
  std::vector<double> size_;  ///< of the terms that may cancel in a score
};

/// A score that is made of terms of this size has no more digits than they have: an auxiliary's own residual is 0.
double settled(double variance, double squares, const std::string& what) {
  constexpr double kRounding = 1e-11;
  if (variance <= kRounding * kRounding * squares) return 0.0;
  // Not against `squares` once more: that would make 0 of every standard error below 3e-7 of the terms, digits and all.
  return settled_variance(variance, variance, what);
}

ResidualScores scores_of(const Design& design, const Plan& plan, const Query& query,
                         const std::vector<Evaluated>& evaluated, StopSignal& stop) {
  ResidualScores scores{*plan.layout, Steps(design), plan.shape(), scored(plan, evaluated), {}, {}, {}};
  scores.of_cell.resize(at(plan.cell_count()));
  for (std::size_t e = 0; e < scores.statistics.size(); ++e) {
    scores.of_cell[at(scores.statistics[e].cell)].push_back(e);
  }
  Grams grams = sum_grams(design, plan, query, scores.steps, stop);
  scores.coefficients = coefficients(plan, scores.steps, grams, scores.statistics);
  scores.by_unit = std::move(grams.by_unit);
  return scores;
}

template <class Fold>
Totals<typename Fold::Store> fold_residuals(const Design& design, const Plan& plan, const Query& query,
                                            const ResidualScores& scores, Shape& shape, StopSignal& stop) {
  const auto count = static_cast<int>(scores.statistics.size());
  shape = {.cells = 1, .slots = count, .groups = 1, .products = count, .pairs = {}};
  for (int e = 0; e < count; ++e) shape.pairs.emplace_back(e, e);
  const SourceMaker rows = row_sources(plan, design.weights(), query.threads, query.interrupt, stop);
  const SourceMaker residuals = [&] { return std::make_unique<ResidualSource>(scores, rows()); };
  return fold_units<Fold>({design, *plan.layout, query.threads, query.interrupt}, shape, residuals, stop);
}

}  // namespace

bool has_auxiliaries(const Design& design) {
  const auto& adjustments = design.parts().adjustments;
  return adjustments && std::any_of(adjustments->begin(), adjustments->end(),
                                    [](const AdjustmentStep& step) { return step.x.has_value(); });
}

ResidualVariances residual_variances(const Design& design, const Plan& plan, const Query& query,
                                     const std::vector<Evaluated>& evaluated) {
  StopSignal stop;
  const std::size_t all = evaluated.size();
  ResidualVariances result;
  result.variances.assign(all, kNaN);
  if (query.covariance) result.covariance.assign(all * all, kNaN);
  const auto has_value = [](const Evaluated& one) { return one.status == Status::ok; };
  if (std::none_of(evaluated.begin(), evaluated.end(), has_value)) return result;
  const ResidualScores scores = scores_of(design, plan, query, evaluated, stop);
  Shape shape;
  const auto settle = [&](std::size_t e, double variance, const std::vector<double>& squares) {
    const std::size_t place = scores.statistics[e].place;
    const std::string& formula = plan.statistics[place / plan.cells.size()].about.formula;
    return result.variances[place] = settled(variance, squares[e], formula);
  };
  if (!query.covariance) {
    const auto totals = fold_residuals<VarianceFold>(design, plan, query, scores, shape, stop);
    for (std::size_t e = 0; e < scores.statistics.size(); ++e) {
      settle(e, totals.variance(0, static_cast<int>(e)), totals.products);
    }
    return result;
  }
  const auto totals = fold_residuals<CovarianceFold>(design, plan, query, scores, shape, stop);
  for (std::size_t a = 0; a < scores.statistics.size(); ++a) {
    const std::size_t row = scores.statistics[a].place;
    const auto slot = static_cast<int>(a);
    const double own = result.covariance[row * all + row] =
        settle(a, totals.variance(0, slot, 0, slot), totals.products);
    for (std::size_t b = 0; b < a; ++b) {
      const std::size_t column = scores.statistics[b].place;
      const bool neither_is_constant = own > 0.0 && result.variances[column] > 0.0;
      const double covariance = neither_is_constant ? totals.variance(0, slot, 0, static_cast<int>(b)) : 0.0;
      result.covariance[row * all + column] = result.covariance[column * all + row] = covariance;
    }
  }
  return result;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
