#include "estimate/model_family.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/names.hpp"
#include "estimate/model_kernels.hpp"

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr NamedValue<Family> kFamilies[] = {
    {Family::gaussian, "gaussian"},
    {Family::binomial, "binomial"},
    {Family::poisson, "poisson"},
    {Family::gamma, "gamma"},
    {Family::inverse_gaussian, "inverse-gaussian"},
    {Family::quasibinomial, "quasibinomial"},
    {Family::quasipoisson, "quasipoisson"},
};
constexpr NamedValue<Link> kLinks[] = {
    {Link::identity, "identity"}, {Link::log, "log"},
    {Link::logit, "logit"},       {Link::probit, "probit"},
    {Link::cloglog, "cloglog"},   {Link::cauchit, "cauchit"},
    {Link::inverse, "inverse"},   {Link::inverse_square, "inverse-square"},
    {Link::sqrt, "sqrt"},
};
constexpr NamedValue<Information> kInformation[] = {{Information::solution, "solution"},
                                                    {Information::last_step, "last-step"}};
constexpr NamedValue<ResidualKind> kResiduals[] = {
    {ResidualKind::response, "response"},
    {ResidualKind::pearson, "pearson"},
    {ResidualKind::deviance, "deviance"},
    {ResidualKind::working, "working"},
};

}  // namespace

std::string_view name_of(Family family) noexcept { return name_in(kFamilies, family); }
Family family(std::string_view name) { return value_in(kFamilies, "family", name); }
std::string_view name_of(Link link) noexcept { return name_in(kLinks, link); }
Link link(std::string_view name) { return value_in(kLinks, "link", name); }
std::string_view name_of(Information information) noexcept { return name_in(kInformation, information); }
Information information(std::string_view name) { return value_in(kInformation, "information", name); }
std::string_view name_of(ResidualKind kind) noexcept { return name_in(kResiduals, kind); }
ResidualKind residual_kind(std::string_view name) { return value_in(kResiduals, "residuals", name); }

Link canonical_link(Family family) noexcept {
  switch (family) {
    case Family::gaussian: return Link::identity;
    case Family::binomial:
    case Family::quasibinomial: return Link::logit;
    case Family::poisson:
    case Family::quasipoisson: return Link::log;
    case Family::gamma: return Link::inverse;
    case Family::inverse_gaussian: return Link::inverse_square;
  }
  return Link::identity;
}

namespace estimation {
namespace {

constexpr double kTiny = std::numeric_limits<double>::epsilon();

double normal_density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi); }
double normal_share(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// Φ⁻¹ by Newton's method from a rough start: only where iterations begin is it needed.
double normal_quantile(double p) {
  double x = std::log(p / (1.0 - p)) / 1.702;
  for (int i = 0; i < 8; ++i) x -= (normal_share(x) - p) / normal_density(x);
  return x;
}

/// y log(y/μ), 0 for y = 0.
double entropy_part(double y, double mu) { return y == 0.0 ? 0.0 : y * std::log(y / mu); }

/// A share that is no further from the ends than a double can tell.
double inside(double share) { return std::clamp(share, kTiny, 1.0 - kTiny); }

}  // namespace

double MeanModel::mean(double eta) const {
  switch (link) {
    case Link::identity: return eta;
    case Link::log: return std::max(std::exp(eta), std::numeric_limits<double>::min());
    case Link::logit: return inside(1.0 / (1.0 + std::exp(-eta)));
    case Link::probit: return inside(normal_share(eta));
    case Link::cloglog: return inside(-std::expm1(-std::exp(eta)));
    case Link::cauchit: return inside(0.5 + std::atan(eta) / std::numbers::pi);
    case Link::inverse: return 1.0 / eta;
    case Link::inverse_square: return 1.0 / std::sqrt(eta);
    case Link::sqrt: return eta * eta;
  }
  return eta;
}

