// Matrix products by cuBLAS, opened at run time so that our library loads where it is missing.
//
// The prototypes and numbers below are those of cublas_api.h; both major versions have them. Row-major
// c = op(a) op(b) is column-major c' = op(b)' op(a)', so the operands change places.
#include <dlfcn.h>

#include <memory>
#include <string>

#include "families.h"
#include "memory.h"
#include "status.h"

namespace mlora::cuda {
namespace {

constexpr int kPlain = 0, kTransposed = 1;                         // cublasOperation_t
constexpr int kFloat = 0, kBf16 = 14;                              // cudaDataType_t
constexpr int kComputeFloat = 68, kComputeExact = 69, kComputeTf32 = 77;  // cublasComputeType_t
constexpr int kDefaultAlgorithm = -1;                              // cublasGemmAlgo_t
constexpr int kSumsInFloat = 16;  // cublasMath_t: parts of a sum in bf16 are not added up in bf16
constexpr int kAllocationFailed = 3;                               // cublasStatus_t
constexpr int64_t kLeastWorkspace = int64_t{32} << 20;

struct CloseLibrary {
  void operator()(void* library) const { dlclose(library); }
};

struct Functions {
  int (*create)(void**);
  int (*destroy)(void*);
  int (*version)(void*, int*);
  int (*set_math_mode)(void*, int);
  int (*set_stream)(void*, void*);
  int (*set_workspace)(void*, void*, size_t);
  int (*multiply)(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int,
                  const void*, void*, int, int, int, int);
};

void check(int status, const char* what) {
  if (status == 0) return;
  throw Failure(status == kAllocationFailed, status, what, "cuBLAS refused");
}

}  // namespace
}  // namespace mlora::cuda

struct mlora_cuda_gemm {
  std::unique_ptr<void, mlora::cuda::CloseLibrary> library;
  mlora::cuda::Functions functions = {};
  void* handle = nullptr;
  void* stream = nullptr;
  uint64_t workspace = 0;
  int64_t workspace_bytes = 0;
  std::string name;

  mlora_cuda_gemm() = default;
  mlora_cuda_gemm(const mlora_cuda_gemm&) = delete;
  mlora_cuda_gemm& operator=(const mlora_cuda_gemm&) = delete;
  ~mlora_cuda_gemm() {
    if (handle != nullptr) functions.destroy(handle);
  }
};

namespace mlora::cuda {
namespace {

void open(mlora_cuda_gemm& gemm, const char* file) {
  const char* const usual[] = {"libcublas.so.13", "libcublas.so.12"};
  std::string tried;
  const auto try_file = [&](const char* name) {
    gemm.library.reset(dlopen(name, RTLD_NOW | RTLD_LOCAL));
    if (gemm.library != nullptr) {
      gemm.name = name;
    } else {
      const char* const why = dlerror();
      tried += std::string(tried.empty() ? "" : "; ") + (why == nullptr ? name : why);
    }
    return gemm.library != nullptr;
  };
  if (file != nullptr) {
    try_file(file);
  } else if (!try_file(usual[0])) {
    try_file(usual[1]);
  }
  if (gemm.library == nullptr) throw Unsupported("cuBLAS cannot be opened: " + tried);
}

template <typename Function>
void find(const mlora_cuda_gemm& gemm, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(gemm.library.get(), name));
  if (function == nullptr) throw Unsupported(gemm.name + " has no " + name);
}

void connect(mlora_cuda_gemm& gemm, uint64_t workspace, int64_t workspace_bytes) {
  Functions& f = gemm.functions;
  find(gemm, "cublasDestroy_v2", f.destroy);
  find(gemm, "cublasCreate_v2", f.create);
  find(gemm, "cublasGetVersion_v2", f.version);
  find(gemm, "cublasSetMathMode", f.set_math_mode);
  find(gemm, "cublasSetStream_v2", f.set_stream);
  find(gemm, "cublasSetWorkspace_v2", f.set_workspace);
  find(gemm, "cublasGemmEx", f.multiply);
  check(f.create(&gemm.handle), "cublasCreate");
  int version = 0;
  check(f.version(gemm.handle, &version), "cublasGetVersion");
  gemm.name += " " + std::to_string(version);
  check(f.set_math_mode(gemm.handle, kSumsInFloat), "cublasSetMathMode");
  // In this order: a new stream takes the workspace away.
  check(f.set_stream(gemm.handle, gemm.stream), "cublasSetStream");
  check(f.set_workspace(gemm.handle, pointer<void>(workspace), static_cast<size_t>(workspace_bytes)),
        "cublasSetWorkspace");
}

void run(const mlora_cuda_gemm& gemm, const mlora_cuda_product& p) {
  check_product(p);
  if (p.precision == MLORA_CUDA_TF32X3) {
    mlora_cuda_product own = p;
    own.work = gemm.workspace;
    own.work_bytes = gemm.workspace_bytes;
    multiply(own, static_cast<Stream>(gemm.stream));
    return;
  }
  const bool half = p.precision == MLORA_CUDA_BF16;
  const int type = half ? kBf16 : kFloat;
  const int compute = half ? kComputeFloat : p.precision == MLORA_CUDA_TF32 ? kComputeTf32 : kComputeExact;
  const float alpha = 1, beta = p.beta;
  check(gemm.functions.multiply(gemm.handle, p.transpose_b != 0 ? kTransposed : kPlain,
                                p.transpose_a != 0 ? kTransposed : kPlain, p.n, p.m, p.k, &alpha,
                                pointer<const void>(p.b), type, p.ldb, pointer<const void>(p.a), type, p.lda, &beta,
                                pointer<void>(p.c), half && p.c_float == 0 ? kBf16 : kFloat, p.ldc, compute,
                                kDefaultAlgorithm),
        "cublasGemmEx");
}

}  // namespace
}  // namespace mlora::cuda

using namespace mlora::cuda;

extern "C" {

mlora_cuda_status mlora_cuda_gemm_create(const char* library, uint64_t workspace, int64_t workspace_bytes,
                                         void* stream, mlora_cuda_gemm** gemm) {
  return guard([&] {
    given(gemm);
    require(workspace != 0 && workspace % 256 == 0 && workspace_bytes >= kLeastWorkspace,
            "cuBLAS needs a workspace of at least 32 MiB, at a multiple of 256");
    auto made = std::make_unique<mlora_cuda_gemm>();
    made->stream = stream;
    made->workspace = workspace;
    made->workspace_bytes = workspace_bytes;
    open(*made, library);
    connect(*made, workspace, workspace_bytes);
    *gemm = made.release();
  });
}

void mlora_cuda_gemm_destroy(mlora_cuda_gemm* gemm) { delete gemm; }

const char* mlora_cuda_gemm_library(const mlora_cuda_gemm* gemm) { return gemm == nullptr ? "" : gemm->name.c_str(); }

mlora_cuda_status mlora_cuda_gemm_run(mlora_cuda_gemm* gemm, const mlora_cuda_product* product) {
  return guard([&] { run(given(gemm), given(product)); });
}

}  // extern "C"
