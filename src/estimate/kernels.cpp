#include "estimate/kernels.hpp"

#include <bit>

// The same loop compiled twice, for wider registers too; the loader takes the one that the processor can run. Nothing is
// fused or put in another order, so both give the same bits. Sanitizers start before the loader has chosen.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define IROSURVEY_KERNEL __attribute__((target_clones("avx2", "default")))
#else
#define IROSURVEY_KERNEL
#endif

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace kernels {
namespace {

/// Without a branch, which random data would mispredict.
inline double value_if(bool holds, double value) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) & -static_cast<std::uint64_t>(holds));
}

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

IROSURVEY_KERNEL void multiply(const double* a, const double* b, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = a[i] * b[i];
}

IROSURVEY_KERNEL void centre(const double* y, double c, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = y[i] - c;
}

IROSURVEY_KERNEL void centre(const double* y, const double* x, double c, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = y[i] - c * x[i];
}

IROSURVEY_KERNEL void weigh(const double* w, const double* y, double c, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = value_if(w[i] != 0.0, w[i] * (y[i] - c));
}

IROSURVEY_KERNEL void weigh(const double* w, const double* y, const double* x, double c, int count,
                            double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = value_if(w[i] != 0.0, w[i] * (y[i] - c * x[i]));
}

void centre_by_cell(const double* y, const double* x, const double* pivots, int stride, const std::int32_t* cells,
                    int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = y[i] - pivot_of(pivots, stride, cells[i]) * (x == nullptr ? 1.0 : x[i]);
}

void weigh_by_cell(const double* w, const double* y, const double* x, const double* pivots, int stride,
                   const std::int32_t* cells, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) {
    const double centred = y[i] - pivot_of(pivots, stride, cells[i]) * (x == nullptr ? 1.0 : x[i]);
    to[i] = value_if(w[i] != 0.0, w[i] * centred);
  }
}

IROSURVEY_KERNEL void keep_if(const std::uint8_t* keep, const double* value, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = value_if(keep[i] != 0, value[i]);
}

IROSURVEY_KERNEL void keep_where(const double* keep, const double* value, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = value_if(keep[i] != 0.0, value[i]);
}

IROSURVEY_KERNEL void indicate(const double* value, int count, double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = value_if(value[i] != 0.0, 1.0);
}

IROSURVEY_KERNEL void select(const std::int32_t* slots, std::int32_t slot, const double* value, int count,
                             double* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = value_if(slots[i] == slot, value[i]);
}

void look_up(const std::int32_t* codes, const int* slot_of_level, int count, std::int32_t* __restrict slots) {
  for (int i = 0; i < count; ++i) slots[i] = codes[i] < 0 ? -1 : slot_of_level[codes[i]];
}

IROSURVEY_KERNEL void leave_unweighted(const std::int32_t* cells, const double* weight, int count,
                                       std::int32_t* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] = weight[i] != 0.0 ? cells[i] : -1;
}

IROSURVEY_KERNEL void add_and_count(const double* lines, Index count, std::size_t width, double* __restrict to,
                                    double* __restrict above) {
  for (Index line = 0; line < count; ++line, lines += width) {
    for (std::size_t i = 0; i < width; ++i) {
      to[i] += lines[i];
      above[i] += value_if(lines[i] > 0.0, 1.0);
    }
  }
}

IROSURVEY_KERNEL void subtract(const double* a, const double* b, std::size_t count, double* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = a[i] - b[i];
}

IROSURVEY_KERNEL void add_squares_of_two(const double* lines, Index count, std::size_t pairs, const double* means,
                                         double* __restrict aa, double* __restrict ab, double* __restrict bb) {
  for (Index line = 0; line < count; ++line, lines += 2 * pairs) {
    for (std::size_t i = 0; i < pairs; ++i) {
      const double a = lines[2 * i] - means[2 * i];
      const double b = lines[2 * i + 1] - means[2 * i + 1];
      aa[i] += a * a;
      ab[i] += a * b;
      bb[i] += b * b;
    }
  }
}

IROSURVEY_KERNEL double sum(const double* values, int count) {
  double sums[4] = {0.0, 0.0, 0.0, 0.0};
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int k = 0; k < 4; ++k) sums[k] += values[i + k];
  }
  for (; i < count; ++i) sums[0] += values[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace kernels
}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
