#include "irosurvey/inference/event_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/agreement.hpp"
#include "support/csv.hpp"
#include "support/errors.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ConfidenceLevel;
using irosurvey::ErrorCode;
using irosurvey::inference::event_rate;
using irosurvey::inference::EventRate;

// Quantiles of the gamma distribution by two libraries, each good to some tens of units of the last digit.
constexpr double kQuantile = 1e-11;

const std::map<std::string, std::vector<double>>& cases() {
  static const std::map<std::string, std::vector<double>> known{
      {"varied", {0, 0, 3, 1, 7, 0, 2, 12, 1, 0, 4, 2}}, {"alike", {2, 3, 2, 2, 3, 2}}, {"none", {0, 0, 0, 0}}};
  return known;
}

EventRate each(const std::vector<double>& events, ConfidenceLevel level = ConfidenceLevel{0.95}) {
  const std::vector<double> exposure(events.size(), 1.0);
  return event_rate(events, exposure, level);
}

/// The call is refused as an argument, with these words.
template <typename Call>
void expect_refused(const Call& call, const std::string& words) {
  const auto error = error_of([&] { static_cast<void>(call()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, words));
}

TEST(EventRate, AsInR) {
  int compared = 0;
  for (const CsvRecord& line : csv_records(std::filesystem::path(IROSURVEY_REFERENCE_DIR) / "r_counts.csv")) {
    const auto known = cases().find(line[1]);
    if (known == cases().end()) continue;
    const EventRate found = each(known->second, ConfidenceLevel{std::stod(line[2])});
    const double first = std::stod(line[4]);
    const double second = std::stod(line[5]);
    if (line[0] == "rate") {
      EXPECT_TRUE(agree(found.limits.lower, first, kQuantile)) << line[1];
      EXPECT_TRUE(agree(found.limits.upper, second, kQuantile)) << line[1];
    } else if (line[0] == "poisson") {
      EXPECT_TRUE(agree(found.poisson.lower, first, kQuantile)) << line[1];
      EXPECT_TRUE(agree(found.poisson.upper, second, kQuantile)) << line[1];
    } else {
      EXPECT_TRUE(agree(found.dispersion, first, kQuantile)) << line[1];
      if (found.events > 0.0) {
        EXPECT_TRUE(agree(found.variation.p, second, kQuantile)) << line[1];
      }
    }
    ++compared;
  }
  EXPECT_EQ(compared, 27);
}

TEST(EventRate, CountsUnitsWithoutEvents) {
  const EventRate found = each(cases().at("varied"));
  EXPECT_EQ(found.none, 4);
  const double mean = 32.0 / 12.0;
  EXPECT_TRUE(agree(found.none_by_poisson, 12.0 * std::exp(-mean), 1e-14));
  // A negative binomial with size k = mean / (φ − 1) has none with probability (1 + mean/k)^−k.
  const double size = mean / (found.dispersion - 1.0);
  EXPECT_TRUE(agree(found.none_by_dispersion, 12.0 * std::pow(1.0 + mean / size, -size), 1e-13));
  EXPECT_GT(found.none_by_dispersion, found.none_by_poisson);
}

TEST(EventRate, ExposureOnlyChangesTheUnitOfTheRate) {
  const std::vector<double>& events = cases().at("varied");
  const std::vector<double> exposure(events.size(), 448.1);
  const EventRate per_unit = each(events);
  const EventRate per_child = event_rate(events, exposure);
  EXPECT_TRUE(agree(per_child.rate * 448.1, per_unit.rate, 1e-14));
  EXPECT_TRUE(agree(per_child.limits.upper * 448.1, per_unit.limits.upper, 1e-13));
  EXPECT_TRUE(agree(per_child.dispersion, per_unit.dispersion, 1e-13));
}

TEST(EventRate, VarianceIsThatOfARatioOfUnitTotals) {
  const std::vector<double> events{4, 0, 9, 1, 30};
  const std::vector<double> exposure{2, 3, 5, 1, 4};
  const EventRate found = event_rate(events, exposure);
  double squares = 0.0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const double off = events[i] - 44.0 / 15.0 * exposure[i];
    squares += off * off;
  }
  EXPECT_TRUE(agree(found.standard_error, std::sqrt(5.0 / 4.0 * squares) / 15.0, 1e-14));
}

TEST(EventRate, NeverClaimsLessThanPoissonsChance) {
  const EventRate found = each(cases().at("alike"));
  EXPECT_EQ(found.dispersion, 1.0);
  EXPECT_EQ(found.limits.lower, found.poisson.lower);
  EXPECT_GT(found.variation.p, 0.95);
}

TEST(EventRate, NoEventsHaveAnUpperLimitOnly) {
  const EventRate found = each(cases().at("none"));
  EXPECT_EQ(found.limits.lower, 0.0);
  EXPECT_TRUE(agree(found.limits.upper, -std::log(0.025) / 4.0, kQuantile));
  EXPECT_EQ(found.none, 4);
}

TEST(EventRate, RefusesWhatIsNoCount) {
  const std::vector<double> exposure{1, 1};
  expect_refused([&] { return event_rate(std::vector<double>{1, -2}, exposure); }, "at least 0");
  expect_refused([&] { return event_rate(std::vector<double>{1}, exposure); }, "two units");
  expect_refused([&] { return event_rate(exposure, std::vector<double>{1, 0}); }, "above 0");
}

}  // namespace
}  // namespace irosurvey_tests
