// How often the intervals of shares hold the truth: repeated stratified samples of clusters from finite populations.
//
//   irosurvey_coverage [--draws N] [--seed N] [--threads N] >coverage.csv
//
// A population is made for every size, intraclass correlation and share. In a stratum, clusters of unequal size are drawn
// without replacement, and members of a cluster likewise; every sample is declared, estimated and given every interval
// for shares that the engine offers. A draw's random numbers depend on the seed, the scenario and the number of the draw alone.
// coverage.py makes table and picture of what is printed here.
#include <algorithm>
#include <atomic>
#include <boost/math/distributions/beta.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <limits>
#include <mutex>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/philox.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/inference/interval.hpp"

namespace {

using namespace irosurvey;

/// Who is drawn: units of a stratum, members of a unit.
struct Size {
  std::uint32_t strata;
  std::uint32_t units;
  std::uint32_t members;
};

constexpr Size kSizes[] = {{5, 2, 10}, {15, 2, 20}, {30, 2, 20}, {60, 2, 20}, {10, 10, 20}};
constexpr double kCorrelations[] = {0.0, 0.02, 0.05, 0.2};
constexpr double kShares[] = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5};
// A stratum holds 50 to 149 clusters, a cluster 40 to 160 members: weights have a coefficient of variation near 0.45.
constexpr std::uint32_t kFewestClusters = 50;
constexpr std::uint32_t kMoreClusters = 100;
constexpr std::uint32_t kFewestMembers = 40;
constexpr std::uint32_t kMoreMembers = 121;

struct Scenario {
  std::uint32_t number;
  Size size;
  double correlation;
  double share;
};

struct Cluster {
  std::uint32_t members;
  std::uint32_t positive;
};

struct Population {
  std::vector<std::vector<Cluster>> strata;
  double share = 0.0;  ///< of all members, as they are
};

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all;
  for (const Size& size : kSizes) {
    for (const double correlation : kCorrelations) {
      for (const double share : kShares) {
        all.push_back({static_cast<std::uint32_t>(all.size()), size, correlation, share});
      }
    }
  }
  return all;
}

double uniform(PhiloxStream& random) { return (random.word() + 0.5) * 0x1p-32; }

template <typename Value>
void shuffle(std::vector<Value>& values, PhiloxStream& random) {
  for (std::size_t left = values.size(); left > 1; --left) {
    std::swap(values[left - 1], values[random.below(static_cast<std::uint32_t>(left))]);
  }
}

/// Each cluster's chance of a positive member: evenly spaced quantiles of the beta law with this mean, in which two members of
/// a cluster correlate as they should, so that the population's share is hardly left to chance.
std::vector<double> chances(const Scenario& scenario, std::size_t clusters, PhiloxStream& random) {
  std::vector<double> chance(clusters, scenario.share);
  if (scenario.correlation == 0.0) return chance;
  const double sum = 1.0 / scenario.correlation - 1.0;
  const boost::math::beta_distribution<double> law(scenario.share * sum, (1.0 - scenario.share) * sum);
  for (std::size_t i = 0; i < clusters; ++i) {
    chance[i] = boost::math::quantile(law, (static_cast<double>(i) + 0.5) / static_cast<double>(clusters));
  }
  shuffle(chance, random);
  return chance;
}

Population population_of(const Scenario& scenario, std::uint64_t seed) {
  PhiloxStream random(seed, scenario.number, 0, 1);
  Population population;
  population.strata.resize(scenario.size.strata);
  std::size_t clusters = 0;
  for (std::vector<Cluster>& stratum : population.strata) {
    stratum.resize(kFewestClusters + random.below(kMoreClusters));
    clusters += stratum.size();
  }
  const std::vector<double> chance = chances(scenario, clusters, random);
  std::uint64_t members = 0;
  std::uint64_t positive = 0;
  auto next = chance.begin();
  for (std::vector<Cluster>& stratum : population.strata) {
    for (Cluster& cluster : stratum) {
      cluster = {kFewestMembers + random.below(kMoreMembers), 0};
      for (std::uint32_t i = 0; i < cluster.members; ++i) cluster.positive += uniform(random) < *next ? 1U : 0U;
      ++next;
      members += cluster.members;
      positive += cluster.positive;
    }
  }
  population.share = static_cast<double>(positive) / static_cast<double>(members);
  return population;
}

/// `count` of the numbers below `size`, without replacement (Floyd; Bentley 1987).
std::vector<std::uint32_t> chosen(std::uint32_t count, std::uint32_t size, PhiloxStream& random) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t last = size - count; last < size; ++last) {
    const std::uint32_t one = random.below(last + 1);
    found.push_back(std::ranges::find(found, one) == found.end() ? one : last);
  }
  return found;
}

struct Sample {
  Frame frame;            ///< a row for every member drawn
  double mixed_df = 0.0;  ///< units minus strata, of the strata that hold a positive member and another
};

