// Every figure of tests/reference: what R survey answers, to 1e-11; and what others have printed, to the last printed digit.
// The tests are made from the tables: a query added there is tested here.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/inference/interval.hpp"
#include "support/agreement.hpp"
#include "support/reference.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ConfidenceLevel;
using irosurvey::Design;
using irosurvey::DesignEffectReference;
using irosurvey::DfRule;
using irosurvey::Estimate;
using irosurvey::EstimateRow;
using irosurvey::Index;
using irosurvey::Query;
using irosurvey::Status;
using irosurvey::inference::IntervalMethod;
using reference::Line;
using reference::RowIndex;

// Both programs work in double precision, with sums of up to 15,624 terms in another order. The largest difference in these
// tables is 2e-13; a misread definition shows in the first digits.
constexpr double kAgreesWithR = 1e-11;

const std::vector<Line>& table(const std::string& file) {
  static std::map<std::string, std::vector<Line>> cache;
  auto& lines = cache[file];
  if (lines.empty()) lines = reference::lines_of(file);
  return lines;
}

const Line& line_named(const std::string& file, const std::string& column, const std::string& name) {
  for (const Line& line : table(file)) {
    if (line.at(column) == name) return line;
  }
  throw std::runtime_error("no " + column + " '" + name + "' in " + file);
}

std::vector<Line> lines_of_query(const std::string& file, const std::string& query) {
  std::vector<Line> own;
  for (const Line& line : table(file)) {
    if (line.at("query") == query) own.push_back(line);
  }
  return own;
}

/// A query of the tables, answered.
struct Answered {
  Estimate estimate;
  RowIndex rows;
  ConfidenceLevel level;

  [[nodiscard]] Index row(const Line& line, const std::string& prefix = "") const {
    return rows.at({line.at(prefix + "variable"), line.at(prefix + "cell")});
  }
  [[nodiscard]] const EstimateRow& at(Index index) const { return estimate.rows[static_cast<std::size_t>(index)]; }
};

Answered answer(const std::string& name, const std::string& option = "") {
  const Line& line = line_named("queries.csv", "query", name);
  const reference::Survey survey = reference::survey_of(line_named("designs.csv", "design", line.at("design")));
  Query query = reference::query_of(line, survey.table);
  if (option == "df=full-design") query.df = DfRule::full_design;
  Answered answered{estimate(Design::declare(survey.table.frame(), survey.spec), query),
                    {},
                    ConfidenceLevel{std::stod(line.at("level"))}};
  answered.rows = reference::index_of(answered.estimate);
  return answered;
}

/// `logit_lower` → (logit, lower).
double limit(const Answered& answered, Index row, const std::string& quantity) {
  const std::size_t cut = quantity.find('_');
  const auto method = irosurvey::inference::interval_method(quantity.substr(0, cut));
  const auto limits = irosurvey::inference::interval(method, answered.estimate, row, answered.level);
  return quantity.substr(cut + 1) == "lower" ? limits.lower : limits.upper;
}

bool is_limit(const std::string& quantity) { return quantity.ends_with("_lower") || quantity.ends_with("_upper"); }

double quantity_of(const Answered& answered, Index row, const std::string& quantity) {
  const EstimateRow& at = answered.at(row);
  if (quantity == "estimate") return at.value;
  if (quantity == "se") return answered.estimate.standard_error(row);
  if (quantity == "df") return at.df;
  if (quantity == "n") return static_cast<double>(at.n);
  if (quantity == "N") return at.weighted_n;
  if (quantity == "deff_wr") return answered.estimate.design_effect(row);
  if (quantity == "deff_wor") return answered.estimate.design_effect(row, DesignEffectReference::wor);
  if (is_limit(quantity)) return limit(answered, row, quantity);
  throw std::runtime_error("no such quantity: " + quantity);
}

// ---------------------------------------------------------------------------------------------------------------- R

std::vector<Line> queries_of(const std::string& design) {
  std::vector<Line> own;
  for (const Line& line : table("queries.csv")) {
    if (line.at("design") == design) own.push_back(line);
  }
  return own;
}

/// Designs of which a table holds figures. A test is made for each design, not for each query: ctest starts a program for
/// each test, which reads the tables.
std::vector<std::string> designs_in(const std::string& file) {
  std::set<std::string> queries;
  for (const Line& line : table(file)) queries.insert(line.at("query"));
  std::vector<std::string> designs;
  for (const Line& design : table("designs.csv")) {
    const std::vector<Line> own = queries_of(design.at("design"));
    const auto has_figures = [&](const Line& query) { return queries.contains(query.at("query")); };
    if (std::any_of(own.begin(), own.end(), has_figures)) designs.push_back(design.at("design"));
  }
  return designs;
}

class RReference : public ::testing::TestWithParam<std::string> {};

void expect_as_in_r(const Answered& answered, const Line& line) {
  const std::string& quantity = line.at("quantity");
  const double expected = std::stod(line.at("value"));
  const Index row = answered.row(line);
  if (quantity == "cov") {
    const Index with = answered.row(line, "with_");
    const auto size = answered.estimate.rows.size();
    const double found =
        answered.estimate.covariance.at(static_cast<std::size_t>(row) * size + static_cast<std::size_t>(with));
    const double scale = answered.estimate.standard_error(row) * answered.estimate.standard_error(with);
    EXPECT_NEAR(found, expected, kAgreesWithR * scale);
    return;
  }
  const double found = quantity_of(answered, row, quantity);
  if (quantity == "df" || quantity == "n") {
    EXPECT_EQ(found, expected);
  } else {
    // A limit is a difference: it may be near 0 by chance.
    EXPECT_TRUE(agree(found, expected, kAgreesWithR, is_limit(quantity) ? answered.estimate.standard_error(row) : 0.0));
  }
}

