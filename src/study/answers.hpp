#pragma once

#include <span>
#include <string>
#include <vector>

#include "irosurvey/frame/frame.hpp"
#include "irosurvey/study/codebook.hpp"
#include "irosurvey/study/reproduce.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// The variables of an instrument that its design, the findings and the tables need, in codebook order.
std::vector<const Question*> needed_questions(const Codebook& codebook, const Instrument& instrument);

/// @throws Error(column) that lists every needed variable that a file lacks, file by file.
void check_columns(std::span<const Microdata> microdata, const Codebook& codebook);

/// The needed variables under their names in the codebook, with its labels, and missing wherever the file or the
/// codebook says that a code is no answer.
/// @throws Error(column) for an answer that the codebook doesn't know: counted as it stands, it would be a
///         silent "no".
Frame clean(const Microdata& data, const Codebook& codebook);

/// 1 where the answers to all `variables` count, 0 where one doesn't, NaN where one is missing. An answer counts if
/// it is one of the measure's values or, if it has none, above `limit`. Where the measure has a quotient, that is
/// the answer; it is missing where the denominator isn't positive.
std::vector<double> indicator(const Frame& frame, const Measure& measure, std::span<const std::string> variables,
                              double limit);

/// Such numbers as a column that knows both answers, even where nobody gave one of them: a share of 0 is a share.
Column yes_or_no(std::string name, std::vector<double> values);

/// The rows of a condition.
Mask rows_where(const Frame& frame, const Condition& condition);

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
