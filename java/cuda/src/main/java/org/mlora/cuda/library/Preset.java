package org.mlora.cuda.library;

import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * How JavaCPP reads {@code native/include/mlora_cuda.h} and {@code mlora_cuda_interactions.h}; what
 * it makes of them is committed in {@code src/gen/java}. See CONTRIBUTING.md for how to generate it
 * again.
 */
@Properties(
    value =
        @Platform(
            cinclude = {"mlora_cuda.h", "mlora_cuda_interactions.h"},
            library = "jnimlora_cuda"),
    target = "org.mlora.cuda.library.gen",
    global = "org.mlora.cuda.library.gen.MloraCuda")
@NoException
public class Preset implements InfoMapper {
  @Override
  public void map(InfoMap map) {
    for (String name :
        new String[] {
          "state",
          "batch",
          "batch_layout",
          "field",
          "dense",
          "tower",
          "columns",
          "correction",
          "optimizer",
          "parameter",
          "parts",
          "use",
          "tables",
          "product",
          "gemm",
          "matrix",
          "copy",
          "cross",
          "senet",
          "cin",
          "attention",
          "field_adapters",
          "gate",
          "partitioned_norm",
          "piece",
          "domain_dense"
        }) {
      map.put(new Info("mlora_cuda_" + name).pointerTypes(className(name)));
    }
    map.put(new Info("const char").valueTypes("byte").pointerTypes("String"));
  }

  private static String className(String name) {
    StringBuilder result = new StringBuilder("Cuda");
    for (String word : name.split("_")) {
      result.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
    }
    return result.toString();
  }
}
