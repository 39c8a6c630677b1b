package org.mlora.cuda.runtime;

import java.util.Locale;

/**
 * Memory of a device.
 *
 * @param heldBytes what this runtime has handed out and not got back
 * @param freeBytes what the driver says is free for all processes
 * @param totalBytes all there is
 */
public record MemoryUse(long heldBytes, long freeBytes, long totalBytes) {
  /** What to tell when an allocation does not fit. */
  public String refusal(long bytes, String purpose) {
    return "no room for "
        + purpose
        + " on the device: asked for "
        + size(bytes)
        + ", this process holds "
        + size(heldBytes)
        + ", "
        + size(freeBytes)
        + " of "
        + size(totalBytes)
        + " are free; use a smaller batch or smaller tables, or free memory that other processes"
        + " hold";
  }

  /** A number of bytes for people. */
  public static String size(long bytes) {
    if (bytes >= 1L << 30) {
      return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
    return bytes >= 1L << 20 ? (bytes >> 20) + " MiB" : bytes + " bytes";
  }
}
