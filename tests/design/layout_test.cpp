// Where rows lie: units and strata as runs of an order of the rows, whatever type the labels have and however many parts the
// rows are gone through in. Against an order that is made slowly. And weights, which are the frame's own.

#include "design/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "design/parts.hpp"
#include "frame/handmade_arrow.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/frame/views.hpp"
#include "support/errors.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Column;
using irosurvey::Design;
using irosurvey::ErrorCode;
using irosurvey::Frame;
using irosurvey::Stage;
using irosurvey::design::Layout;

using Labels = std::vector<int>;

// Rows in several parts.
constexpr std::size_t kMany = 200'000;

/// The runs of one stage, and the order of rows, made by maps and lists.
struct Slow {
  std::vector<Index> stratum_begin{0};  ///< in units
  std::vector<Index> unit_begin{0};     ///< in positions
  std::vector<std::int32_t> order;
};

Slow slow_layout(const Labels& strata, const Labels& units) {
  std::vector<std::vector<std::vector<std::int32_t>>>
      rows;  // by stratum, by unit: in the order in which each comes first
  std::map<int, std::size_t> stratum_of;
  std::map<std::pair<int, int>, std::size_t> unit_of;
  for (std::size_t row = 0; row < units.size(); ++row) {
    const auto stratum = stratum_of.try_emplace(strata[row], rows.size()).first->second;
    if (stratum == rows.size()) rows.emplace_back();
    const auto unit = unit_of.try_emplace({strata[row], units[row]}, rows[stratum].size()).first->second;
    if (unit == rows[stratum].size()) rows[stratum].emplace_back();
    rows[stratum][unit].push_back(static_cast<std::int32_t>(row));
  }
  Slow slow;
  for (const auto& stratum : rows) {
    slow.stratum_begin.push_back(slow.stratum_begin.back() + static_cast<Index>(stratum.size()));
    for (const auto& unit : stratum) {
      slow.order.insert(slow.order.end(), unit.begin(), unit.end());
      slow.unit_begin.push_back(static_cast<Index>(slow.order.size()));
    }
  }
  return slow;
}

void expect_layout(const Layout& layout, const Slow& slow) {
  EXPECT_EQ(layout.stages.at(0).stratum_begin, slow.stratum_begin);
  EXPECT_EQ(layout.stages.at(0).unit_begin, slow.unit_begin);
  std::vector<std::int32_t> order(slow.order.size());
  std::iota(order.begin(), order.end(), 0);
  const bool is_order = slow.order == order;
  ASSERT_EQ(layout.order.empty(), is_order);
  ASSERT_EQ(layout.unit_of_row.empty(), is_order);
  if (is_order) return;
  EXPECT_TRUE(std::equal(slow.order.begin(), slow.order.end(), layout.order.rows().begin(), layout.order.rows().end()));
  ASSERT_EQ(layout.unit_of_row.size(), slow.order.size());
  for (std::size_t unit = 0; unit + 1 < slow.unit_begin.size(); ++unit) {
    for (Index i = slow.unit_begin[unit]; i < slow.unit_begin[unit + 1]; ++i) {
      const auto row = static_cast<std::size_t>(slow.order[static_cast<std::size_t>(i)]);
      ASSERT_EQ(layout.unit_of_row[row], static_cast<std::int32_t>(unit)) << row;
    }
  }
}

Design declared(const Column& strata, const Column& units) {
  return Design::declare(Frame({strata.with_name("s"), units.with_name("u")}), {.stages = {{"s", "u", {}}}});
}

/// Labels in each type that a label may have.
template <class T>
HandmadeArray array_of(const std::string& format, const Labels& labels, std::size_t begin, std::size_t end,
                       const auto& value_of) {
  std::vector<T> values(2, T{});  // two rows before the first: offsets are heeded
  for (std::size_t i = begin; i < end; ++i) values.push_back(static_cast<T>(value_of(labels[i])));
  return {.format = format,
          .length = static_cast<Index>(end - begin),
          .offset = 2,
          .null_count = 0,
          .buffers = {nullptr, bytes_of(values)}};
}