double MeanModel::slope(double eta) const {
  switch (link) {
    case Link::identity: return 1.0;
    case Link::log: return std::max(std::exp(eta), std::numeric_limits<double>::min());
    case Link::logit: {
      const double e = std::exp(-std::abs(eta));
      return std::max(e / ((1.0 + e) * (1.0 + e)), kTiny);
    }
    case Link::probit: return std::max(normal_density(eta), kTiny);
    case Link::cloglog: return std::max(std::exp(eta - std::exp(eta)), kTiny);
    case Link::cauchit: return std::max(1.0 / (std::numbers::pi * (1.0 + eta * eta)), kTiny);
    case Link::inverse: return -1.0 / (eta * eta);
    case Link::inverse_square: return -0.5 / (eta * std::sqrt(eta));
    case Link::sqrt: return 2.0 * eta;
  }
  return 1.0;
}

double MeanModel::curvature(double eta) const {
  switch (link) {
    case Link::identity: return 0.0;
    case Link::log: return std::exp(eta);
    case Link::logit: {
      const double mu = 1.0 / (1.0 + std::exp(-eta));
      return mu * (1.0 - mu) * (1.0 - 2.0 * mu);
    }
    case Link::probit: return -eta * normal_density(eta);
    case Link::cloglog: return std::exp(eta - std::exp(eta)) * -std::expm1(eta);
    case Link::cauchit: return -2.0 * eta / (std::numbers::pi * (1.0 + eta * eta) * (1.0 + eta * eta));
    case Link::inverse: return 2.0 / (eta * eta * eta);
    case Link::inverse_square: return 0.75 / (eta * eta * std::sqrt(eta));
    case Link::sqrt: return 2.0;
  }
  return 0.0;
}

double MeanModel::linear(double mu) const {
  switch (link) {
    case Link::identity: return mu;
    case Link::log: return std::log(mu);
    case Link::logit: return std::log(mu / (1.0 - mu));
    case Link::probit: return normal_quantile(mu);
    case Link::cloglog: return std::log(-std::log1p(-mu));
    case Link::cauchit: return std::tan(std::numbers::pi * (mu - 0.5));
    case Link::inverse: return 1.0 / mu;
    case Link::inverse_square: return 1.0 / (mu * mu);
    case Link::sqrt: return std::sqrt(mu);
  }
  return mu;
}

double MeanModel::variance(double mu) const {
  switch (family) {
    case Family::gaussian: return 1.0;
    case Family::binomial:
    case Family::quasibinomial: return mu * (1.0 - mu);
    case Family::poisson:
    case Family::quasipoisson: return mu;
    case Family::gamma: return mu * mu;
    case Family::inverse_gaussian: return mu * mu * mu;
  }
  return 1.0;
}

double MeanModel::deviance(double y, double mu) const {
  switch (family) {
    case Family::gaussian: return (y - mu) * (y - mu);
    case Family::binomial:
    case Family::quasibinomial: return 2.0 * (entropy_part(y, mu) + entropy_part(1.0 - y, 1.0 - mu));
    case Family::poisson:
    case Family::quasipoisson: return 2.0 * (entropy_part(y, mu) - (y - mu));
    case Family::gamma: return -2.0 * (std::log(y / mu) - (y - mu) / mu);
    case Family::inverse_gaussian: return (y - mu) * (y - mu) / (y * mu * mu);
  }
  return 0.0;
}

double MeanModel::first_mean(double y, double w) const {
  if (is_binomial()) return (w * y + 0.5) / (w + 1.0);
  if (is_poisson()) return y + 0.1;
  // 1/0 and log 0 are no places to begin.
  if (family == Family::gaussian && link != Link::identity) {
    if (link == Link::log || link == Link::sqrt) return std::max(y, 0.1);
    if (y == 0.0) return 0.1;
  }
  return y;
}

bool MeanModel::admits_all(const double* y, Index count) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (is_binomial()) return all_between(y, 0.0, 1.0, count);
  if (is_poisson()) return all_between(y, 0.0, kInfinity, count);
  return all_between(y, family == Family::gaussian ? -kInfinity : std::numeric_limits<double>::denorm_min(), kInfinity,
                     count);
}

