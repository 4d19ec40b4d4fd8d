#include "estimate/model_kernels.hpp"

#include <cstring>
#include <numbers>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace plain {
namespace {
#include "estimate/model_kernels_body.inc"
}  // namespace
}  // namespace plain

// A second time for processors with registers of four numbers. Products are never fused with sums (-ffp-contract=off), and
// lanes are the same: so are the bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx2")
namespace wide {
namespace {
#include "estimate/model_kernels_body.inc"
}  // namespace
}  // namespace wide
#pragma GCC pop_options

namespace {
bool is_wide() noexcept {
  static const bool kWide = __builtin_cpu_supports("avx2") != 0;
  return kWide;
}
}  // namespace
#define IROSURVEY_BY_PROCESSOR(call) is_wide() ? wide::call : plain::call
#else
#define IROSURVEY_BY_PROCESSOR(call) plain::call
#endif

void add_cross_products(const double* const* x, const double* a, int columns, int rows, double* products,
                        double* out) noexcept {
  IROSURVEY_BY_PROCESSOR(add_cross_products(x, a, columns, rows, products, out));
}

void add_dots(const double* const* x, const double* s, int columns, int rows, double* out) noexcept {
  IROSURVEY_BY_PROCESSOR(add_dots(x, s, columns, rows, out));
}

void add_linear(const double* const* x, const double* b, int columns, int rows, double* eta) noexcept {
  IROSURVEY_BY_PROCESSOR(add_linear(x, b, columns, rows, eta));
}

void logistic_rows(const double* y, const double* eta, const double* w, int rows, double* s, double* a) noexcept {
  IROSURVEY_BY_PROCESSOR(logistic_rows(y, eta, w, rows, s, a));
}

void exponential_rows(const double* y, const double* eta, const double* w, int rows, double* s, double* a) noexcept {
  IROSURVEY_BY_PROCESSOR(exponential_rows(y, eta, w, rows, s, a));
}

void logistic_misfit(const double* y, const double* eta, const double* w, int rows, double* likelihood,
                     double* pearson) noexcept {
  IROSURVEY_BY_PROCESSOR(logistic_misfit(y, eta, w, rows, likelihood, pearson));
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
