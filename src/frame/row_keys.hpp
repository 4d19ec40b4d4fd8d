#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {

/// The labels of a column as small whole numbers, one a row: two rows have the same key if they have the same label. For
/// those who need to tell labels apart, and neither their order nor their names.
struct RowKeys {
  std::span<const std::int32_t> keys;  ///< in [least, least + range); not every one of these need occur
  std::int32_t least = 0;
  std::int32_t range = 0;
  bool has_missing = false;  ///< the key of a missing label is below `least`
  std::shared_ptr<const void> owner;
};

/// Whole numbers that lie close together are their own keys, and if the column's own buffer holds them as 32 bits it is
/// borrowed; other columns are coded (shared_factor).
/// @throws Error(column), as shared_factor.
[[nodiscard]] RowKeys row_keys(const Column& column);

}  // namespace v1
}  // namespace irosurvey
