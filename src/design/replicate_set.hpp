#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/core/index.hpp"
#include "irosurvey/design/replicates.hpp"
#include "irosurvey/frame/frame.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// What a variance needs of replicates beside their weights.
struct ReplicateRule {
  std::string method;           ///< in words, for the choices of a result: "BRR", "Rao-Wu bootstrap, seed 1"
  double scale = 1.0;           ///< overall multiplier
  std::vector<double> rscales;  ///< of each replicate
  ReplicateCentre centre = ReplicateCentre::estimate;
  std::vector<std::int32_t> strata;  ///< of `within_stratum`: each replicate's stratum, 0 … strata − 1
  std::int32_t strata_count = 0;
  FailedReplicates failed = FailedReplicates::fail;
  std::optional<double> df;  ///< given
};

/// Factors by unit: replicate r multiplies the weight of a row in unit u by factors[u × R + r].
struct UnitFactors {
  std::vector<double> factors;            ///< units × R, row-major
  std::vector<std::int32_t> unit_of_row;  ///< by row of the data
  Index stage = 0;                        ///< whose units they are
};

/// The replicates of a design. A value that nobody changes.
///
/// Weights are held in one of two ways: a column of numbers for each replicate, one a row (borrowed from the frame where
/// that is possible), or factors by unit of a stage.
class ReplicateSet {
 public:
  /// Columns of the frame. `weights`: the full weights.
  /// @throws Error(column, argument, design) as Design::declare.
  static std::shared_ptr<const ReplicateSet> given(const Frame& frame, const Replicates& spec);
  /// Columns that somebody has computed: full row weights, one vector of all rows for each replicate.
  static std::shared_ptr<const ReplicateSet> of_columns(ReplicateRule rule, std::vector<std::vector<double>> columns);
  static std::shared_ptr<const ReplicateSet> of_factors(ReplicateRule rule, UnitFactors factors);

  ReplicateSet(ReplicateRule rule, std::vector<Numbers> columns, ReplicateWeights kind);
  ReplicateSet(ReplicateRule rule, UnitFactors factors);

  [[nodiscard]] const ReplicateRule& rule() const noexcept { return rule_; }
  /// R
  [[nodiscard]] Index count() const noexcept { return static_cast<Index>(rule_.rscales.size()); }
  /// Writes replicate r's weight of every row. `full`: the design's weights.
  void weights(Index replicate, std::span<const double> full, std::span<double> out) const;

  /// Whether the weights are held as columns; else as factors by unit.
  [[nodiscard]] bool has_columns() const noexcept { return !columns_.empty(); }
  [[nodiscard]] std::span<const double> column(Index replicate) const {
    return columns_[static_cast<std::size_t>(replicate)].values();
  }
  /// Whether columns are multiplied by the full weight.
  [[nodiscard]] bool columns_are_factors() const noexcept { return kind_ == ReplicateWeights::factor; }
  [[nodiscard]] const UnitFactors& by_unit() const noexcept { return factors_; }

  /// The number given, or rank of the matrix rows × R of replicate weights, minus 1. Found once, then remembered.
  ///
  /// A direction of replicates is null if the weights leave less than `kRankTolerance` of a column's length in it.
  [[nodiscard]] double degrees_of_freedom(std::span<const double> full) const;
  static constexpr double kRankTolerance = 1e-5;

  /// Whether a weight is below 0, or a factor. Looked for once, then remembered.
  [[nodiscard]] bool has_negative() const;

  /// The choice "variance" of a result.
  [[nodiscard]] std::string describe() const;

 private:
  struct Rank;
  ReplicateRule rule_;
  std::vector<Numbers> columns_;
  ReplicateWeights kind_ = ReplicateWeights::combined;
  UnitFactors factors_;
  std::shared_ptr<Rank> rank_;
};

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
