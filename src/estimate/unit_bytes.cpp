// The byte format of UnitTotals: a header, and sums with all that names them. docs/methods/streaming.md has it in words.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/at.hpp"
#include "estimate/byte_hash.hpp"
#include "estimate/byte_stream.hpp"
#include "estimate/unit_state.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

using State = UnitTotals::State;

constexpr std::string_view kMagic{"irosums\n", 8};
constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kHeader = 8 + 4 + 8 + 8;  ///< magic, version, length and hash of what follows
constexpr int kDeepest = 5'000;                 ///< expression

/// A byte is the place here of what an expression is.
constexpr Expr::Kind kKinds[] = {
    Expr::Kind::total,   Expr::Kind::constant, Expr::Kind::sum,      Expr::Kind::difference,
    Expr::Kind::product, Expr::Kind::quotient, Expr::Kind::negation, Expr::Kind::log,
    Expr::Kind::exp,     Expr::Kind::sqrt,     Expr::Kind::power,
};

// ---------------------------------------------------------------------------------------------------- out

void write(ByteWriter& out, const Expr& expr) {
  const auto* const kind = std::find(std::begin(kKinds), std::end(kKinds), expr.kind());
  out.byte(static_cast<std::uint8_t>(kind - std::begin(kKinds)));
  if (expr.kind() == Expr::Kind::constant) return out.real(expr.number());
  if (expr.kind() == Expr::Kind::total) {
    const Variable& variable = expr.variable();
    out.text(variable.column);
    out.flag(variable.levels.has_value());
    if (variable.levels) out.levels(*variable.levels);
    out.list(variable.within, [&](const Membership& one) {
      out.text(one.column);
      out.levels(one.levels);
    });
    return;
  }
  out.list(expr.operands(), [&](const Expr& operand) { write(out, operand); });
}

void write(ByteWriter& out, const Statistic& asked) {
  out.text(asked.name);
  out.texts(asked.variables);
  out.byte(static_cast<std::uint8_t>(asked.scale));
  out.flag(asked.expression.has_value());
  if (asked.expression) write(out, *asked.expression);
  out.flag(asked.levels.has_value());
  if (asked.levels) out.levels(*asked.levels);
  out.text(asked.title);
}

void write(ByteWriter& out, const DesignSpec& spec) {
  out.text(spec.weights);
  out.list(spec.stages, [&](const Stage& stage) {
    out.text(stage.strata);
    out.text(stage.clusters);
    out.byte(static_cast<std::uint8_t>(stage.fpc.index()));
    if (const auto* column = std::get_if<std::string>(&stage.fpc)) out.text(*column);
    if (const auto* number = std::get_if<double>(&stage.fpc)) out.real(*number);
  });
  out.text(name_of(spec.singleton));
  out.text(name_of(spec.domain_singletons));
}

void write(ByteWriter& out, const StreamQuery& query) {
  out.list(query.statistics, [&](const Statistic& asked) { write(out, asked); });
  out.texts(query.by);
  out.text(query.where);
  out.flag(query.design_effect);
}

void write(ByteWriter& out, const ColumnAbout& about) {
  const ColumnNotes& notes = about.notes;
  out.text(notes.label);
  out.list(notes.value_labels, [&](const Level& level) {
    out.level(level.value);
    out.text(level.label);
  });
  out.levels(notes.user_missing.codes);
  out.flag(notes.user_missing.range.has_value());
  if (notes.user_missing.range) {
    out.real(notes.user_missing.range->first);
    out.real(notes.user_missing.range->second);
  }
  out.text(notes.format);
  out.list(notes.tag_labels, [&](const TagLabel& label) {
    out.byte(static_cast<std::uint8_t>(label.tag));
    out.text(label.label);
  });
  out.byte(static_cast<std::uint8_t>(notes.measure));
  out.flag(notes.weighs);
  out.flag(about.boolean);
  out.flag(about.keeps_user_missing);
}

void write(ByteWriter& out, const KeyTable& keys) {
  out.index(keys.size());
  for (Index number = 0; number < keys.size(); ++number) {
    for (const std::int32_t code : keys.key(number)) out.code(code);
  }
}

void write(ByteWriter& out, const Place& place) {
  out.byte(static_cast<std::uint8_t>(place.kind));
  out.text(place.name);
  for (const std::int32_t number : {place.group, place.first, place.second, place.pivot}) out.code(number);
}

