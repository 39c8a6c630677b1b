package org.mlora.cli;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mlora.backend.Backend;
import org.mlora.backend.Device;
import org.mlora.backend.DeviceOptions;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.cli.terminal.Terminal;
import org.mlora.data.EnumLabel;
import org.mlora.error.InvalidInputException;
import org.mlora.error.UnsupportedDeviceException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Flags that say where it runs. */
final class DeviceFlags {
  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "NAME",
      converter = Named.class,
      description =
          "auto (CUDA where it works, else cpu), cpu, reference (plain Java in double precision,"
              + " slow), cuda or cuda:N for the device of that number (default: ${DEFAULT-VALUE}).",
      order = 60)
  Device device;

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
    try {
      return device.open(
          cpu,
          new DeviceOptions(precision, gemm),
          (chosen, why) -> tell(terminal, output, chosen, why));
    } catch (UnsupportedDeviceException e) {
      throw device.kind() == Device.Kind.CUDA
          ? new UnsupportedDeviceException("--device " + device + ": " + e.getMessage(), e)
          : e;
    }
  }

  private void refuseWhatOnlyCudaKnows() {
    boolean maybeCuda = device.kind() == Device.Kind.CUDA || device.kind() == Device.Kind.AUTO;
    DeviceOptions usual = DeviceOptions.DEFAULT;
    if (!maybeCuda && !new DeviceOptions(precision, gemm).equals(usual)) {
      String flag =
          precision.equals(usual.precision()) ? "--gemm " + gemm : "--precision " + precision;
      throw new InvalidInputException(
          flag + " is for CUDA devices; leave it out, or give --device cuda");
    }
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

  /** Reads a device, with picocli's error where it is none. */
  static final class Named implements ITypeConverter<Device> {
    private static final List<String> WORDS =
        Stream.of(Device.Kind.values()).map(EnumLabel::of).toList();

    @Override
    public Device convert(String text) {
      try {
        return Device.named(text);
      } catch (InvalidInputException e) {
        throw new TypeConversionException(
            e.getMessage()
                + CloseWord.to(text, WORDS).map(w -> "; did you mean '" + w + "'?").orElse(""));
      }
    }
  }
}