template <class T>
Column numbers_as(const std::string& format, const Labels& labels, const auto& value_of, std::size_t chunks = 1) {
  std::vector<HandmadeArray> arrays;
  for (std::size_t c = 0; c < chunks; ++c) {
    arrays.push_back(
        array_of<T>(format, labels, labels.size() * c / chunks, labels.size() * (c + 1) / chunks, value_of));
  }
  return column_of(std::move(arrays));
}

Column texts_of(const Labels& labels) {
  std::vector<std::optional<std::string>> texts;
  for (const int label : labels) texts.emplace_back("label " + std::to_string(label));
  return Column::of_text("x", texts);
}

/// The same labels in one type after another: as they are, far from 0, below 0, with gaps, far apart, not whole.
std::vector<std::pair<std::string, Column>> in_every_type(const Labels& labels) {
  const auto same = [](int label) { return label; };
  const auto below = [](int label) { return 3 * label - 70'000; };
  const auto lowest = [](int label) { return std::numeric_limits<std::int32_t>::min() + label; };
  const auto highest = [](int label) { return std::numeric_limits<std::int32_t>::max() - label; };
  const auto beyond = [](int label) { return 9'000'000'000 + label; };
  const auto apart = [](int label) { return 1'000'003LL * label; };
  const auto unsigned_beyond = [](int label) { return ~std::uint64_t{0} - 4096 * static_cast<std::uint64_t>(label); };
  const auto halves = [](int label) { return 0.5 * label; };
  return {{"int32", numbers_as<std::int32_t>("i", labels, same)},
          {"int32 below 0, with gaps", numbers_as<std::int32_t>("i", labels, below)},
          {"the least int32", numbers_as<std::int32_t>("i", labels, lowest)},
          {"the greatest int32", numbers_as<std::int32_t>("i", labels, highest)},
          {"int32 in chunks", numbers_as<std::int32_t>("i", labels, below, 3)},
          {"int64", numbers_as<std::int64_t>("l", labels, beyond)},
          {"int64 far apart", numbers_as<std::int64_t>("l", labels, apart)},
          {"uint64", numbers_as<std::uint64_t>("L", labels, beyond)},
          {"uint64 beyond int64", numbers_as<std::uint64_t>("L", labels, unsigned_beyond)},
          {"float64", numbers_as<double>("g", labels, below)},
          {"float64 beyond int32", numbers_as<double>("g", labels, beyond)},
          {"float64 that isn't whole", numbers_as<double>("g", labels, halves, 2)},
          {"text", texts_of(labels)}};
}

struct Rows {
  Labels strata;
  Labels units;
};

/// Labels of units: the same through all strata, or anew in each.
Rows made_up(std::size_t size, int strata, int units_in_each, bool anew, bool shuffled, std::uint64_t seed) {
  Random random(seed);
  Rows rows;
  for (std::size_t i = 0; i < size; ++i) {
    const int stratum = random.below(strata);
    const int unit = random.below(units_in_each);
    rows.strata.push_back(stratum);
    rows.units.push_back(anew ? unit : stratum * units_in_each + unit);
  }
  if (shuffled) return rows;
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(rows.strata[a], rows.units[a]) < std::pair(rows.strata[b], rows.units[b]);
  });
  Rows sorted;
  for (const std::size_t row : order) {
    sorted.strata.push_back(rows.strata[row]);
    sorted.units.push_back(rows.units[row]);
  }
  return sorted;
}