/// By unit and cell, so that the same sums are the same bytes.
void write(ByteWriter& out, const Records& records) {
  struct Entry {
    Index unit;
    Index cell;
    std::span<const double> record;
  };
  std::vector<Entry> entries;
  records.for_each(
      [&](Index unit, Index cell, std::span<const double> record) { entries.push_back({unit, cell, record}); });
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.unit, a.cell) < std::pair(b.unit, b.cell); });
  out.list(entries, [&](const Entry& entry) {
    out.code(static_cast<std::int32_t>(entry.unit));
    out.code(static_cast<std::int32_t>(entry.cell));
    for (const double value : entry.record) out.real(value);
  });
}

// ---------------------------------------------------------------------------------------------------- in

Expr read_expr(ByteReader& in, int depth = 0) {
  if (depth > kDeepest) refuse_bytes("an expression of at most " + std::to_string(kDeepest) + " levels", "more");
  const Expr::Kind kind = kKinds[in.choice(std::size(kKinds))];
  if (kind == Expr::Kind::constant) return {in.real()};
  if (kind == Expr::Kind::total) {
    Variable variable;
    variable.column = in.text();
    if (in.flag()) variable.levels = in.levels();
    variable.within = in.list(16, [&] {
      Membership one;
      one.column = in.text();
      one.levels = in.levels();
      return one;
    });
    return Expr::total(std::move(variable));
  }
  std::vector<Expr> operands = in.list(1, [&] { return read_expr(in, depth + 1); });
  const bool unary =
      kind == Expr::Kind::negation || kind == Expr::Kind::log || kind == Expr::Kind::exp || kind == Expr::Kind::sqrt;
  if (operands.size() != (unary ? 1U : 2U)) refuse_bytes("operands", std::to_string(operands.size()));
  if (kind == Expr::Kind::power && operands[1].kind() != Expr::Kind::constant)
    refuse_bytes("an exponent", "an expression");
  return Expr::make(kind, std::move(operands));
}

Statistic read_statistic(ByteReader& in) {
  Statistic asked;
  asked.name = in.text();
  asked.variables = in.texts();
  asked.scale = static_cast<Scale>(in.choice(static_cast<std::size_t>(Scale::other) + 1));
  if (in.flag()) asked.expression = read_expr(in);
  if (in.flag()) asked.levels = in.levels();
  asked.title = in.text();
  if (!asked.expression && (asked.variables.size() != 1 || !definition(asked.name).by_level)) {
    refuse_bytes("a statistic with an expression", "none");
  }
  return asked;
}

DesignSpec read_spec(ByteReader& in) {
  DesignSpec spec;
  spec.weights = in.text();
  spec.stages = in.list(17, [&] {
    Stage stage;
    stage.strata = in.text();
    stage.clusters = in.text();
    switch (in.choice(3)) {
      case 0: break;
      case 1: stage.fpc = in.text(); break;
      default: stage.fpc = in.real();
    }
    return stage;
  });
  spec.singleton = singleton_rule(in.text());
  spec.domain_singletons = domain_singletons(in.text());
  return spec;
}

StreamQuery read_query(ByteReader& in) {
  StreamQuery query;
  query.statistics = in.list(1, [&] { return read_statistic(in); });
  query.by = in.texts();
  query.where = in.text();
  query.design_effect = in.flag();
  return query;
}

ColumnAbout read_about(ByteReader& in) {
  ColumnAbout about;
  ColumnNotes& notes = about.notes;
  notes.label = in.text();
  notes.value_labels = in.list(10, [&] {
    Level level;
    level.value = in.level();
    level.label = in.text();
    return level;
  });
  notes.user_missing.codes = in.levels();
  if (in.flag()) {
    const double low = in.real();
    notes.user_missing.range = {low, in.real()};
  }
  notes.format = in.text();
  notes.tag_labels = in.list(9, [&] {
    TagLabel label;
    label.tag = static_cast<char>(in.byte());
    label.label = in.text();
    return label;
  });
  notes.measure = static_cast<Measure>(in.choice(4));
  notes.weighs = in.flag();
  about.boolean = in.flag();
  about.keeps_user_missing = in.flag();
  return about;
}

/// How many labels each code of a key is among; the running number of rows is below their number.
std::vector<Index> label_counts(const State& state, const std::vector<std::string>& columns) {
  std::vector<Index> counts;
  for (const std::string& column : columns) {
    const auto labels = state.labels.find(column);
    counts.push_back(labels == state.labels.end() ? 0 : static_cast<Index>(labels->second.values().size()));
  }
  return counts;
}

std::vector<std::int32_t> read_key(ByteReader& in, const std::vector<Index>& counts, std::size_t width) {
  std::vector<std::int32_t> key;
  for (std::size_t c = 0; c < width; ++c) key.push_back(in.code(0, counts[c]));
  return key;
}

