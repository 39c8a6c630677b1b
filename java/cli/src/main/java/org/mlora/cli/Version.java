package org.mlora.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version, as Maven wrote it into the jar. */
final class Version implements IVersionProvider {
  private static final String RESOURCE = "/META-INF/maven/org.mlora/mlora-cli/pom.properties";

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {"mlora " + text(), "Java " + Runtime.version()};
  }

  static String text() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        return "(not packaged)";
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    }
  }
}
