package org.mlora.nativelib;

import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;

/** Joins the classes that JavaCPP generates with the file that holds their native methods. */
public final class JavaCppBinding {
  private JavaCppBinding() {}

  /**
   * Loads a file and lets bindings take their native methods from it. JavaCPP's own search for
   * libraries is switched off meanwhile: it would look for files that are not there and make
   * folders in the user's home.
   *
   * @throws LinkageError where the file cannot be loaded
   */
  public static void link(Path file, Class<?>... bindings) {
    JavaCppProperties.limitPhysicalMemoryByDefault();
    JavaCppProperties.withoutLibrarySearch(
        () -> {
          initialize(Pointer.class);
          for (Class<?> binding : bindings) {
            initialize(binding);
          }
        });
    System.load(file.toString());
  }

  private static void initialize(Class<?> type) {
    try {
      Class.forName(type.getName(), true, type.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new LinkageError("cannot initialise " + type.getName(), e);
    }
  }
}
