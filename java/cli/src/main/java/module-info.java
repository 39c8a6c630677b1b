/** The {@code mlora} command. */
module org.mlora.cli {
  requires com.fasterxml.jackson.databind;
  requires info.picocli;
  requires org.mlora.core;
  requires org.slf4j;

  opens org.mlora.cli to
      info.picocli;
}
