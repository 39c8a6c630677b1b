package org.mlora.data.npy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The text header of a {@code .npy} file: a Python dictionary literal with the keys {@code descr},
 * {@code fortran_order} and {@code shape} (NumPy enhancement proposal 1).
 */
record NpyHeader(String description, boolean fortranOrder, List<Long> shape) {
  NpyHeader {
    shape = List.copyOf(shape);
  }

  /** The whole start of a file, magic and padding included: a multiple of 64 bytes. */
  static byte[] encode(NpyType type, List<Long> shape) {
    StringBuilder text = new StringBuilder();
    text.append("{'descr': '")
        .append(type.description())
        .append("', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < shape.size(); i++) {
      text.append(i == 0 ? "" : " ")
          .append(shape.get(i))
          .append(i + 1 < shape.size() || i == 0 ? "," : "");
    }
    text.append("), }");
    // Always 128 bytes, so that the row count can be filled in after streaming the rows.
    while (text.length() < 128 - 10 - 1) {
      text.append(' ');
    }
    text.append('\n');
    byte[] bytes = new byte[128];
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    System.arraycopy(start, 0, bytes, 0, start.length);
    byte[] body = text.toString().getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(body, 0, bytes, start.length, body.length);
    return bytes;
  }

  /** Reads the dictionary; empty where it is not one that NumPy writes. */
  static Optional<NpyHeader> decode(String text) {
    return new Literal(text).dictionary();
  }

  /** A strict reader of the one literal. */
  private static final class Literal {
    private final String text;
    private int at;

    Literal(String text) {
      this.text = text;
    }

    Optional<NpyHeader> dictionary() {
      Optional<String> description = Optional.empty();
      Optional<Boolean> fortran = Optional.empty();
      Optional<List<Long>> shape = Optional.empty();
      if (!take('{')) {
        return Optional.empty();
      }
      while (!take('}')) {
        Optional<String> key = string();
        if (key.isEmpty() || !take(':')) {
          return Optional.empty();
        }
        boolean read;
        switch (key.get()) {
          case "descr" -> {
            read = description.isEmpty();
            description = string();
            read &= description.isPresent();
          }
          case "fortran_order" -> {
            read = fortran.isEmpty();
            fortran = truth();
            read &= fortran.isPresent();
          }
          case "shape" -> {
            read = shape.isEmpty();
            shape = tuple();
            read &= shape.isPresent();
          }
          default -> read = false;
        }
        if (!read || !take(',') && !peek('}')) {
          return Optional.empty();
        }
      }
      skip();
      if (at != text.length() || description.isEmpty() || fortran.isEmpty() || shape.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(new NpyHeader(description.get(), fortran.get(), shape.get()));
    }

    private void skip() {
      while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private boolean peek(char c) {
      skip();
      return at < text.length() && text.charAt(at) == c;
    }

    private boolean take(char c) {
      if (peek(c)) {
        at++;
        return true;
      }
      return false;
    }

    private Optional<String> string() {
      skip();
      if (at >= text.length() || "'\"".indexOf(text.charAt(at)) < 0) {
        return Optional.empty();
      }
      int end = text.indexOf(text.charAt(at), at + 1);
      if (end < 0) {
        return Optional.empty();
      }
      String value = text.substring(at + 1, end);
      at = end + 1;
      return Optional.of(value);
    }

    private Optional<Boolean> truth() {
      skip();
      for (String word : List.of("True", "False")) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return Optional.of(word.equals("True"));
        }
      }
      return Optional.empty();
    }

    private Optional<List<Long>> tuple() {
      List<Long> values = new ArrayList<>();
      if (!take('(')) {
        return Optional.empty();
      }
      while (!take(')')) {
        skip();
        int start = at;
        while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0 && at - start < 19) {
          at++;
        }
        if (at == start || values.size() == 32) {
          return Optional.empty();
        }
        try {
          values.add(Long.parseLong(text.substring(start, at)));
        } catch (NumberFormatException e) {
          return Optional.empty();
        }
        if (!take(',') && !peek(')')) {
          return Optional.empty();
        }
      }
      return Optional.of(values);
    }
  }
}
