package org.mlora.backend;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.mlora.error.UnsupportedDeviceException;

/**
 * A kind of device whose backend lives in a module of its own, found by {@link ServiceLoader}. A
 * provider loads nothing until it is asked to.
 */
public interface BackendProvider {
  /** The name by which users ask for it, for example {@code cuda}. */
  String name();

  /**
   * Opens a device of this kind.
   *
   * @param index number of the device, from 0
   * @throws org.mlora.error.InvalidInputException when it does not know an option's value
   * @throws UnsupportedDeviceException when it is not there or cannot be used: names what was
   *     tried, why it failed, and the remedy
   */
  Backend open(int index, DeviceOptions options);

  /** Looks at everything that {@link #open} needs. Never throws; what fails is a finding. */
  List<Finding> diagnose();

  /**
   * The provider of that name, where its module is there: where this interface comes from, or where
   * the thread finds its classes, as in a container either may not see the other.
   */
  static Optional<BackendProvider> named(String name) {
    ClassLoader own = BackendProvider.class.getClassLoader();
    return Stream.of(
            ServiceLoader.load(BackendProvider.class, own),
            ServiceLoader.load(BackendProvider.class))
        .flatMap(ServiceLoader::stream)
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(name))
        .findFirst();
  }

  /**
   * One thing looked at.
   *
   * @param key its name in JSON
   * @param name its name for people
   * @param value what was found, or why it does not work
   * @param remedy what to do about it; empty where it works
   */
  record Finding(String key, String name, String value, Optional<String> remedy) {}
}
