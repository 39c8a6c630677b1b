#define MLORA_ISA avx512
#define MLORA_ISA_NAME "avx512"
#define MLORA_ISA_AVX512 1
#include "kernels.inl"

namespace mlora {
const Kernels* avx512_kernels() { return &avx512::kTable; }
}  // namespace mlora
