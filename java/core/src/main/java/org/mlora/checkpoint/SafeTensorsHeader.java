package org.mlora.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mlora.error.InvalidInputException;

/**
 * The JSON header of a safetensors file. Its tensors must fill the rest of the file without gaps or
 * overlaps, as the format demands.
 */
record SafeTensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
  /** Limit of the format's own implementation. */
  static final long MAX_BYTES = 100_000_000;

  private static final String METADATA = "__metadata__";
  private static final int MAX_AXES = 32;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxNumberLength(20)
                  .maxStringLength(1 << 20)
                  .maxNameLength(1 << 16)
                  .build())
          .build();

  /**
   * Reads a header.
   *
   * @param file names the file in errors
   * @param dataBytes size of the file after the header
   * @throws InvalidInputException saying what is wrong
   */
  static SafeTensorsHeader parse(String file, byte[] json, long dataBytes) {
    try (JsonParser parser = JSON.createParser(json)) {
      SafeTensorsHeader header = new Reader(file, parser).header();
      header.requireWhole(file, dataBytes);
      return header;
    } catch (IOException e) {
      String reason = Optional.ofNullable(e.getMessage()).orElse("unreadable");
      throw damaged(file, "its header is not valid JSON: " + reason.lines().findFirst().orElse(""));
    }
  }

  static InvalidInputException damaged(String file, String what) {
    return new InvalidInputException(
        file + " is no usable safetensors file: " + what + "; use another copy or checkpoint");
  }

  private void requireWhole(String file, long dataBytes) {
    List<TensorInfo> ordered = new ArrayList<>(tensors.values());
    ordered.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
    long at = 0;
    for (TensorInfo tensor : ordered) {
      if (tensor.begin() != at) {
        throw damaged(
            file,
            "tensor '"
                + tensor.name()
                + "' begins at byte "
                + tensor.begin()
                + " where byte "
                + at
                + " is due (gap or overlap)");
      }
      at = tensor.end();
    }
    if (at != dataBytes) {
      throw damaged(file, "its tensors need " + at + " bytes of data, it has " + dataBytes);
    }
  }

  /** Walks the tokens, so that a hostile header is refused before it takes memory. */
  private record Reader(String file, JsonParser parser) {
    SafeTensorsHeader header() throws IOException {
      Map<String, TensorInfo> tensors = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      require(parser.nextToken() == JsonToken.START_OBJECT, "the header is not a JSON object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (name.equals(METADATA)) {
          metadata(metadata);
        } else {
          tensors.put(name, tensor(name));
        }
      }
      require(parser.currentToken() == JsonToken.END_OBJECT, "the header is cut off");
      require(parser.nextToken() == null, "the header goes on after its JSON object");
      return new SafeTensorsHeader(tensors, metadata);
    }

    private void metadata(Map<String, String> metadata) throws IOException {
      require(parser.nextToken() == JsonToken.START_OBJECT, METADATA + " is not an object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        require(
            parser.nextToken() == JsonToken.VALUE_STRING, METADATA + "." + key + " is not text");
        metadata.put(key, parser.getText());
      }
    }

    private TensorInfo tensor(String name) throws IOException {
      require(parser.nextToken() == JsonToken.START_OBJECT, "'" + name + "' is not an object");
      Optional<TensorType> type = Optional.empty();
      Optional<List<Long>> shape = Optional.empty();
      Optional<List<Long>> offsets = Optional.empty();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        switch (key) {
          case "dtype" -> {
            String text = parser.getText();
            type = TensorType.of(text);
            require(type.isPresent(), "'" + name + "' has the unknown dtype '" + text + "'");
          }
          case "shape" -> shape = Optional.of(numbers(name, key));
          case "data_offsets" -> offsets = Optional.of(numbers(name, key));
          default -> require(false, "'" + name + "' has the unknown key '" + key + "'");
        }
      }
      require(
          type.isPresent() && shape.isPresent() && offsets.isPresent(),
          "'" + name + "' lacks dtype, shape or data_offsets");
      return tensor(name, type.orElseThrow(), shape.orElseThrow(), offsets.orElseThrow());
    }

    private TensorInfo tensor(String name, TensorType type, List<Long> shape, List<Long> offsets) {
      require(offsets.size() == 2, "'" + name + "' has data_offsets " + offsets);
      long begin = offsets.get(0);
      long end = offsets.get(1);
      require(begin <= end, "'" + name + "' ends before it begins");
      long bytes = type.bytes();
      try {
        for (long axis : shape) {
          bytes = Math.multiplyExact(bytes, axis);
        }
      } catch (ArithmeticException e) {
        throw damaged(file, "'" + name + "' has the impossible shape " + shape);
      }
      require(
          end - begin == bytes,
          "'" + name + "' " + shape + " needs " + bytes + " bytes, it has " + (end - begin));
      return new TensorInfo(name, type, shape, begin, end);
    }

    private List<Long> numbers(String name, String key) throws IOException {
      require(
          parser.currentToken() == JsonToken.START_ARRAY, "'" + name + "'." + key + " is no list");
      List<Long> numbers = new ArrayList<>();
      while (parser.nextToken() == JsonToken.VALUE_NUMBER_INT) {
        long number = parser.getLongValue();
        require(number >= 0, "'" + name + "'." + key + " has a number below 0");
        require(numbers.size() < MAX_AXES, "'" + name + "'." + key + " is too long");
        numbers.add(number);
      }
      require(
          parser.currentToken() == JsonToken.END_ARRAY,
          "'" + name + "'." + key + " is not a list of whole numbers");
      return numbers;
    }

    private void require(boolean condition, String what) {
      if (!condition) {
        throw damaged(file, what);
      }
    }
  }
}
