// Which instruction set to use: the best that processor and system support, or MLORA_CPU.
#include <cstdlib>
#include <cstring>

#include "error.h"
#include "kernels.h"

namespace mlora {
namespace {

const Kernels* best() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const char* wanted = std::getenv("MLORA_CPU");
  if (wanted != nullptr && std::strcmp(wanted, "baseline") == 0) return baseline_kernels();
  if (wanted != nullptr && std::strcmp(wanted, "avx2") == 0 && avx2) return avx2_kernels();
  if (avx512) return avx512_kernels();
  if (avx2) return avx2_kernels();
#elif defined(__aarch64__)
  const char* wanted = std::getenv("MLORA_CPU");
  if (wanted == nullptr || std::strcmp(wanted, "baseline") != 0) return neon_kernels();
#endif
  return baseline_kernels();
}

}  // namespace

const Kernels& kernels() {
  static const Kernels* const chosen = best();
  return *chosen;
}

void check_instruction_set() {
  const char* wanted = std::getenv("MLORA_CPU");
  if (wanted == nullptr || *wanted == '\0') return;
  for (const char* name : {"avx512", "avx2", "neon", "baseline"}) {
    if (std::strcmp(wanted, name) == 0) return;
  }
  throw Invalid(text("MLORA_CPU is '%s'; give avx512, avx2, neon or baseline", wanted));
}

}  // namespace mlora
