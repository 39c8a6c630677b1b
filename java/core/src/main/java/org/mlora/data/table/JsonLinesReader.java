package org.mlora.data.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * Reads some keys of a file with a JSON object on each line, plain or gzip; empty lines are
 * skipped. Texts, numbers, true and false become cells; a key that a line lacks is an error.
 */
public final class JsonLinesReader extends BufferedTable {
  private static final JsonFactory JSON = new JsonFactory();

  private final String source;
  private final CountingStream counter;
  private final BufferedReader in;
  private final List<String> keys;
  private long line;

  private JsonLinesReader(Path path, InputStream raw, List<String> keys) throws IOException {
    this.source = path.toString();
    this.counter = new CountingStream(raw);
    this.in = new BufferedReader(new InputStreamReader(counter.unpacked(), StandardCharsets.UTF_8));
    this.keys = List.copyOf(keys);
  }

  /**
   * Opens a file.
   *
   * @param keys of each object, which become the columns
   */
  public static JsonLinesReader open(Path path, List<String> keys) {
    @Nullable InputStream raw = null;
    try {
      raw = Files.newInputStream(path);
      return new JsonLinesReader(path, raw, keys);
    } catch (IOException e) {
      closeAfter(raw, e);
      throw FileErrors.cannotRead(path, e);
    }
  }

  private static void closeAfter(@Nullable InputStream raw, IOException e) {
    if (raw != null) {
      try {
        raw.close();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
    }
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public List<String> header() {
    return keys;
  }

  @Override
  public boolean next() {
    try {
      String text = in.readLine();
      line++;
      while (text != null && text.isBlank()) {
        text = in.readLine();
        line++;
      }
      if (text == null) {
        return false;
      }
      parse(text);
      return true;
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          place() + " is no JSON object: " + e.getOriginalMessage() + "; get the file again", e);
    } catch (IOException e) {
      throw FileErrors.cannotRead(Path.of(source), e);
    }
  }

  private void parse(String text) throws IOException {
    @Nullable String[] found = new String[keys.size()];
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidInputException(place() + " is no JSON object; get the file again");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        int column = keys.indexOf(parser.currentName());
        JsonToken value = parser.nextToken();
        if (column >= 0 && value.isScalarValue() && value != JsonToken.VALUE_NULL) {
          found[column] = parser.getText();
        }
        parser.skipChildren();
      }
    }
    row.clear();
    for (int i = 0; i < found.length; i++) {
      String cell = found[i];
      if (cell == null) {
        throw new InvalidInputException(
            place() + " has no '" + keys.get(i) + "'; is this the right kind of file?");
      }
      add(keys.get(i), cell);
    }
  }

  @Override
  public long line() {
    return line;
  }

  @Override
  public long bytesRead() {
    return counter.count();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw FileErrors.cannotRead(Path.of(source), e);
    }
  }
}
