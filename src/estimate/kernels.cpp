#include "estimate/kernels.hpp"

#include <bit>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace kernels {

#define IROSURVEY_KERNELS "estimate/kernels_body.inc"
#include "core/by_processor.inc"

namespace {

// Loops that go where a code or a number of a row says wait for the memory, whatever the registers: one copy will do.

inline double pivot_of(const double* pivots, int stride, std::int32_t cell) {
  return pivots[static_cast<std::int64_t>(cell < 0 ? 0 : cell) * stride];
}

template <class Number>
inline void gather_any(const Number* from, const std::int32_t* rows, int count, Number* to) {
  // Rows far apart: ask the memory for each well before it is needed.
  constexpr int kAhead = 32;
  int i = 0;
  for (; i + kAhead < count; ++i) {
    __builtin_prefetch(from + rows[i + kAhead]);
    to[i] = from[rows[i]];
  }
  for (; i < count; ++i) to[i] = from[rows[i]];
}

}  // namespace

void gather(const double* from, const std::int32_t* rows, int count, double* to) { gather_any(from, rows, count, to); }

void gather(const std::int32_t* from, const std::int32_t* rows, int count, std::int32_t* to) {
  gather_any(from, rows, count, to);
}

void gather(const std::uint8_t* from, const std::int32_t* rows, int count, std::uint8_t* to) {
  gather_any(from, rows, count, to);
}

void centre_by_cell(const double* y, const double* x, const double* pivots, int stride, const std::int32_t* cells,
                    int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = y[i] - pivot_of(pivots, stride, cells[i]) * (x == nullptr ? 1.0 : x[i]);
}

void weigh_by_cell(const double* w, const double* y, const double* x, const double* pivots, int stride,
                   const std::int32_t* cells, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) {
    const double centred = y[i] - pivot_of(pivots, stride, cells[i]) * (x == nullptr ? 1.0 : x[i]);
    to[i] = plain::value_if(w[i] != 0.0, w[i] * centred);
  }
}

void look_up(const std::int32_t* codes, const int* slot_of_level, int count, std::int32_t* __restrict slots) {
  for (int i = 0; i < count; ++i) slots[i] = codes[i] < 0 ? -1 : slot_of_level[codes[i]];
}

void multiply(const double* a, const double* b, int count, double* to) {
  IROSURVEY_BY_PROCESSOR(multiply(a, b, count, to));
}

void centre(const double* y, double c, int count, double* to) { IROSURVEY_BY_PROCESSOR(centre(y, c, count, to)); }

void centre(const double* y, const double* x, double c, int count, double* to) {
  IROSURVEY_BY_PROCESSOR(centre(y, x, c, count, to));
}

void weigh(const double* w, const double* y, double c, int count, double* to) {
  IROSURVEY_BY_PROCESSOR(weigh(w, y, c, count, to));
}

void weigh(const double* w, const double* y, const double* x, double c, int count, double* to) {
  IROSURVEY_BY_PROCESSOR(weigh(w, y, x, c, count, to));
}

void keep_if(const std::uint8_t* keep, const double* value, int count, double* to) {
  IROSURVEY_BY_PROCESSOR(keep_if(keep, value, count, to));
}

void keep_where(const double* keep, const double* value, int count, double* to) {
  IROSURVEY_BY_PROCESSOR(keep_where(keep, value, count, to));
}

void indicate(const double* value, int count, double* to) { IROSURVEY_BY_PROCESSOR(indicate(value, count, to)); }

void select(const std::int32_t* slots, std::int32_t slot, const double* value, int count, double* to) {
  IROSURVEY_BY_PROCESSOR(select(slots, slot, value, count, to));
}

void leave_unweighted(const std::int32_t* cells, const double* weight, int count, std::int32_t* to) {
  IROSURVEY_BY_PROCESSOR(leave_unweighted(cells, weight, count, to));
}

void add_and_count(const double* lines, Index count, std::size_t width, double* to, double* above) {
  IROSURVEY_BY_PROCESSOR(add_and_count(lines, count, width, to, above));
}

void subtract(const double* a, const double* b, std::size_t count, double* to) {
  IROSURVEY_BY_PROCESSOR(subtract(a, b, count, to));
}

void add_squares_of_two(const double* lines, Index count, std::size_t pairs, const double* means, double* aa,
                        double* ab, double* bb) {
  IROSURVEY_BY_PROCESSOR(add_squares_of_two(lines, count, pairs, means, aa, ab, bb));
}

double sum(const double* values, int count) { return IROSURVEY_BY_PROCESSOR(sum(values, count)); }

}  // namespace kernels
}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
