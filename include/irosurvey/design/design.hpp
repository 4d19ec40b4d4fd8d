#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/core/interrupt.hpp"
#include "irosurvey/design/calibration.hpp"
#include "irosurvey/design/replicates.hpp"
#include "irosurvey/frame/frame.hpp"

namespace irosurvey {
inline namespace v1 {

/// What a stratum with one sampling unit, which has no variance of its own, contributes to the variance.
///
/// A unit that was taken with certainty (sampling fraction 1) is no singleton: it contributes nothing under any rule.
enum class SingletonRule {
  fail,       ///< Error(singleton) when a variance is asked for (default)
  remove,     ///< nothing
  certainty,  ///< nothing, as if the unit had been taken with certainty
  adjust,     ///< (1 − f) (z − z̄)(z − z̄)′ with z̄ the mean over all units of the stage in the same higher-stage unit
  average,    ///< the mean of what the other strata of the stage in the same higher-stage unit contribute
  collapse,  ///< it is merged with the next stratum of the stage in the same higher-stage unit, in the order of labels, that
             ///< wasn't taken with certainty; the last one with the one before. Merged strata count as one for df
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(SingletonRule rule) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT SingletonRule singleton_rule(std::string_view name);

/// What becomes of a stratum of several sampling units of which a single one holds members of a domain: of a `where`, a
/// group, or the rows that have a value.
///
/// A unit holds members if a row of the domain of positive weight is in it.
enum class DomainSingletons {
  ignore,  ///< nothing: the other units are there, with totals of 0, and give the stratum a variance (default)
  rule,    ///< the design's `SingletonRule` holds for the stratum in that domain, at every stage: see
           ///< docs/methods/singletons.md for the formulas
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(DomainSingletons choice) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT DomainSingletons domain_singletons(std::string_view name);

/// Finite population of a stage: nothing (drawn with replacement), a column, or a number for all strata. A value above 1
/// is the number of units in the stratum's population; one of at most 1 is the sampling fraction.
using Fpc = std::variant<std::monostate, std::string, double>;

/// How the units of one stage were drawn. Empty names mean: not stratified; every row is its own unit.
struct Stage {
  std::string strata{};
  std::string clusters{};  ///< a label names a cluster within its stratum and its higher-stage cluster
  Fpc fpc{};
};

/// A sampling design in words.
struct DesignSpec {
  std::string weights{};        ///< empty: the product over stages of N/n (or 1/f) where `fpc` gives it, else 1
  std::vector<Stage> stages{};  ///< none: every row is its own unit, drawn with replacement
  SingletonRule singleton = SingletonRule::fail;
  /// `rule` isn't offered together with `collapse`, which merges strata before any question is asked, nor with replicates,
  /// which know no strata of a domain.
  DomainSingletons domain_singletons = DomainSingletons::ignore;
  std::optional<Replicates> replicates{};  ///< weights that came with the data, in the place of stages
};

/// What is found in one stage of a design.
struct StageDescription {
  Index strata = 0;
  Index units = 0;
  Index least_units = 0;  ///< in a stratum
  Index most_units = 0;
  std::vector<std::string> singletons;  ///< strata with one unit that wasn't taken with certainty
  std::vector<std::string>
      collapsed;                 ///< under the rule `collapse`, strata that were merged: `region = 3 with region = 4`
  Index certainty_strata = 0;    ///< strata taken completely (sampling fraction 1)
  bool with_replacement = true;  ///< no finite population was given
  double least_fraction = 0.0;
  double most_fraction = 0.0;
};

/// What a design holds, in numbers and in sentences.
struct DesignDescription {
  Index rows = 0;
  Index zero_weights = 0;
  double weight_sum = 0.0;
  double weight_min = 0.0;  ///< over the rows of positive weight
  double weight_max = 0.0;
  double weight_cv = 0.0;        ///< divisor n
  double kish_effect = 1.0;      ///< 1 + cv², Kish (1965) section 11.7: variance due to weighting alone
  Index degrees_of_freedom = 0;  ///< first-stage units of positive weight minus their strata; of replicates, theirs
  std::string replicates;        ///< what variances come from, if from replicates
  std::vector<StageDescription> stages;  ///< none if replicates came with the data
  std::vector<std::string> adjustments;  ///< of the weights: a sentence for each
  std::vector<std::string> problems;     ///< a plain sentence for each
};

/// A frame with the design by which its rows were sampled. Declared once, asked often, never changed.
class IROSURVEY_EXPORT Design {
 public:
  /// Codes the units of every stage and finds an order of the rows in which each unit is one run.
  ///
  /// @throws Error(column) for unknown columns; Error(design), with the row, for a missing, negative or infinite weight, a
  ///         missing stratum or cluster, a missing or non-positive fpc, an fpc that varies within a stratum, or a
  ///         population smaller than its sample.
  static Design declare(Frame frame, DesignSpec spec);

  [[nodiscard]] const Frame& frame() const noexcept;
  [[nodiscard]] const DesignSpec& spec() const noexcept;
  [[nodiscard]] DesignDescription describe() const;
  /// One weight a row, in row order.
  [[nodiscard]] std::span<const double> weights() const noexcept;
  /// How many replicates variances come from; 0: from linearization.
  [[nodiscard]] Index replicates() const noexcept;
  /// Replicate r's weight of every row.
  /// @throws Error(argument) unless 0 ≤ r < replicates().
  [[nodiscard]] std::vector<double> replicate_weights(Index replicate) const;

  /// The same design with replicates made from its first stage; variances come from them.
  /// @throws Error(argument, design, singleton) where the method doesn't fit the design, with the remedy.
  [[nodiscard]] Design with_replicates(const ReplicateRequest& request) const;

  /// A design whose weights went through `adjustments`, in this order and after those they went through before. It remembers
  /// them: variances by linearization take their auxiliaries out of a variable first, and each replicate's weights were
  /// adjusted like the sample's own. A weight of 0 stays 0.
  ///
  /// @throws Error(column) for unknown columns; Error(design), with the row, for a missing auxiliary; Error(argument) for
  ///         targets that contradict each other or the sample, with the margins; Error(numerical), with the targets and how
  ///         far off they are, if no weights were found that meet them; Error(interrupted).
  [[nodiscard]] Design calibrate(const std::vector<Adjustment>& adjustments, int threads = 0,
                                 const Interrupt& interrupt = {}) const;
  /// What each adjustment of the weights did.
  [[nodiscard]] std::vector<AdjustmentReport> adjustments() const;

  /// The same design over a frame with other columns but the same rows (a derived variable, say).
  [[nodiscard]] Design with_frame(Frame frame) const;

  struct Parts;  ///< private to the library: src/design/parts.hpp
  [[nodiscard]] const Parts& parts() const noexcept { return *parts_; }

 private:
  explicit Design(std::shared_ptr<const Parts> parts);
  std::shared_ptr<const Parts> parts_;
};

}  // namespace v1
}  // namespace irosurvey
