#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "irosurvey/study/codebook.hpp"
#include "irosurvey/study/findings.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// @throws Error(argument) that lists near names.
const Finding& find_finding(std::span<const Finding> findings, std::string_view id);

/// The most who can have answered, and who says so.
struct Respondents {
  std::optional<Index> number;
  std::string from;
};

/// The printed base of a finding or, failing that, the respondents to its instrument.
Respondents respondents_of(const Finding& finding, std::span<const Finding> findings, const Codebook& codebook);

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
