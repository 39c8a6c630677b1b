#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "error.h"

namespace mlora {

std::string text(const char* format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

void* allocate(int64_t count, int64_t size, const char* what) {
  if (count <= 0) return nullptr;
  constexpr int64_t kHuge = int64_t{2} << 20;
  int64_t bytes = 0;
  bool fits = !__builtin_mul_overflow(count, size, &bytes) && bytes <= INT64_MAX - kHuge;
  // Beyond the physical memory the kernel may grant pages that it cannot back.
  fits = fits && bytes / sysconf(_SC_PAGESIZE) < sysconf(_SC_PHYS_PAGES);
  void* memory = nullptr;
  const int64_t alignment = bytes >= 2 * kHuge ? kHuge : 64;
  if (!fits || posix_memalign(&memory, alignment, bytes) != 0) {
    throw OutOfMemory(text("out of memory: %lld x %lld bytes for %s", static_cast<long long>(count),
                           static_cast<long long>(size), what));
  }
#ifdef MADV_HUGEPAGE
  if (alignment == kHuge) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  std::memset(memory, 0, bytes);
  return memory;
}

void release(void* memory) noexcept { std::free(memory); }

}  // namespace mlora
