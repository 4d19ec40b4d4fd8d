#include "irosurvey/estimate/unit_totals.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <utility>

#include "design/layout.hpp"
#include "estimate/byte_hash.hpp"
#include "estimate/unit_state.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

using namespace estimation;

void check(const DesignSpec& spec, const StreamQuery& query) {
  if (query.statistics.empty()) {
    throw Error(ErrorCode::argument, {.subject = "the question to data in parts",
                                      .row = {},
                                      .expected = "at least one statistic",
                                      .found = "none",
                                      .remedy = {},
                                      .candidates = {}});
  }
  if (!spec.replicates) return design::check_domain_singletons(spec);
  throw Error(ErrorCode::argument,
              {.subject = "the design of data in parts",
               .row = {},
               .expected = "weights, strata, clusters and fpc",
               .found = "replicates",
               .remedy = "Sums by sampling unit aren't replicate totals: read the columns that are needed into one "
                         "design, or declare the strata and clusters that the replicates stand for.",
               .candidates = {}});
}

}  // namespace

UnitTotals::UnitTotals(DesignSpec spec, StreamQuery query) {
  check(spec, query);
  state_ = std::make_unique<State>(std::move(spec), std::move(query));
}

UnitTotals::UnitTotals(std::unique_ptr<State> state) : state_(std::move(state)) {}
UnitTotals::UnitTotals(const UnitTotals& other) : state_(std::make_unique<State>(*other.state_)) {}
UnitTotals::UnitTotals(UnitTotals&& other) noexcept = default;
UnitTotals& UnitTotals::operator=(UnitTotals&& other) noexcept = default;
UnitTotals::~UnitTotals() = default;

UnitTotals& UnitTotals::operator=(const UnitTotals& other) {
  if (this != &other) state_ = std::make_unique<State>(*other.state_);
  return *this;
}

void UnitTotals::add(const Frame& part, const std::optional<Mask>& where) {
  try {
    state_->add(part, where);
  } catch (const Error& error) {
    if (!error.details().row || rows() == 0) throw;
    ErrorDetails details = error.details();
    details.row = *details.row + rows();
    throw Error(error.code(), std::move(details));
  }
}

void UnitTotals::merge(const UnitTotals& other) {
  if (this != &other) return state_->merge(*other.state_);
  const auto same_again = std::make_unique<State>(*state_);
  state_->merge(*same_again);
}

Estimate UnitTotals::finish(const FinishOptions& options) const { return answered(*state_, options); }

std::string UnitTotals::to_bytes() const { return written(*state_); }
UnitTotals UnitTotals::from_bytes(std::string_view bytes) { return UnitTotals(read_back(bytes)); }

Index UnitTotals::rows() const noexcept { return state_->rows; }
Index UnitTotals::units() const noexcept { return state_->units.size(); }
Index UnitTotals::records() const noexcept { return state_->records.size(); }
const DesignSpec& UnitTotals::spec() const noexcept { return state_->spec; }
const StreamQuery& UnitTotals::query() const noexcept { return state_->query; }
const std::string& UnitTotals::label() const noexcept { return state_->label; }

Index UnitTotals::most_results() const {
  constexpr Index kPlenty = 1'000'000'000;
  const auto levels = [&](const std::string& name) {
    const auto labels = state_->labels.find(name);
    const std::size_t seen = labels == state_->labels.end() ? 0 : labels->second.values().size();
    return static_cast<Index>(seen + notes(name).value_labels.size());
  };
  Index results = 0;
  for (const Statistic& asked : state_->query.statistics) {
    results += asked.expression ? 1 : levels(asked.variables.at(0));
  }
  for (const std::string& name : state_->query.by) {
    results = std::min(kPlenty, results * std::max<Index>(1, levels(name)));
  }
  return results;
}

std::string UnitTotals::fingerprint() const {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(hash_of_lines(state_->plan_text())));
  return text.data();
}

ColumnNotes UnitTotals::notes(const std::string& column) const {
  const auto found = state_->about.find(column);
  return found == state_->about.end() ? ColumnNotes{} : found->second.notes;
}

}  // namespace v1
}  // namespace irosurvey
