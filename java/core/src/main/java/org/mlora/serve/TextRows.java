package org.mlora.serve;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;

/** Rows of a schema whose texts are given by their names. */
final class TextRows implements TableReader {
  private final String domain;
  private final List<String> header = new ArrayList<>();
  private final int[] ends;
  private byte[] bytes = new byte[256];
  private Iterator<Map<String, String>> rows = Collections.emptyIterator();
  private int row;

  TextRows(Schema schema) {
    this.domain = schema.domain();
    header.add(domain);
    schema.fields().stream().map(Field::name).filter(f -> !f.equals(domain)).forEach(header::add);
    this.ends = new int[header.size()];
  }

  /** This table with other rows, until it is closed. */
  TextRows of(List<Map<String, String>> texts) {
    rows = texts.iterator();
    row = 0;
    return this;
  }

  @Override
  public boolean next() {
    if (!rows.hasNext()) {
      return false;
    }
    Map<String, String> texts = rows.next();
    row++;
    int size = 0;
    for (int column = 0; column < ends.length; column++) {
      byte[] cell = text(texts, header.get(column)).getBytes(StandardCharsets.UTF_8);
      if (size + cell.length > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + cell.length));
      }
      System.arraycopy(cell, 0, bytes, size, cell.length);
      size += cell.length;
      ends[column] = size;
    }
    return true;
  }

  private String text(Map<String, String> texts, String name) {
    String text = texts.get(name);
    if (text == null) {
      throw new InvalidInputException(
          place()
              + " has no "
              + (name.equals(domain) ? "domain" : "field")
              + " '"
              + name
              + "'; give all of "
              + String.join(", ", header)
              + ", empty where a value is missing");
    }
    return text;
  }

  @Override
  public String source() {
    return "the rows";
  }

  @Override
  public String place() {
    return "row " + row;
  }

  @Override
  public List<String> header() {
    return header;
  }

  @Override
  public long line() {
    return row;
  }

  @Override
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public int start(int column) {
    return column == 0 ? 0 : ends[column - 1];
  }

  @Override
  public int end(int column) {
    return ends[column];
  }

  @Override
  public long bytesRead() {
    return 0;
  }

  @Override
  public void close() {
    rows = Collections.emptyIterator();
  }
}
