#include "irosurvey/estimate/multiple_response.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/at.hpp"
#include "core/names.hpp"
#include "core/refuse.hpp"
#include "frame/coded_column.hpp"
#include "frame/level_place.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr NamedValue<Respondents> kRespondents[] = {{Respondents::any, "any"},
                                                    {Respondents::valid, "valid"},
                                                    {Respondents::complete, "complete"},
                                                    {Respondents::all, "all"}};
constexpr NamedValue<AnswerScale> kScales[] = {
    {AnswerScale::respondents, "respondents"}, {AnswerScale::answers, "answers"}, {AnswerScale::count, "count"}};

constexpr const char* kName = "multiple response";

using Codes = std::vector<std::int32_t>;
using Factors = std::vector<std::shared_ptr<const Factor>>;

bool is_dichotomous(const MultipleResponse& set) { return !set.counted.empty(); }

void check(const MultipleResponse& set) {
  if (set.columns.empty()) refuse("columns of a multiple-response set", "at least one", "none");
  std::set<std::string> known;
  for (const std::string& column : set.columns) {
    if (!known.insert(column).second) {
      refuse("columns of a multiple-response set", "each column once", "'" + column + "' twice");
    }
  }
  if (is_dichotomous(set) && !set.answers.empty()) {
    refuse("answers of a multiple-response set", "none, as its columns are the answers",
           std::to_string(set.answers.size()), "Leave columns out, or name no counted value.");
  }
  if (!is_dichotomous(set) && set.respondents == Respondents::complete) {
    refuse("respondents of a categorical set", "'any', 'valid' or 'all'", "'complete'",
           "Who gives few answers leaves the last columns empty.");
  }
}

/// What every row answered.
struct Answers {
  std::vector<Level> options{};
  std::vector<std::string> formulas{};  ///< which rows have y = 1
  std::vector<Codes> chosen{};          ///< option by option, 1 or 0 a row
  Codes given{};                        ///< how many answers the row gave
  Codes known{};                        ///< how many of its columns have a value

  void add(Level option, std::string formula, Codes own) {
    std::transform(own.begin(), own.end(), given.begin(), given.begin(), std::plus<>());
    options.push_back(std::move(option));
    formulas.push_back(std::move(formula));
    chosen.push_back(std::move(own));
  }
};

/// Places of the wanted levels among those of one column; those that it doesn't have are left out.
std::set<std::int32_t> places_in(const Factor& factor, const std::vector<LevelValue>& wanted) {
  std::set<std::int32_t> places;
  for (const LevelValue& one : wanted) {
    if (const std::ptrdiff_t place = place_of(one, factor.levels); place >= 0)
      places.insert(static_cast<std::int32_t>(place));
  }
  return places;
}

/// Every level of any of the columns, in natural order, with the first label that a column gives it.
std::vector<Level> united(const Factors& factors) {
  std::vector<Level> all;
  for (const auto& factor : factors) {
    for (const Level& level : factor->levels) {
      const auto place = std::lower_bound(all.begin(), all.end(), level,
                                          [](const Level& a, const Level& b) { return level_less(a.value, b.value); });
      if (place == all.end() || place->value != level.value) {
        all.insert(place, level);
      } else if (place->label.empty()) {
        place->label = level.label;
      }
    }
  }
  return all;
}

/// Every value that is asked for occurs in some column, or has a label there.
void check_values(const std::string& what, const std::vector<LevelValue>& wanted, const Factors& factors) {
  const std::vector<Level> known = united(factors);
  for (const LevelValue& one : wanted) {
    if (place_of(one, known) >= 0) continue;
    refuse(what + " of a multiple-response set",
           known.empty() ? "a column with values" : "a value that some column takes or labels (" + listed(known) + ")",
           to_text(one));
  }
}

