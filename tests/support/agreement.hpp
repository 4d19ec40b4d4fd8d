#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

#include "irosurvey/estimate/estimate.hpp"

namespace irosurvey_tests {

/// The same number to the last bit; NaN equals NaN of the same bits.
inline bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// |a − b| relative to the larger of the two, or to `scale` where that is larger. 0 if equal (infinities too) or both NaN.
inline double difference(double a, double b, double scale = 0.0) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0.0;
  const double gap = std::fabs(a - b);
  return gap / std::max({std::fabs(a), std::fabs(b), scale});
}

/// `difference` within a tolerance; for EXPECT_TRUE.
inline ::testing::AssertionResult agree(double a, double b, double tolerance, double scale = 0.0) {
  const double found = difference(a, b, scale);
  if (found <= tolerance) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << ::testing::PrintToString(a) << " and " << ::testing::PrintToString(b)
                                       << " differ by " << found << ", more than " << tolerance << ", relative to "
                                       << std::max({std::fabs(a), std::fabs(b), scale});
}

/// Every number of two answers to the same question, to the last bit.
inline ::testing::AssertionResult same_answer(const irosurvey::Estimate& a, const irosurvey::Estimate& b) {
  const auto differ = [](std::size_t row, const std::string& what) {
    return ::testing::AssertionFailure() << "row " << row << ": " << what << " differs";
  };
  if (a.rows.size() != b.rows.size()) return ::testing::AssertionFailure() << "different numbers of rows";
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    const irosurvey::EstimateRow& x = a.rows[i];
    const irosurvey::EstimateRow& y = b.rows[i];
    if (x.status != y.status) return differ(i, "status");
    if (!same_bits(x.value, y.value)) return differ(i, "value");
    if (!same_bits(x.variance, y.variance)) return differ(i, "variance");
    if (!same_bits(x.srs_variance, y.srs_variance)) return differ(i, "srs_variance");
    if (!same_bits(x.df, y.df)) return differ(i, "df");
    if (!same_bits(x.weighted_n, y.weighted_n)) return differ(i, "weighted_n");
    if (x.n != y.n || x.units != y.units || x.strata != y.strata) return differ(i, "a base");
  }
  if (a.covariance.size() != b.covariance.size()) return ::testing::AssertionFailure() << "different covariances";
  for (std::size_t i = 0; i < a.covariance.size(); ++i) {
    if (!same_bits(a.covariance[i], b.covariance[i])) return differ(i, "covariance");
  }
  return ::testing::AssertionSuccess();
}

/// Every number of two answers to the same question, to a relative tolerance. Variances are allowed `tolerance` of
/// themselves plus what rounding of the value's own digits does to them; covariances are relative to √(V_a V_b).
inline ::testing::AssertionResult near_answer(const irosurvey::Estimate& a, const irosurvey::Estimate& b,
                                              double tolerance) {
  if (a.rows.size() != b.rows.size()) return ::testing::AssertionFailure() << "different numbers of rows";
  const std::size_t rows = a.rows.size();
  for (std::size_t i = 0; i < rows; ++i) {
    const irosurvey::EstimateRow& x = a.rows[i];
    const irosurvey::EstimateRow& y = b.rows[i];
    const auto differ = [&](const std::string& what, double p, double q) {
      return ::testing::AssertionFailure() << "row " << i << ": " << what << " " << p << " and " << q;
    };
    if (x.status != y.status) return differ("status", static_cast<double>(x.status), static_cast<double>(y.status));
    if (difference(x.value, y.value, std::sqrt(std::fabs(x.variance))) > tolerance)
      return differ("value", x.value, y.value);
    const double noise = 1e-30 * x.value * x.value;  // (2⁻⁵⁰ of the value)²
    if (difference(x.variance, y.variance, noise / tolerance) > tolerance) {
      return differ("variance", x.variance, y.variance);
    }
    if (difference(x.srs_variance, y.srs_variance, noise / tolerance) > tolerance) {
      return differ("srs_variance", x.srs_variance, y.srs_variance);
    }
    if (difference(x.weighted_n, y.weighted_n) > tolerance) return differ("weighted_n", x.weighted_n, y.weighted_n);
    if (difference(x.df, y.df) > 0.0) return differ("df", x.df, y.df);
    if (x.n != y.n) return differ("n", static_cast<double>(x.n), static_cast<double>(y.n));
    if (x.units != y.units) return differ("units", static_cast<double>(x.units), static_cast<double>(y.units));
    if (x.strata != y.strata) return differ("strata", static_cast<double>(x.strata), static_cast<double>(y.strata));
  }
  if (a.covariance.size() != b.covariance.size()) return ::testing::AssertionFailure() << "different covariances";
  for (std::size_t i = 0; i < a.covariance.size(); ++i) {
    const double scale = std::sqrt(std::fabs(a.rows[i / rows].variance * a.rows[i % rows].variance));
    if (difference(a.covariance[i], b.covariance[i], scale) > tolerance &&
        std::fabs(a.covariance[i] - b.covariance[i]) > 1e-30) {
      return ::testing::AssertionFailure()
             << "covariance " << i / rows << ", " << i % rows << ": " << a.covariance[i] << " and " << b.covariance[i];
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace irosurvey_tests
