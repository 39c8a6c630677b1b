// All kernels of one instruction set; MLORA_ISA names it. Nothing here may be shared with another
// translation unit (templates of the standard library would be), or the linker could pick code that
// this processor cannot run.
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "kernels.h"

namespace mlora {
namespace MLORA_ISA {
namespace {

#include "vec.inl"
#include "multiply.inl"
#include "outer.inl"
#include "adapter.inl"
#include "close.inl"
#include "philox.inl"
#include "optimizer.inl"
#include "attention.inl"
#include "maps.inl"
#include "interactions.inl"

constexpr Kernels kTable = {MLORA_ISA_NAME, kPanel,  multiply,   shrink,  expand,      close,       open,
                            outer,          dropout, add_scaled, squares, step_values, untouched_values,
                            transpose, &kInteractions};

}  // namespace
}  // namespace MLORA_ISA
}  // namespace mlora
