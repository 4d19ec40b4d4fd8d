#include "estimate/model_terms.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "core/refuse.hpp"
#include "estimate/model_kernels.hpp"

namespace irosurvey {
inline namespace v1 {

std::string ModelTerm::name() const {
  if (factors.empty()) return "Intercept";
  std::string text;
  for (const ModelFactor& factor : factors) text += (text.empty() ? "" : ":") + factor.name;
  return text;
}

namespace estimation {

bool same_level(const LevelValue& a, const LevelValue& b) {
  if (a == b) return true;
  const auto number = [](const LevelValue& value) -> std::optional<double> {
    if (const auto* whole = std::get_if<Index>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    return std::nullopt;
  };
  const auto x = number(a);
  const auto y = number(b);
  return x && y && *x == *y;
}

namespace {

// ---------------------------------------------------------------------------------------------------- levels

/// Which levels some row of the model has.
std::vector<std::uint8_t> levels_that_occur(const Factor& factor, std::span<const std::uint8_t> used) {
  std::vector<std::uint8_t> occurs(factor.levels.size(), 0);
  std::size_t left = occurs.size();
  for (std::size_t row = 0; row < factor.codes.size() && left > 0; ++row) {
    const std::int32_t code = factor.codes[row];
    if (code < 0 || (!used.empty() && used[row] == 0)) continue;
    std::uint8_t& known = occurs[static_cast<std::size_t>(code)];
    if (known == 0) --left;
    known = 1;
  }
  return occurs;
}

std::size_t reference_of(const ModelFactor& asked, const std::vector<Level>& levels) {
  if (!asked.reference) return 0;
  std::string listed;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto* label = std::get_if<std::string>(&*asked.reference);
    if (same_level(levels[i].value, *asked.reference)) return i;
    if (label != nullptr && !label->empty() && levels[i].label == *label) return i;
    listed += (i == 0 ? "" : ", ") + to_text(levels[i].value);
  }
  refuse("reference of " + asked.name, "a level that rows of the model have (" + listed + ")",
         to_text(*asked.reference));
}

ModelLevels levels_of(const Frame& frame, const ModelFactor& asked, std::span<const std::uint8_t> used,
                      std::vector<std::string>& empty_levels) {
  const Factor& factor = *shared_factor(frame.column(asked.columns.at(0)));
  const std::vector<std::uint8_t> occurs = levels_that_occur(factor, used);
  ModelLevels found;
  for (std::size_t i = 0; i < factor.levels.size(); ++i) {
    if (occurs[i] != 0) {
      found.levels.push_back(factor.levels[i]);
    } else {
      empty_levels.push_back(asked.name + "[" + to_text(factor.levels[i].value) + "]");
    }
  }
  if (found.levels.empty()) {
    refuse(asked.name, "at least one row of the model with a level", "none");
  }
  found.reference = reference_of(asked, found.levels);
  return found;
}

// ---------------------------------------------------------------------------------------------------- coding

/// How a categorical factor stands in a part of a term.
enum class Coding { absent, contrasts, full };

/// Products of columns that span what the term adds to the terms before it.
///
/// A term a:b of categorical factors spans the products 1, a, b and a:b of centred codings; those that terms before span
/// already are left out, and what remains is put together again: x and x:a (a by contrasts) are x:a with all of a's levels.
class TermCoding {
 public:
  using Subset = std::vector<Coding>;  ///< by categorical factor of the term

  std::vector<Subset> code(const ModelTerm& term) {
    std::multiset<std::string> numeric;
    std::vector<std::string> categorical;
    for (const ModelFactor& factor : term.factors) {
      if (factor.categorical) {
        categorical.push_back(factor.name);
      } else {
        numeric.insert(factor.name);
      }
    }
    return joined(new_subsets(spanned_[numeric], categorical));
  }

 private:
  using Spanned = std::set<std::set<std::string>>;

  static std::vector<Subset> new_subsets(Spanned& spanned, const std::vector<std::string>& categorical) {
    std::vector<Subset> found;
    const std::size_t count = std::size_t{1} << categorical.size();
    for (std::size_t bits = 0; bits < count; ++bits) {
      std::set<std::string> names;
      Subset subset(categorical.size(), Coding::absent);
      for (std::size_t i = 0; i < categorical.size(); ++i) {
        if ((bits >> i & 1U) == 0) continue;
        names.insert(categorical[i]);
        subset[i] = Coding::contrasts;
      }
      if (spanned.insert(names).second) found.push_back(std::move(subset));
    }
    const auto size = [](const Subset& subset) { return std::count(subset.begin(), subset.end(), Coding::contrasts); };
    std::stable_sort(found.begin(), found.end(), [&](const Subset& a, const Subset& b) { return size(a) < size(b); });
    return found;
  }

  /// Two subsets that differ in one factor, absent here and by contrasts there, are one with all of its levels.
  static std::vector<Subset> joined(std::vector<Subset> subsets) {
    for (std::size_t a = 0; a < subsets.size(); ++a) {
      for (std::size_t b = a + 1; b < subsets.size(); ++b) {
        std::size_t differs = 0;
        std::size_t where = 0;
        for (std::size_t i = 0; i < subsets[a].size(); ++i) {
          if (subsets[a][i] == subsets[b][i]) continue;
          ++differs;
          where = i;
        }
        if (differs != 1 || subsets[a][where] != Coding::absent || subsets[b][where] != Coding::contrasts) continue;
        subsets[b][where] = Coding::full;
        subsets.erase(subsets.begin() + static_cast<std::ptrdiff_t>(a));
        return joined(std::move(subsets));
      }
    }
    return subsets;
  }

  std::map<std::multiset<std::string>, Spanned> spanned_;  ///< by the numeric factors of terms
};

/// One way to fill a factor's place in a product: a name and a part, or nothing.
struct Choice {
  std::string name;
  std::optional<ModelPart> part;
};

std::vector<Choice> choices_of(const ModelFactor& factor, Coding coding, const ModelRecipe& recipe) {
  std::vector<Choice> choices;
  if (!factor.categorical) {
    for (std::size_t i = 0; i < factor.columns.size(); ++i) {
      const std::string label =
          factor.columns.size() == 1 && factor.labels.empty() ? "" : "[" + factor.labels.at(i) + "]";
      choices.push_back({factor.name + label, ModelPart{factor.columns[i]}});
    }
    return choices;
  }
  if (coding == Coding::absent) return {{}};
  const ModelLevels& known = recipe.levels.at(factor.columns.at(0));
  for (std::size_t i = 0; i < known.levels.size(); ++i) {
    if (coding == Coding::contrasts && i == known.reference) continue;
    choices.push_back(
        {factor.name + "[" + to_text(known.levels[i].value) + "]", ModelPart{factor.columns.at(0), known.levels[i]}});
  }
  return choices;
}

/// Every product of the factors' choices, the first factor's changing fastest.
void add_products(const ModelTerm& term, std::size_t number, const TermCoding::Subset& subset, ModelRecipe& recipe) {
  std::vector<std::vector<Choice>> choices;
  std::size_t categorical = 0;
  for (const ModelFactor& factor : term.factors) {
    const Coding coding = factor.categorical ? subset[categorical++] : Coding::contrasts;
    choices.push_back(choices_of(factor, coding, recipe));
  }
  std::size_t products = 1;
  for (const auto& of_factor : choices) products *= of_factor.size();
  for (std::size_t product = 0; product < products; ++product) {
    ModelColumn column{.name = {}, .term = number};
    std::size_t rest = product;
    for (const auto& of_factor : choices) {
      const Choice& choice = of_factor[rest % of_factor.size()];
      rest /= of_factor.size();
      if (!choice.part) continue;
      column.name += (column.name.empty() ? "" : ":") + choice.name;
      column.parts.push_back(*choice.part);
    }
    if (column.name.empty()) column.name = "Intercept";
    recipe.columns.push_back(std::move(column));
  }
}

void check_terms(const Frame& frame, const std::vector<ModelTerm>& terms) {
  if (terms.empty()) refuse("the model", "at least one term", "none", "An intercept alone is `y ~ 1`.");
  constexpr std::size_t kMostFactors = 12;
  for (const ModelTerm& term : terms) {
    if (term.factors.size() > kMostFactors) {
      refuse("term " + term.name(), "at most " + std::to_string(kMostFactors) + " factors",
             std::to_string(term.factors.size()));
    }
    for (const ModelFactor& factor : term.factors) {
      if (factor.columns.empty()) refuse("factor " + factor.name, "at least one column", "none");
      for (const std::string& column : factor.columns) static_cast<void>(frame.column(column));
    }
  }
}

}  // namespace

int ModelRecipe::intercept() const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [](const ModelColumn& column) { return column.parts.empty(); });
  return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
}

ModelRecipe make_recipe(const Frame& frame, const std::vector<ModelTerm>& terms, std::span<const std::uint8_t> used) {
  check_terms(frame, terms);
  ModelRecipe recipe;
  for (const ModelTerm& term : terms) {
    for (const ModelFactor& factor : term.factors) {
      if (!factor.categorical) continue;
      const std::string& column = factor.columns.at(0);
      if (recipe.levels.contains(column)) continue;
      recipe.levels.emplace(column, levels_of(frame, factor, used, recipe.empty_levels));
    }
  }
  TermCoding coding;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    for (const TermCoding::Subset& subset : coding.code(terms[t])) add_products(terms[t], t, subset, recipe);
  }
  return recipe;
}

