#pragma once

#include <limits>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "support/synthetic.hpp"

// What both conformance suites do to a synthetic survey.

namespace irosurvey_tests {

/// Rows drawn one by one, units in strata, and two stages without replacement.
inline std::vector<irosurvey::DesignSpec> designs() { return {{.weights = "w"}, one_stage(), two_stages()}; }

/// The same rows in another order, units under other names.
inline Table reordered(const Table& table, std::uint64_t seed) {
  Random random(seed);
  Table other = table.rows(random.permutation(table.rows()));
  for (const std::string column : {"stratum", "unit", "subunit"}) {
    Texts labels;
    for (const double code : other.numbers(column)) {
      labels.emplace_back("no. " + std::to_string(static_cast<int>(7.0 * code) % 11));
    }
    other.add(column, labels);
  }
  return other;
}

/// A domain that is in some units and not in others.
inline irosurvey::Mask domain_of(const Table& table) {
  irosurvey::Mask where;
  for (const double u : table.numbers("u")) where.push_back(u > 0.0 ? 1 : 0);
  return where;
}

inline Table with_zero_weights_outside(Table table, const irosurvey::Mask& where) {
  for (std::size_t row = 0; row < where.size(); ++row) {
    if (where[row] == 0) table.numbers("w")[row] = 0.0;
  }
  return table;
}

inline Table with_missing_outside(Table table, const irosurvey::Mask& where, const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    if (table.is_text(column)) {
      Texts texts = table.texts(column);
      for (std::size_t row = 0; row < where.size(); ++row) {
        if (where[row] == 0) texts[row].reset();
      }
      table.add(column, texts);
    } else {
      for (std::size_t row = 0; row < where.size(); ++row) {
        if (where[row] == 0) table.numbers(column)[row] = std::numeric_limits<double>::quiet_NaN();
      }
    }
  }
  return table;
}

/// Thirty replicates made from the design, which keep their factors by unit …
inline irosurvey::Design by_unit(const Table& table) {
  return irosurvey::Design::declare(table.frame(), one_stage())
      .with_replicates({.type = irosurvey::ReplicateType::jkn});
}

/// … and the same as columns of the table.
inline irosurvey::Design by_column(const Table& table) {
  const irosurvey::Design made = by_unit(table);
  Table columns = table;
  for (irosurvey::Index r = 0; r < made.replicates(); ++r) {
    columns.add("rep" + std::to_string(r), made.replicate_weights(r));
  }
  return irosurvey::Design::declare(
      columns.frame(), {.weights = "w",
                        .replicates = irosurvey::Replicates{
                            .type = irosurvey::ReplicateType::jkn, .columns = {"rep*"}, .rscales = {0.8}}});
}

}  // namespace irosurvey_tests
