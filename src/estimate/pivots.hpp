#pragma once

#include <span>

#include "estimate/plan.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Pivots of numbers, each from the first rows of its cell; those of shares stay 0.
void make_pivots(std::span<const double> weights, Plan& plan);

/// Pivots of shares, from rows spread over the data. Where most rows of a cell have the level, their share.
void find_shares(std::span<const double> weights, Plan& plan);

/// Takes the pivots of shares from totals (or sums over some of the rows) by cell and slot.
void set_shares(std::span<const double> totals, Plan& plan);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