// ---------------------------------------------------------------------------------------------------- rows

BoundMatrix bind(const ModelRecipe& recipe, const Frame& frame) {
  BoundMatrix matrix;
  std::map<std::string, const double*> numbers_of;
  std::map<std::string, const Factor*> factor_of;
  for (const ModelColumn& column : recipe.columns) {
    std::vector<BoundPart>& parts = matrix.columns.emplace_back();
    for (const ModelPart& part : column.parts) {
      if (!part.level) {
        const double*& known = numbers_of[part.column];
        if (known == nullptr) {
          matrix.kept_numbers.push_back(numbers(frame.column(part.column)));
          known = matrix.kept_numbers.back().values().data();
        }
        parts.push_back({known, nullptr, -1, 1.0});
        continue;
      }
      const Factor*& known = factor_of[part.column];
      if (known == nullptr) {
        matrix.kept_factors.push_back(shared_factor(frame.column(part.column)));
        known = matrix.kept_factors.back().get();
      }
      const auto level = std::find_if(known->levels.begin(), known->levels.end(),
                                      [&](const Level& one) { return same_level(one.value, part.level->value); });
      const auto place =
          level == known->levels.end() ? std::int32_t{-2} : static_cast<std::int32_t>(level - known->levels.begin());
      parts.push_back({nullptr, known->codes.data(), place, 1.0});
    }
  }
  return matrix;
}

