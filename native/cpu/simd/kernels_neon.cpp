#define MLORA_ISA neon
#define MLORA_ISA_NAME "neon"
#define MLORA_ISA_NEON 1
#include "kernels.inl"

namespace mlora {
const Kernels* neon_kernels() { return &neon::kTable; }
}  // namespace mlora
