#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "design/coding.hpp"
#include "design/stratum_names.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// The rule `collapse`: in each stage, and in each higher-stage unit, strata are gone through in the order of their
/// labels. A singleton is merged with the next stratum that wasn't taken with certainty; the last one, with the one
/// before. What is merged is one stratum: its fraction is all its units over all of its population.
class Collapse {
 public:
  /// @param layout  with fractions, before anything is merged
  /// @param keep    rows of the sample; empty: all
  Collapse(const Frame& frame, const DesignSpec& spec, Layout layout, const std::vector<Index>& keep);

  [[nodiscard]] bool any() const;
  /// Gives the strata of each group one code.
  void recode(std::vector<Coding>& codings) const;
  /// Fractions and names of the strata of the new layout.
  void fill(const std::vector<Coding>& codings, Layout& layout) const;

 private:
  /// Strata of one stage, as they were first laid out.
  struct Merged {
    std::vector<Index> group;      ///< by stratum: the first of those that it is merged with; itself
    std::vector<double> fraction;  ///< by stratum: of its group
    std::vector<std::string> names;
  };

  Merged merge(Index s, const Factor& labels);
  /// Strata that weren't taken with certainty, in the order of their labels.
  [[nodiscard]] std::vector<Index> in_order(Index s, Index begin, Index end, const Factor& labels) const;
  [[nodiscard]] std::vector<std::vector<Index>> groups_among(Index s, const std::vector<Index>& strata) const;
  void join(Index s, const std::vector<Index>& group, Merged& merged);
  void recode_stage(std::size_t s, std::vector<Coding>& codings) const;
  /// The code of a stratum: codes are by place in the sample, not by row.
  [[nodiscard]] std::size_t code_of(const Coding& strata, const Layout& layout, Index s, Index k) const;

  const Layout layout_;  ///< as it was before
  const std::vector<Index>& keep_;
  StratumNames name_;
  std::vector<Merged> stages_;
};

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
