#include "estimate/replicate_variance.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/nan.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

/// Rounding of a sum of many terms, relative to their size: a few dozen steps of 2⁻⁵³.
constexpr double kRounding = 1e-14;

[[noreturn]] void refuse_failure(const std::string& name, std::size_t replicate, std::size_t count) {
  throw Error(ErrorCode::numerical,
              {.subject = name,
               .row = {},
               .expected = "a value under every replicate's weights",
               .found = "none in replicate " + std::to_string(replicate + 1) + " of " + std::to_string(count),
               .remedy = "Where too few rows keep a weight, say failed = 'drop' (they are left out of the sum), or "
                         "'rescale' (and the sum is multiplied by all ÷ those left).",
               .candidates = {}});
}

[[noreturn]] void refuse_all(const std::string& name) {
  throw Error(ErrorCode::numerical, {.subject = name,
                                     .row = {},
                                     .expected = "a value under some replicate's weights",
                                     .found = "none",
                                     .remedy = {},
                                     .candidates = {}});
}

/// A sum of squares that isn't finite is no standard error.
double finite_variance(double variance, const std::string& name) {
  if (std::isfinite(variance)) return variance;
  throw Error(ErrorCode::numerical, {.subject = "variance of " + name,
                                     .row = {},
                                     .expected = "a number that fits in double precision",
                                     .found = "an infinite one",
                                     .remedy = "Scale the column or the weights nearer to 1.",
                                     .candidates = {}});
}

/// Mean over the finite entries of replicates in one stratum (-1: in any) whose rscale isn't 0.
double mean_of(std::span<const double> changes, const design::ReplicateRule& rule, std::int32_t stratum) {
  double sum = 0.0;
  Index n = 0;
  for (std::size_t r = 0; r < changes.size(); ++r) {
    if (stratum >= 0 && rule.strata[r] != stratum) continue;
    if (rule.rscales[r] == 0.0 || !std::isfinite(changes[r])) continue;
    sum += changes[r];
    ++n;
  }
  return n == 0 ? 0.0 : sum / static_cast<double>(n);
}

}  // namespace

ReplicateVariance::ReplicateVariance(const design::ReplicateRule& rule, Index rows)
    : rule_(rule),
      count_(rule.rscales.size()),
      deviations_(static_cast<std::size_t>(rows) * count_, 0.0),
      variances_(static_cast<std::size_t>(rows), kNaN) {}

std::span<double> ReplicateVariance::deviations(Index row) {
  return std::span(deviations_).subspan(static_cast<std::size_t>(row) * count_, count_);
}

void ReplicateVariance::centre(std::span<double> changes) const {
  if (rule_.centre == ReplicateCentre::estimate) return;
  if (rule_.centre == ReplicateCentre::replicate_mean) {
    const double mean = mean_of(changes, rule_, -1);
    for (double& change : changes) change -= mean;
    return;
  }
  std::vector<double> means;
  for (std::int32_t h = 0; h < rule_.strata_count; ++h) means.push_back(mean_of(changes, rule_, h));
  for (std::size_t r = 0; r < changes.size(); ++r) changes[r] -= means[static_cast<std::size_t>(rule_.strata[r])];
}

void ReplicateVariance::set(Index row, std::span<double> changes, double size, const std::string& name) {
  Index failures = 0;
  for (std::size_t r = 0; r < count_; ++r) {
    if (std::isfinite(changes[r])) continue;
    if (rule_.failed == FailedReplicates::fail) refuse_failure(name, r, count_);
    ++failures;
  }
  if (failures == static_cast<Index>(count_)) refuse_all(name);
  if (failures > 0) ++rows_with_failures_;
  most_failures_ = std::max(most_failures_, failures);
  centre(changes);
  double scale = rule_.scale;
  const auto all = static_cast<double>(count_);
  if (rule_.failed == FailedReplicates::rescale) scale *= all / (all - static_cast<double>(failures));
  const auto is_nothing = [&](double change) { return !std::isfinite(change) || std::abs(change) <= kRounding * size; };
  const bool constant = std::all_of(changes.begin(), changes.end(), is_nothing);
  const std::span<double> to = deviations(row);
  double variance = 0.0;
  for (std::size_t r = 0; r < count_; ++r) {
    to[r] = constant || !std::isfinite(changes[r]) ? 0.0 : std::sqrt(scale * rule_.rscales[r]) * changes[r];
    variance += to[r] * to[r];
  }
  variances_[static_cast<std::size_t>(row)] = finite_variance(variance, name);
}

double ReplicateVariance::variance(Index row) const { return variances_[static_cast<std::size_t>(row)]; }

std::vector<double> ReplicateVariance::covariance() const {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto rows = static_cast<Eigen::Index>(variances_.size());
  const Eigen::Map<const Matrix> deviations(deviations_.data(), rows, static_cast<Eigen::Index>(count_));
  std::vector<double> result(variances_.size() * variances_.size());
  Eigen::Map<Matrix> covariance(result.data(), rows, rows);
  covariance.noalias() = deviations * deviations.transpose();
  for (Eigen::Index a = 0; a < rows; ++a) {
    const double own = variances_[static_cast<std::size_t>(a)];
    if (std::isnan(own)) {
      covariance.row(a).setConstant(kNaN);
      covariance.col(a).setConstant(kNaN);
      continue;
    }
    // Its own variance is the one that the row shows, and either order gives the same bits.
    covariance(a, a) = own;
    for (Eigen::Index b = 0; b < a; ++b) covariance(b, a) = covariance(a, b);
  }
  return result;
}

std::string ReplicateVariance::describe_failures() const {
  std::string text(name_of(rule_.failed));
  if (rows_with_failures_ == 0) return text + " (none did)";
  text += ": up to " + std::to_string(most_failures_) + " of " + std::to_string(count_) + " replicates left out, in " +
          std::to_string(rows_with_failures_) + (rows_with_failures_ == 1 ? " estimate; " : " estimates; ");
  return text + (rule_.failed == FailedReplicates::drop ? "scale as it was" : "scale times all ÷ those left");
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
