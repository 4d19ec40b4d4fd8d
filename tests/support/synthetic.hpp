#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "irosurvey/design/design.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {

/// Shape of a made-up survey with two stages. Labels of units begin anew in every stratum, and of second-stage units in
/// every unit.
struct SyntheticShape {
  int strata = 6;
  int units = 5;     ///< in each stratum
  int subunits = 3;  ///< in each unit
  int rows = 4;      ///< in each second-stage unit
  bool missing = true;
  bool zero_weights = true;
};

/// Columns: stratum, unit, units_in_population, subunit, subunits_in_population; w; y, u (numbers of either sign), x
/// (positive), all multiples of 1/1024, so that sums with 10⁹ are exact; g (1–4), yes (0 or 1), answer (text); region
/// (text), sex (1, 2). y, g and region have missing values.
inline Table synthetic_survey(std::uint64_t seed, const SyntheticShape& shape = {}) {
  Random random(seed);
  Numbers stratum, unit, unit_population, subunit, subunit_population, w, y, u, x, g, yes, sex;
  Texts answer, region;
  const auto grid = [](double value) { return std::round(value * 1024.0) / 1024.0; };
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  for (int h = 0; h < shape.strata; ++h) {
    const int population = shape.units + 3 * h;
    for (int i = 0; i < shape.units; ++i) {
      const double level = 4.0 * random.uniform();
      const int subpopulation = shape.subunits + random.below(4);
      for (int j = 0; j < shape.subunits; ++j) {
        for (int k = 0; k < shape.rows; ++k) {
          stratum.push_back(h);
          unit.push_back(i);
          unit_population.push_back(population);
          subunit.push_back(j);
          subunit_population.push_back(subpopulation);
          w.push_back(shape.zero_weights && random.once_in(12) ? 0.0 : 0.5 + 4.0 * random.uniform());
          const double effect = level + 6.0 * random.uniform() - 3.0;
          y.push_back(shape.missing && random.once_in(11) ? kMissing : grid(effect));
          u.push_back(grid(0.5 * effect + 2.0 * random.uniform()));
          x.push_back(grid(0.25 + random.uniform()));
          const double choice = 1.0 + random.below(4);
          g.push_back(shape.missing && random.once_in(15) ? kMissing : choice);
          yes.push_back(effect > 1.0 ? 1.0 : 0.0);
          answer.emplace_back(random.once_in(3) ? "never" : random.once_in(2) ? "often" : "sometimes");
          const std::string name = "region " + std::to_string(random.below(3));
          region.push_back(shape.missing && random.once_in(20) ? std::nullopt : std::optional(name));
          sex.push_back(1.0 + random.below(2));
        }
      }
    }
  }
  Table table;
  table.add("stratum", stratum).add("unit", unit).add("units_in_population", unit_population);
  table.add("subunit", subunit).add("subunits_in_population", subunit_population).add("w", w);
  table.add("y", y).add("u", u).add("x", x).add("g", g).add("yes", yes).add("answer", answer);
  table.add("region", region).add("sex", sex);
  return table;
}

/// Two stages, both without replacement.
inline irosurvey::DesignSpec two_stages() {
  return {.weights = "w",
          .stages = {{"stratum", "unit", "units_in_population"}, {"", "subunit", "subunits_in_population"}}};
}

/// Strata and units, with replacement.
inline irosurvey::DesignSpec one_stage() { return {.weights = "w", .stages = {{"stratum", "unit", {}}}}; }

}  // namespace irosurvey_tests
