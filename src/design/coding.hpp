#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/design/design.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// The rows of the sample, in the order of the file.
class Sample {
 public:
  /// @param keep  rows that belong to it; empty: all
  Sample(const Frame& frame, const std::vector<Index>& keep) : keep_(keep), rows_(frame.rows()) {}
  [[nodiscard]] Index size() const { return keep_.empty() ? rows_ : static_cast<Index>(keep_.size()); }
  [[nodiscard]] Index row(Index i) const { return keep_.empty() ? i : keep_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] bool is_whole() const { return keep_.empty(); }

 private:
  const std::vector<Index>& keep_;
  Index rows_;
};

/// A code for every row of the sample, and, of each code, which code of the next coarser coding holds it.
struct Coding {
  std::span<const std::int32_t> keys;  ///< one a row, `least` above its code; none: all rows have the code 0
  std::int32_t least = 0;
  std::vector<std::int32_t> within;  ///< by code; of one that no row has, anything
  std::vector<std::int32_t> rows;    ///< by code: how many have it
  std::vector<std::int32_t> order;   ///< the codes that rows have, as rows first show them
  bool in_runs = true;               ///< whether the rows of each code are neighbours
  std::shared_ptr<const void> owner;

  [[nodiscard]] std::size_t code(std::size_t i) const {
    return keys.empty() ? 0 : static_cast<std::size_t>(keys[i] - least);
  }
  /// How many codes there may be.
  [[nodiscard]] std::size_t range() const { return within.size(); }
};

/// The stages of a design; of one that names none, a single stage whose units are the rows.
[[nodiscard]] std::vector<Stage> stages_of(const DesignSpec& spec);

/// Strata and units of every stage, from the coarsest to the finest: stage 1's strata, its units, stage 2's strata …
/// @throws Error(column, design) for a missing label, with the row
[[nodiscard]] std::vector<Coding> code_stages(const Frame& frame, const std::vector<Stage>& stages,
                                              const Sample& sample);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
