#define MLORA_ISA baseline
#define MLORA_ISA_NAME "baseline"
#define MLORA_ISA_BASELINE 1
#include "kernels.inl"

namespace mlora {
const Kernels* baseline_kernels() { return &baseline::kTable; }
}  // namespace mlora
