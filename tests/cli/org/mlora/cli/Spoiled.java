package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** Bytes of files, made bad. */
final class Spoiled {
  private Spoiled() {}

  /** Writes an int over the last bytes. */
  static byte[] with(byte[] bytes, int at, int value) {
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length + at, value);
    return bytes;
  }

  static byte[] replaced(byte[] bytes, String from, String to) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    return text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Version 2 of the format has a length of four bytes. */
  static byte[] hugeNpyHeader(byte[] bytes) {
    ByteBuffer npy = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    npy.put(6, (byte) 2).putInt(8, 0x7fffffff);
    return bytes;
  }

  static byte[] hugeSafetensorsHeader(byte[] bytes) {
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 60);
    return bytes;
  }

  /** All weights NaN. */
  static byte[] withoutNumbers(byte[] bytes) {
    ByteBuffer weights = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 8 + (int) weights.getLong(0); at < bytes.length; at += Float.BYTES) {
      weights.putFloat(at, Float.NaN);
    }
    return bytes;
  }

  static byte[] zip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
      zip.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
