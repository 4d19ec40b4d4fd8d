#pragma once

#include "irosurvey/inference/interval.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// n*: how many independent answers would bear as much information about the share: p (1 − p) / SE², and n at p = 0 and p = 1,
/// where the data hold no trace of a variance. Infinite at SE = 0 and 0 < p < 1, unless truncated.
/// @param df_adjusted  times (t_{n−1} / t_df)², for methods that have no t of their own
/// @param truncated  at most n
[[nodiscard]] double effective_size(const Point& point, ConfidenceLevel level, bool df_adjusted, bool truncated);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
