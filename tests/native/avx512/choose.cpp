// The AVX-512 kernels on any processor: in place of native/cpu/simd/choose.cpp.
#include "simd/kernels.h"

const mlora::Kernels& mlora::kernels() { return *avx512_kernels(); }
void mlora::check_instruction_set() {}
