// Every possible sample of tiny populations: totals are unbiased, and the average of the variance estimates is the variance
// of the totals over all samples. A misread formula fails here even if every other program misreads it too. What is made of
// totals (shares, spreads, quantiles) is biased in small samples by nature; the totals that it is made of aren't.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "irosurvey/estimate/distribution.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/multiple_response.hpp"
#include "irosurvey/inference/crosstab.hpp"
#include "support/agreement.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::Design;
using irosurvey::DesignSpec;
using irosurvey::Estimate;
using irosurvey::Mask;
using irosurvey::Query;
using irosurvey::Stage;
using irosurvey::Status;

// Thousands of terms of one size are added up, each right to 1e-15.
constexpr double kAverage = 1e-12;

/// An element of a sample: who, and which units it came by (stratum, unit label, population of the stratum, by stage).
struct Path {
  int stratum;
  int unit;
  int population;
};
struct Drawn {
  int element;
  std::vector<Path> paths;
};
struct PossibleSample {
  double probability = 1.0;
  std::vector<Drawn> elements;
};
using Samples = std::vector<PossibleSample>;

struct Unit;

/// `take` of the units are drawn without replacement.
struct Stratum {
  std::vector<Unit> units;
  int take;
};

/// A sampling unit: strata of smaller units, or (none) one element of the population.
struct Unit {
  std::vector<Stratum> strata;
  int element = -1;
};

Samples joined(const Samples& a, const Samples& b) {
  Samples all;
  for (const PossibleSample& x : a) {
    for (const PossibleSample& y : b) {
      PossibleSample both{x.probability * y.probability, x.elements};
      both.elements.insert(both.elements.end(), y.elements.begin(), y.elements.end());
      all.push_back(std::move(both));
    }
  }
  return all;
}

/// All ways to draw `take` of `n`.
std::vector<std::vector<int>> combinations(int n, int take) {
  std::vector<std::vector<int>> all;
  for (unsigned set = 0; set < (1U << static_cast<unsigned>(n)); ++set) {
    std::vector<int> chosen;
    for (int i = 0; i < n; ++i) {
      if ((set >> static_cast<unsigned>(i) & 1U) != 0) chosen.push_back(i);
    }
    if (static_cast<int>(chosen.size()) == take) all.push_back(std::move(chosen));
  }
  return all;
}

Samples samples_of(const Unit& unit);

Samples samples_of(const Stratum& stratum, int number) {
  const auto population = static_cast<int>(stratum.units.size());
  const auto choices = combinations(population, stratum.take);
  Samples all;
  for (const std::vector<int>& chosen : choices) {
    Samples of_choice{{1.0 / static_cast<double>(choices.size()), {}}};
    for (const int u : chosen) {
      Samples of_unit = samples_of(stratum.units[static_cast<std::size_t>(u)]);
      for (PossibleSample& sample : of_unit) {
        for (Drawn& drawn : sample.elements) drawn.paths.insert(drawn.paths.begin(), Path{number, u, population});
      }
      of_choice = joined(of_choice, of_unit);
    }
    all.insert(all.end(), of_choice.begin(), of_choice.end());
  }
  return all;
}

Samples samples_of(const Unit& unit) {
  if (unit.strata.empty()) return {{1.0, {{unit.element, {}}}}};
  Samples all{{1.0, {}}};
  for (std::size_t h = 0; h < unit.strata.size(); ++h)
    all = joined(all, samples_of(unit.strata[h], static_cast<int>(h)));
  return all;
}

/// Values of the population, by element.
class Population {
 public:
  [[nodiscard]] double y(int element) const {
    return static_cast<double>((element * element * 7 + element * 3) % 23) - 4.0;
  }
  [[nodiscard]] double x(int element) const { return static_cast<double>(element % 5) + 1.0 + 0.1 * y(element); }
  [[nodiscard]] bool in_domain(int element) const { return element % 3 != 1; }
  [[nodiscard]] double group(int element) const { return static_cast<double>(element % 2); }
  [[nodiscard]] double kind(int element) const { return static_cast<double>(element / 2 % 2); }
  /// Whether an element chooses answer k; some choose several, some none.
  [[nodiscard]] double chooses(int element, int k) const { return (element + 2 * k) % 5 < 2 ? 1.0 : 0.0; }

