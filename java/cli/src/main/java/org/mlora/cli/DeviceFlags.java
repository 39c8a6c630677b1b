package org.mlora.cli;

import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.backend.BackendProvider;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.cli.terminal.Terminal;
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

  /** Opens the device; the caller closes it. {@code auto} says on {@code err} what it chose. */
  Backend open(Terminal terminal, OutputFlags output) {
    return switch (device.kind()) {
      case CPU -> cpu();
      case REFERENCE -> new ReferenceBackend();
      case CUDA -> cuda(device.index());
      case AUTO -> auto(terminal, output);
    };
  }

  /** Asked by name, a device is opened or refused; nothing takes its place. */
  private static Backend cuda(int index) {
    String name = new DeviceName(DeviceName.Kind.CUDA, index).toString();
    try {
      return provider().open(index);
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

  private Backend auto(Terminal terminal, OutputFlags output) {
    Backend chosen;
    String why;
    try {
      chosen = provider().open(0);
      why = "auto";
    } catch (UnsupportedDeviceException e) {
      chosen = cpu();
      why = "auto, as CUDA cannot be used: " + e.getMessage();
    }
    if (!output.quiet) {
      terminal.tell("device: " + chosen.description() + " (" + why + ")");
    }
    return chosen;
  }

  private Backend cpu() {
    return threads.map(CpuBackend::new).orElseGet(CpuBackend::new);
  }
}
