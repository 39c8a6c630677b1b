package org.mlora.backend.cpu;

import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.error.InvalidInputException;
import org.mlora.nativelib.NativeLibrary;
import org.mlora.nativelib.gen.Mlora;
import org.mlora.network.Network;

/**
 * Runs networks on the processor, in single precision, through the native library. Results are the
 * same to the bit for any number of threads.
 */
public final class CpuBackend implements Backend {
  private final int threads;
  private final int threadsOfAnEngine;

  /**
   * With as many threads as the JVM sees processors.
   *
   * @throws org.mlora.error.UnsupportedDeviceException when the native library cannot be loaded
   */
  public CpuBackend() {
    this(Runtime.getRuntime().availableProcessors());
  }

  /**
   * With a number of threads for each engine, the calling thread among them.
   *
   * @throws InvalidInputException when {@code threads} is below 1
   * @throws org.mlora.error.UnsupportedDeviceException when the native library cannot be loaded
   */
  public CpuBackend(int threads) {
    this(threads, threads);
  }

  private CpuBackend(int threads, int threadsOfAnEngine) {
    if (threads < 1) {
      throw new InvalidInputException("threads is " + threads + "; give 1 or more");
    }
    NativeLibrary.load();
    this.threads = threads;
    this.threadsOfAnEngine = threadsOfAnEngine;
  }

  /**
   * One for that many threads with a session each: predictions are computed by the thread that asks
   * for them alone.
   *
   * @throws InvalidInputException when {@code threads} is below 1
   * @throws org.mlora.error.UnsupportedDeviceException when the native library cannot be loaded
   */
  public static CpuBackend ofCallers(int threads) {
    return new CpuBackend(threads, 1);
  }

  /**
   * Returns when the ops of a network fit its values, its parameters and each other, as the engines
   * of this backend and of CUDA take for granted; the reference backend runs into what does not.
   *
   * @throws InvalidInputException with what does not fit; ops, values and parameters are numbered
   *     from 0
   * @throws org.mlora.error.UnsupportedDeviceException when the native library cannot be loaded
   */
  public static void require(Network network) {
    NativeLibrary.load();
    NativeNetwork.describe(network).close();
  }

  @Override
  public String description() {
    return "CPU, "
        + Mlora.mlora_cpu_instruction_set()
        + ", "
        + threads
        + (threads == 1 ? " thread" : " threads");
  }

  @Override
  public Engine compile(Network network) {
    return new CpuEngine(network, threadsOfAnEngine);
  }

  /** Frees nothing: engines own their memory. */
  @Override
  public void close() {}
}