  Unit element() { return {{}, size_++}; }
  /// A unit of `size` elements, `take` of which are drawn.
  Unit cluster(int size, int take) {
    Stratum all{{}, take};
    for (int i = 0; i < size; ++i) all.units.push_back(element());
    return {{std::move(all)}, -1};
  }
  [[nodiscard]] int size() const { return size_; }

 private:
  int size_ = 0;
};

/// What is asked of each sample: totals of y and x, in the domain, by group: four numbers and their covariance.
constexpr std::size_t kNumbers = 4;
struct Result {
  std::vector<double> totals = std::vector<double>(kNumbers, 0.0);
  std::vector<double> covariance = std::vector<double>(kNumbers * kNumbers, 0.0);
};

using Ask = std::function<Result(const Design&, const Mask&)>;

Result ask(const Design& design, const Mask& domain) {
  const Estimate found = estimate(design, {.statistics = {irosurvey::total("y"), irosurvey::total("x")},
                                           .where = domain,
                                           .by = {"group"},
                                           .covariance = true,
                                           .threads = 1});
  Result result;
  const auto place = [&](std::size_t row) {
    const auto& at = found.rows[row];
    const auto group = std::get<irosurvey::Index>(found.cells[static_cast<std::size_t>(at.cell)].front().value);
    return static_cast<std::size_t>(at.statistic * 2 + group);
  };
  for (std::size_t a = 0; a < found.rows.size(); ++a) {
    // A sample without members estimates a total of 0, surely; the engine says "empty".
    if (found.rows[a].status != Status::ok) continue;
    result.totals[place(a)] = found.rows[a].value;
    for (std::size_t b = 0; b < found.rows.size(); ++b) {
      if (found.rows[b].status != Status::ok) continue;
      result.covariance[place(a) * kNumbers + place(b)] = found.covariance[a * found.rows.size() + b];
    }
  }
  return result;
}

/// A sample as data, with a column of each kind for each stage.
Table table_of(const PossibleSample& sample, const Population& population) {
  Table table;
  Numbers y, x, group;
  std::vector<Numbers> strata(sample.elements.front().paths.size()), units(strata), sizes(strata);
  for (const Drawn& drawn : sample.elements) {
    y.push_back(population.y(drawn.element));
    x.push_back(population.x(drawn.element));
    group.push_back(population.group(drawn.element));
    for (std::size_t s = 0; s < strata.size(); ++s) {
      strata[s].push_back(drawn.paths[s].stratum);
      units[s].push_back(drawn.paths[s].unit);
      sizes[s].push_back(drawn.paths[s].population);
    }
  }
  table.add("y", y).add("x", x).add("group", group);
  Numbers kind;
  for (const Drawn& drawn : sample.elements) kind.push_back(population.kind(drawn.element));
  table.add("kind", kind);
  for (int k = 0; k < static_cast<int>(kNumbers); ++k) {
    Numbers chosen;
    for (const Drawn& drawn : sample.elements) chosen.push_back(population.chooses(drawn.element, k));
    table.add("answer" + std::to_string(k), chosen);
  }
  for (std::size_t s = 0; s < strata.size(); ++s) {
    const std::string stage = std::to_string(s + 1);
    table.add("stratum" + stage, strata[s]).add("unit" + stage, units[s]).add("size" + stage, sizes[s]);
  }
  return table;
}

/// Averages over all samples.
class Moments {
 public:
  void add(double probability, const Result& result) {
    sum_ += probability;
    for (std::size_t i = 0; i < kNumbers; ++i) {
      mean_[i] += probability * result.totals[i];
      for (std::size_t j = 0; j < kNumbers; ++j) {
        square_[i * kNumbers + j] += probability * result.totals[i] * result.totals[j];
        estimated_[i * kNumbers + j] += probability * result.covariance[i * kNumbers + j];
      }
    }
  }

