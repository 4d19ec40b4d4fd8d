#include "design/replicate_set.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>

#include "core/names.hpp"
#include "core/refuse.hpp"
#include "design/weight_rank.hpp"
#include "frame/owned_numbers.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr NamedValue<ReplicateType> kTypes[] = {
    {ReplicateType::brr, "BRR"}, {ReplicateType::fay, "Fay"},     {ReplicateType::jk1, "JK1"},
    {ReplicateType::jkn, "JKn"}, {ReplicateType::jk2, "JK2"},     {ReplicateType::bootstrap, "bootstrap"},
    {ReplicateType::sdr, "SDR"}, {ReplicateType::other, "other"},
};
constexpr NamedValue<ReplicateCentre> kCentres[] = {
    {ReplicateCentre::estimate, "estimate"},
    {ReplicateCentre::replicate_mean, "replicate-mean"},
    {ReplicateCentre::within_stratum, "within-stratum"},
};
constexpr NamedValue<ReplicateWeights> kWeights[] = {
    {ReplicateWeights::combined, "combined"},
    {ReplicateWeights::factor, "factor"},
};
constexpr NamedValue<FailedReplicates> kFailed[] = {
    {FailedReplicates::fail, "fail"},
    {FailedReplicates::drop, "drop"},
    {FailedReplicates::rescale, "rescale"},
};

std::string number_text(double value) { return to_text(level_of(value)); }

/// Whether a name is what a pattern with one `*` stands for.
bool matches(const std::string& name, const std::string& pattern) {
  const std::size_t star = pattern.find('*');
  const std::string before = pattern.substr(0, star);
  const std::string after = pattern.substr(star + 1);
  return name.size() >= before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
}

/// The columns that names and patterns stand for.
std::vector<std::string> named_columns(const Frame& frame, const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const std::string& pattern : given) {
    if (pattern.find('*') == std::string::npos || frame.has(pattern)) {
      names.push_back(pattern);
      continue;
    }
    const std::size_t before = names.size();
    for (const std::string& name : frame.names()) {
      if (matches(name, pattern)) names.push_back(name);
    }
    if (names.size() == before) {
      refuse(ErrorCode::column, "replicate columns", "a column whose name matches '" + pattern + "'", "none");
    }
  }
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) refuse(ErrorCode::design, "replicate columns", "each once", "'" + name + "' twice");
  }
  if (names.size() < 2) {
    refuse(ErrorCode::design, "replicate columns", "at least two", std::to_string(names.size()));
  }
  return names;
}

std::vector<Numbers> columns_of(const Frame& frame, const std::vector<std::string>& names) {
  std::vector<Numbers> columns;
  for (const std::string& name : names) {
    columns.push_back(numbers(frame.column(name)));
    if (!columns.back().has_missing()) continue;
    const std::span<const double> values = columns.back().values();
    const auto missing = std::find_if(values.begin(), values.end(), [](double w) { return std::isnan(w); });
    throw Error(ErrorCode::design, {.subject = "replicate weights column '" + name + "'",
                                    .row = missing - values.begin(),
                                    .expected = "a number",
                                    .found = "a missing value",
                                    .remedy = "A row that a replicate leaves out has a weight of 0 in it.",
                                    .candidates = {}});
  }
  return columns;
}

double default_scale(const Replicates& spec, double count) {
  switch (spec.type) {
    case ReplicateType::brr: return 1.0 / count;
    case ReplicateType::fay: return 1.0 / (count * (1.0 - *spec.fay_rho) * (1.0 - *spec.fay_rho));
    case ReplicateType::jk1: return (count - 1.0) / count;
    case ReplicateType::jkn:
    case ReplicateType::jk2: return 1.0;
    case ReplicateType::bootstrap: return spec.averaged / (count - 1.0);
    case ReplicateType::sdr: return 4.0 / count;
    case ReplicateType::other: return 1.0;
  }
  return 1.0;
}