Sample sample_of(const Population& population, const Size& size, PhiloxStream& random) {
  std::vector<Index> stratum;
  std::vector<Index> unit;
  std::vector<double> weight;
  std::vector<Index> positive;
  double mixed_df = 0.0;
  for (std::size_t h = 0; h < population.strata.size(); ++h) {
    const std::vector<Cluster>& clusters = population.strata[h];
    const auto in_stratum = static_cast<std::uint32_t>(clusters.size());
    const std::size_t before = positive.size();
    for (const std::uint32_t i : chosen(size.units, in_stratum, random)) {
      const Cluster& cluster = clusters[i];
      const double inverse_chance =
          (static_cast<double>(in_stratum) / size.units) * (static_cast<double>(cluster.members) / size.members);
      std::uint32_t left = cluster.positive;
      for (std::uint32_t member = 0; member < size.members; ++member) {
        const bool is_positive = random.below(cluster.members - member) < left;
        left -= is_positive ? 1U : 0U;
        stratum.push_back(static_cast<Index>(h));
        unit.push_back(static_cast<Index>(i));
        weight.push_back(inverse_chance);
        positive.push_back(is_positive ? 1 : 0);
      }
    }
    const auto of_stratum = std::span(positive).subspan(before);
    if (std::ranges::find(of_stratum, 0) != of_stratum.end() && std::ranges::find(of_stratum, 1) != of_stratum.end()) {
      mixed_df += size.units - 1.0;
    }
  }
  // A sample may hold one answer only; the labels tell that there are two.
  const ColumnNotes notes{.value_labels = {{Index{0}, "no"}, {Index{1}, "yes"}}};
  Frame frame({Column::of_integers("stratum", std::move(stratum)), Column::of_integers("unit", std::move(unit)),
               Column::of_numbers("weight", std::move(weight)),
               Column::of_integers("positive", std::move(positive), notes)});
  return {std::move(frame), mixed_df};
}

/// What an interval did in many draws.
struct Tally {
  std::int64_t held = 0;
  std::int64_t too_low = 0;   ///< the whole interval lies below the truth
  std::int64_t too_high = 0;  ///< the whole interval lies above it
  double width = 0.0;
};

struct Tallies {
  std::int64_t draws = 0;
  std::int64_t none = 0;  ///< samples without a positive member, or with nobody else
  double estimates = 0.0;
  double variances = 0.0;
  double squares = 0.0;  ///< of estimates about the truth
  std::vector<Tally> methods;
};

/// A method of the engine; or, on trial, one with the degrees of freedom of the strata that tell anything about the variance.
struct Method {
  inference::IntervalMethod method;
  std::string name;
  bool mixed_df = false;
};

std::vector<Method> methods() {
  std::vector<Method> found;
  for (const inference::IntervalMethod method : inference::interval_methods()) {
    if (inference::is_for_shares(method)) found.push_back({method, std::string(inference::name_of(method))});
  }
  for (const inference::IntervalMethod method :
       {inference::IntervalMethod::logit, inference::IntervalMethod::beta_nchs}) {
    found.push_back({method, std::string(inference::name_of(method)) + " with df of mixed strata", true});
  }
  return found;
}

inference::Interval limits_of(const Method& method, const Estimate& found, double mixed_df) {
  const EstimateRow& row = found.rows.front();
  // A sample of one answer says nothing about the variance, and its limits follow from n: there is no df to mend.
  if (!method.mixed_df || row.value == 0.0 || row.value == 1.0) return inference::interval(method.method, found, 0);
  return inference::interval(
      method.method,
      {.value = row.value, .standard_error = found.standard_error(0), .df = mixed_df, .n = static_cast<double>(row.n)});
}

void count(const Estimate& found, double mixed_df, double truth, std::span<const Method> asked, Tallies& into) {
  const EstimateRow& row = found.rows.front();
  ++into.draws;
  into.none += row.value == 0.0 || row.value == 1.0 ? 1 : 0;
  into.estimates += row.value;
  into.variances += row.variance;
  into.squares += (row.value - truth) * (row.value - truth);
  for (std::size_t m = 0; m < asked.size(); ++m) {
    const inference::Interval limits = limits_of(asked[m], found, mixed_df);
    Tally& tally = into.methods[m];
    tally.too_low += limits.upper < truth ? 1 : 0;
    tally.too_high += limits.lower > truth ? 1 : 0;
    tally.held += limits.lower <= truth && truth <= limits.upper ? 1 : 0;
    tally.width += limits.upper - limits.lower;
  }
}

