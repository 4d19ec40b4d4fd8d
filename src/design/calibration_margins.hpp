#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/design/calibration.hpp"
#include "irosurvey/frame/frame.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// A categorical margin as auxiliaries: a row has 1 in the place of its level and 0 in the others.
struct Categories {
  std::shared_ptr<const std::vector<std::int32_t>> codes;  ///< place of each row's level; -1: none
  bool has_unassigned = false;                             ///< whether any code is -1
  Index first = 0;                                         ///< auxiliary of place 0
  Index count = 0;
};

/// A column of numbers as an auxiliary.
struct Amounts {
  Numbers values;
  Index auxiliary = 0;
};

/// Weighted means of the auxiliaries over clusters, one sparse line for each.
struct ClusterMeans {
  std::shared_ptr<const std::vector<std::int32_t>> cluster_of_row;
  std::vector<std::size_t> begin{0};  ///< of each cluster's entries, and the end
  std::vector<std::int32_t> auxiliary;
  std::vector<double> value;
};

/// The auxiliaries x of every row (or of every point that rows were gathered into), in compact form.
struct Auxiliaries {
  std::vector<Categories> categories;
  std::vector<Amounts> amounts;
  std::shared_ptr<const ClusterMeans> means;  ///< present: these instead, by the row's cluster
  Index count = 0;

  /// Calls `use(auxiliary, value)` for each that isn't 0. Rows of weight 0 may hold missing values: don't ask for them.
  template <class Use>
  void visit(Index row, Use&& use) const {
    const auto r = static_cast<std::size_t>(row);
    if (means) {
      const auto cluster = static_cast<std::size_t>((*means->cluster_of_row)[r]);
      for (std::size_t i = means->begin[cluster]; i < means->begin[cluster + 1]; ++i) {
        use(static_cast<std::size_t>(means->auxiliary[i]), means->value[i]);
      }
      return;
    }
    visit_own(row, use);
  }

  /// The same of the row itself, whatever its cluster.
  template <class Use>
  void visit_own(Index row, Use&& use) const {
    const auto r = static_cast<std::size_t>(row);
    for (const Categories& margin : categories) {
      const std::int32_t code = (*margin.codes)[r];
      if (code >= 0) use(static_cast<std::size_t>(margin.first + code), 1.0);
    }
    for (const Amounts& amount : amounts) use(static_cast<std::size_t>(amount.auxiliary), amount.values.values()[r]);
  }
};

/// A margin and what it must meet.
struct PosedMargin {
  std::string name;  ///< `sex`, `sex × region`, `sum of weights`
  Index first = 0;   ///< auxiliary
  Index count = 0;
  bool categorical = true;
  double sum = 0.0;  ///< of the targets
};

/// A calibration over the rows of a frame: auxiliaries, and the totals that they must have.
struct CalibrationProblem {
  Auxiliaries x;
  std::vector<double> totals;        ///< of each auxiliary
  std::vector<std::string> targets;  ///< what each is called: `region = North East`
  std::vector<PosedMargin> margins;
  std::vector<std::string> notes;
};

/// Codes the margins and checks that they and the sample have the same levels.
/// @param weights  a row of weight 0 may miss anything
/// @throws Error(column, argument, design), as Design::calibrate.
[[nodiscard]] CalibrationProblem pose(const Frame& frame, const Calibration& calibration,
                                      std::span<const double> weights);

/// Post-stratification of groups × levels to shares of the groups' sums of weights.
[[nodiscard]] CalibrationProblem pose(const Frame& frame, const Standardization& standardization,
                                      std::span<const double> weights);

/// `sex, region and age`.
[[nodiscard]] std::string joined(const std::vector<std::string>& names);

/// A number in a message: six digits do.
[[nodiscard]] std::string short_number(double value);
/// `between 0.5 and 2`; `at most 2`, if low is infinite.
[[nodiscard]] std::string limits_text(double low, double high);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
