#include "design/fractions.hpp"

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "design/coding.hpp"
#include "design/stratum_names.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

std::string number_text(double value) { return to_text(level_of(value)); }

/// Makes the name of a stratum. Called only for a message: there may be as many strata as rows.
using Naming = std::function<std::string()>;

/// Finite populations of one stage, checked stratum by stratum.
class Populations {
 public:
  Populations(const Frame& frame, const Fpc& fpc) {
    if (const auto* column = std::get_if<std::string>(&fpc)) {
      name_ = "fpc column '" + *column + "'";
      column_ = numbers(frame.column(*column));
    } else if (const auto* number = std::get_if<double>(&fpc)) {
      number_ = *number;
    }
  }

  /// Sampling fraction of a stratum of `units` units in the positions [begin, end).
  [[nodiscard]] double fraction(const Layout& layout, Index begin, Index end, Index units,
                                const Naming& stratum) const {
    if (!column_ && !number_) return 0.0;
    const double size = at(column_ ? layout.row(begin) : 0);
    for (Index i = begin; column_ && i < end; ++i) check_same(at(layout.row(i)), size, layout.row(i), stratum);
    if (size <= 1.0) return size;
    if (size >= static_cast<double>(units)) return static_cast<double>(units) / size;
    throw Error(ErrorCode::design,
                {.subject = name_ + ", stratum " + stratum(),
                 .row = layout.row(begin),
                 .expected = "a population of at least the " + std::to_string(units) + " units that were sampled",
                 .found = number_text(size),
                 .remedy = "Give the number of units in the stratum's population, or a sampling fraction of at most 1.",
                 .candidates = {}});
  }

 private:
  [[nodiscard]] double at(Index row) const {
    const double size = column_ ? column_->values()[static_cast<std::size_t>(row)] : *number_;
    if (size > 0.0 && std::isfinite(size)) return size;
    throw Error(ErrorCode::design,
                {.subject = name_,
                 .row = column_ ? std::optional<Index>(row) : std::nullopt,
                 .expected = "a population size above 1 or a sampling fraction above 0 and at most 1",
                 .found = std::isnan(size) ? "a missing value" : number_text(size),
                 .remedy = "Leave fpc out for units drawn with replacement.",
                 .candidates = {}});
  }

  void check_same(double value, double first, Index row, const Naming& stratum) const {
    if (value == first) return;
    throw Error(ErrorCode::design,
                {.subject = name_ + ", stratum " + stratum(),
                 .row = row,
                 .expected = "the value of the stratum's first row, " + number_text(first),
                 .found = number_text(value),
                 .remedy = "An fpc belongs to a whole stratum of its stage: check that strata and fpc go together.",
                 .candidates = {}});
  }

  std::string name_ = "fpc";
  std::optional<Numbers> column_;
  std::optional<double> number_;
};

}  // namespace

void fill_fractions(const Frame& frame, const DesignSpec& spec, Layout& layout) {
  const std::vector<Stage> stages = stages_of(spec);
  StratumNames name(frame, spec, layout);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const Populations populations(frame, stages[s].fpc);
    StageLayout& stage = layout.stages[s];
    const auto index = static_cast<Index>(s);
    const Index strata = static_cast<Index>(stage.stratum_begin.size()) - 1;
    stage.fraction.resize(static_cast<std::size_t>(strata));
    for (Index k = 0; k < strata; ++k) {
      const Index begin = layout.first_position(index, stage.stratum_begin[static_cast<std::size_t>(k)]);
      const Index end = layout.first_position(index, stage.stratum_begin[static_cast<std::size_t>(k) + 1]);
      stage.fraction[static_cast<std::size_t>(k)] =
          populations.fraction(layout, begin, end, stage.units_in(k), [&] { return name(index, k); });
    }
  }
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
