package org.mlora.cuda.library;

import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.library.gen.CudaAttention;
import org.mlora.cuda.library.gen.CudaBatch;
import org.mlora.cuda.library.gen.CudaBatchLayout;
import org.mlora.cuda.library.gen.CudaCin;
import org.mlora.cuda.library.gen.CudaColumns;
import org.mlora.cuda.library.gen.CudaCopy;
import org.mlora.cuda.library.gen.CudaCorrection;
import org.mlora.cuda.library.gen.CudaCross;
import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.CudaDomainDense;
import org.mlora.cuda.library.gen.CudaField;
import org.mlora.cuda.library.gen.CudaFieldAdapters;
import org.mlora.cuda.library.gen.CudaGate;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.CudaOptimizer;
import org.mlora.cuda.library.gen.CudaParameter;
import org.mlora.cuda.library.gen.CudaPartitionedNorm;
import org.mlora.cuda.library.gen.CudaParts;
import org.mlora.cuda.library.gen.CudaPiece;
import org.mlora.cuda.library.gen.CudaProduct;
import org.mlora.cuda.library.gen.CudaSenet;
import org.mlora.cuda.library.gen.CudaState;
import org.mlora.cuda.library.gen.CudaTables;
import org.mlora.cuda.library.gen.CudaTower;
import org.mlora.cuda.library.gen.CudaUse;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.error.FatalDeviceException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.nativelib.JavaCppBinding;
import org.mlora.nativelib.PackedLibrary;

/**
 * The library of our kernels, {@code libmlora_cuda} (the jar {@code
 * mlora-cuda-VERSION-linux-x86_64-cuda.jar}). It needs neither driver nor CUDA to be loaded. Loaded
 * once in the life of the process.
 */
public final class Kernels {
  private static final String FILE_NAME = System.mapLibraryName("mlora_cuda");

  private Kernels() {}

  /** Loads the library unless that is done, and tells what became of it. */
  public static PackedLibrary.Outcome outcome() {
    return Loaded.OUTCOME;
  }

  /** Joins the bindings with a file that exports {@code mlora_cuda.h}. */
  public static void link(Path file) {
    JavaCppBinding.link(
        file,
        MloraCuda.class,
        CudaState.class,
        CudaBatch.class,
        CudaBatchLayout.class,
        CudaField.class,
        CudaDense.class,
        CudaTower.class,
        CudaColumns.class,
        CudaCorrection.class,
        CudaOptimizer.class,
        CudaParameter.class,
        CudaParts.class,
        CudaUse.class,
        CudaTables.class,
        CudaProduct.class,
        CudaMatrix.class,
        CudaCopy.class,
        CudaCross.class,
        CudaSenet.class,
        CudaCin.class,
        CudaAttention.class,
        CudaFieldAdapters.class,
        CudaGate.class,
        CudaPiece.class,
        CudaDomainDense.class,
        CudaPartitionedNorm.class);
  }

  /**
   * Returns when a call succeeded. Its arguments were checked before, so one that it refuses is a
   * mistake of ours.
   */
  public static void check(int status) {
    if (status != MloraCuda.MLORA_CUDA_OK) {
      throw exception(status, MloraCuda.mlora_cuda_last_error());
    }
  }

  private static RuntimeException exception(int status, String message) {
    return switch (status) {
      case MloraCuda.MLORA_CUDA_INVALID -> new IllegalStateException(message);
      case MloraCuda.MLORA_CUDA_OUT_OF_MEMORY -> new OutOfDeviceMemoryException(message);
      case MloraCuda.MLORA_CUDA_UNSUPPORTED -> new UnsupportedDeviceException(message);
      case MloraCuda.MLORA_CUDA_FATAL -> new FatalDeviceException(message);
      default -> new FatalDeviceException("unknown status " + status + ": " + message);
    };
  }

  /** A stream, as the bindings take it. */
  public static Pointer stream(long address) {
    return new Place(address);
  }

  private static final class Place extends Pointer {
    Place(long address) {
      this.address = address;
    }
  }

  /** Holds the outcome of the one attempt, made when it is first asked for. */
  private static final class Loaded {
    static final PackedLibrary.Outcome OUTCOME =
        PackedLibrary.ours(
                Kernels.class,
                FILE_NAME,
                "the library of CUDA kernels",
                "mlora-cuda-VERSION-linux-x86_64-cuda.jar",
                UnsupportedDeviceException.USE_CPU)
            .load(Kernels::link);
  }
}
