package org.mlora.cli;

import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.cli.terminal.Terminal;
import org.mlora.error.UnsupportedDeviceException;
import picocli.CommandLine.Option;

/** Flags that say where it runs. */
final class DeviceFlags {
  /** What {@code --device} may be. */
  enum Device {
    AUTO,
    CPU,
    REFERENCE,
    CUDA
  }

  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "NAME",
      converter = Words.OfDevice.class,
      description =
          "auto, cpu, reference (plain Java in double precision, slow) or cuda"
              + " (default: ${DEFAULT-VALUE}).",
      order = 60)
  Device device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = FlagTypes.Count.class,
      description = "CPU threads; results do not depend on it (default: all cores).",
      order = 61)
  Optional<Integer> threads;

  /** Opens the device; the caller closes it. {@code auto} says on {@code err} what it chose. */
  Backend open(Terminal terminal, OutputFlags output) {
    return switch (device) {
      case CPU -> cpu();
      case REFERENCE -> new ReferenceBackend();
      case CUDA ->
          throw new UnsupportedDeviceException(
              "--device cuda: this version has no CUDA backend; use --device cpu or leave the flag"
                  + " out");
      case AUTO -> {
        Backend chosen = cpu();
        if (!output.quiet) {
          terminal.tell(
              "device: " + chosen.description() + " (auto: this version has no CUDA backend)");
        }
        yield chosen;
      }
    };
  }

  private Backend cpu() {
    return threads.map(CpuBackend::new).orElseGet(CpuBackend::new);
  }
}