void expect_query_as_in_r(const std::string& query) {
  const Answered answered = answer(query);
  std::set<std::pair<std::string, std::string>> listed;
  const std::vector<Line> lines = lines_of_query("r_survey.csv", query);
  ASSERT_FALSE(lines.empty());
  for (const Line& line : lines) {
    SCOPED_TRACE(line.at("variable") + " " + line.at("cell") + " " + line.at("quantity"));
    const std::pair key{line.at("variable"), line.at("cell")};
    ASSERT_TRUE(answered.rows.contains(key)) << "no such row in the answer";
    listed.insert(key);
    expect_as_in_r(answered, line);
  }
  // The answer has no estimate that R hasn't.
  for (const auto& [key, row] : answered.rows) {
    EXPECT_EQ(listed.contains(key), answered.at(row).status == Status::ok) << key.first << " " << key.second;
  }
}

TEST_P(RReference, Agrees) {
  for (const Line& query : queries_of(GetParam())) {
    if (query.at("r") != "yes") continue;
    SCOPED_TRACE(query.at("query"));
    expect_query_as_in_r(query.at("query"));
  }
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

INSTANTIATE_TEST_SUITE_P(Designs, RReference, ::testing::ValuesIn(designs_in("r_survey.csv")), test_name);

// -------------------------------------------------------------------------------------------------------- published

/// Half a unit of the last digit of a number as printed: 0.05 for "12.3", 5e4 for "5.6e+06".
double half_unit(const std::string& printed) {
  const std::size_t exponent = printed.find_first_of("eE");
  const std::string digits = printed.substr(0, exponent);
  const std::size_t point = digits.find('.');
  const auto decimals = point == std::string::npos ? 0.0 : static_cast<double>(digits.size() - point - 1);
  const double power = exponent == std::string::npos ? 0.0 : std::stod(printed.substr(exponent + 1));
  return 0.5 * std::pow(10.0, power - decimals);
}

/// "PV?READ" is the average of PV1READ, PV2READ, …
double average_of(const Answered& answered, const std::string& pattern) {
  const std::size_t mark = pattern.find('?');
  double sum = 0.0;
  int count = 0;
  for (const auto& [key, row] : answered.rows) {
    std::string name = key.first;
    if (name.size() != pattern.size()) continue;
    name[mark] = '?';
    if (name != pattern) continue;
    sum += answered.at(row).value;
    ++count;
  }
  EXPECT_EQ(count, 5);
  return sum / count;
}

/// The cell less the other one.
double difference_of(const Answered& answered, const Line& line, const std::string& quantity) {
  std::vector<double> weights(answered.estimate.rows.size(), 0.0);
  weights[static_cast<std::size_t>(answered.row(line))] = 1.0;
  weights[static_cast<std::size_t>(answered.row(line, "with_"))] = -1.0;
  Answered difference{linear_combinations(answered.estimate, weights, {"difference"}), {}, answered.level};
  const bool of_interval = quantity == "lower" || quantity == "upper";
  return of_interval ? limit(difference, 0, "t_" + quantity) : quantity_of(difference, 0, quantity);
}

double published_quantity(const Answered& answered, const Line& line) {
  const std::string& quantity = line.at("quantity");
  if (quantity.starts_with("diff_")) return difference_of(answered, line, quantity.substr(5));
  if (line.at("variable").find('?') != std::string::npos) return average_of(answered, line.at("variable"));
  return quantity_of(answered, answered.row(line), quantity);
}

class Published : public ::testing::TestWithParam<std::string> {};

void expect_as_printed(const std::string& query) {
  for (const Line& line : lines_of_query("published.csv", query)) {
    SCOPED_TRACE(line.at("variable") + " " + line.at("cell") + " " + line.at("quantity") + ", " + line.at("source"));
    const Answered answered = answer(query, line.at("option"));
    const double unit = line.at("unit").empty() ? 1.0 : std::stod(line.at("unit"));
    const double found = published_quantity(answered, line) / unit;
    const double printed = std::stod(line.at("printed"));
    // A figure that lies on the edge of rounding may fall to either side.
    constexpr double kEdge = 1.0 + 1e-9;
    const double allowed = line.at("tolerance").empty() ? kEdge * half_unit(line.at("printed"))
                                                        : std::stod(line.at("tolerance")) * std::fabs(printed);
    EXPECT_NEAR(found, printed, allowed);
  }
}

TEST_P(Published, RoundsToWhatWasPrinted) {
  for (const Line& query : queries_of(GetParam())) {
    SCOPED_TRACE(query.at("query"));
    expect_as_printed(query.at("query"));
  }
}

INSTANTIATE_TEST_SUITE_P(Designs, Published, ::testing::ValuesIn(designs_in("published.csv")), test_name);

TEST(ReferenceTables, AreAllUsed) {
  std::set<std::string> queries;
  for (const Line& design : table("designs.csv")) {
    for (const Line& query : queries_of(design.at("design"))) queries.insert(query.at("query"));
  }
  EXPECT_EQ(queries.size(), table("queries.csv").size()) << "a query of no known design, or a name that occurs twice";
  for (const std::string file : {"r_survey.csv", "published.csv"}) {
    for (const Line& line : table(file)) EXPECT_TRUE(queries.contains(line.at("query"))) << line.at("query");
  }
}

}  // namespace
}  // namespace irosurvey_tests
