package org.mlora.cli;

import java.util.Optional;
import java.util.function.Supplier;
import org.mlora.backend.Backend;
import org.mlora.backend.BackendProvider;
import org.mlora.backend.DeviceOptions;
import org.mlora.backend.FallbackBackend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.cli.terminal.Terminal;
import org.mlora.error.InvalidInputException;
import org.mlora.error.UnsupportedDeviceException;
import picocli.CommandLine.Option;

/** Flags that say where it runs. */
final class DeviceFlags {
  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "NAME",
      converter = DeviceName.Converter.class,
      description =
          "auto (CUDA where it works, else cpu), cpu, reference (plain Java in double precision,"
              + " slow), cuda or cuda:N for the device of that number (default: ${DEFAULT-VALUE}).",
      order = 60)
  DeviceName device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = FlagTypes.Count.class,
      description = "CPU threads; results do not depend on it (default: all cores).",
      order = 61)
  Optional<Integer> threads;

  @Option(
      names = "--precision",
      defaultValue = "fp32",
      paramLabel = "NAME",
      converter = Words.OfPrecision.class,
      description =
          "What a GPU multiplies: fp32, 3xtf32 (tensor cores, about as exact), tf32 or bf16; sums and"
              + " parameters are in single precision (default: ${DEFAULT-VALUE}).",
      order = 62)
  String precision;

  @Option(
      names = "--gemm",
      defaultValue = "auto",
      paramLabel = "NAME",
      converter = Words.OfProducts.class,
      description =
          "Who multiplies matrices on a GPU: jcublas (CUDA 12), javacpp (CUDA 13), native (either),"
              + " kernels (ours, without cuBLAS), or auto, the first that works (default:"
              + " ${DEFAULT-VALUE}).",
      order = 63)
  String gemm;

  /** Opens the device; the caller closes it. {@code auto} says on {@code err} what it chose. */
  Backend open(Terminal terminal, OutputFlags output) {
    return open(terminal, output, () -> new CpuBackend(cpuThreads()));
  }

  /** The same for {@link #cpuThreads} threads with a session each. */
  Backend openForSessions(Terminal terminal, OutputFlags output) {
    return open(terminal, output, () -> CpuBackend.ofCallers(cpuThreads()));
  }

  private Backend open(Terminal terminal, OutputFlags output, Supplier<Backend> cpu) {
    refuseWhatOnlyCudaKnows();
    return switch (device.kind()) {
      case CPU -> cpu.get();
      case REFERENCE -> new ReferenceBackend();
      case CUDA -> cuda(device.index());
      case AUTO -> auto(terminal, output, cpu);
    };
  }

  private void refuseWhatOnlyCudaKnows() {
    boolean maybeCuda =
        device.kind() == DeviceName.Kind.CUDA || device.kind() == DeviceName.Kind.AUTO;
    DeviceOptions usual = DeviceOptions.DEFAULT;
    if (!maybeCuda && !options().equals(usual)) {
      String flag =
          precision.equals(usual.precision()) ? "--gemm " + gemm : "--precision " + precision;
      throw new InvalidInputException(
          flag + " is for CUDA devices; leave it out, or give --device cuda");
    }
  }

  private DeviceOptions options() {
    return new DeviceOptions(precision, gemm);
  }

  /** Asked by name, a device is opened or refused; nothing takes its place. */
  private Backend cuda(int index) {
    String name = new DeviceName(DeviceName.Kind.CUDA, index).toString();
    try {
      return provider().open(index, options());
    } catch (UnsupportedDeviceException e) {
      throw new UnsupportedDeviceException("--device " + name + ": " + e.getMessage(), e);
    }
  }

  private static BackendProvider provider() {
    return BackendProvider.named("cuda")
        .orElseThrow(
            () ->
                new UnsupportedDeviceException(
                    "the CUDA backend is not in the class path; add the jar mlora-cuda-VERSION.jar,"
                        + " or use --device cpu"));
  }

  private Backend auto(Terminal terminal, OutputFlags output, Supplier<Backend> opening) {
    Backend cuda;
    try {
      cuda = provider().open(0, options());
    } catch (UnsupportedDeviceException e) {
      Backend cpu = opening.get();
      tell(terminal, output, cpu, "auto, as CUDA cannot be used: " + e.getMessage());
      return cpu;
    }
    tell(terminal, output, cuda, "auto");
    return new FallbackBackend(
        cuda,
        opening,
        (cpu, why) -> tell(terminal, output, cpu, "auto, as CUDA cannot run this: " + why));
  }

  private static void tell(Terminal terminal, OutputFlags output, Backend chosen, String why) {
    if (!output.quiet) {
      terminal.tell("device: " + chosen.description() + " (" + why + ")");
    }
  }

  /** Threads that the processor may be given. */
  int cpuThreads() {
    return threads.orElseGet(Runtime.getRuntime()::availableProcessors);
  }
}
