#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// Totals of one sampling unit: a record of `width` numbers for each cell that it touches. Made once, cleared often.
class UnitSums {
 public:
  UnitSums(Index cells, int width)
      : width_(static_cast<std::size_t>(width)),
        records_(static_cast<std::size_t>(cells) * width_, 0.0),
        is_touched_(static_cast<std::size_t>(cells), 0) {}

  /// The record of a cell, all zero when it is first touched.
  double* touch(std::int32_t cell) {
    const auto c = static_cast<std::size_t>(cell);
    if (is_touched_[c] == 0) {
      is_touched_[c] = 1;
      touched_.push_back(cell);
    }
    return &records_[c * width_];
  }

  /// Touched cells, in the order in which they were first touched.
  [[nodiscard]] const std::vector<std::int32_t>& cells() const { return touched_; }
  [[nodiscard]] std::span<const double> record(std::int32_t cell) const {
    return std::span(records_).subspan(static_cast<std::size_t>(cell) * width_, width_);
  }

  /// Adds `factor` × the other's records.
  void add(const UnitSums& other, double factor = 1.0) {
    for (const std::int32_t cell : other.touched_) {
      double* own = touch(cell);
      const std::span<const double> theirs = other.record(cell);
      for (std::size_t i = 0; i < width_; ++i) own[i] += factor * theirs[i];
    }
  }

  void clear() {
    for (const std::int32_t cell : touched_) {
      const auto c = static_cast<std::size_t>(cell);
      is_touched_[c] = 0;
      std::fill_n(&records_[c * width_], width_, 0.0);
    }
    touched_.clear();
  }

 private:
  std::size_t width_;
  std::vector<double> records_;
  std::vector<std::uint8_t> is_touched_;
  std::vector<std::int32_t> touched_;
};

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
