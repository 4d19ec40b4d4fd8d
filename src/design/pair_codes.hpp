#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// A dense code for every position, and how many codes there are.
struct Codes {
  std::vector<std::int32_t> codes;
  std::int32_t count = 0;
  std::vector<std::int32_t> outer;  ///< of pairs: the outer code of each
};

/// Codes of the pairs (outer_i, inner_i), numbered in the order in which they first appear. Numbers are counted from 0, or
/// from `outer_least` and `inner_least`.
[[nodiscard]] Codes pair_codes(std::span<const std::int32_t> outer, std::int32_t outer_count,
                               std::span<const std::int32_t> inner, std::int32_t outer_least = 0,
                               std::int32_t inner_least = 0);

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
