package org.mlora.cuda.runtime;

/**
 * What a device is.
 *
 * @param index its number, from 0
 * @param capability compute capability, ten times major plus minor: 90 is 9.0
 * @param multiprocessors number of streaming multiprocessors
 * @param totalBytes its memory
 * @param driver newest CUDA version of the driver, for example {@code 13.0}
 */
public record DeviceFacts(
    int index, String name, int capability, int multiprocessors, long totalBytes, String driver) {
  /** One line for people. */
  @Override
  public String toString() {
    return name
        + ", compute capability "
        + capability / 10
        + "."
        + capability % 10
        + ", "
        + MemoryUse.size(totalBytes)
        + ", driver for CUDA "
        + driver;
  }
}
