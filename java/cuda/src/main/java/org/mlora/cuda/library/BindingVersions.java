package org.mlora.cuda.library;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/** Versions of the bindings, which the names of their jars and natives hold. */
public final class BindingVersions {
  private static final Properties ALL = read();

  /** That of JavaCPP's presets of CUDA. */
  public static final String CUDA = version("cuda");

  /** That of JCuda and JCublas. */
  public static final String JCUDA = version("jcuda");

  private BindingVersions() {}

  private static String version(String name) {
    return Objects.requireNonNull(ALL.getProperty(name), name);
  }

  private static Properties read() {
    Properties all = new Properties();
    try (InputStream in = BindingVersions.class.getResourceAsStream("bindings.properties")) {
      all.load(Objects.requireNonNull(in, "bindings.properties"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }
}