TEST(LayoutOfRows, IsThatOfTheSlowWayForEveryTypeOfLabel) {
  const Rows rows = made_up(2'000, 7, 5, true, true, 1);
  const Slow slow = slow_layout(rows.strata, rows.units);
  for (const auto& [strata_type, strata] : in_every_type(rows.strata)) {
    for (const auto& [units_type, units] : in_every_type(rows.units)) {
      SCOPED_TRACE(testing::Message() << strata_type << " and " << units_type);
      expect_layout(*declared(strata, units).parts().layout, slow);
    }
  }
}

TEST(LayoutOfRows, IsThatOfTheSlowWayInManyParts) {
  struct Shape {
    int strata;
    int units;
  };
  // Few units; thousands; more pairs of labels than a table has room for; hardly two rows in each.
  for (const Shape shape : {Shape{3, 4}, Shape{200, 40}, Shape{900, 900}, Shape{50, 10'000}}) {
    for (const bool anew : {false, true}) {
      for (const bool shuffled : {false, true}) {
        SCOPED_TRACE(std::to_string(shape.strata) + " × " + std::to_string(shape.units) + (anew ? " anew" : "") +
                     (shuffled ? " shuffled" : ""));
        const Rows rows = made_up(kMany, shape.strata, shape.units, anew, shuffled, 2);
        const auto same = [](int label) { return label; };
        const Design design =
            declared(numbers_as<std::int32_t>("i", rows.strata, same), numbers_as<std::int32_t>("i", rows.units, same));
        expect_layout(*design.parts().layout, slow_layout(rows.strata, rows.units));
      }
    }
  }
}

TEST(LayoutOfRows, UnitsInRunsWhoseStrataAreNotAreNoOrder) {
  // Each unit is a run, but stratum 0 comes again after stratum 1.
  const Rows rows{{0, 0, 1, 1, 0}, {4, 4, 5, 5, 6}};
  expect_layout(
      *declared(Column::of_integers("s", {0, 0, 1, 1, 0}), Column::of_integers("u", {4, 4, 5, 5, 6})).parts().layout,
      slow_layout(rows.strata, rows.units));
}

TEST(LayoutOfRows, ALabelThatIsSeenInAnotherStratumInALaterPartIsAnotherUnit) {
  Rows rows = made_up(kMany, 20, 30, false, false, 3);
  rows.units.back() = rows.units.front();
  const auto same = [](int label) { return label; };
  expect_layout(
      *declared(numbers_as<std::int32_t>("i", rows.strata, same), numbers_as<std::int32_t>("i", rows.units, same))
           .parts()
           .layout,
      slow_layout(rows.strata, rows.units));
}

TEST(LayoutOfRows, IsSortedOnceByWhoeverAsksFirst) {
  const Rows rows = made_up(kMany, 20, 30, true, true, 4);
  const auto same = [](int label) { return label; };
  const Design design =
      declared(numbers_as<std::int32_t>("i", rows.strata, same), numbers_as<std::int32_t>("i", rows.units, same));
  const Slow slow = slow_layout(rows.strata, rows.units);
  const auto& order = design.parts().layout->order;
  std::atomic<int> wrong{0};
  std::vector<std::thread> askers;
  for (std::size_t asker = 0; asker < 4; ++asker) {
    askers.emplace_back([&, asker] {
      for (std::size_t i = asker; i < slow.order.size(); i += 4) wrong += order[i] == slow.order[i] ? 0 : 1;
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong, 0);
}

TEST(LayoutOfRows, RefusesAMissingLabelBehindBitmapsAndInDoubles) {
  const HandmadeArray with_null{.format = "i",
                                .length = 4,
                                .null_count = 1,
                                .buffers = {bits_of({1, 1, 0, 1}), bytes_of(std::vector<std::int32_t>{1, 1, 2, 2})}};
  const Column strata = Column::of_integers("s", {1, 1, 1, 1});
  const auto nulls = error_of([&] { (void)declared(strata, column_of({with_null})); });
  ASSERT_TRUE(nulls);
  EXPECT_EQ(nulls->code(), ErrorCode::design);
  EXPECT_EQ(nulls->details().row, 2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto nans = error_of([&] { (void)declared(strata, Column::of_numbers("u", {1, 2, 2, nan})); });
  ASSERT_TRUE(nans);
  EXPECT_EQ(nans->details().row, 3);
}

TEST(LayoutOfRows, ABitmapThatSaysNothingIsMissingIsHeeded) {
  const HandmadeArray all_known{.format = "i",
                                .length = 4,
                                .null_count = -1,
                                .buffers = {bits_of({1, 1, 1, 1}), bytes_of(std::vector<std::int32_t>{8, 9, 8, 9})}};
  expect_layout(*declared(Column::of_integers("s", {1, 1, 1, 1}), column_of({all_known})).parts().layout,
                slow_layout({1, 1, 1, 1}, {8, 9, 8, 9}));
}

// ---------------------------------------------------------------------------------------------------------- weights

TEST(SharedWeights, AreTheFramesOwnNumbers) {
  const Frame frame({Column::of_numbers("w", {1.0, 2.0, 3.0})});
  const Design design = Design::declare(frame, {.weights = "w"});
  EXPECT_EQ(design.weights().data(), irosurvey::numbers(frame.column("w")).values().data());
}

TEST(SharedWeights, OutliveTheFrameThatTheyCameFrom) {
  const auto over_another_frame = [] {
    const Frame frame({Column::of_numbers("w", std::vector<double>(1'000, 2.5)),
                       Column::of_numbers("y", std::vector<double>(1'000, 1.0))});
    const Design design = Design::declare(frame, {.weights = "w"});
    return design.with_frame(Frame({Column::of_numbers("z", std::vector<double>(1'000, 3.0))}));
  };
  const Design design = over_another_frame();
  EXPECT_FALSE(design.frame().has("w"));
  for (const double weight : design.weights()) ASSERT_EQ(weight, 2.5);
}

TEST(SharedWeights, CalibrationLeavesTheColumnAsItWas) {
  const Frame frame({Column::of_numbers("w", {1, 1, 1, 1}), Column::of_numbers("g", {1, 1, 2, 2})});
  const Design design = Design::declare(frame, {.weights = "w"});
  irosurvey::Calibration to_ten{.method = irosurvey::CalibrationMethod::poststratify};
  to_ten.margins.push_back(
      {.variables = {"g"},
       .targets = {{{irosurvey::LevelValue(Index{1})}, 10.0}, {{irosurvey::LevelValue(Index{2})}, 10.0}}});
  const Design calibrated = design.calibrate({to_ten});
  EXPECT_EQ(calibrated.weights()[0], 5.0);
  EXPECT_EQ(design.weights()[0], 1.0);
  EXPECT_EQ(irosurvey::numbers(frame.column("w")).values()[0], 1.0);
}

TEST(SharedWeights, AreLookedThroughWhereverTheMistakeIs) {
  for (const std::size_t row : {std::size_t{0}, std::size_t{1}, kMany / 2 + 1, kMany - 1}) {
    Numbers weights(kMany, 0.5);
    weights[row] = -1e-300;
    const auto error =
        error_of([&] { (void)Design::declare(Frame({Column::of_numbers("w", weights)}), {.weights = "w"}); });
    ASSERT_TRUE(error) << row;
    EXPECT_EQ(error->code(), ErrorCode::design);
    EXPECT_EQ(error->details().row, static_cast<Index>(row));
  }
}

TEST(SharedWeights, MinusZeroIsZero) {
  const Design design = Design::declare(Frame({Column::of_numbers("w", {1.0, -0.0, 2.0})}), {.weights = "w"});
  EXPECT_EQ(design.describe().zero_weights, 1);
  EXPECT_EQ(design.parts().layout->has_weight, (std::vector<std::uint8_t>{1, 0, 1}));
}

TEST(SharedWeights, UnitsWithoutWeightAreMarkedInEitherOrderOfRows) {
  for (const bool shuffled : {false, true}) {
    const Rows rows = made_up(kMany, 20, 30, false, shuffled, 5);
    Numbers weights(kMany, 1.0);
    for (std::size_t row = 0; row < kMany; ++row) {
      if (rows.units[row] == 77 || row % 3 == 0) weights[row] = 0.0;
    }
    const auto same = [](int label) { return label; };
    const Frame frame({numbers_as<std::int32_t>("i", rows.strata, same).with_name("s"),
                       numbers_as<std::int32_t>("i", rows.units, same).with_name("u"),
                       Column::of_numbers("w", weights)});
    const Design design = Design::declare(frame, {.weights = "w", .stages = {{"s", "u", {}}}});
    const std::vector<std::uint8_t>& found = design.parts().layout->has_weight;
    EXPECT_EQ(found.size(), 600U);
    EXPECT_EQ(std::count(found.begin(), found.end(), 0), 1);
    EXPECT_EQ(design.describe().degrees_of_freedom, 600 - 1 - 20);
  }
}

}  // namespace
}  // namespace irosurvey_tests
