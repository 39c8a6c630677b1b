package org.mlora.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TerminalTest {
  private static byte[] printed(JsonNode json, Charset charset) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, charset);
    new Terminal(InputStream.nullInputStream(), stream, stream, false, false, 80, charset)
        .print(json);
    return out.toByteArray();
  }

  @Test
  void jsonHoldsTheSameTextsInEveryCharset() throws IOException {
    JsonNode json = JsonNodeFactory.instance.objectNode().put("Größe", "café 漢 \uD83D\uDE00");
    ObjectMapper reader = new ObjectMapper();
    for (Charset charset :
        new Charset[] {
          StandardCharsets.US_ASCII, StandardCharsets.ISO_8859_1, StandardCharsets.UTF_8
        }) {
      assertThat(reader.readTree(printed(json, charset))).as(charset.name()).isEqualTo(json);
    }
    assertThat(new String(printed(json, StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .contains("café 漢");
  }
}
