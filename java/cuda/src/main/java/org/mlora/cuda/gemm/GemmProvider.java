package org.mlora.cuda.gemm;

import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.Stream;

/** A way to have matrix products computed. */
public interface GemmProvider {
  /** Scratch memory that a queue should be given: what cuBLAS advises for its largest devices. */
  long WORKSPACE_BYTES = 32L << 20;

  /** Its name in settings: {@code jcublas}, {@code javacpp} or {@code native}. */
  String name();

  /** One line for people: name, library and version. */
  String description();

  /**
   * Products on a stream. The device must be current for the calling thread.
   *
   * @param workspace scratch memory of this queue alone, so that its products have the same bits
   *     whatever other streams do; must outlive the queue
   */
  GemmQueue open(Stream stream, DeviceMemory workspace);
}
