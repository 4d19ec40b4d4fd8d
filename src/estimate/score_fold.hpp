#pragma once

#include <Eigen/Dense>
#include <span>
#include <vector>

#include "design/layout.hpp"
#include "estimate/model_rows.hpp"
#include "estimate/unit_scores.hpp"
#include "irosurvey/design/design.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Numbers whose totals vary with the sample: s x of every row of a model, and others beside them.
struct RowScores {
  const ModelRows* rows = nullptr;
  std::span<const double> s;                      ///< one a row of the data, weight included; 0: the row adds nothing
  std::vector<std::span<const double>> beside{};  ///< likewise
  [[nodiscard]] Eigen::Index width() const { return rows->columns() + static_cast<Eigen::Index>(beside.size()); }
};

/// Design variance of the totals of row scores, by linearization: through the strata and units of `layout`; of calibrated weights,
/// that of what the auxiliaries leave of them.
[[nodiscard]] Eigen::MatrixXd variance_of_scores(const Design& design, const design::Layout& layout,
                                                 const RowScores& scores, int threads, const Interrupt& interrupt);

/// The same from totals of units that are known.
[[nodiscard]] Eigen::MatrixXd variance_of_scores(const Design& design, const design::Layout& layout,
                                                 const UnitScores& units, int threads, const Interrupt& interrupt);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
