#include "estimate/score_fold.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/at.hpp"
#include "design/parts.hpp"
#include "estimate/residuals.hpp"
#include "estimate/totals.hpp"
#include "estimate/unit_source.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using design::Layout;
using Eigen::MatrixXd;

/// Adds the scores of rows to records, and after them the number of rows that are in the model.
class ScoreBlock {
 public:
  ScoreBlock(const RowScores& scores, std::span<const double> weights)
      : scores_(scores),
        weights_(weights),
        columns_(static_cast<std::size_t>(scores.rows->columns())),
        block_(scores.rows->make_block()) {}

  [[nodiscard]] int most_rows() const { return scores_.rows->block_rows(); }

  /// @param rows  null: first, first + 1, …
  void read(const std::int32_t* rows, Index first, int count) {
    rows_ = rows;
    first_ = first;
    scores_.rows->read_columns(rows, first, count, block_);
  }

  template <class RecordOf>
  void add(int begin, int end, const RecordOf& record_of) const {
    for (int i = begin; i < end; ++i) {
      const std::size_t row = rows_ == nullptr ? at(first_ + i) : static_cast<std::size_t>(rows_[i]);
      double* record = record_of(i);
      const double s = scores_.s[row];
      if (s != 0.0) {  // else a column may be missing
        for (std::size_t k = 0; k < columns_; ++k) record[k] += s * block_.x[k][i];
      }
      const std::size_t others = scores_.beside.size();
      for (std::size_t b = 0; b < others; ++b) record[columns_ + b] += scores_.beside[b][row];
      const bool is_member = weights_[row] != 0.0 && scores_.rows->is_used(static_cast<Index>(row));
      record[columns_ + others] += is_member ? 1.0 : 0.0;
    }
  }

 private:
  const RowScores& scores_;
  std::span<const double> weights_;
  std::size_t columns_;
  ModelBlock block_;
  const std::int32_t* rows_ = nullptr;
  Index first_ = 0;
};

/// Reads rows in the order of units, a block ahead.
class ScoresByUnit final : public UnitSource {
 public:
  ScoresByUnit(const RowScores& scores, const Layout& layout, std::span<const double> weights)
      : layout_(layout), block_(scores, weights) {}

  void add(Index stage, Index unit, UnitSums& into) override {
    double* record = into.touch(0);
    const Index end = layout_.first_position(stage, unit + 1);
    for (Index begin = layout_.first_position(stage, unit); begin < end;) {
      if (begin < first_ || begin >= past_) read_from(begin);
      const Index stop = std::min(end, past_);
      block_.add(static_cast<int>(begin - first_), static_cast<int>(stop - first_), [record](int) { return record; });
      begin = stop;
    }
  }

 private:
  void read_from(Index position) {
    first_ = position;
    past_ = std::min<Index>(position + block_.most_rows(), layout_.positions);
    block_.read(layout_.order.empty() ? nullptr : &layout_.order[at(position)], position,
                static_cast<int>(past_ - first_));
  }

  const Layout& layout_;
  ScoreBlock block_;
  Index first_ = 0;  ///< positions [first, past) are in the block
  Index past_ = 0;
};

/// Totals of all units of the last stage that counts.
struct ScoreTable {
  std::size_t width = 0;
  std::vector<double> records;
};

/// @param table  the totals of each unit, `stride` numbers apart
class TabledScores final : public UnitSource {
 public:
  TabledScores(const Layout& layout, const std::vector<double>& table, std::size_t width, std::size_t stride)
      : layout_(layout), table_(table), width_(width), stride_(stride) {}

  void add(Index stage, Index unit, UnitSums& into) override {
    Index begin = unit;
    Index end = unit + 1;
    for (Index s = stage; s + 1 < layout_.depth(); ++s) {  // a unit that was taken whole: all that it holds
      begin = layout_.stages[at(s + 1)].stratum_begin[at(layout_.stages[at(s)].unit_begin[at(begin)])];
      end = layout_.stages[at(s + 1)].stratum_begin[at(layout_.stages[at(s)].unit_begin[at(end)])];
    }
    double* own = into.touch(0);
    for (Index u = begin; u < end; ++u) {
      const double* record = &table_[at(u) * stride_];
      for (std::size_t k = 0; k < width_; ++k) own[k] += record[k];
    }
  }

 private:
  const Layout& layout_;
  const std::vector<double>& table_;
  std::size_t width_;
  std::size_t stride_;
};

constexpr Index kLanes = 8;

/// Whether shuffled rows are summed into a table of units, in the order of the file: where it stays near the processor. The data
/// alone decide.
bool fits_a_table(const Layout& layout, Index width) {
  if (layout.unit_of_row.empty()) return false;
  const Index units = layout.stages[at(layout.depth() - 1)].units();
  constexpr Index kNear = Index{1} << 18;
  return units * width <= kNear && units * kLanes <= layout.positions;
}

