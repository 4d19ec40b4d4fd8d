#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {

/// What is asked of data that arrive in pieces. Settled before the first row: what isn't summed can't be asked later.
struct StreamQuery {
  std::vector<Statistic> statistics{};
  std::vector<std::string> by{};
  std::string where{};        ///< the domain in words: sums over different domains never meet
  bool design_effect = true;  ///< sums of products too, so that design effects can be told
};

/// What can still be chosen when all data are in.
struct FinishOptions {
  DegreesOfFreedomChoice df = DfRule::design;
  bool covariance = false;
  int threads = 0;  ///< 0: as many as there are processors. The result is the same, bit for bit
  Interrupt interrupt{};
};

/// Sums of data that arrive in pieces: chunks of a file, parts on several machines, in any order.
///
/// Holds Σ w (moments) for every sampling unit and cell that some row touches, keyed by the labels of strata, clusters and
/// groups, so that parts may cut through units and number their labels in any way. Memory grows with units × touched cells,
/// not with rows; where the rows themselves are the sampling units, each row is a unit. Moments are taken about a pivot, the
/// one that the first part to show a cell found there; where parts that meet have different ones, sums move to one of them
/// exactly: T(y − c′x) = T(y − cx) + (c − c′) T(x), and likewise for products.
///
/// The variance comes after: `finish` puts the units in the order of their labels and folds them as `estimate` does.
/// Missing values are outside the domain of their variable (MissingRule::domain). Designs with replicates aren't offered.
class IROSURVEY_EXPORT UnitTotals {
 public:
  /// Nothing summed so far.
  /// @throws Error(argument, design) for questions without a meaning, and designs that can't be summed in parts.
  UnitTotals(DesignSpec spec, StreamQuery query);
  UnitTotals(const UnitTotals& other);
  UnitTotals(UnitTotals&& other) noexcept;
  UnitTotals& operator=(const UnitTotals& other);
  UnitTotals& operator=(UnitTotals&& other) noexcept;
  ~UnitTotals();

  /// Sums the rows of a part.
  /// @param where  the domain, a byte a row; absent: every row
  /// @throws Error as `Design::declare` and `estimate`, rows counted over all that was added so far; Error(design) if an fpc
  ///         isn't what an earlier part said of the stratum. Nothing of the part is kept then.
  void add(const Frame& part, const std::optional<Mask>& where = {});

  /// Unites the sums of two parts of the same data.
  /// @throws Error(argument) if the other answers another question; Error(design) if an fpc differs within a stratum.
  void merge(const UnitTotals& other);

  /// The answer of `estimate` to all rows together: keys, bases and degrees of freedom the same, numbers to rounding.
  /// @throws Error as `Design::declare` and `estimate`, without rows.
  [[nodiscard]] Estimate finish(const FinishOptions& options = {}) const;

  /// All of it, in the versioned format that docs/methods/streaming.md describes.
  [[nodiscard]] std::string to_bytes() const;
  /// @throws Error(read) unless these are whole and of this version.
  static UnitTotals from_bytes(std::string_view bytes);

  [[nodiscard]] Index rows() const noexcept;
  [[nodiscard]] Index units() const noexcept;
  [[nodiscard]] Index records() const noexcept;  ///< units × touched cells
  /// How many rows the answer can have at most.
  [[nodiscard]] Index most_results() const;
  [[nodiscard]] const DesignSpec& spec() const noexcept;
  [[nodiscard]] const StreamQuery& query() const noexcept;
  /// What sums must have in common to be merged: 16 hexadecimal digits.
  [[nodiscard]] std::string fingerprint() const;
  /// What the first part said about a column that is asked for; empty before.
  [[nodiscard]] ColumnNotes notes(const std::string& column) const;
  [[nodiscard]] const std::string& label() const noexcept;  ///< of the data

  struct State;  ///< private to the library: src/estimate/unit_state.hpp

 private:
  explicit UnitTotals(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace v1
}  // namespace irosurvey
