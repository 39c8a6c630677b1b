package org.mlora.testing;

import org.mlora.backend.cpu.CpuBackend;

/**
 * A program that prints what the CPU backend is; in no package of the modules that it may run
 * beside.
 */
public final class CpuDescription {
  private CpuDescription() {}

  public static void main(String[] arguments) {
    try (CpuBackend backend = new CpuBackend(1)) {
      System.out.println(backend.description());
    }
  }
}
