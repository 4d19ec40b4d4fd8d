#include "estimate/weight_kernels.hpp"

#include <cstddef>

// Where the linker can choose by processor, wide registers are used if they are there. Products are never fused with sums
// (-ffp-contract=off), so the bits are the same.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define IROSURVEY_BY_PROCESSOR __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define IROSURVEY_BY_PROCESSOR
#endif

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr std::size_t kLanes = 16;

double total(const double* lanes) noexcept {
  double sum = 0.0;
  for (std::size_t l = 0; l < kLanes; ++l) sum += lanes[l];
  return sum;
}

}  // namespace

IROSURVEY_BY_PROCESSOR
double sum_of(const double* w, Index n) noexcept {
  double lanes[kLanes] = {};
  const auto size = static_cast<std::size_t>(n);
  std::size_t k = 0;
  for (; k + kLanes <= size; k += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += w[k + l];
  }
  for (; k < size; ++k) lanes[k % kLanes] += w[k];
  return total(lanes);
}

IROSURVEY_BY_PROCESSOR
double dot_of(const double* w, const double* z, Index n) noexcept {
  double lanes[kLanes] = {};
  const auto size = static_cast<std::size_t>(n);
  std::size_t k = 0;
  for (; k + kLanes <= size; k += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += w[k + l] * z[k + l];
  }
  for (; k < size; ++k) lanes[k % kLanes] += w[k] * z[k];
  return total(lanes);
}

IROSURVEY_BY_PROCESSOR
void gathered_sums(const double* const* w, const std::int32_t* order, Index n, double* sums) noexcept {
  const double* const w0 = w[0];
  const double* const w1 = w[1];
  const double* const w2 = w[2];
  const double* const w3 = w[3];
  double s[kSideBySide] = {};
  for (Index k = 0; k < n; ++k) {
    const std::int32_t row = order[k];
    const double at[kSideBySide] = {w0[row], w1[row], w2[row], w3[row]};
    for (int c = 0; c < kSideBySide; ++c) s[c] += at[c];
  }
  for (int c = 0; c < kSideBySide; ++c) sums[c] = s[c];
}

IROSURVEY_BY_PROCESSOR
void gathered_sums_and_dots(const double* const* w, const std::int32_t* order, const double* z, Index n, double* sums,
                            double* dots) noexcept {
  const double* const w0 = w[0];
  const double* const w1 = w[1];
  const double* const w2 = w[2];
  const double* const w3 = w[3];
  double s[kSideBySide] = {};
  double d[kSideBySide] = {};
  for (Index k = 0; k < n; ++k) {
    const std::int32_t row = order[k];
    const double at[kSideBySide] = {w0[row], w1[row], w2[row], w3[row]};
    for (int c = 0; c < kSideBySide; ++c) s[c] += at[c];
    for (int c = 0; c < kSideBySide; ++c) d[c] += at[c] * z[k];
  }
  for (int c = 0; c < kSideBySide; ++c) sums[c] = s[c];
  for (int c = 0; c < kSideBySide; ++c) dots[c] = d[c];
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
