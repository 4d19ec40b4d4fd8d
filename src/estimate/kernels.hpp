#pragma once

#include <cstddef>
#include <cstdint>

#include "irosurvey/core/index.hpp"

// Loops over arrays of `count` numbers: all that is done once for every row. Each has one result, whatever the processor:
// what is rounded, and in which order, is written down here and left to no compiler.

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace kernels {

/// to[i] = from[rows[i]]
void gather(const double* from, const std::int32_t* rows, int count, double* to);
void gather(const std::int32_t* from, const std::int32_t* rows, int count, std::int32_t* to);
void gather(const std::uint8_t* from, const std::int32_t* rows, int count, std::uint8_t* to);

/// a[i] b[i]
void multiply(const double* a, const double* b, int count, double* to);
/// y[i] − c
void centre(const double* y, double c, int count, double* to);
/// y[i] − c x[i]
void centre(const double* y, const double* x, double c, int count, double* to);
/// y[i] − c x[i], with c the pivot of the row's cell, pivots[stride × cell]; of a row in no cell, the first one. No x: 1.
void centre_by_cell(const double* y, const double* x, const double* pivots, int stride, const std::int32_t* cells,
                    int count, double* to);
/// w[i] (y[i] − c), and 0 where w[i] is 0, whatever y[i] is: what is missing is NaN, and 0 × NaN isn't 0.
void weigh(const double* w, const double* y, double c, int count, double* to);
/// w[i] (y[i] − c x[i]), likewise
void weigh(const double* w, const double* y, const double* x, double c, int count, double* to);
/// w[i] (y[i] − c x[i]), with c the pivot of the row's cell, as `centre_by_cell`
void weigh_by_cell(const double* w, const double* y, const double* x, const double* pivots, int stride,
                   const std::int32_t* cells, int count, double* to);
/// value[i] where keep[i] isn't 0, else 0, whatever the value is: 0 × NaN isn't 0.
void keep_if(const std::uint8_t* keep, const double* value, int count, double* to);
void keep_where(const double* keep, const double* value, int count, double* to);
/// 1 where value[i] isn't 0, else 0
void indicate(const double* value, int count, double* to);
/// value[i] where slots[i] is `slot`, else 0
void select(const std::int32_t* slots, std::int32_t slot, const double* value, int count, double* to);
/// The slot of each row's level; -1 for none.
void look_up(const std::int32_t* codes, const int* slot_of_level, int count, std::int32_t* slots);
/// cells[i] where weight[i] isn't 0, else -1
void leave_unweighted(const std::int32_t* cells, const double* weight, int count, std::int32_t* to);
/// Of `count` lines of `width` numbers: adds each to to[i], and 1 to above[i] where it is above 0.
void add_and_count(const double* lines, Index count, std::size_t width, double* to, double* above);
/// to[i] = a[i] − b[i]
void subtract(const double* a, const double* b, std::size_t count, double* to);
/// Of `count` lines of pairs (a, b) about the means of each place: adds a², a b and b².
void add_squares_of_two(const double* lines, Index count, std::size_t pairs, const double* means, double* aa,
                        double* ab, double* bb);
/// Four partial sums, added in pairs.
[[nodiscard]] double sum(const double* values, int count);

}  // namespace kernels
}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
