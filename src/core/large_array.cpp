#include "core/large_array.hpp"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace irosurvey {
inline namespace v1 {
namespace {

constexpr std::size_t kLargePage = std::size_t{1} << 21U;

/// Asks for large pages as far as the memory is used; of the last page, if that is most of it.
void advise(void* memory, std::size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // A wish: where it isn't granted, pages are small.
  (void)madvise(memory, (bytes + kLargePage / 2) / kLargePage * kLargePage, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}

}  // namespace

std::shared_ptr<void> large_memory(std::size_t bytes) {
  if (bytes < kLargePage / 2) return {::operator new(bytes), [](void* memory) { ::operator delete(memory); }};
  // Room up to the end of the last page, so that advice about it concerns nobody else.
  const std::size_t room = (bytes + kLargePage - 1) / kLargePage * kLargePage;
  void* const memory = ::operator new(room, std::align_val_t{kLargePage});
  advise(memory, bytes);
  return {memory, [](void* aligned) { ::operator delete(aligned, std::align_val_t{kLargePage}); }};
}

}  // namespace v1
}  // namespace irosurvey
