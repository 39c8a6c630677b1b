#define MLORA_ISA avx2
#define MLORA_ISA_NAME "avx2"
#define MLORA_ISA_AVX2 1
#include "kernels.inl"

namespace mlora {
const Kernels* avx2_kernels() { return &avx2::kTable; }
}  // namespace mlora
