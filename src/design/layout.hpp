#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/large_array.hpp"
#include "design/row_order.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// Strata and units of one stage, each a run: a stratum of units, a unit of strata of the next stage (in the last
/// stage: of positions).
struct StageLayout {
  std::vector<Index> stratum_begin;      ///< stratum k holds the units [stratum_begin[k], stratum_begin[k + 1])
  std::vector<Index> unit_begin;         ///< unit u holds the parts [unit_begin[u], unit_begin[u + 1])
  std::vector<double> fraction;          ///< sampling fraction of stratum k; 0: drawn with replacement
  std::vector<std::string> collapsed{};  ///< `region = 3 with region = 4`, for each stratum that was made of several

  [[nodiscard]] Index strata() const { return static_cast<Index>(fraction.size()); }
  [[nodiscard]] Index units() const { return static_cast<Index>(unit_begin.size()) - 1; }
  [[nodiscard]] Index units_in(Index stratum) const {
    const auto k = static_cast<std::size_t>(stratum);
    return stratum_begin[k + 1] - stratum_begin[k];
  }
  /// One unit that wasn't taken with certainty: it has no variance of its own.
  [[nodiscard]] bool is_singleton(Index stratum) const {
    return units_in(stratum) == 1 && fraction[static_cast<std::size_t>(stratum)] < 1.0;
  }
};

/// An order of the rows in which every unit of every stage is one run, and where the runs begin.
struct Layout {
  RowOrder order;                        ///< row at each position; empty: position i is row i
  Index positions = 0;                   ///< rows of the sample
  std::vector<StageLayout> stages;       ///< at least one
  std::vector<std::uint8_t> has_weight;  ///< first-stage units that hold a row of positive weight; empty: all of them
  LargeArray<std::int32_t> unit_of_row;  ///< unit of stage `depth() - 1`; only where rows aren't in unit order, and
                                         ///< all of them are in the sample

  [[nodiscard]] bool is_weighted(Index unit) const {
    return has_weight.empty() || has_weight[static_cast<std::size_t>(unit)] != 0;
  }
  [[nodiscard]] Index row(Index position) const {
    return order.empty() ? position : order[static_cast<std::size_t>(position)];
  }
  /// The stages that add to a variance: the first, and each whose higher stages all have a finite population somewhere.
  [[nodiscard]] Index depth() const;
  /// First position of a unit of a stage; `unit` may be one past the last.
  [[nodiscard]] Index first_position(Index stage, Index unit) const;
  /// The unit of the stage above that holds a stratum; 0 for the first stage, which is in nothing but the sample.
  [[nodiscard]] std::vector<Index> parents(Index stage) const;
};

/// Codes strata and units stage by stage. `keep`: rows that belong to the sample (empty: all). Under the rule `collapse`
/// singletons are merged with their neighbours.
/// @throws Error(column, design), as Design::declare.
[[nodiscard]] Layout build_layout(const Frame& frame, const DesignSpec& spec, const std::vector<Index>& keep);

/// @throws Error(argument) where the rule for singletons can't be applied to those that a domain makes.
void check_domain_singletons(const DesignSpec& spec);

/// Notes which first-stage units hold a row of positive weight.
void mark_weighted_units(std::span<const double> weights, Layout& layout);

/// The strata of a stage that hold one unit.
[[nodiscard]] std::vector<Index> singletons(const Layout& layout, Index stage);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
