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
import org.mlora.cuda.library.BindingVersions;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.nativelib.JavaCppBinding;
import org.mlora.nativelib.NativeHandle;
import org.mlora.nativelib.PackedLibrary;

/** A handle of JavaCPP's cuBLAS; nothing of it is touched before {@link #provider}. */
public final class JavaCppHandle implements CublasHandle {
  /** The library that the presets are linked to. */
  public static final String LIBRARY = "libcublas.so.13";

  private final NativeHandle<cublasContext> handle;
  // Retained: a handle may be made within the scope of a pass, which frees what is made in it.
  private final FloatPointer one = new FloatPointer(1f).retainReference();
  private final FloatPointer beta = new FloatPointer(0f).retainReference();

  private JavaCppHandle() {
    cublasContext created = new cublasContext();
    check(cublas.cublasCreate_v2(created), "cublasCreate");
    this.handle =
        new NativeHandle<>(
            "the handle of cuBLAS",
            created,
            h -> check(cublas.cublasDestroy_v2(h), "cublasDestroy"));
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
            "cuda-" + BindingVersions.CUDA + "-linux-x86_64.jar",
            UnsupportedDeviceException.USE_CPU)
        .load(file -> JavaCppBinding.link(file, cublas.class))
        .require();
    return new CublasProvider("javacpp", library.toString(), JavaCppHandle::new);
  }

  @Override
  public void setMathMode(int mode) {
    check(cublas.cublasSetMathMode(handle.pointer(), mode), "cublasSetMathMode");
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
  public void multiply(ColumnMajor p) {
    beta.put(p.beta());
    check(
        cublas.cublasGemmEx(
            handle.pointer(),
            operation(p.transposeA()),
            operation(p.transposeB()),
            p.m(),
            p.n(),
            p.k(),
            one,
            new Place(p.a()),
            p.operandType(),
            p.lda(),
            new Place(p.b()),
            p.operandType(),
            p.ldb(),
            beta,
            new Place(p.c()),
            p.resultType(),
            p.ldc(),
            p.computeType(),
            DEFAULT_ALGORITHM),
        "cublasGemmEx");
  }

  private static int operation(boolean transpose) {
    return transpose ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N;
  }

  @Override
  public void close() {
    handle.close();
    one.close();
    beta.close();
  }

  /** Memory given by its address. */
  private static final class Place extends Pointer {
    Place(long address) {
      this.address = address;
    }
  }
}