void check_numbers(const Replicates& spec, Index count) {
  const bool fay = spec.type == ReplicateType::fay;
  if (fay != spec.fay_rho.has_value()) {
    refuse(ErrorCode::argument, "fay_rho", fay ? "Fay's coefficient, at least 0 and below 1" : "none for this type",
           fay ? "none" : number_text(*spec.fay_rho), fay ? "" : "Say type = 'Fay' if the weights are Fay's.");
  }
  if (fay && !(*spec.fay_rho >= 0.0 && *spec.fay_rho < 1.0)) {
    refuse(ErrorCode::argument, "fay_rho", "a number of at least 0 and below 1", number_text(*spec.fay_rho));
  }
  if (spec.scale && !(*spec.scale > 0.0 && std::isfinite(*spec.scale))) {
    refuse(ErrorCode::argument, "scale", "a number above 0", number_text(*spec.scale));
  }
  if (spec.averaged < 1 || (spec.averaged > 1 && spec.type != ReplicateType::bootstrap)) {
    refuse(ErrorCode::argument, "averaged",
           "the number of bootstrap samples behind each replicate, for type 'bootstrap'",
           std::to_string(spec.averaged));
  }
  if (spec.df && !(*spec.df > 0.0)) refuse(ErrorCode::argument, "df", "a number above 0", number_text(*spec.df));
  if (spec.type == ReplicateType::jkn && spec.rscales.empty()) {
    refuse(ErrorCode::argument, "rscales", "one for each replicate, (n_h − 1)/n_h of its stratum, or one for all",
           "none", "Take them from the data's documentation; they are 0.5 where every stratum holds two units.");
  }
  if (spec.rscales.size() > 1 && static_cast<Index>(spec.rscales.size()) != count) {
    refuse(ErrorCode::argument, "rscales",
           "one for each of the " + std::to_string(count) + " replicates, or one for all",
           std::to_string(spec.rscales.size()));
  }
  for (const double rscale : spec.rscales) {
    if (!(rscale >= 0.0 && std::isfinite(rscale))) {
      refuse(ErrorCode::argument, "rscales", "numbers of at least 0", number_text(rscale));
    }
  }
  const bool within = spec.centre == ReplicateCentre::within_stratum;
  if (within != !spec.replicate_strata.empty() ||
      (within && static_cast<Index>(spec.replicate_strata.size()) != count)) {
    refuse(ErrorCode::argument, "replicate_strata",
           within ? "the stratum of each of the " + std::to_string(count) + " replicates"
                  : "none unless centre = 'within-stratum'",
           std::to_string(spec.replicate_strata.size()));
  }
}

/// 0, 1, … in the order of the labels.
std::vector<std::int32_t> dense(const std::vector<Index>& labels, std::int32_t& count) {
  const std::set<Index> sorted(labels.begin(), labels.end());
  count = static_cast<std::int32_t>(sorted.size());
  std::vector<std::int32_t> codes;
  for (const Index label : labels) {
    codes.push_back(static_cast<std::int32_t>(std::distance(sorted.begin(), sorted.find(label))));
  }
  return codes;
}

design::ReplicateRule rule_of(const Replicates& spec, Index count) {
  check_numbers(spec, count);
  const auto replicates = static_cast<std::size_t>(count);
  design::ReplicateRule rule;
  rule.method = std::string(name_of(spec.type));
  if (spec.fay_rho) rule.method += " (rho " + number_text(*spec.fay_rho) + ")";
  if (spec.averaged > 1) rule.method += " (each the average of " + std::to_string(spec.averaged) + " samples)";
  rule.scale = spec.scale ? *spec.scale : default_scale(spec, static_cast<double>(count));
  rule.rscales = spec.rscales;
  if (spec.rscales.size() < replicates) rule.rscales.assign(replicates, spec.rscales.empty() ? 1.0 : spec.rscales[0]);
  rule.centre = spec.centre;
  rule.strata = dense(spec.replicate_strata, rule.strata_count);
  rule.failed = spec.failed;
  rule.df = spec.df;
  return rule;
}

}  // namespace

