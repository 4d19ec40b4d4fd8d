#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey {
inline namespace v1 {

/// Who counts as a respondent of a question with several answers.
enum class Respondents {
  any,       ///< whoever chose at least one answer (default; SPSS)
  valid,     ///< whoever has a value in at least one column: those who chose nothing too
  complete,  ///< whoever has a value in every column; of dichotomous sets alone
  all,       ///< every row of the domain
};

/// What an answer's number is a share of.
enum class AnswerScale {
  respondents,  ///< T(y_k) / T(1) over respondents: the shares add up to more than 1 where people choose several
  answers,      ///< T(y_k) / Σ_j T(y_j): the shares add up to 1
  count,        ///< T(y_k): how many in the population choose it
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(Respondents rule) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT Respondents respondents_rule(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(AnswerScale scale) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT AnswerScale answer_scale(std::string_view name);

/// A question to which a respondent may give several answers, as columns hold it.
struct MultipleResponse {
  /// Dichotomous: a column for each answer. Categorical: a column for the first answer given, one for the second, …
  std::vector<std::string> columns{};
  /// The values (or value labels) that say that an answer was chosen; empty: the set is categorical, and its columns hold
  /// the codes of answers. 1 is `true` of a boolean column.
  std::vector<LevelValue> counted{};
  /// Of a categorical set: codes (or value labels) that are answers, in this order; empty: all that occur or have a label.
  std::vector<LevelValue> answers{};
  Respondents respondents = Respondents::any;
  AnswerScale scale = AnswerScale::respondents;
  std::string title{};  ///< what the set is called: the label of the result's statistics
};

/// Shares (or numbers) of the answers to a question with several answers.
///
/// With y_k = 1 where a row chose answer k, else 0, both shares are ratios of weighted totals over the respondents; their
/// covariances, domains, groups, replicates and calibration are those of every expression of totals. Rows that are no
/// respondents are outside the domain, and their sampling units stay. A respondent's missing columns are answers not chosen;
/// an answer that a respondent gives twice counts once. Under MissingRule::listwise rows that miss a column of a dichotomous
/// set, or all columns of a categorical one, leave the sample first.
///
/// The statistics are called "multiple response". A statistic's level is its answer: of a dichotomous set the column, labelled with the column's label; of a categorical
/// one the code, with the first column's label that there is. n and the weighted base count respondents.
/// @param about  domain, groups, missing values, degrees of freedom, covariance; its statistics aren't looked at
/// @throws Error(argument) for no column, one named twice, a counted value or an answer that no column has,
///         Respondents::complete of a categorical set; else as `estimate`.
[[nodiscard]] IROSURVEY_EXPORT Estimate multiple_response(const Design& design, const MultipleResponse& set,
                                                          const Query& about);

}  // namespace v1
}  // namespace irosurvey