void add_dichotomous(const Frame& frame, const MultipleResponse& set, const Factors& factors, Answers& answers) {
  check_values("counted value", set.counted, factors);
  for (std::size_t k = 0; k < set.columns.size(); ++k) {
    const std::set<std::int32_t> counted = places_in(*factors[k], set.counted);
    Codes own(answers.given.size(), 0);
    std::transform(factors[k]->codes.begin(), factors[k]->codes.end(), own.begin(),
                   [&](std::int32_t code) { return counted.contains(code) ? 1 : 0; });
    const std::string formula = set.columns[k] + " counts";
    answers.add({set.columns[k], frame.column(set.columns[k]).notes().label}, formula, std::move(own));
  }
}

void add_categorical(const MultipleResponse& set, const Factors& factors, Answers& answers) {
  check_values("answers", set.answers, factors);
  const std::vector<Level> known = united(factors);
  std::vector<Level> options;
  for (const LevelValue& one : set.answers) {
    const Level& meant = known[at(place_of(one, known))];
    if (std::find(options.begin(), options.end(), meant) == options.end()) options.push_back(meant);
  }
  if (set.answers.empty()) options = known;
  for (const Level& option : options) {
    Codes own(answers.given.size(), 0);
    for (const auto& factor : factors) {
      const auto same = std::find_if(factor->levels.begin(), factor->levels.end(),
                                     [&](const Level& level) { return level.value == option.value; });
      if (same == factor->levels.end()) continue;
      const auto wanted = static_cast<std::int32_t>(same - factor->levels.begin());
      for (std::size_t row = 0; row < own.size(); ++row) own[row] |= factor->codes[row] == wanted ? 1 : 0;
    }
    answers.add(option, "any of " + set.columns.front() + ", … = " + to_text(option.value), std::move(own));
  }
}

Answers answers_of(const Frame& frame, const MultipleResponse& set) {
  Factors factors;
  for (const std::string& column : set.columns) factors.push_back(shared_factor(frame.column(column)));
  Answers answers;
  answers.given.assign(at(frame.rows()), 0);
  answers.known.assign(at(frame.rows()), 0);
  for (const auto& factor : factors) {
    for (std::size_t row = 0; row < answers.known.size(); ++row) answers.known[row] += factor->codes[row] >= 0 ? 1 : 0;
  }
  if (is_dichotomous(set)) {
    add_dichotomous(frame, set, factors, answers);
  } else {
    add_categorical(set, factors, answers);
  }
  if (answers.options.empty()) {
    refuse("columns of a multiple-response set", "at least one answer", "none: they are missing in every row");
  }
  return answers;
}

/// Whether a row belongs to the respondents.
bool responds(const Answers& answers, std::size_t row, Respondents rule) {
  switch (rule) {
    case Respondents::any: return answers.given[row] > 0;
    case Respondents::valid: return answers.known[row] > 0;
    case Respondents::complete: return answers.known[row] == static_cast<std::int32_t>(answers.options.size());
    case Respondents::all: break;
  }
  return true;
}

/// The domain of the question: respondents in the domain that was asked for. What has a wrong length is left to the engine.
Mask domain_of(const Answers& answers, const MultipleResponse& set, const std::optional<Mask>& where) {
  if (where && where->size() != answers.given.size()) return *where;
  Mask domain = where.value_or(Mask(answers.given.size(), 1));
  for (std::size_t row = 0; row < domain.size(); ++row) {
    if (!responds(answers, row, set.respondents)) domain[row] = 0;
  }
  return domain;
}

std::string new_name(const Frame& frame, std::string name) {
  while (frame.has(name)) name += "'";
  return name;
}

/// The data with a column of 0 and 1 for each answer, and one of how many answers were given.
struct Asked {
  Frame frame;
  std::vector<std::string> options;
  std::string given;
};

