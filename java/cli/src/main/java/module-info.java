/** The {@code mlora} command. */
module org.mlora.cli {
  requires com.fasterxml.jackson.databind;
  requires info.picocli;
  requires jdk.management;
  requires org.mlora.core;
  requires static org.jspecify;

  opens org.mlora.cli to
      info.picocli;
}
