package org.mlora.cuda.gemm.javacpp;

import static org.mlora.cuda.gemm.CublasErrors.check;

import java.nio.file.Path;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.gemm.CublasHandle;
import org.mlora.cuda.gemm.CublasProvider;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.nativelib.JavaCppBinding;
import org.mlora.nativelib.NativeHandle;
import org.mlora.nativelib.PackedLibrary;

/** A handle of JavaCPP's cuBLAS; nothing of it is touched before {@link #provider}. */
public final class JavaCppHandle implements CublasHandle {
  /** The library that the presets are linked to. */
  public static final String LIBRARY = "libcublas.so.13";

  private static final int FLOAT = 0; // CUDA_R_32F
  private static final int DEFAULT_ALGORITHM = -1; // CUBLAS_GEMM_DEFAULT

  private final NativeHandle<cublasContext> handle;
  private final FloatPointer alpha = new FloatPointer(1);
  private final FloatPointer beta = new FloatPointer(1);

  private JavaCppHandle() {
    cublasContext created = new cublasContext();
    check(cublas.cublasCreate_v2(created), "cublasCreate");
    this.handle =
        new NativeHandle<>(created, h -> check(cublas.cublasDestroy_v2(h), "cublasDestroy"));
  }

  /**
   * Loads the presets' natives.
   *
   * @param library the library, already loaded
   * @throws org.mlora.error.UnsupportedDeviceException when they cannot be loaded
   */
  public static GemmProvider provider(Path library) {
    PackedLibrary.theirs(
            cublas.class,
            "/org/bytedeco/cuda/linux-x86_64/libjnicublas.so",
            "cuda-13.1-9.19-1.5.13-linux-x86_64.jar",
            "run with --device cpu")
        .load(file -> JavaCppBinding.link(file, cublas.class))
        .require();
    return new CublasProvider("javacpp", library.toString(), JavaCppHandle::new);
  }

  @Override
  public int version() {
    int[] version = new int[1];
    check(cublas.cublasGetVersion_v2(handle.pointer(), version), "cublasGetVersion");
    return version[0];
  }

  @Override
  public void setStream(long stream) {
    CUstream_st place = new CUstream_st(new Place(stream));
    check(cublas.cublasSetStream_v2(handle.pointer(), place), "cublasSetStream");
  }

  @Override
  public void setWorkspace(long address, long bytes) {
    check(
        cublas.cublasSetWorkspace_v2(handle.pointer(), new Place(address), bytes),
        "cublasSetWorkspace");
  }

  @Override
  public void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long b,
      int ldb,
      int operandType,
      float beta,
      long c,
      int ldc,
      int computeType) {
    this.alpha.put(alpha);
    this.beta.put(beta);
    check(
        cublas.cublasGemmEx(
            handle.pointer(),
            operation(transposeA),
            operation(transposeB),
            m,
            n,
            k,
            this.alpha,
            new Place(a),
            operandType,
            lda,
            new Place(b),
            operandType,
            ldb,
            this.beta,
            new Place(c),
            FLOAT,
            ldc,
            computeType,
            DEFAULT_ALGORITHM),
        "cublasGemmEx");
  }

  private static int operation(boolean transpose) {
    return transpose ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N;
  }

  @Override
  public void close() {
    handle.close();
    alpha.close();
    beta.close();
  }

  /** Memory given by its address. */
  private static final class Place extends Pointer {
    Place(long address) {
      this.address = address;
    }
  }
}
