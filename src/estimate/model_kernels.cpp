#include "estimate/model_kernels.hpp"

#include <cstddef>
#include <cstring>
#include <numbers>

namespace irosurvey {
inline namespace v1 {
namespace estimation {

#define IROSURVEY_KERNELS "estimate/model_kernels_body.inc"
#include "core/by_processor.inc"

void add_cross_products(const double* const* x, const std::int32_t* factor, const double* a, int columns, int rows,
                        double* out) noexcept {
  IROSURVEY_BY_PROCESSOR(add_cross_products(x, factor, a, columns, rows, out));
}

void add_dots(const double* const* x, const double* s, int columns, int rows, double* out) noexcept {
  IROSURVEY_BY_PROCESSOR(add_dots(x, s, columns, rows, out));
}

void add_dots_between(const double* const* x, const double* s, int columns, int begin, int end, double* out) noexcept {
  IROSURVEY_BY_PROCESSOR(add_dots_between(x, s, columns, begin, end, out));
}

void scatter_scores(const double* const* x, const double* s, int columns, int rows, const std::int32_t* unit,
                    int stride, double* records) noexcept {
  IROSURVEY_BY_PROCESSOR(scatter_scores(x, s, columns, rows, unit, stride, records));
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

void logistic_rows_and_misfit(const double* y, const double* eta, const double* w, int rows, double* s, double* a,
                              double* likelihood, double* pearson) noexcept {
  IROSURVEY_BY_PROCESSOR(logistic_rows_and_misfit(y, eta, w, rows, s, a, likelihood, pearson));
}

void copy_less(const double* from, double pivot, int rows, double* to) noexcept {
  IROSURVEY_BY_PROCESSOR(copy_less(from, pivot, rows, to));
}

void indicate(const std::int32_t* codes, std::int32_t level, int rows, double* to) noexcept {
  IROSURVEY_BY_PROCESSOR(indicate(codes, level, rows, to));
}

bool all_zero_or_one(const double* y, std::ptrdiff_t rows) noexcept {
  return IROSURVEY_BY_PROCESSOR(all_zero_or_one(y, rows));
}

bool all_nonzero(const double* numbers, std::ptrdiff_t rows) noexcept {
  return IROSURVEY_BY_PROCESSOR(all_nonzero(numbers, rows));
}

bool all_between(const double* numbers, double low, double high, std::ptrdiff_t rows) noexcept {
  return IROSURVEY_BY_PROCESSOR(all_between(numbers, low, high, rows));
}

void add_moments(const double* w, const double* y, double centre, std::ptrdiff_t rows, double* moments) noexcept {
  IROSURVEY_BY_PROCESSOR(add_moments(w, y, centre, rows, moments));
}

double largest_size(const double* numbers, int rows) noexcept {
  return IROSURVEY_BY_PROCESSOR(largest_size(numbers, rows));
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