const char* MeanModel::admitted() const {
  if (is_binomial()) return "0, 1 or a share between them";
  return is_poisson() ? "a number of at least 0" : "a number above 0";
}

bool MeanModel::is_valid(double mu) const {
  if (!std::isfinite(mu)) return false;
  if (is_binomial()) return mu > 0.0 && mu < 1.0;
  return family == Family::gaussian || mu > 0.0;
}

void evaluate_rows(const MeanModel& model, std::span<const double> y, std::span<const double> eta,
                   std::span<const double> w, double* s, double* a) {
  const auto rows = static_cast<int>(y.size());
  if (model.is_linear()) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      s[i] = w[i] * (y[i] - eta[i]);
      a[i] = w[i];
    }
    return;
  }
  if (model.is_binomial() && model.link == Link::logit) {
    return logistic_rows(y.data(), eta.data(), w.data(), rows, s, a);
  }
  if (model.is_poisson() && model.link == Link::log) {
    return exponential_rows(y.data(), eta.data(), w.data(), rows, s, a);
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (w[i] == 0.0) {
      s[i] = a[i] = 0.0;
      continue;
    }
    const double mu = model.mean(eta[i]);
    const double slope = model.slope(eta[i]);
    const double factor = model.is_valid(mu) ? w[i] * slope / model.variance(mu) : std::nan("");
    s[i] = factor * (y[i] - mu);
    a[i] = factor * slope;
  }
}

void begin_rows(const MeanModel& model, std::span<const double> y, std::span<const double> offset,
                std::span<const double> w, double mean_weight, double* s, double* a) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (w[i] == 0.0) {
      s[i] = a[i] = 0.0;
      continue;
    }
    const double mu = model.first_mean(y[i], std::max(0.0, w[i] / mean_weight));
    const double eta = model.linear(mu);
    const double slope = model.slope(eta);
    a[i] = w[i] * slope * slope / model.variance(mu);
    s[i] = a[i] * (eta - offset[i] + (y[i] - mu) / slope);
  }
}

namespace {

/// The greatest |η| of a mean next to the end of its range; 0: none is.
double size_at_the_end(const MeanModel& model, std::span<const double> eta, std::span<const double> w) {
  const bool binomial = model.is_binomial();
  if (!binomial && !(model.is_poisson() && model.link == Link::log)) return 0.0;
  constexpr double kNextToTheEnd = 1e-9;
  // No link comes near the end of the range before; of these two e^−20 is 2e-9.
  const double not_yet = model.link == Link::logit || model.link == Link::log ? 20.0 : 3.0;
  double found = 0.0;
  if (largest_size(eta.data(), static_cast<int>(eta.size())) <= not_yet) return found;
  for (std::size_t i = 0; i < eta.size(); ++i) {
    if (w[i] == 0.0 || std::abs(eta[i]) <= std::max(not_yet, found)) continue;
    const double mu = model.mean(eta[i]);
    const double room = binomial ? std::min(mu, 1.0 - mu) : mu;
    if (room < kNextToTheEnd) found = std::abs(eta[i]);
  }
  return found;
}

}  // namespace

Misfit evaluate_rows_and_misfit(const MeanModel& model, std::span<const double> y, std::span<const double> eta,
                                std::span<const double> w, double* s, double* a) {
  const auto rows = static_cast<int>(y.size());
  Misfit found{0.0, 0.0, size_at_the_end(model, eta, w)};
  if (model.is_binomial() && model.link == Link::logit && all_zero_or_one(y.data(), rows)) {
    logistic_rows_and_misfit(y.data(), eta.data(), w.data(), rows, s, a, &found.deviance, &found.pearson);
    found.deviance *= 2.0;
    return found;
  }
  evaluate_rows(model, y, eta, w, s, a);
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (w[i] == 0.0) continue;
    const double mu = model.mean(eta[i]);
    const double off = y[i] - mu;
    found.deviance += w[i] * model.deviance(y[i], mu);
    found.pearson += w[i] * off * off / model.variance(mu);
  }
  return found;
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