  void expect_unbiased(const std::vector<double>& truth) const {
    ASSERT_NEAR(sum_, 1.0, kAverage);
    double largest = 0.0;
    for (std::size_t i = 0; i < kNumbers; ++i) {
      EXPECT_TRUE(agree(mean_[i], truth[i], kAverage, 1.0)) << "total " << i;
      largest = std::max(largest, square_[i * kNumbers + i]);
    }
    for (std::size_t i = 0; i < kNumbers; ++i) {
      for (std::size_t j = 0; j < kNumbers; ++j) {
        const double variance = square_[i * kNumbers + j] - mean_[i] * mean_[j];
        EXPECT_NEAR(estimated_[i * kNumbers + j], variance, kAverage * largest) << "covariance " << i << ", " << j;
        // Otherwise nothing would have been tested.
        EXPECT_TRUE(i != j || variance > 1e-3 * largest);
      }
    }
  }

 private:
  double sum_ = 0.0;
  std::vector<double> mean_ = std::vector<double>(kNumbers, 0.0);
  std::vector<double> square_ = std::vector<double>(kNumbers * kNumbers, 0.0);
  std::vector<double> estimated_ = std::vector<double>(kNumbers * kNumbers, 0.0);
};

std::vector<double> true_totals(const Population& population) {
  std::vector<double> truth(kNumbers, 0.0);
  for (int e = 0; e < population.size(); ++e) {
    if (!population.in_domain(e)) continue;
    truth[static_cast<std::size_t>(population.group(e))] += population.y(e);
    truth[2 + static_cast<std::size_t>(population.group(e))] += population.x(e);
  }
  return truth;
}

Mask domain_of(const PossibleSample& sample, const Population& population) {
  Mask domain;
  for (const Drawn& drawn : sample.elements) domain.push_back(population.in_domain(drawn.element) ? 1 : 0);
  return domain;
}

/// Weights are left to the engine: the product of N/n over the stages.
void expect_unbiased_over_all_samples(const Unit& everything, const Population& population, std::size_t least_samples,
                                      const Ask& asked, const std::vector<double>& truth) {
  const Samples all = samples_of(everything);
  EXPECT_GE(all.size(), least_samples);
  Moments moments;
  for (const PossibleSample& sample : all) {
    DesignSpec spec;
    for (std::size_t s = 1; s <= sample.elements.front().paths.size(); ++s) {
      const std::string stage = std::to_string(s);
      spec.stages.push_back({"stratum" + stage, "unit" + stage, "size" + stage});
    }
    const Design design = Design::declare(table_of(sample, population).frame(), spec);
    moments.add(sample.probability, asked(design, domain_of(sample, population)));
  }
  moments.expect_unbiased(truth);
}

void expect_unbiased_over_all_samples(const Unit& everything, const Population& population, std::size_t least_samples) {
  expect_unbiased_over_all_samples(everything, population, least_samples, ask, true_totals(population));
}

TEST(EverySample, OneStageStratifiedWithoutReplacement) {
  Population population;
  Unit everything;
  for (const auto& [size, take] : {std::pair{5, 2}, {4, 3}, {3, 3}, {5, 4}}) {
    everything.strata.push_back(population.cluster(size, take).strata.front());
  }
  expect_unbiased_over_all_samples(everything, population, 200);
}

TEST(EverySample, OneStageOfUnequalClusters) {
  Population population;
  Unit everything;
  for (const int take : {2, 3}) {
    Stratum stratum{{}, take};
    for (const int size : {1, 4, 2, 3, 2}) {
      Unit cluster = population.cluster(size, size);
      stratum.units.push_back(std::move(cluster));
    }
    everything.strata.push_back(std::move(stratum));
  }
  expect_unbiased_over_all_samples(everything, population, 100);
}

TEST(EverySample, TwoStagesStratifiedWithUnequalUnitsAndACertaintyStratum) {
  Population population;
  Unit everything;
  const std::vector<std::pair<int, std::vector<int>>> strata = {{2, {3, 2, 4}}, {2, {2, 3, 2, 3}}, {2, {3, 2}}};
  for (const auto& [take, sizes] : strata) {
    Stratum stratum{{}, take};
    for (const int size : sizes) stratum.units.push_back(population.cluster(size, 2));
    everything.strata.push_back(std::move(stratum));
  }
  expect_unbiased_over_all_samples(everything, population, 1500);
}

