#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "estimate/ordered_cells.hpp"
#include "estimate/plan.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/quantile.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Which quantiles of which variables. Groups, domain and rules are in a Query beside it, whose statistics aren't looked at.
struct QuantileQuestion {
  std::span<const std::string> variables;
  std::span<const double> probs;
  QuantileRule rule = QuantileRule::math;

  [[nodiscard]] Index statistics() const { return static_cast<Index>(variables.size() * probs.size()); }
};

/// Every variable of a question, in order within every cell.
class QuantileTables {
 public:
  /// @throws Error(column, argument) as `estimate`.
  QuantileTables(const Design& design, const QuantileQuestion& question, const Query& query, Index most_splitters);
  // Its parts borrow from each other.
  QuantileTables(const QuantileTables&) = delete;
  QuantileTables& operator=(const QuantileTables&) = delete;
  ~QuantileTables() = default;

  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
  [[nodiscard]] Index cells() const noexcept { return plan_.cell_count(); }
  [[nodiscard]] OrderedCells& of(std::size_t variable) { return variables_[variable]; }

  /// Quantiles under the full weights, statistic by statistic (the probabilities of a variable together), cell by cell.
  [[nodiscard]] std::vector<double> quantiles(const QuantileQuestion& question, const Query& query);

 private:
  Query means_;
  Plan plan_;
  std::vector<Numbers> kept_;
  std::deque<OrderedCells> variables_;
};

/// What a result says of each statistic of the question, without degrees of freedom.
[[nodiscard]] std::vector<EstimatedStatistic> statistics_about(const Design& design, const QuantileQuestion& question);

/// The frame of a design with columns of codes, one a variable, under names that it doesn't have.
struct CodedDesign {
  Design design;
  std::vector<std::string> names;
};
template <class Code>
[[nodiscard]] CodedDesign with_codes(const Design& design, const QuantileQuestion& question, const Code& code_of) {
  CodedDesign coded{design, {}};
  Frame frame = design.frame();
  for (std::size_t v = 0; v < question.variables.size(); ++v) {
    std::string name = question.variables[v] + " and its quantiles";
    while (frame.has(name)) name += "'";
    frame = frame.with_column(code_of(v, name));
    coded.names.push_back(std::move(name));
  }
  coded.design = design.with_frame(std::move(frame));
  return coded;
}

/// Quantiles and the variance of their replicates: θ_r is the quantile under the weights of replicate r. Rows statistic by
/// statistic, cell by cell.
/// @throws Error(argument) for a design without replicates; else as `estimate`.
[[nodiscard]] Estimate replicated_quantiles(const Design& design, const QuantileQuestion& question, const Query& query);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
