package org.mlora.backend.reference;

import org.mlora.backend.Backend;
import org.mlora.network.Network;

/**
 * Runs networks in plain Java and double precision, on one thread. What checkpoints keep is in
 * single precision, so that a training that is resumed ends with other last bits.
 */
public final class ReferenceBackend implements Backend {
  @Override
  public String description() {
    return "reference, Java, double precision, 1 thread";
  }

  @Override
  public ReferenceEngine compile(Network network) {
    return new ReferenceEngine(network);
  }

  @Override
  public void close() {}
}
