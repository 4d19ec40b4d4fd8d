// What a question costs, on a made-up survey of a million rows: 200 strata of 40 sampling units of 125 rows.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"

namespace {

using namespace irosurvey;

constexpr Index kRows = 1'000'000;
constexpr Index kStrata = 200;
constexpr Index kUnits = 8'000;

enum class Order : std::uint8_t { sorted, shuffled };

/// A number in [0, 1) for a row and a variable (finalizer of splitmix64; Steele, Lea and Flood, 2014).
double noise(Index row, Index variable) {
  std::uint64_t bits = static_cast<std::uint64_t>(row * 16 + variable) * 0x9E3779B97F4A7C15U;
  bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<double>((bits ^ (bits >> 31U)) >> 11U) * 0x1.0p-53;
}

/// The row's place in the file: itself, or anywhere. The multiplier has no divisor in common with the number of rows.
Index place(Index row, Order order) { return order == Order::sorted ? row : (row * 716'049) % kRows; }

Frame survey(Order order) {
  const auto size = static_cast<std::size_t>(kRows);
  std::vector<Index> strata(size);
  std::vector<Index> units(size);
  std::vector<Index> groups(size);
  std::vector<double> weights(size);
  std::vector<double> y(size);
  std::vector<double> x(size);
  for (Index row = 0; row < kRows; ++row) {
    const auto at = static_cast<std::size_t>(place(row, order));
    units[at] = row * kUnits / kRows;
    strata[at] = row * kStrata / kRows;
    groups[at] = static_cast<Index>(9.0 * noise(row, 0));
    weights[at] = 1.0 + noise(row, 1);
    y[at] = static_cast<double>(units[at] % 40) + noise(row, 2);
    x[at] = 1.0 + noise(row, 3);
  }
  return Frame({Column::of_integers("stratum", strata), Column::of_integers("unit", units),
                Column::of_integers("region", groups), Column::of_numbers("weight", weights),
                Column::of_numbers("y", y), Column::of_numbers("x", x)});
}

const DesignSpec kSpec{.weights = "weight", .stages = {{.strata = "stratum", .clusters = "unit"}}};

const Design& design(Order order) {
  static const Design sorted = Design::declare(survey(Order::sorted), kSpec);
  static const Design shuffled = Design::declare(survey(Order::shuffled), kSpec);
  return order == Order::sorted ? sorted : shuffled;
}

void declare(benchmark::State& state, Order order) {
  const Frame frame = survey(order);
  for (auto _ : state) benchmark::DoNotOptimize(Design::declare(frame, kSpec));
}

void ask(benchmark::State& state, Order order, const Query& query) {
  for (auto _ : state) benchmark::DoNotOptimize(estimate(design(order), query));
  state.counters["rows/s"] =
      benchmark::Counter(static_cast<double>(kRows), benchmark::Counter::kIsIterationInvariantRate);
}

const Query kMean{.statistics = {mean("y")}, .threads = 1};
const Query kMeanOnAllThreads{.statistics = {mean("y")}};
const Query kMeanByRegion{.statistics = {mean("y")}, .by = {"region"}, .threads = 1};
const Query kRatioAndTotals{.statistics = {ratio("y", "x"), total("y"), total("x")}, .threads = 1};
const Query kShares{.statistics = {proportion("region")}, .threads = 1};

BENCHMARK_CAPTURE(declare, sorted, Order::sorted)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(declare, shuffled, Order::shuffled)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ask, mean_sorted, Order::sorted, kMean)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ask, mean_shuffled, Order::shuffled, kMean)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ask, mean_on_all_threads, Order::sorted, kMeanOnAllThreads)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(ask, mean_by_region, Order::sorted, kMeanByRegion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ask, ratio_and_totals, Order::sorted, kRatioAndTotals)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ask, shares, Order::sorted, kShares)->Unit(benchmark::kMillisecond);

}  // namespace