Asked columns_of(const Frame& frame, const MultipleResponse& set, Answers answers, MissingRule missing) {
  // Rows that leave the sample are those that miss what is asked for: the engine sees to it.
  const std::int32_t least = missing == MissingRule::domain ? 0
                             : is_dichotomous(set)          ? static_cast<std::int32_t>(set.columns.size())
                                                            : 1;
  const auto leaves = [&](std::size_t row) { return answers.known[row] < least; };
  Asked asked{frame, {}, new_name(frame, "answers given")};
  std::vector<double> given(answers.given.begin(), answers.given.end());
  for (std::size_t row = 0; row < given.size(); ++row) {
    if (leaves(row)) given[row] = std::numeric_limits<double>::quiet_NaN();
  }
  asked.frame = asked.frame.with_column(Column::of_numbers(asked.given, std::move(given)));
  for (std::size_t k = 0; k < answers.options.size(); ++k) {
    Codes& own = answers.chosen[k];
    for (std::size_t row = 0; row < own.size() && least > 0; ++row) own[row] = leaves(row) ? -1 : own[row];
    asked.options.push_back(new_name(asked.frame, "answer " + std::to_string(k)));
    asked.frame = asked.frame.with_column(column_of_codes(asked.options.back(), std::move(own), 2));
  }
  return asked;
}

Statistic question(const Asked& asked, std::size_t option, const MultipleResponse& set) {
  const Expr chosen = T(asked.options[option], {Index{1}});
  switch (set.scale) {
    case AnswerScale::respondents: return statistic(chosen / T(1), kName, Scale::share);
    case AnswerScale::answers: return statistic(chosen / T(asked.given), kName, Scale::share);
    case AnswerScale::count: break;
  }
  return statistic(chosen, kName, Scale::total);
}

std::string formula_of(const std::string& chosen, AnswerScale scale) {
  const std::string total = "T(" + chosen + ")";
  if (scale == AnswerScale::count) return total;
  return total + (scale == AnswerScale::answers ? " / T(answers given)" : " / T(1)");
}

std::string words_for(const MultipleResponse& set) {
  switch (set.respondents) {
    case Respondents::any: return "any: who chose at least one answer";
    case Respondents::valid: return "valid: who has a value in at least one column";
    case Respondents::complete: return "complete: who has a value in every column";
    case Respondents::all: break;
  }
  return "all: every row of the domain";
}

}  // namespace

std::string_view name_of(Respondents rule) noexcept { return name_in(kRespondents, rule); }
Respondents respondents_rule(std::string_view name) { return value_in(kRespondents, "respondents", name); }
std::string_view name_of(AnswerScale scale) noexcept { return name_in(kScales, scale); }
AnswerScale answer_scale(std::string_view name) { return value_in(kScales, "scale of answers", name); }

Estimate multiple_response(const Design& design, const MultipleResponse& set, const Query& about) {
  check(set);
  Answers answers = answers_of(design.frame(), set);
  const std::vector<Level> options = answers.options;
  const std::vector<std::string> formulas = answers.formulas;
  Query query = about;
  query.where = domain_of(answers, set, about.where);
  query.statistics.clear();
  const Asked asked = columns_of(design.frame(), set, std::move(answers), about.missing);
  for (std::size_t k = 0; k < options.size(); ++k) {
    query.statistics.push_back(question(asked, k, set));
    query.statistics.back().formula = formula_of(formulas[k], set.scale);
  }
  Estimate result = estimate(design.with_frame(asked.frame), query);
  for (std::size_t k = 0; k < options.size(); ++k) {
    EstimatedStatistic& statistic = result.statistics[k];
    statistic.variables = set.columns;
    statistic.label = set.title;
    statistic.level = options[k];
  }
  result.choices.push_back({"respondents", words_for(set)});
  if (set.scale != AnswerScale::count) result.choices.push_back({"share of", std::string(name_of(set.scale))});
  if (!is_dichotomous(set)) result.choices.push_back({"an answer given twice", "counts once"});
  return result;
}

}  // namespace v1
}  // namespace irosurvey