TEST(EverySample, TwoStagesWithStrataInTheSecond) {
  Population population;
  Unit everything;
  Stratum stratum{{}, 2};
  for (const int size : {3, 2, 4}) {
    Unit unit = population.cluster(size, 2);
    unit.strata.push_back(population.cluster(3, 2).strata.front());
    stratum.units.push_back(std::move(unit));
  }
  everything.strata.push_back(std::move(stratum));
  expect_unbiased_over_all_samples(everything, population, 200);
}

TEST(EverySample, ThreeStages) {
  Population population;
  Unit everything;
  Stratum stratum{{}, 2};
  for (const std::vector<int>& sizes : {std::vector{3, 3, 2}, std::vector{3, 3}, std::vector{3, 2, 3}}) {
    Stratum second{{}, 2};
    for (const int size : sizes) second.units.push_back(population.cluster(size, 2));
    stratum.units.push_back({{std::move(second)}, -1});
  }
  everything.strata.push_back(std::move(stratum));
  expect_unbiased_over_all_samples(everything, population, 400);
}

// ---------------------------------------------------------------------------------------------- other questions' totals

/// Two stages, with strata and unequal units.
Unit two_stages_of(Population& population) {
  Unit everything;
  for (const auto& [take, sizes] : {std::pair{2, std::vector{3, 2, 4}}, std::pair{2, std::vector{2, 3, 2, 3}}}) {
    Stratum stratum{{}, take};
    for (const int size : sizes) stratum.units.push_back(population.cluster(size, 2));
    everything.strata.push_back(std::move(stratum));
  }
  return everything;
}

/// The first numbers of an estimate that has covariances; a sample without members of the domain estimates 0, surely.
Result result_of(const Estimate& found) {
  Result result;
  for (std::size_t a = 0; a < kNumbers; ++a) {
    if (found.rows[a].status != Status::ok) continue;
    result.totals[a] = found.rows[a].value;
    for (std::size_t b = 0; b < kNumbers; ++b) result.covariance[a * kNumbers + b] = found.covariance[a * kNumbers + b];
  }
  return result;
}

/// How many elements of the domain have each of the four.
std::vector<double> true_counts(const Population& population, const std::function<bool(int, int)>& has) {
  std::vector<double> truth(kNumbers, 0.0);
  for (int e = 0; e < population.size(); ++e) {
    for (int k = 0; k < static_cast<int>(kNumbers); ++k) {
      if (population.in_domain(e) && has(e, k)) truth[static_cast<std::size_t>(k)] += 1.0;
    }
  }
  return truth;
}

TEST(EverySample, BinsOfHistogramsSoThatDistributionFunctionsHaveUnbiasedParts) {
  Population population;
  const Unit everything = two_stages_of(population);
  const std::vector<double> edges = {-4.5, 0.5, 5.5, 10.5, 19.5};
  const Ask bins = [&](const Design& design, const Mask& domain) {
    return result_of(irosurvey::histogram(design, "y", edges, irosurvey::HistogramScale::total,
                                          {.where = domain, .covariance = true, .threads = 1}));
  };
  expect_unbiased_over_all_samples(everything, population, 400, bins, true_counts(population, [&](int e, int k) {
                                     const auto bin = static_cast<std::size_t>(k);
                                     return population.y(e) >= edges[bin] && population.y(e) < edges[bin + 1];
                                   }));
}

TEST(EverySample, AnswersToAQuestionWithSeveral) {
  Population population;
  const Unit everything = two_stages_of(population);
  const irosurvey::MultipleResponse set{.columns = {"answer0", "answer1", "answer2", "answer3"},
                                        .counted = {irosurvey::Index{1}},
                                        .scale = irosurvey::AnswerScale::count};
  const Ask answers = [&](const Design& design, const Mask& domain) {
    const Query about{.where = domain, .covariance = true, .threads = 1};
    return result_of(irosurvey::multiple_response(design, set, about));
  };
  expect_unbiased_over_all_samples(everything, population, 400, answers, true_counts(population, [&](int e, int k) {
                                     return population.chooses(e, k) == 1.0;
                                   }));
}

