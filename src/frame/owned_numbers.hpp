#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {

/// Numbers that were made and not read; none is missing.
[[nodiscard]] inline Numbers owned_numbers(std::vector<double> values) {
  const auto owned = std::make_shared<const std::vector<double>>(std::move(values));
  return {*owned, false, owned};
}

}  // namespace v1
}  // namespace irosurvey