/// Draws `first` to `last` − 1 of a scenario.
Tallies simulate_block(const Scenario& scenario, const Population& population, std::uint64_t seed, std::uint32_t first,
                       std::uint32_t last, std::span<const Method> asked) {
  const DesignSpec spec{.weights = "weight", .stages = {{.strata = "stratum", .clusters = "unit"}}};
  const Query query{
      .statistics = {proportion("positive", {LevelValue{Index{1}}})}, .design_effect = false, .threads = 1};
  Tallies tallies;
  tallies.methods.resize(asked.size());
  for (std::uint32_t draw = first; draw < last; ++draw) {
    PhiloxStream random(seed, scenario.number, draw);
    const Sample sample = sample_of(population, scenario.size, random);
    const Estimate found = estimate(Design::declare(sample.frame, spec), query);
    count(found, sample.mixed_df, population.share, asked, tallies);
  }
  return tallies;
}

void add(const Tallies& part, Tallies& to) {
  to.draws += part.draws;
  to.none += part.none;
  to.estimates += part.estimates;
  to.variances += part.variances;
  to.squares += part.squares;
  to.methods.resize(part.methods.size());
  for (std::size_t m = 0; m < part.methods.size(); ++m) {
    to.methods[m].held += part.methods[m].held;
    to.methods[m].too_low += part.methods[m].too_low;
    to.methods[m].too_high += part.methods[m].too_high;
    to.methods[m].width += part.methods[m].width;
  }
}

/// All draws of a scenario, in blocks that meet in the order of their numbers, whoever made them.
Tallies simulate(const Scenario& scenario, const Population& population, std::uint64_t seed, std::uint32_t draws,
                 unsigned threads, std::span<const Method> asked) {
  constexpr std::uint32_t kBlock = 100;
  std::vector<Tallies> blocks((draws + kBlock - 1) / kBlock);
  std::atomic<std::uint32_t> next{0};
  std::exception_ptr failure;
  std::mutex failing;
  const auto work = [&] {
    try {
      for (std::uint32_t block = next++; block < blocks.size(); block = next++) {
        const std::uint32_t last = std::min(draws, (block + 1) * kBlock);
        blocks[block] = simulate_block(scenario, population, seed, block * kBlock, last, asked);
      }
    } catch (...) {
      const std::lock_guard lock(failing);
      failure = std::current_exception();
      next = static_cast<std::uint32_t>(blocks.size());
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned t = 1; t < threads; ++t) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  Tallies all;
  for (const Tallies& block : blocks) add(block, all);
  return all;
}

void print(const Scenario& scenario, const Population& population, const Tallies& tallies,
           std::span<const Method> asked) {
  const auto draws = static_cast<double>(tallies.draws);
  for (std::size_t m = 0; m < asked.size(); ++m) {
    const Tally& tally = tallies.methods[m];
    std::cout << scenario.size.strata << ',' << scenario.size.units << ',' << scenario.size.members << ','
              << scenario.correlation << ',' << scenario.share << ',' << population.share << ',' << tallies.draws << ','
              << static_cast<double>(tallies.none) / draws << ',' << tallies.estimates / draws << ','
              << std::sqrt(tallies.squares / draws) << ',' << std::sqrt(tallies.variances / draws) << ','
              << asked[m].name << ',' << static_cast<double>(tally.held) / draws << ','
              << static_cast<double>(tally.too_low) / draws << ',' << static_cast<double>(tally.too_high) / draws << ','
              << tally.width / draws << '\n';
  }
}

struct Options {
  std::uint32_t draws = 5'000;
  std::uint64_t seed = 20'260'401;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

Options options_of(std::span<char*> arguments) {
  Options options;
  if (arguments.size() % 2 != 1)
    throw std::invalid_argument("usage: irosurvey_coverage [--draws N] [--seed N] [--threads N]");
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    const unsigned long long value = std::stoull(arguments[i + 1]);
    if (value == 0) throw std::invalid_argument(std::string(name) + ": a number above 0");
    if (name == "--draws") {
      options.draws = static_cast<std::uint32_t>(value);
    } else if (name == "--seed") {
      options.seed = value;
    } else if (name == "--threads") {
      options.threads = static_cast<unsigned>(value);
    } else {
      throw std::invalid_argument("no such option: " + std::string(name));
    }
  }
  return options;
}

void run(const Options& options) {
  const std::vector<Method> asked = methods();
  std::cout.precision(6);
  std::cout
      << "strata,units,members,correlation,share,population_share,draws,none,mean_estimate,root_mse,root_mean_variance,"
         "method,coverage,too_low,too_high,width\n";
  for (const Scenario& scenario : scenarios()) {
    const Population population = population_of(scenario, options.seed);
    const Tallies tallies = simulate(scenario, population, options.seed, options.draws, options.threads, asked);
    print(scenario, population, tallies, asked);
    if (scenario.number % 16 == 15) std::cerr << scenario.number + 1 << " of " << scenarios().size() << " scenarios\n";
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run(options_of({arguments, static_cast<std::size_t>(count)}));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