/// Reads keys, each of which is new.
template <class Insert>
void read_keys(ByteReader& in, const std::vector<Index>& counts, const Insert& insert) {
  const std::size_t size = in.size(4 * counts.size());
  for (std::size_t number = 0; number < size; ++number) {
    if (insert(read_key(in, counts, counts.size())) != static_cast<Index>(number))
      refuse_bytes("keys that differ", "two");
  }
}

Place read_place(ByteReader& in) {
  Place place;
  place.kind = static_cast<Place::Kind>(in.choice(static_cast<std::size_t>(Place::Kind::product) + 1));
  place.name = in.text();
  for (std::int32_t* number : {&place.group, &place.first, &place.second, &place.pivot}) *number = in.code();
  return place;
}

/// Whether places name each other as they should.
void check_places(const State& state) {
  const std::vector<Place>& places = state.places.all();
  const auto is_slot = [&](std::int32_t place) {
    return place >= 0 && at(place) < places.size() && places[at(place)].kind <= Place::Kind::coded;
  };
  for (const Place& place : places) {
    const bool is_number = place.kind == Place::Kind::numeric;
    const bool is_product = place.kind == Place::Kind::product;
    bool right = is_slot(place.group) && places[at(place.group)].kind == Place::Kind::one;
    right = right && (is_product ? is_slot(place.first) && is_slot(place.second) : place.second == -1);
    right = right && (!is_number || place.first == -1 || is_slot(place.first));
    right = right && (is_number ? place.pivot >= 0 && place.pivot < state.pivot_count : place.pivot == -1);
    if (!right) refuse_bytes("places that name each other", "'" + place.name + "'");
  }
}

void read_sizes(ByteReader& in, State& state) {
  const std::vector<Index> counts = label_counts(state, state.unit_columns());
  for (std::size_t s = 0; s < state.stages.size(); ++s) {
    const std::size_t size = in.size(8);
    for (std::size_t i = 0; i < size; ++i) {
      std::vector<std::int32_t> key = read_key(in, counts, state.stages[s].stratum_codes);
      state.sizes[s].emplace(std::move(key), in.real());
    }
  }
}

void read_records(ByteReader& in, State& state) {
  const std::size_t width = state.places.size();
  state.records.widen(width);
  const std::size_t size = in.size(8 + 8 * width);
  std::vector<double> bases(width, 0.0);  // a row counts in one record at most
  for (std::size_t r = 0; r < size; ++r) {
    const Index unit = in.code(0, state.units.size());
    const Index cell = in.code(0, state.cells.size());
    double* record = state.records.at(unit, cell);
    for (std::size_t k = 0; k < width; ++k) {
      record[k] = in.real();
      const bool is_base = state.places.all()[k].kind == Place::Kind::count;
      if (!is_base) continue;
      bases[k] += record[k];
      if (record[k] >= 0.0 && bases[k] <= static_cast<double>(state.rows)) continue;
      refuse_bytes("bases of " + std::to_string(state.rows) + " rows at most", std::to_string(record[k]));
    }
  }
  if (state.records.size() != static_cast<Index>(size)) refuse_bytes("one record for a unit in a cell", "two");
}

/// Units whose strata have a size wherever the design says so.
void check_sizes(const State& state) {
  for (std::size_t s = 0; s < state.stages.size(); ++s) {
    if (!std::holds_alternative<std::string>(state.stages[s].stage.fpc)) continue;
    for (Index u = 0; u < state.units.size(); ++u) {
      const std::span<const std::int32_t> key = state.units.key(u).first(state.stages[s].stratum_codes);
      if (!state.sizes[s].contains({key.begin(), key.end()})) refuse_bytes("an fpc for every stratum", "none");
    }
  }
}

/// Every column that the plan looks at, once there are rows.
void check_columns(const State& state) {
  if (state.rows == 0) return;
  const auto require = [&](const std::string& name, bool is_known) {
    if (!is_known || !state.about.contains(name)) refuse_bytes("column '" + name + "'", "nothing about it");
  };
  for (const std::string& name : state.columns.numbers) require(name, true);
  for (const std::string& name : state.columns.levels) require(name, state.labels.contains(name));
  for (const std::string& name : state.unit_columns()) require(name, state.labels.contains(name));
}

