// libcublas.so.12 and libcublas.so.13 for tests on machines without CUDA: cublasGemmEx over host memory,
// for single precision and bfloat16, and the calls around it. Column-major, like the real one. It takes only what keeps
// sums in float and single precision exact.
#include <cstdint>
#include <cstring>

namespace {

enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, NOT_SUPPORTED = 15 };
enum { FLOAT = 0, BFLOAT16 = 14, COMPUTE_FLOAT = 68, COMPUTE_EXACT = 69, COMPUTE_TF32 = 77, SUMS_IN_FLOAT = 16 };

struct Handle {
  int math_mode = 0;
  void* stream = nullptr;
  void* workspace = nullptr;
  size_t workspace_bytes = 0;
};

float element(const void* matrix, int type, int64_t at) {
  if (type == FLOAT) return static_cast<const float*>(matrix)[at];
  const uint32_t bits = static_cast<uint32_t>(static_cast<const uint16_t*>(matrix)[at]) << 16;
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

// Round to nearest, ties to even.
uint16_t bfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

}  // namespace

extern "C" {
int cublasCreate_v2(Handle** handle) { return *handle = new Handle, SUCCESS; }
int cublasDestroy_v2(Handle* handle) { return delete handle, SUCCESS; }
int cublasGetVersion_v2(Handle*, int* version) { return *version = MLORA_STANDIN_CUBLAS, SUCCESS; }
int cublasSetStream_v2(Handle* handle, void* stream) {
  handle->stream = stream;
  handle->workspace = nullptr;
  return SUCCESS;
}
int cublasSetWorkspace_v2(Handle* handle, void* workspace, size_t bytes) {
  handle->workspace = workspace;
  handle->workspace_bytes = bytes;
  return SUCCESS;
}
int cublasSetMathMode(Handle* handle, int mode) { return handle->math_mode = mode, SUCCESS; }
int cublasGemmEx(Handle* handle, int trans_a, int trans_b, int m, int n, int k, const void* alpha, const void* a,
                 int type_a, int lda, const void* b, int type_b, int ldb, const void* beta, void* c, int type_c,
                 int ldc, int compute, int) {
  if (handle->stream == nullptr || handle->workspace == nullptr) return NOT_INITIALIZED;
  const bool exact = type_a == FLOAT ? compute == COMPUTE_EXACT || compute == COMPUTE_TF32
                                     : compute == COMPUTE_FLOAT && handle->math_mode == SUMS_IN_FLOAT;
  if (type_a != type_b || !exact) return NOT_SUPPORTED;
  if (lda < (trans_a ? k : m) || ldb < (trans_b ? n : k) || ldc < m) return INVALID_VALUE;
  float factor, kept;
  std::memcpy(&factor, alpha, 4);
  std::memcpy(&kept, beta, 4);
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < m; i++) {
      float sum = 0;
      for (int64_t l = 0; l < k; l++) {
        sum += element(a, type_a, trans_a ? l + i * lda : i + l * lda) *
               element(b, type_b, trans_b ? j + l * ldb : l + j * ldb);
      }
      sum *= factor;
      if (kept != 0) sum += kept * element(c, type_c, i + j * ldc);
      if (type_c == FLOAT) {
        static_cast<float*>(c)[i + j * ldc] = sum;
      } else {
        static_cast<uint16_t*>(c)[i + j * ldc] = bfloat16(sum);
      }
    }
  }
  return SUCCESS;
}
}
