#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/design/design.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/study/reproduce.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// An instrument's answers with the design they are estimated under, and the one without weights.
class Analysis {
 public:
  Analysis(const Microdata& data, const Codebook& codebook, std::span<const Authority> authorities,
           const ReproduceOptions& options);

  [[nodiscard]] const Frame& frame() const noexcept { return weighted_.frame(); }
  [[nodiscard]] const Instrument& instrument() const noexcept { return *instrument_; }
  [[nodiscard]] DesignDescription describe() const { return weighted_.describe(); }

  /// Adds a variable that was derived from the answers.
  void add(Column column);

  /// Both designs' answers to one question, in the same order of rows.
  struct Pair {
    Estimate weighted;
    Estimate unweighted;

    /// @returns the estimate of a row with its interval by the default method of its scale
    [[nodiscard]] StudyEstimate row(Index row, ConfidenceLevel level) const;
  };
  [[nodiscard]] Pair ask(std::vector<Statistic> statistics, std::optional<Mask> where = {},
                         std::vector<std::string> by = {}) const;

 private:
  const Instrument* instrument_;
  const ReproduceOptions* options_;
  Design weighted_;
  Design unweighted_;
};

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
