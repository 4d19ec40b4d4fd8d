#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace irosurvey_tests {

/// Random numbers of the tests: SplitMix64 (Steele, Lea and Flood 2014) over a counter. A seed means the same numbers
/// on every machine, which the distributions of the standard library don't promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = seed_ + (++counter_) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  /// A whole number from 0 to n − 1 (n is small: the bias of the remainder doesn't matter to a test).
  int below(int n) { return static_cast<int>(bits() % static_cast<std::uint64_t>(n)); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool once_in(int n) { return below(n) == 0; }

  /// A number from 0 to 1 in steps of 2⁻⁵³.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

  template <class Value>
  const Value& one_of(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }

  /// 0, …, n − 1 in random order.
  std::vector<std::size_t> permutation(std::size_t n) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = n; i > 1; --i) {
      std::swap(order[i - 1], order[static_cast<std::size_t>(bits() % i)]);
    }
    return order;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

}  // namespace irosurvey_tests
