#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <variant>

#include "design/parts.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Degrees of freedom of a design with replicates. Those of the replicates are never recomputed in a domain: replicates
/// don't say which units hold members.
class ReplicateFreedom {
 public:
  ReplicateFreedom(const Design& design, const DegreesOfFreedomChoice& choice) : choice_(choice) {
    const auto* rule = std::get_if<DfRule>(&choice);
    if (rule == nullptr || *rule == DfRule::infinite || *rule == DfRule::n_minus_1) return;
    replicates_ = design.parts().replicates->degrees_of_freedom(design.weights());
    given_ = design.parts().replicates->rule().df.has_value();
  }

  [[nodiscard]] double of(Index n) const {
    if (const auto* given = std::get_if<double>(&choice_)) return *given;
    switch (std::get<DfRule>(choice_)) {
      case DfRule::infinite: return std::numeric_limits<double>::infinity();
      case DfRule::n_minus_1: return static_cast<double>(std::max<Index>(0, n - 1));
      case DfRule::design:
      case DfRule::domain_strata:
      case DfRule::full_design: break;
    }
    return replicates_;
  }

  [[nodiscard]] std::string describe() const {
    const auto* rule = std::get_if<DfRule>(&choice_);
    if (rule == nullptr) return to_text(level_of(std::get<double>(choice_))) + " (given)";
    if (*rule == DfRule::infinite || *rule == DfRule::n_minus_1) return std::string(name_of(*rule));
    return given_ ? "given with the replicates" : "rank of the replicate weights minus 1";
  }

 private:
  const DegreesOfFreedomChoice& choice_;
  double replicates_ = 0.0;
  bool given_ = false;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
