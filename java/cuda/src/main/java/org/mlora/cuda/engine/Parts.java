package org.mlora.cuda.engine;

import java.util.ArrayList;
import java.util.List;
import org.mlora.cuda.library.gen.MloraCuda;

/** Lists cut into as many entries as one call of the library takes. */
final class Parts {
  private Parts() {}

  static <T> List<List<T>> of(List<T> all) {
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += MloraCuda.MLORA_CUDA_MOST) {
      parts.add(all.subList(from, Math.min(all.size(), from + MloraCuda.MLORA_CUDA_MOST)));
    }
    return parts;
  }
}
