#include "estimate/weight_kernels.hpp"

#include <cstring>

namespace irosurvey {
inline namespace v1 {
namespace estimation {

#define IROSURVEY_KERNELS "estimate/weight_kernels_body.inc"
#include "core/by_processor.inc"

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
