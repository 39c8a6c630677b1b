package org.mlora.cuda.gemm.jcublas;

import static org.mlora.cuda.gemm.CublasErrors.check;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.runtime.cudaStream_t;
import org.mlora.cuda.gemm.CublasHandle;
import org.mlora.cuda.gemm.CublasProvider;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.jcuda.JCudaLibrary;
import org.mlora.cuda.library.BindingVersions;
import org.mlora.nativelib.NativeHandle;

/** A handle of JCublas; nothing of JCublas is touched before {@link #provider}. */
public final class JCublasHandle implements CublasHandle {
  /** The library that the natives of JCublas are bound to, by symbol version. */
  public static final String LIBRARY = "libcublas.so.12";

  private final NativeHandle<cublasHandle> handle;

  private JCublasHandle() {
    cublasHandle created = new cublasHandle();
    check(JCublas2.cublasCreate(created), "cublasCreate");
    this.handle =
        new NativeHandle<>(
            "the handle of cuBLAS",
            created,
            h -> check(JCublas2.cublasDestroy(h), "cublasDestroy"));
  }

  /**
   * Loads JCublas.
   *
   * @param library the library, already loaded
   * @throws org.mlora.error.UnsupportedDeviceException when its natives cannot be loaded
   */
  public static GemmProvider provider(Path library) {
    JCudaLibrary.load(
            JCublas2.class,
            "JCublas2",
            "jcublas-natives-" + BindingVersions.JCUDA + "-linux-x86_64.jar",
            () -> JCublas2.setExceptionsEnabled(false))
        .require();
    return new CublasProvider("jcublas", library.toString(), JCublasHandle::new);
  }

  @Override
  public void setMathMode(int mode) {
    check(JCublas2.cublasSetMathMode(handle.pointer(), mode), "cublasSetMathMode");
  }

  @Override
  public void setStream(long stream) {
    check(JCublas2.cublasSetStream(handle.pointer(), Streams.of(stream)), "cublasSetStream");
  }

  @Override
  public void setWorkspace(long address, long bytes) {
    check(
        JCublas2.cublasSetWorkspace(handle.pointer(), new Place(address), bytes),
        "cublasSetWorkspace");
  }

  @Override
  public void multiply(ColumnMajor p) {
    check(
        JCublas2.cublasGemmEx_new(
            handle.pointer(),
            operation(p.transposeA()),
            operation(p.transposeB()),
            p.m(),
            p.n(),
            p.k(),
            Pointer.to(new float[] {1}),
            new Place(p.a()),
            p.operandType(),
            p.lda(),
            new Place(p.b()),
            p.operandType(),
            p.ldb(),
            Pointer.to(new float[] {p.beta()}),
            new Place(p.c()),
            p.resultType(),
            p.ldc(),
            p.computeType(),
            DEFAULT_ALGORITHM),
        "cublasGemmEx");
  }

  private static int operation(boolean transpose) {
    return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  @Override
  public void close() {
    handle.close();
  }

  /** Memory given by its address. */
  private static final class Place extends Pointer {
    Place(long address) {
      super(address);
    }
  }

  /** Streams given by their handle, for which JCuda has no public constructor. */
  private static final class Streams {
    private static final MethodHandle OF_HANDLE = find();

    private static MethodHandle find() {
      try {
        return MethodHandles.privateLookupIn(cudaStream_t.class, MethodHandles.lookup())
            .findConstructor(cudaStream_t.class, MethodType.methodType(void.class, long.class));
      } catch (ReflectiveOperationException e) {
        throw new LinkageError("this version of JCuda makes no stream of a handle", e);
      }
    }

    static cudaStream_t of(long handle) {
      try {
        return (cudaStream_t) OF_HANDLE.invokeExact(handle);
      } catch (Throwable e) {
        throw new LinkageError("JCuda makes no stream of a handle", e);
      }
    }
  }
}