std::string_view name_of(ReplicateType type) noexcept { return name_in(kTypes, type); }
ReplicateType replicate_type(std::string_view name) { return value_in(kTypes, "type of replicates", name); }
std::string_view name_of(ReplicateCentre centre) noexcept { return name_in(kCentres, centre); }
ReplicateCentre replicate_centre(std::string_view name) { return value_in(kCentres, "centre", name); }
std::string_view name_of(ReplicateWeights weights) noexcept { return name_in(kWeights, weights); }
ReplicateWeights replicate_weights(std::string_view name) { return value_in(kWeights, "weights of replicates", name); }
std::string_view name_of(FailedReplicates rule) noexcept { return name_in(kFailed, rule); }
FailedReplicates failed_replicates(std::string_view name) { return value_in(kFailed, "failed", name); }

namespace design {
namespace {

/// Columns of replicate weights, a row of the data a row.
class ColumnMatrix : public TallMatrix {
 public:
  ColumnMatrix(const ReplicateSet& set, std::span<const double> full) : set_(set), full_(full) {}

  [[nodiscard]] Index rows() const override { return static_cast<Index>(full_.size()); }
  [[nodiscard]] Index columns() const override { return set_.count(); }

  void read_row(Index row, std::span<double> out) const override {
    const auto at = static_cast<std::size_t>(row);
    const double times = set_.columns_are_factors() ? full_[at] : 1.0;
    for (std::size_t r = 0; r < out.size(); ++r) out[r] = times * set_.column(static_cast<Index>(r))[at];
  }

  [[nodiscard]] double multiply(Index begin, std::span<const double> x, std::span<double> product) const override {
    const auto first = static_cast<std::size_t>(begin);
    std::vector<double> squares(product.size(), 0.0);
    std::fill(product.begin(), product.end(), 0.0);
    for (std::size_t r = 0; r < x.size(); ++r) {
      const std::span<const double> column = set_.column(static_cast<Index>(r)).subspan(first, product.size());
      for (std::size_t i = 0; i < product.size(); ++i) {
        product[i] += x[r] * column[i];
        squares[i] += column[i] * column[i];
      }
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < product.size(); ++i) {
      const double times = set_.columns_are_factors() ? full_[first + i] : 1.0;
      product[i] *= times;
      sum += times * times * squares[i];
    }
    return sum;
  }

 private:
  const ReplicateSet& set_;
  std::span<const double> full_;
};

/// Factors by unit: all rows of a unit are one row, of the length that they have together.
class UnitMatrix : public TallMatrix {
 public:
  UnitMatrix(const ReplicateSet& set, std::span<const double> full)
      : set_(set), lengths_(set.by_unit().factors.size() / static_cast<std::size_t>(set.count()), 0.0) {
    const std::vector<std::int32_t>& units = set.by_unit().unit_of_row;
    for (std::size_t row = 0; row < full.size(); ++row) {
      lengths_[static_cast<std::size_t>(units[row])] += full[row] * full[row];
    }
    for (double& length : lengths_) length = std::sqrt(length);
  }

  [[nodiscard]] Index rows() const override { return static_cast<Index>(lengths_.size()); }
  [[nodiscard]] Index columns() const override { return set_.count(); }

  void read_row(Index row, std::span<double> out) const override {
    const double* factors = factors_of(row);
    for (std::size_t r = 0; r < out.size(); ++r) out[r] = lengths_[static_cast<std::size_t>(row)] * factors[r];
  }

  [[nodiscard]] double multiply(Index begin, std::span<const double> x, std::span<double> product) const override {
    std::vector<double> row(x.size());
    double squares = 0.0;
    for (std::size_t i = 0; i < product.size(); ++i) {
      read_row(begin + static_cast<Index>(i), row);
      product[i] = std::inner_product(x.begin(), x.end(), row.begin(), 0.0);
      squares += std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
    }
    return squares;
  }

 private:
  [[nodiscard]] const double* factors_of(Index unit) const {
    return set_.by_unit().factors.data() + unit * set_.count();
  }

