#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/frame/column.hpp"

namespace irosurvey {
inline namespace v1 {

/// A data file in memory: columns of one length, and a label. A value that nobody changes; copies share buffers.
class IROSURVEY_EXPORT Frame {
 public:
  Frame() = default;
  /// @throws Error(column) if lengths differ or a name occurs twice.
  explicit Frame(std::vector<Column> columns, std::string label = {});

  [[nodiscard]] Index rows() const noexcept { return rows_; }
  [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }
  [[nodiscard]] const std::string& label() const noexcept { return label_; }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool has(std::string_view name) const noexcept;
  /// @throws Error(column) that lists near names.
  [[nodiscard]] const Column& column(std::string_view name) const;

  /// With `column` added, or in the place of the one of the same name.
  [[nodiscard]] Frame with_column(Column column) const;
  [[nodiscard]] Frame with_label(std::string label) const;
  /// Every column seen by `rule`.
  [[nodiscard]] Frame with_user_missing(UserMissingRule rule) const;

 private:
  std::vector<Column> columns_;
  std::string label_;
  Index rows_ = 0;
};

}  // namespace v1
}  // namespace irosurvey
