package org.mlora.data.store;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mlora.error.InvalidInputException;

/** JSON in which no key is there twice, as this program writes it. */
public final class StrictJson {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private StrictJson() {}

  /** Writes it over lines. */
  public static ObjectWriter writer() {
    return MAPPER.writerWithDefaultPrettyPrinter();
  }

  /** Reads a file token by token; the caller closes it. */
  public static JsonParser parser(Path file) throws IOException {
    return MAPPER.createParser(file.toFile());
  }

  /**
   * Reads a file.
   *
   * @param mebibytes that it has at most
   * @param what it should be, for errors
   * @throws InvalidInputException when it is larger, cannot be read, or is not JSON
   */
  public static JsonNode read(Path file, int mebibytes, String what) {
    try {
      if (Files.size(file) > (long) mebibytes << 20) {
        throw new InvalidInputException(
            file
                + " is larger than "
                + mebibytes
                + " MiB; it is no "
                + what
                + ", use another copy");
      }
      return MAPPER.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw FileErrors.notJson(file.toString(), e);
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }
}
