#include "irosurvey/study/findings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "study/csv.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

constexpr std::array<std::pair<std::string_view, FindingKind>, 4> kKinds{{
    {"count", FindingKind::count},
    {"percent", FindingKind::percent},
    {"mean", FindingKind::mean},
    {"phrase", FindingKind::phrase},
}};
constexpr std::array<std::pair<std::string_view, BoundsKind>, 6> kBounds{{
    {"exact", BoundsKind::exact},
    {"rounding", BoundsKind::rounding},
    {"words", BoundsKind::words},
    {"above", BoundsKind::above},
    {"below", BoundsKind::below},
    {"ours", BoundsKind::ours},
}};

template <typename Names, typename Value>
std::string_view name_in(const Names& names, Value value) noexcept {
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.second == value; });
  return found == names.end() ? std::string_view{} : found->first;
}

template <typename Names>
auto one_of(const Names& names, const CsvTable& table, Index row, std::string_view column) {
  const std::string& text = table.required(row, column);
  std::vector<std::string> known;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    known.emplace_back(name);
  }
  table.refuse(row, column, "one of its words", known);
}

std::optional<Decimal> decimal(const CsvTable& table, Index row, std::string_view column) {
  const std::string& text = table.text(row, column);
  if (text.empty()) return std::nullopt;
  const std::size_t point = text.find('.');
  std::string digits = text;
  int places = 0;
  if (point != std::string::npos) {
    digits.erase(point, 1);
    places = static_cast<int>(text.size() - point) - 1;
  }
  Index value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, value);
  constexpr int kMostPlaces = 6;  // a count times this many places still fits an Index
  if (error != std::errc{} || last != end || places > kMostPlaces) {
    table.refuse(row, column, "a decimal number of at most six places");
  }
  return Decimal{value, places};
}

Bounds bounds(const CsvTable& table, Index row) {
  const auto low = decimal(table, row, "low");
  const auto high = decimal(table, row, "high");
  if (!low) table.refuse(row, "low", "the least value that agrees with what was printed");
  if (!high) table.refuse(row, "high", "the greatest value that agrees with what was printed");
  if (low->value() > high->value()) table.refuse(row, "high", "at least the value of 'low'");
  return {*low, *high, one_of(kBounds, table, row, "bounds")};
}

Finding finding(const CsvTable& table, Index row) {
  return {.id = table.required(row, "id"),
          .study = table.required(row, "study"),
          .year = table.whole(row, "year").value_or(0),
          .group = table.required(row, "group"),
          .base = table.whole(row, "base"),
          .wording = table.required(row, "finding"),
          .kind = one_of(kKinds, table, row, "kind"),
          .printed = table.required(row, "printed"),
          .value = decimal(table, row, "value"),
          .bounds = bounds(table, row),
          .source = table.required(row, "source"),
          .locator = table.text(row, "locator"),
          .note = table.text(row, "note")};
}

void check_finding(const CsvTable& table, Index row, const Finding& finding) {
  const double low = finding.bounds.low.value();
  const double high = finding.bounds.high.value();
  if (finding.base && *finding.base < 1) table.refuse(row, "base", "a positive number");
  if (finding.kind == FindingKind::percent && (low < 0.0 || high > 100.0)) {
    table.refuse(row, low < 0.0 ? "low" : "high", "a per cent, 0 to 100");
  }
  if (finding.value && (finding.value->value() < low || finding.value->value() > high)) {
    table.refuse(row, "value", "a value between 'low' and 'high'");
  }
  if (!finding.value && finding.kind != FindingKind::phrase) {
    table.refuse(row, "value", "the printed number");
  }
}

}  // namespace

double Decimal::value() const noexcept { return static_cast<double>(digits) / std::pow(10, places); }

std::string_view name_of(FindingKind kind) noexcept { return name_in(kKinds, kind); }
std::string_view name_of(BoundsKind kind) noexcept { return name_in(kBounds, kind); }

bool Bounds::hold(double value) const noexcept {
  const bool above = kind == BoundsKind::above ? value > low.value() : value >= low.value();
  const bool below = kind == BoundsKind::below ? value < high.value() : value <= high.value();
  return above && below;
}

std::vector<Finding> read_findings(const std::filesystem::path& path) {
  const CsvTable table = CsvTable::read(path, {"id", "study", "year", "group", "base", "finding", "kind", "printed",
                                               "value", "low", "high", "bounds", "source", "locator", "note"});
  std::vector<Finding> result;
  std::set<std::string> ids;
  for (Index row = 0; row < table.rows(); ++row) {
    result.push_back(finding(table, row));
    check_finding(table, row, result.back());
    if (!ids.insert(result.back().id).second) table.refuse(row, "id", "every id once");
  }
  return result;
}

std::vector<Authority> read_authorities(const std::filesystem::path& path) {
  const CsvTable table = CsvTable::read(path, {"code", "name", "region_code", "region", "type"});
  std::vector<Authority> result;
  std::set<std::string> codes;
  for (Index row = 0; row < table.rows(); ++row) {
    result.push_back({table.required(row, "code"), table.required(row, "name"), table.required(row, "region_code"),
                      table.required(row, "region"), table.required(row, "type")});
    if (!codes.insert(result.back().code).second) table.refuse(row, "code", "every code once");
  }
  return result;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