  const ReplicateSet& set_;
  std::vector<double> lengths_;
};

}  // namespace

/// Found at most once, by whichever thread asks first; designs that share their replicates share it.
struct ReplicateSet::Rank {
  std::once_flag found;
  double df = 0.0;
  std::once_flag looked_for_negative;
  bool negative = false;
};

ReplicateSet::ReplicateSet(ReplicateRule rule, std::vector<Numbers> columns, ReplicateWeights kind)
    : rule_(std::move(rule)), columns_(std::move(columns)), kind_(kind), rank_(std::make_shared<Rank>()) {}

ReplicateSet::ReplicateSet(ReplicateRule rule, UnitFactors factors)
    : rule_(std::move(rule)), factors_(std::move(factors)), rank_(std::make_shared<Rank>()) {}

std::shared_ptr<const ReplicateSet> ReplicateSet::given(const Frame& frame, const Replicates& spec) {
  const std::vector<std::string> names = named_columns(frame, spec.columns);
  ReplicateRule rule = rule_of(spec, static_cast<Index>(names.size()));
  return std::make_shared<const ReplicateSet>(std::move(rule), columns_of(frame, names), spec.weights);
}

std::shared_ptr<const ReplicateSet> ReplicateSet::of_columns(ReplicateRule rule,
                                                             std::vector<std::vector<double>> columns) {
  std::vector<Numbers> owned;
  for (std::vector<double>& column : columns) owned.push_back(owned_numbers(std::move(column)));
  return std::make_shared<const ReplicateSet>(std::move(rule), std::move(owned), ReplicateWeights::combined);
}

std::shared_ptr<const ReplicateSet> ReplicateSet::of_factors(ReplicateRule rule, UnitFactors factors) {
  return std::make_shared<const ReplicateSet>(std::move(rule), std::move(factors));
}

void ReplicateSet::weights(Index replicate, std::span<const double> full, std::span<double> out) const {
  if (has_columns()) {
    const std::span<const double> values = column(replicate);
    for (std::size_t row = 0; row < out.size(); ++row) {
      out[row] = columns_are_factors() ? full[row] * values[row] : values[row];
    }
    return;
  }
  const double* factors = factors_.factors.data() + replicate;
  for (std::size_t row = 0; row < out.size(); ++row) {
    out[row] = full[row] * factors[static_cast<Index>(factors_.unit_of_row[row]) * count()];
  }
}

double ReplicateSet::degrees_of_freedom(std::span<const double> full) const {
  if (rule_.df) return *rule_.df;
  std::call_once(rank_->found, [&] {
    const Index rank = has_columns() ? rank_of(ColumnMatrix(*this, full), kRankTolerance)
                                     : rank_of(UnitMatrix(*this, full), kRankTolerance);
    rank_->df = static_cast<double>(std::max<Index>(0, rank - 1));
  });
  return rank_->df;
}

bool ReplicateSet::has_negative() const {
  // A loop without a way out is one that the compiler makes wide.
  const auto any_below_zero = [](std::span<const double> numbers) {
    bool below = false;
    for (const double number : numbers) below |= number < 0.0;
    return below;
  };
  std::call_once(rank_->looked_for_negative, [&] {
    rank_->negative = any_below_zero(factors_.factors) ||
                      std::any_of(columns_.begin(), columns_.end(),
                                  [&](const Numbers& column) { return any_below_zero(column.values()); });
  });
  return rank_->negative;
}

std::string ReplicateSet::describe() const {
  std::string text = std::to_string(count()) + " replicates, " + rule_.method + ", scale " + number_text(rule_.scale);
  const auto [least, most] = std::minmax_element(rule_.rscales.begin(), rule_.rscales.end());
  if (*least != 1.0 || *most != 1.0) {
    text += ", rscales " + number_text(*least) + (*least == *most ? "" : " to " + number_text(*most));
  }
  text += ", centred at the ";
  switch (rule_.centre) {
    case ReplicateCentre::estimate: return text + "estimate";
    case ReplicateCentre::replicate_mean: return text + "replicates' mean";
    case ReplicateCentre::within_stratum: return text + "mean of each stratum's replicates";
  }
  return text;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
