#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/frame/views.hpp"
#include "irosurvey/io/read.hpp"
#include "support/csv.hpp"
#include "support/table.hpp"

/// The tables of tests/reference (see the README there), as designs and questions.
namespace irosurvey_tests::reference {

inline std::filesystem::path data_dir() { return IROSURVEY_TEST_DATA_DIR; }
inline std::filesystem::path reference_dir() { return IROSURVEY_REFERENCE_DIR; }

/// Lists within a field are separated by semicolons.
inline std::vector<std::string> listed(const std::string& field, char separator = ';') {
  std::vector<std::string> items;
  if (field.empty()) return items;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = field.find(separator, begin);
    items.push_back(field.substr(begin, end == std::string::npos ? end : end - begin));
  }
  return items;
}

/// One line of a table, by the names of its columns.
using Line = std::map<std::string, std::string>;

inline std::vector<Line> lines_of(const std::string& file) {
  const std::vector<CsvRecord> records = csv_records(reference_dir() / file);
  std::vector<Line> lines;
  for (std::size_t i = 1; i < records.size(); ++i) {
    Line& line = lines.emplace_back();
    for (std::size_t c = 0; c < records.front().size(); ++c) line[records.front()[c]] = records[i][c];
  }
  return lines;
}

/// A data file of any kind as a table. Files that aren't CSV are read with the library; their numeric columns are kept.
inline const Table& data_file(const std::string& name) {
  static std::map<std::string, Table> cache;
  const auto known = cache.find(name);
  if (known != cache.end()) return known->second;
  const std::filesystem::path path = data_dir() / name;
  if (path.extension() == ".csv") return cache.emplace(name, csv_table(path)).first->second;
  Table table;
  const irosurvey::Frame frame = irosurvey::io::read(path);
  for (const irosurvey::Column& column : frame.columns()) {
    if (column.arrow_format() == "u" || column.arrow_format() == "U") continue;
    const irosurvey::Numbers values = irosurvey::numbers(column);
    table.add(column.name(), Numbers(values.values().begin(), values.values().end()));
  }
  return cache.emplace(name, std::move(table)).first->second;
}

/// One comparison of a condition, e.g. `meals<50`.
struct Comparison {
  std::string column;
  std::string sign;
  std::string value;
};

inline Comparison comparison_of(const std::string& text) {
  const std::size_t begin = text.find_first_of("=!<>");
  const std::size_t length = text.at(begin + 1) == '=' ? 2 : 1;
  return {text.substr(0, begin), text.substr(begin, length), text.substr(begin + length)};
}

template <class Value>
bool holds(const Value& a, const std::string& sign, const Value& b) {
  if (sign == "==") return a == b;
  if (sign == "!=") return a != b;
  if (sign == ">=") return a >= b;
  if (sign == "<=") return a <= b;
  if (sign == ">") return a > b;
  if (sign == "<") return a < b;
  throw std::runtime_error("no such comparison: " + sign);
}

/// The rows that meet every comparison of a condition joined by `&`.
inline irosurvey::Mask rows_that_meet(const Table& table, const std::string& condition) {
  irosurvey::Mask mask(table.rows(), 1);
  for (const std::string& part : listed(condition, '&')) {
    const Comparison wanted = comparison_of(part);
    for (std::size_t row = 0; row < mask.size(); ++row) {
      bool met = false;
      if (table.is_text(wanted.column)) {
        const auto& text = table.texts(wanted.column)[row];
        met = text && holds(*text, wanted.sign, wanted.value);
      } else {
        const double number = table.numbers(wanted.column)[row];
        met = !std::isnan(number) && holds(number, wanted.sign, std::stod(wanted.value));
      }
      if (!met) mask[row] = 0;
    }
  }
  return mask;
}

struct Survey {
  Table table;
  irosurvey::DesignSpec spec;
};

inline Survey survey_of(const Line& design) {
  Survey survey{data_file(design.at("file")), {}};
  if (!design.at("drop").empty()) {
    const irosurvey::Mask drop = rows_that_meet(survey.table, design.at("drop"));
    std::vector<std::size_t> kept;
    for (std::size_t row = 0; row < drop.size(); ++row) {
      if (drop[row] == 0) kept.push_back(row);
    }
    survey.table = survey.table.rows(kept);
  }
  const auto strata = listed(design.at("strata"));
  const auto clusters = listed(design.at("clusters"));
  const auto fpc = listed(design.at("fpc"));
  survey.spec.weights = design.at("weights");
  survey.spec.stages.resize(std::max({strata.size(), clusters.size(), fpc.size()}));
  for (std::size_t s = 0; s < survey.spec.stages.size(); ++s) {
    irosurvey::Stage& stage = survey.spec.stages[s];
    if (s < strata.size()) stage.strata = strata[s];
    if (s < clusters.size()) stage.clusters = clusters[s];
    if (s < fpc.size()) stage.fpc = fpc[s];
  }
  if (!design.at("singleton").empty()) survey.spec.singleton = irosurvey::singleton_rule(design.at("singleton"));
  return survey;
}

inline irosurvey::Query query_of(const Line& line, const Table& table) {
  irosurvey::Query query;
  const auto variables = listed(line.at("variables"));
  const auto denominators = listed(line.at("denominators"));
  for (std::size_t i = 0; i < variables.size(); ++i) {
    std::vector<std::string> columns = {variables[i]};
    if (i < denominators.size()) columns.push_back(denominators[i]);
    query.statistics.push_back(statistic(irosurvey::definition(line.at("statistic")), columns));
  }
  if (!line.at("where").empty()) query.where = rows_that_meet(table, line.at("where"));
  query.by = listed(line.at("by"));
  query.missing = irosurvey::missing_rule(line.at("missing"));
  query.covariance = line.at("covariance") == "yes";
  return query;
}

/// `column=value` for each group, then `level=value` of a share, joined by semicolons: how the tables name a row.
inline std::string cell_name(const irosurvey::Estimate& estimate, const irosurvey::EstimateRow& row) {
  std::string name;
  const auto& levels = estimate.cells[static_cast<std::size_t>(row.cell)];
  for (std::size_t i = 0; i < levels.size(); ++i) {
    name += (name.empty() ? "" : ";") + estimate.by[i] + "=" + irosurvey::to_text(levels[i].value);
  }
  const auto& statistic = estimate.statistics[static_cast<std::size_t>(row.statistic)];
  if (statistic.level) name += (name.empty() ? "level=" : ";level=") + irosurvey::to_text(statistic.level->value);
  return name;
}

/// `y`, or `y/x` of a ratio.
inline std::string variable_name(const irosurvey::EstimatedStatistic& statistic) {
  std::string name = statistic.variables.front();
  for (std::size_t i = 1; i < statistic.variables.size(); ++i) name += "/" + statistic.variables[i];
  return name;
}

/// Rows of an answer by (variable, cell).
using RowIndex = std::map<std::pair<std::string, std::string>, irosurvey::Index>;

inline RowIndex index_of(const irosurvey::Estimate& estimate) {
  RowIndex index;
  for (std::size_t i = 0; i < estimate.rows.size(); ++i) {
    const irosurvey::EstimateRow& row = estimate.rows[i];
    const auto& statistic = estimate.statistics[static_cast<std::size_t>(row.statistic)];
    index[{variable_name(statistic), cell_name(estimate, row)}] = static_cast<irosurvey::Index>(i);
  }
  return index;
}

}  // namespace irosurvey_tests::reference