std::shared_ptr<const ScoreTable> table_of_scores(const RowScores& scores, const Layout& layout,
                                                  std::span<const double> weights, int threads,
                                                  const Interrupt& interrupt, StopSignal& stop) {
  ScoreTable empty{static_cast<std::size_t>(scores.width()) + 1, {}};
  empty.records.assign(at(layout.stages[at(layout.depth() - 1)].units()) * empty.width, 0.0);
  std::vector<ScoreTable> lanes(at(kLanes));
  run_tasks(kLanes, threads, interrupt, stop, [&](Index lane) {
    ScoreTable& own = lanes[at(lane)] = empty;
    ScoreBlock block(scores, weights);
    const Index end = layout.positions * (lane + 1) / kLanes;
    for (Index row = layout.positions * lane / kLanes; row < end; row += block.most_rows()) {
      stop.check();
      const auto count = static_cast<int>(std::min<Index>(block.most_rows(), end - row));
      block.read(nullptr, row, count);
      const std::int32_t* units = &layout.unit_of_row[at(row)];
      block.add(0, count, [&](int i) { return &own.records[at(units[i]) * own.width]; });
    }
  });
  for (std::size_t lane = 1; lane < lanes.size(); ++lane) {
    std::transform(lanes[0].records.begin(), lanes[0].records.end(), lanes[lane].records.begin(),
                   lanes[0].records.begin(), std::plus<>());
  }
  return std::make_shared<const ScoreTable>(std::move(lanes[0]));
}

/// Of weights that met totals: the scores as columns, whose totals the engine knows how to vary.
MatrixXd variance_by_residuals(const Design& design, const RowScores& scores, int threads, const Interrupt& interrupt) {
  const std::span<const double> weights = design.weights();
  const auto columns = static_cast<std::size_t>(scores.rows->columns());
  std::vector<std::vector<double>> values(static_cast<std::size_t>(scores.width()),
                                          std::vector<double>(weights.size(), 0.0));
  ScoreBlock block(scores, weights);
  std::vector<double> record(static_cast<std::size_t>(scores.width()) + 1);
  const auto rows = static_cast<Index>(weights.size());
  for (Index first = 0; first < rows; first += block.most_rows()) {
    const auto count = static_cast<int>(std::min<Index>(block.most_rows(), rows - first));
    block.read(nullptr, first, count);
    for (int i = 0; i < count; ++i) {
      const std::size_t row = at(first + i);
      if (weights[row] == 0.0) continue;
      std::fill(record.begin(), record.end(), 0.0);
      block.add(i, i + 1, [&](int) { return record.data(); });
      for (std::size_t k = 0; k < values.size(); ++k) values[k][row] = record[k] / weights[row];
    }
  }
  Frame frame = design.frame();
  Query query;
  query.where = Mask(weights.size());
  for (std::size_t row = 0; row < weights.size(); ++row) {
    (*query.where)[row] = static_cast<std::uint8_t>(scores.rows->is_used(static_cast<Index>(row)));
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    const std::string name = std::string(1, '\0') + (k < columns ? "score " : "beside ") + std::to_string(k);
    frame = frame.with_column(Column::of_numbers(name, std::move(values[k])));
    query.statistics.push_back(total(name));
  }
  query.covariance = true;
  query.design_effect = false;
  query.threads = threads;
  query.interrupt = interrupt;
  const Estimate found = estimate(design.with_frame(std::move(frame)), query);
  return Eigen::Map<const MatrixXd>(found.covariance.data(), scores.width(), scores.width());
}

}  // namespace

namespace {

/// The variance of `width` totals, by units that are summed one way or another.
MatrixXd folded(const Design& design, const Layout& layout, int width, const SourceMaker& sources, int threads,
                const Interrupt& interrupt, StopSignal& stop) {
  Shape shape{.cells = 1, .slots = width, .groups = 1, .products = 0, .pairs = {}};
  for (int i = 0; i < width; ++i) {
    for (int j = 0; j <= i; ++j) shape.pairs.emplace_back(i, j);
  }
  const auto totals = fold_units<VarianceFold>({design, layout, threads, interrupt, {}}, shape, sources, stop);
  MatrixXd result(width, width);
  int pair = 0;
  for (int i = 0; i < width; ++i) {
    for (int j = 0; j <= i; ++j, ++pair) result(i, j) = result(j, i) = totals.variance(0, pair);
  }
  return result;
}

}  // namespace

MatrixXd variance_of_scores(const Design& design, const Layout& layout, const RowScores& scores, int threads,
                            const Interrupt& interrupt) {
  if (has_auxiliaries(design)) return variance_by_residuals(design, scores, threads, interrupt);
  const auto width = static_cast<int>(scores.width());
  StopSignal stop;
  std::shared_ptr<const ScoreTable> table;
  if (fits_a_table(layout, width)) table = table_of_scores(scores, layout, design.weights(), threads, interrupt, stop);
  const SourceMaker sources = [&]() -> std::unique_ptr<UnitSource> {
    if (table) return std::make_unique<TabledScores>(layout, table->records, table->width, table->width);
    return std::make_unique<ScoresByUnit>(scores, layout, design.weights());
  };
  return folded(design, layout, width, sources, threads, interrupt, stop);
}

MatrixXd variance_of_scores(const Design& design, const Layout& layout, const UnitScores& units, int threads,
                            const Interrupt& interrupt) {
  StopSignal stop;
  const SourceMaker sources = [&]() -> std::unique_ptr<UnitSource> {
    return std::make_unique<TabledScores>(layout, units.records(), units.width(), units.stride());
  };
  return folded(design, layout, static_cast<int>(units.width()) - 1, sources, threads, interrupt, stop);
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
