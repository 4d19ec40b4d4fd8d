#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "estimate/key_table.hpp"
#include "estimate/plan.hpp"
#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/unit_totals.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// One number of a record, by a name that every plan of the query gives it.
struct Place {
  enum class Kind : std::uint8_t { one, numeric, coded, count, product };
  Kind kind = Kind::one;
  std::string name;
  std::int32_t group = -1;   ///< of a total or product: the place of its base's sum of weights
  std::int32_t first = -1;   ///< of a product: a place; of a quotient's total: the place of the total of x
  std::int32_t second = -1;  ///< of a product
  std::int32_t pivot = -1;   ///< of numbers: which moment's; of a total without x it is the centre of its spread

  friend bool operator==(const Place&, const Place&) = default;
  [[nodiscard]] bool is_pivoted() const { return kind == Kind::numeric && first >= 0; }
};

/// All places, numbered as they come: a level that shows late has the last.
class Places {
 public:
  /// Numbers of a plan's places, in its order; those that are new are added.
  std::vector<int> insert(const Plan& plan);
  int insert(Place place);
  /// Numbers of a plan's places; -1: no row was ever summed there.
  [[nodiscard]] std::vector<int> find(const Plan& plan) const;
  [[nodiscard]] int find(const std::string& name) const;
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] const std::vector<Place>& all() const noexcept { return places_; }

 private:
  std::vector<Place> places_;
  std::map<std::string, int> numbers_;
};

/// Records by unit and cell: a number for each place.
class Records {
 public:
  /// Makes room for more places, all zero.
  void widen(std::size_t width);
  /// The record of a unit in a cell, zero when it is first asked for.
  double* at(Index unit, Index cell);
  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(index_.size()); }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  /// Calls `visit(unit, cell, record)` for each, in an order without a meaning.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [key, number] : index_) {
      visit(static_cast<Index>(key >> 32U), static_cast<Index>(key & 0xFFFFFFFFU), record(number));
    }
  }

 private:
  [[nodiscard]] std::span<const double> record(std::size_t number) const {
    return std::span(values_).subspan(number * width_, width_);
  }

  std::size_t width_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> index_;
  std::vector<double> values_;
};

/// A stage whose units are told apart, and which codes of a unit's key are about it.
struct KeptStage {
  Stage stage;
  std::size_t stratum_codes = 0;  ///< codes that name its strata: the first ones of a key
  bool rows_are_units = false;    ///< the last code is a running number
};

/// What a column is, beside its values.
struct ColumnAbout {
  ColumnNotes notes;
  bool boolean = false;
  bool keeps_user_missing = false;
};

/// Columns that a query looks at: as numbers, and by their levels.
struct AskedColumns {
  std::vector<std::string> numbers;
  std::vector<std::string> levels;
};

[[nodiscard]] AskedColumns asked_columns(const StreamQuery& query);

}  // namespace estimation

/// Codes are those of `labels`, column by column. Pivots are by cell, NaN where no row has had a say.
struct UnitTotals::State {
  State(DesignSpec declared, StreamQuery asked);

  DesignSpec spec;
  StreamQuery query;
  std::vector<estimation::KeptStage> stages;
  estimation::AskedColumns columns;

  Index rows = 0;
  std::string label;
  std::map<std::string, estimation::ColumnAbout> about;
  std::map<std::string, estimation::LabelTable> labels;
  estimation::KeyTable units;
  estimation::KeyTable cells;
  std::vector<std::uint8_t> has_weight;                            ///< by unit
  std::vector<std::map<std::vector<std::int32_t>, double>> sizes;  ///< by stage: fpc by stratum
  estimation::Places places;
  estimation::Records records;
  int pivot_count = 0;
  std::vector<double> pivots;  ///< of numeric moment p in cell c at [c × pivot_count + p]

  [[nodiscard]] bool has_given_weights() const { return !spec.weights.empty(); }
  [[nodiscard]] bool rows_are_units() const { return stages.back().rows_are_units; }
  /// Columns of the codes of a unit's key; the running number of rows has none.
  [[nodiscard]] std::vector<std::string> unit_columns() const;
  [[nodiscard]] Query engine_query() const;
  /// The plan in words, line by line.
  [[nodiscard]] std::vector<std::string> plan_text() const;
  double& pivot(Index cell, int which) { return pivots[static_cast<std::size_t>(cell * pivot_count + which)]; }
  [[nodiscard]] double pivot(Index cell, int which) const {
    return pivots[static_cast<std::size_t>(cell * pivot_count + which)];
  }
  /// The number of a cell, which is added if it is new.
  Index insert_cell(std::span<const std::int32_t> key);
  Index insert_unit(std::span<const std::int32_t> key);
  void add(const Frame& part, const std::optional<Mask>& where);
  void merge(const State& other);
};

namespace estimation {

/// @throws Error(read) if a state that was read back has other pivots than its question takes, or than another's
void expect_pivots(int expected, int found);
void check_pivots(const UnitTotals::State& state, const Plan& plan);

/// Of a stratum whose fpc isn't what an earlier part gave.
[[nodiscard]] Error varying_size(const std::string& column, double size, double first, std::optional<Index> row);

/// Writes a state down, and reads it back.
[[nodiscard]] std::string written(const UnitTotals::State& state);
[[nodiscard]] std::unique_ptr<UnitTotals::State> read_back(std::string_view bytes);

[[nodiscard]] Estimate answered(const UnitTotals::State& state, const FinishOptions& options);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