TEST(EverySample, CellsOfCrossTabs) {
  Population population;
  const Unit everything = two_stages_of(population);
  const Ask cells = [&](const Design& design, const Mask& domain) {
    const auto found =
        irosurvey::inference::crosstab(design, {.rows = "group", .columns = "kind", .where = domain, .threads = 1});
    // A level that no row of the sample has is no row of the table.
    std::vector<std::size_t> places;
    for (const auto& row : found.row_levels) {
      for (const auto& column : found.column_levels) {
        places.push_back(static_cast<std::size_t>(2 * std::get<irosurvey::Index>(row.value) +
                                                  std::get<irosurvey::Index>(column.value)));
      }
    }
    Result result;
    for (std::size_t a = 0; a < places.size(); ++a) {
      result.totals[places[a]] = found.totals[a];
      for (std::size_t b = 0; b < places.size(); ++b)
        result.covariance[places[a] * kNumbers + places[b]] = found.covariance[a * places.size() + b];
    }
    return result;
  };
  expect_unbiased_over_all_samples(everything, population, 400, cells, true_counts(population, [&](int e, int k) {
                                     return 2.0 * population.group(e) + population.kind(e) == static_cast<double>(k);
                                   }));
}

/// Ordered draws with replacement of units with unequal probabilities, each sub-sampled anew: Hansen and Hurwitz (1943).
/// A unit drawn twice is two units of the sample.
TEST(EverySample, WithReplacementAndUnequalProbabilitiesAtTheFirstStage) {
  Population population;
  const std::vector<double> probability = {0.5, 0.2, 0.3};
  constexpr int kDraws = 2;
  std::vector<Samples> of_unit;
  for (const int size : {4, 2, 3}) {
    Samples samples = samples_of(population.cluster(size, 2));
    for (PossibleSample& sample : samples) {
      for (Drawn& drawn : sample.elements) drawn.paths.insert(drawn.paths.begin(), Path{0, 0, size});
    }
    of_unit.push_back(std::move(samples));
  }
  Samples draws;
  for (std::size_t u = 0; u < of_unit.size(); ++u) {
    for (PossibleSample sample : of_unit[u]) {
      sample.probability *= probability[u];
      for (Drawn& drawn : sample.elements) drawn.paths.front().stratum = static_cast<int>(u);
      draws.push_back(std::move(sample));
    }
  }
  Samples all{{1.0, {}}};
  for (int draw = 0; draw < kDraws; ++draw) {
    Samples labelled = draws;
    for (PossibleSample& sample : labelled) {
      for (Drawn& drawn : sample.elements) drawn.paths.front().unit = draw;
    }
    all = joined(all, labelled);
  }
  Moments moments;
  for (const PossibleSample& sample : all) {
    Table table = table_of(sample, population);
    Numbers weights;
    for (const Drawn& drawn : sample.elements) {
      const auto unit = static_cast<std::size_t>(drawn.paths.front().stratum);
      weights.push_back(drawn.paths[1].population / 2.0 / (kDraws * probability[unit]));
    }
    table.add("w", weights);
    // The second stage is declared too, and has to add nothing.
    const Design design =
        Design::declare(table.frame(), {.weights = "w", .stages = {{"", "unit1", {}}, {"", "unit2", "size2"}}});
    moments.add(sample.probability, ask(design, domain_of(sample, population)));
  }
  EXPECT_EQ(all.size(), 100U);
  moments.expect_unbiased(true_totals(population));
}

/// n rows drawn with replacement: n^n ordered draws.
TEST(EverySample, RowsWithReplacement) {
  Population population;
  constexpr int kSize = 5;
  constexpr int kDraws = 4;
  for (int i = 0; i < kSize; ++i) (void)population.element();
  Samples all{{1.0, {}}};
  for (int draw = 0; draw < kDraws; ++draw) {
    Samples one;
    for (int e = 0; e < kSize; ++e) one.push_back({1.0 / kSize, {{e, {{0, draw, kSize}}}}});
    all = joined(all, one);
  }
  Moments moments;
  for (const PossibleSample& sample : all) {
    Table table = table_of(sample, population);
    table.add("w", Numbers(sample.elements.size(), static_cast<double>(kSize) / kDraws));
    const Design design = Design::declare(table.frame(), {.weights = "w", .stages = {}});
    moments.add(sample.probability, ask(design, domain_of(sample, population)));
  }
  moments.expect_unbiased(true_totals(population));
}

}  // namespace
}  // namespace irosurvey_tests
