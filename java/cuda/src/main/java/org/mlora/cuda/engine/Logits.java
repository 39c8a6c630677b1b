package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import org.mlora.cuda.library.gen.CudaCopy;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Value;

/**
 * The logits as loss and predictions take them: floats, one after the other. Where the op that
 * makes them writes elements, they are copied, and their gradient back.
 */
final class Logits {
  private final Value logit;
  private final boolean copied;
  private final long floats;
  private final long slopes;

  Logits(Value logit, Buffers buffers) {
    this.logit = logit;
    this.copied = !buffers.isFloat(logit);
    this.floats = copied ? buffers.floatRows(1) : 0;
    this.slopes = copied ? buffers.parts(buffers.capacity(), 1) : 0;
  }

  long address(Site site) {
    return copied ? site.at(floats) : site.value(logit);
  }

  /** Address of their gradient. */
  long gradient(Site site) {
    return copied ? site.at(slopes) : site.gradient(logit);
  }

  /** Queues the copy of what the network made. */
  void take(Site site) {
    if (copied) {
      copy(site, site.valueOf(logit), floatsAt(site, floats));
    }
  }

  /** Queues the copy of the loss's gradient to the network. */
  void giveGradient(Site site) {
    if (copied) {
      copy(site, floatsAt(site, slopes), site.gradientOf(logit));
    }
  }

  private static CudaMatrix floatsAt(Site site, long place) {
    return site.elementsAt(site.at(place), 1, 1).is_float(1);
  }

  private static void copy(Site site, CudaMatrix from, CudaMatrix to) {
    CudaCopy copy = new CudaCopy().from(from).to(to).width(1);
    check(
        MloraCuda.mlora_cuda_copy_columns(
            site.batch(), site.precision().code(), copy, 1, site.stream()));
  }
}
