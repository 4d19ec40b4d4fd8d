#include "estimate/weight_kernels.hpp"

#include <cstring>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace plain {
namespace {
#include "estimate/weight_kernels_body.inc"
}  // namespace
}  // namespace plain

// A second time for processors with registers of four numbers. Products are never fused with sums (-ffp-contract=off), and
// lanes are the same: so are the bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx2")
namespace wide {
namespace {
#include "estimate/weight_kernels_body.inc"
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

void sums(const double* const* w, Index n, double* out) noexcept { IROSURVEY_BY_PROCESSOR(sums(w, n, out)); }

void sums_and_dots(const double* const* w, const double* z, Index n, double* out, double* dots) noexcept {
  IROSURVEY_BY_PROCESSOR(sums_and_dots(w, z, n, out, dots));
}

void gathered_sums(const double* const* w, const std::int32_t* order, Index n, double* sums) noexcept {
  IROSURVEY_BY_PROCESSOR(gathered_sums(w, order, n, sums));
}

void gathered_sums_and_dots(const double* const* w, const std::int32_t* order, const double* z, Index n, double* sums,
                            double* dots) noexcept {
  IROSURVEY_BY_PROCESSOR(gathered_sums_and_dots(w, order, z, n, sums, dots));
}

void scattered_sums(const double* const* w, const std::int32_t* place, Index n, Index places, double* banks) noexcept {
  IROSURVEY_BY_PROCESSOR(scattered_sums(w, place, n, places, banks));
}

void scattered_sums_and_dots(const double* const* w, const std::int32_t* place, const double* z, Index n, Index places,
                             double* banks) noexcept {
  IROSURVEY_BY_PROCESSOR(scattered_sums_and_dots(w, place, z, n, places, banks));
}

void far_sums(const double* const* w, const Index* offset, Index n, double* sums) noexcept {
  IROSURVEY_BY_PROCESSOR(far_sums(w, offset, n, sums));
}

void far_sums_and_dots(const double* const* w, const Index* offset, const double* z, Index n, double* sums,
                       double* dots) noexcept {
  IROSURVEY_BY_PROCESSOR(far_sums_and_dots(w, offset, z, n, sums, dots));
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
