#include "irosurvey/core/strong_types.hpp"

#include <string>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {

ConfidenceLevel::ConfidenceLevel(double level) : level_(level) {
  if (level > 0.0 && level < 1.0) return;
  throw Error(ErrorCode::argument, {.subject = "confidence level",
                                    .row = {},
                                    .expected = "a number between 0 and 1",
                                    .found = std::to_string(level),
                                    .remedy = "Write 0.95 for 95 per cent.",
                                    .candidates = {}});
}

}  // namespace v1
}  // namespace irosurvey
