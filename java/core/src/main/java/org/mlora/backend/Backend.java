package org.mlora.backend;

import org.mlora.network.Network;

/**
 * A device that runs networks. Stateless beyond the device itself; each {@link Engine} owns its
 * memory.
 */
public interface Backend extends AutoCloseable {
  /** One line for people: device, instruction set or driver, threads. */
  String description();

  /**
   * Allocates parameters (zero) and work space for the network, and prepares its ops.
   *
   * @throws org.mlora.error.UnsupportedDeviceException when it cannot run all of the network: names
   *     what it cannot, and the remedy
   */
  Engine compile(Network network);

  @Override
  void close();
}