namespace {

template <class RowOf>
void multiply(const BoundPart& part, bool first, int count, const RowOf& row_of, double* out) {
  if (part.numbers == nullptr && part.codes == nullptr) {
    for (int i = 0; i < count; ++i) out[i] = first ? part.constant : out[i] * part.constant;
  } else if (part.numbers != nullptr && first) {
    for (int i = 0; i < count; ++i) out[i] = part.numbers[row_of(i)];
  } else if (part.numbers != nullptr) {
    for (int i = 0; i < count; ++i) out[i] *= part.numbers[row_of(i)];
  } else if (first) {
    for (int i = 0; i < count; ++i) out[i] = static_cast<double>(static_cast<int>(part.codes[row_of(i)] == part.level));
  } else {
    for (int i = 0; i < count; ++i) {
      out[i] *= static_cast<double>(static_cast<int>(part.codes[row_of(i)] == part.level));
    }
  }
}

}  // namespace

void BoundMatrix::fill(std::size_t column, const std::int32_t* rows, Index first, int count, double pivot,
                       double* out) const {
  const std::vector<BoundPart>& parts = columns[column];
  if (parts.empty()) {
    std::fill_n(out, count, 1.0);
    return;
  }
  if (rows == nullptr && parts.size() == 1) {  // neighbours, as they are
    const BoundPart& part = parts.front();
    if (part.numbers != nullptr) return copy_less(part.numbers + first, pivot, count, out);
    if (part.codes != nullptr && pivot == 0.0) return indicate(part.codes + first, part.level, count, out);
  }
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (rows == nullptr) {
      BoundPart here = parts[p];
      if (here.numbers != nullptr) here.numbers += first;
      if (here.codes != nullptr) here.codes += first;
      multiply(here, p == 0, count, [](int i) { return i; }, out);
    } else {
      multiply(parts[p], p == 0, count, [rows](int i) { return rows[i]; }, out);
    }
  }
  if (pivot == 0.0) return;
  for (int i = 0; i < count; ++i) out[i] -= pivot;
}

std::shared_ptr<const Presence> known_rows(const Frame& frame, const std::vector<ModelTerm>& terms,
                                           const std::vector<std::string>& others) {
  std::set<std::string> names(others.begin(), others.end());
  for (const ModelTerm& term : terms) {
    for (const ModelFactor& factor : term.factors) names.insert(factor.columns.begin(), factor.columns.end());
  }
  std::vector<std::shared_ptr<const Presence>> parts;
  for (const std::string& name : names) {
    if (name.empty()) continue;
    std::shared_ptr<const Presence> part = presence(frame.column(name));
    if (!part->empty()) parts.push_back(std::move(part));
  }
  if (parts.empty()) return nullptr;
  if (parts.size() == 1) return parts.front();
  Presence all = *parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    std::transform(all.begin(), all.end(), parts[p]->begin(), all.begin(), std::bit_and<>());
  }
  return std::make_shared<const Presence>(std::move(all));
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
