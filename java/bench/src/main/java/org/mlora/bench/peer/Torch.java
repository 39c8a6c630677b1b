package org.mlora.bench.peer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** libtorch in this process, and the peer's model compiled by it. */
public final class Torch {
  private final CompilationUnit script;

  /** Loads libtorch, which unpacks it the first time. */
  public Torch(int threads) {
    useThreads(threads);
    // Profiles and specialises for shapes, which change from batch to batch here.
    torch.setGraphExecutorOptimize(false);
    this.script = torch.compile(source());
  }

  /** Threads of all that libtorch does from now on, and of the BLAS below it. */
  public static void useThreads(int threads) {
    torch.set_num_threads(threads);
    openblas_nolapack.blas_set_num_threads(threads);
  }

  private static String source() {
    try (InputStream in = Torch.class.getResourceAsStream("mlora.py")) {
      if (in == null) {
        throw new IllegalStateException("mlora.py is not packaged");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("mlora.py cannot be read", e);
    }
  }

  /** Versions of libtorch and of the BLAS below it. */
  public static String version() {
    return "libtorch " + version("pytorch") + ", OpenBLAS " + version("openblas");
  }

  private static String version(String library) {
    try {
      // The library's own version stands before that of its bindings.
      return Loader.getVersion("org.bytedeco", library).replaceAll("-.*", "");
    } catch (IOException e) {
      return "of unknown version";
    }
  }

  /** Calls a function of the script. */
  IValue call(String name, IValueVector arguments) {
    return script.get_function(new QualifiedName(name)).apply(arguments);
  }

  IValue list(List<Tensor> tensors) {
    IValue list = call("listed", new IValueVector());
    for (Tensor tensor : tensors) {
      list = call("extended", new IValueVector(list, new IValue(tensor)));
    }
    return list;
  }
}
