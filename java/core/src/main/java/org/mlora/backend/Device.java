package org.mlora.backend;

import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.EnumLabel;
import org.mlora.error.InvalidInputException;
import org.mlora.error.UnsupportedDeviceException;

/**
 * A device by its name, as {@code --device} gives it, and what opens it.
 *
 * @param index number of the device of its kind, from 0
 */
public record Device(Kind kind, int index) {
  private static final Pattern NUMBERED = Pattern.compile("cuda:(\\d{1,3})");

  /** Kinds of devices. */
  public enum Kind {
    /** CUDA where it works, for the networks that it can run, else the CPU. */
    AUTO,
    /** The native engine on this machine's processors. */
    CPU,
    /** Plain Java in double precision, slow. */
    REFERENCE,
    /** An NVIDIA GPU; an error where it does not work. */
    CUDA
  }

  /**
   * Checks the number.
   *
   * @throws InvalidInputException when it is below 0, or another than 0 for a kind of which there
   *     is one
   */
  public Device {
    if (index < 0 || index > 0 && kind != Kind.CUDA) {
      throw new InvalidInputException(
          "there is no device " + index + " of kind " + EnumLabel.of(kind) + "; give 0");
    }
  }

  /**
   * The device of a name: {@code auto}, {@code cpu}, {@code reference}, {@code cuda}, or {@code
   * cuda:N} for the CUDA device of that number.
   *
   * @throws InvalidInputException when there is no such name
   */
  public static Device named(String name) {
    String word = name.strip().toLowerCase(Locale.ROOT);
    Matcher numbered = NUMBERED.matcher(word);
    if (numbered.matches()) {
      return new Device(Kind.CUDA, Integer.parseInt(numbered.group(1)));
    }
    for (Kind kind : Kind.values()) {
      if (EnumLabel.of(kind).equals(word)) {
        return new Device(kind, 0);
      }
    }
    throw new InvalidInputException(
        word.startsWith("cuda:")
            ? "'" + name + "' has no number of a device; give cuda:0, cuda:1 and so on"
            : "'" + name + "' is not a device; give auto, cpu, reference, cuda or cuda:N");
  }

  /**
   * Opens it, a CPU with as many threads as the JVM sees processors, a GPU in single precision.
   * {@link Backend#description} says what {@code auto} chose.
   *
   * @throws UnsupportedDeviceException when it is not there or cannot be used
   */
  public Backend open() {
    return open(CpuBackend::new, DeviceOptions.DEFAULT, (chosen, why) -> {});
  }

  /**
   * Opens it; the caller closes the backend.
   *
   * @param cpu opens the CPU, where that is asked for or chosen
   * @param options of a GPU; others have no use for them
   * @param told hears what {@code auto} chose and why; also later, where the GPU cannot run a
   *     network
   * @throws InvalidInputException when a GPU does not know an option's value
   * @throws UnsupportedDeviceException when it is not there or cannot be used: says why, and what
   *     to do. Asked for by name, nothing takes its place
   */
  public Backend open(
      Supplier<Backend> cpu, DeviceOptions options, BiConsumer<Backend, String> told) {
    return switch (kind) {
      case CPU -> cpu.get();
      case REFERENCE -> new ReferenceBackend();
      case CUDA -> cuda(index, options);
      case AUTO -> chosen(cpu, options, told);
    };
  }

  private static Backend chosen(
      Supplier<Backend> opening, DeviceOptions options, BiConsumer<Backend, String> told) {
    Backend cuda;
    try {
      cuda = cuda(0, options);
    } catch (UnsupportedDeviceException e) {
      return told(opening.get(), "auto, as CUDA cannot be used: " + e.getMessage(), told);
    }
    told(cuda, "auto", told);
    return new FallbackBackend(
        cuda, opening, (cpu, why) -> told.accept(cpu, "auto, as CUDA cannot run this: " + why));
  }

  /** The backend, which is not left open where who is told fails. */
  private static Backend told(Backend chosen, String why, BiConsumer<Backend, String> told) {
    try {
      told.accept(chosen, why);
      return chosen;
    } catch (Throwable e) {
      chosen.close();
      throw e;
    }
  }

  private static Backend cuda(int index, DeviceOptions options) {
    return BackendProvider.named("cuda")
        .orElseThrow(
            () ->
                new UnsupportedDeviceException(
                    "the CUDA backend is not in the class path; add the jar mlora-cuda-VERSION.jar,"
                        + " or "
                        + UnsupportedDeviceException.USE_CPU))
        .open(index, options);
  }

  /** Its name. */
  @Override
  public String toString() {
    String name = EnumLabel.of(kind);
    return index == 0 ? name : name + ":" + index;
  }
}
