package org.mlora.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/** Small JSON files that people write. */
final class JsonFile {
  private static final long MAX_BYTES = 1 << 20;
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonFile() {}

  /**
   * The object that a file holds.
   *
   * @param flag that named the file, for errors
   * @param example of its content, for errors
   * @throws InvalidInputException naming the file, and the line that is not JSON
   */
  static JsonNode object(Path file, String flag, String example) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new InvalidInputException(
            file + " is larger than 1 MiB; a config file is one small JSON object");
      }
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      if (!json.isObject()) {
        throw new InvalidInputException(file + " holds no JSON object; write " + example);
      }
      return json;
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(file + ": no such file; correct " + flag, e);
    } catch (JsonProcessingException e) {
      throw FileErrors.notJson(file.toString(), "correct it", e);
    } catch (IOException e) {
      throw new InvalidInputException(file + " cannot be read: " + e + "; correct " + flag, e);
    }
  }
}