void read_contents(ByteReader& in, State& state) {
  constexpr Index kMostRows = Index{1} << 53;  // that many are still counted one by one
  state.rows = in.index();
  if (state.rows < 0 || state.rows > kMostRows) refuse_bytes("a number of rows", std::to_string(state.rows));
  state.label = in.text();
  for (std::size_t i = in.size(8); i > 0; --i) {
    std::string name = in.text();
    state.about.emplace(std::move(name), read_about(in));
  }
  for (std::size_t i = in.size(8); i > 0; --i) {
    LabelTable& labels = state.labels[in.text()];
    for (const LevelValue& value : in.levels()) {
      const auto next = static_cast<std::int32_t>(labels.values().size());
      if (labels.insert(value) != next) refuse_bytes("labels that differ", to_text(value) + " twice");
    }
  }
  check_columns(state);
  std::vector<Index> counts = label_counts(state, state.unit_columns());
  if (state.rows_are_units()) counts.push_back(state.rows);
  read_keys(in, counts, [&](const auto& key) { return state.insert_unit(key); });
  for (std::uint8_t& has_weight : state.has_weight) has_weight = in.choice(2);
  read_sizes(in, state);
  check_sizes(state);
  state.pivot_count = in.code(0, 1'000'000);
  read_keys(in, label_counts(state, state.query.by), [&](const auto& key) {
    const Index number = state.cells.insert(key);
    for (int p = 0; p < state.pivot_count; ++p) state.pivots.push_back(in.real());
    return number;
  });
  for (std::size_t i = in.size(25); i > 0; --i) {
    const auto next = static_cast<int>(state.places.size());
    if (state.places.insert(read_place(in)) != next) refuse_bytes("places that differ", "two");
  }
  check_places(state);
  if (state.rows == 0 && state.units.size() + state.cells.size() > 0)
    refuse_bytes("no units where there are no rows", "some");
  read_records(in, state);
}

std::string_view payload_of(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) refuse_bytes("bytes that begin as unit totals do", "others");
  if (bytes.size() < kHeader) refuse_bytes("a header", "the end");
  ByteReader header(bytes.substr(kMagic.size(), kHeader - kMagic.size()));
  const std::uint64_t version = header.number(4);
  if (version != kVersion) refuse_bytes("version " + std::to_string(kVersion), "version " + std::to_string(version));
  const std::uint64_t length = header.number();
  const std::string_view payload = bytes.substr(kHeader);
  if (length != payload.size()) refuse_bytes(std::to_string(length) + " bytes of sums", std::to_string(payload.size()));
  if (header.number() != hash_of_bytes(payload)) refuse_bytes("bytes as they were written", "changed ones");
  return payload;
}

std::unique_ptr<State> state_of(std::string_view payload) {
  ByteReader in(payload);
  DesignSpec spec = read_spec(in);
  StreamQuery query = read_query(in);
  if (query.statistics.empty()) refuse_bytes("at least one statistic", "none");
  const std::uint64_t fingerprint = in.number();
  auto state = std::make_unique<State>(std::move(spec), std::move(query));
  if (fingerprint != hash_of_lines(state->plan_text())) refuse_bytes("the fingerprint of its plan", "another");
  read_contents(in, *state);
  if (!in.at_end()) refuse_bytes("the end", "more bytes");
  return state;
}

}  // namespace

std::string written(const State& state) {
  ByteWriter out;
  write(out, state.spec);
  write(out, state.query);
  out.number(hash_of_lines(state.plan_text()));
  out.index(state.rows);
  out.text(state.label);
  out.list(state.about, [&](const auto& entry) {
    out.text(entry.first);
    write(out, entry.second);
  });
  out.list(state.labels, [&](const auto& entry) {
    out.text(entry.first);
    out.levels(entry.second.values());
  });
  write(out, state.units);
  for (const std::uint8_t has_weight : state.has_weight) out.byte(has_weight);
  for (const auto& sizes : state.sizes) {
    out.list(sizes, [&](const auto& entry) {
      for (const std::int32_t code : entry.first) out.code(code);
      out.real(entry.second);
    });
  }
  out.code(state.pivot_count);
  out.index(state.cells.size());
  for (Index cell = 0; cell < state.cells.size(); ++cell) {
    for (const std::int32_t code : state.cells.key(cell)) out.code(code);
    for (int p = 0; p < state.pivot_count; ++p) out.real(state.pivot(cell, p));
  }
  out.list(state.places.all(), [&](const Place& place) { write(out, place); });
  write(out, state.records);
  ByteWriter header;
  header.bytes().append(kMagic);
  header.number(kVersion, 4);
  header.size(out.bytes().size());
  header.number(hash_of_bytes(out.bytes()));
  return header.bytes() + out.bytes();
}

std::unique_ptr<State> read_back(std::string_view bytes) {
  const std::string_view payload = payload_of(bytes);
  try {
    return state_of(payload);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::read) throw;
    refuse_bytes("what to_bytes writes", error.what());
  }
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
