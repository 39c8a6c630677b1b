package org.mlora.testing;

import org.junit.jupiter.api.Assumptions;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.error.UnsupportedDeviceException;

/** The CPU backend, where this build has the native library. */
public final class Cpu {
  private Cpu() {}

  /** The test is skipped, with the reason, where the library is absent. */
  public static CpuBackend require(int threads) {
    try {
      return new CpuBackend(threads);
    } catch (UnsupportedDeviceException e) {
      return Assumptions.abort(e.getMessage());
    }
  }
}
