package org.mlora.cuda.engine;

import org.mlora.error.OutOfDeviceMemoryException;

/**
 * Products of the host, one of which fails, or the opening of a queue: so many from now on succeed.
 */
final class FailingGemm extends HookedGemm {
  int left = Integer.MAX_VALUE;
  int openings = Integer.MAX_VALUE;

  @Override
  void beforeOpening() {
    if (openings-- == 0) {
      throw new OutOfDeviceMemoryException("no room for a queue");
    }
  }

  @Override
  void beforeProduct() {
    if (left-- == 0) {
      throw new IllegalStateException("no product");
    }
  }
}
