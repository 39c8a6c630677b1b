package org.mlora.data.table;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.mlora.data.Names;
import org.mlora.error.InvalidInputException;

/** Rows of a program, whose texts are given by the names of their columns. */
public final class TextRows extends BufferedTable {
  private final String name;
  private final List<String> header;
  private Iterator<? extends Map<String, String>> rows = Collections.emptyIterator();
  private Runnable closing = () -> {};
  private int number;

  /** A table without rows. */
  public TextRows(List<String> header) {
    this("", header);
  }

  /**
   * A table without rows.
   *
   * @param name what messages call it; empty: they say numbers of rows alone
   */
  TextRows(String name, List<String> header) {
    this.name = name;
    this.header = List.copyOf(header);
  }

  /** This table with other rows, until it is closed. */
  public TextRows of(Iterable<? extends Map<String, String>> texts) {
    return of(texts.iterator(), () -> {});
  }

  /** This table with the rows of a stream, which is closed with it. */
  TextRows of(Stream<? extends Map<String, String>> texts) {
    return of(texts.iterator(), texts::close);
  }

  private TextRows of(Iterator<? extends Map<String, String>> texts, Runnable afterwards) {
    rows = texts;
    closing = afterwards;
    number = 0;
    return this;
  }

  /**
   * Goes to the next row, whose other texts are left out of account.
   *
   * @throws InvalidInputException where it lacks a column, or a text is cut within a character
   */
  @Override
  public boolean next() {
    if (!rows.hasNext()) {
      return false;
    }
    number++;
    Map<String, String> texts = rows.next();
    if (texts == null) {
      throw new InvalidInputException(place() + " is null; give a map of its texts");
    }
    row.clear();
    for (String column : header) {
      String text = texts.get(column);
      if (text == null) {
        throw new InvalidInputException(
            place()
                + " has no '"
                + column
                + "'; give all of "
                + Names.listed(header)
                + ", empty where a value is missing");
      }
      add(column, text);
    }
    return true;
  }

  @Override
  public String source() {
    return name.isEmpty() ? "the program's table" : name;
  }

  @Override
  public String place() {
    if (number == 0) {
      return source();
    }
    return (name.isEmpty() ? "" : name + ": ") + "row " + number;
  }

  @Override
  public String emptiness() {
    return source() + " has no rows";
  }

  @Override
  public List<String> header() {
    return header;
  }

  @Override
  public long line() {
    return number;
  }

  @Override
  public long bytesRead() {
    return 0;
  }

  /** Lets go of the rows. */
  @Override
  public void close() {
    rows = Collections.emptyIterator();
    Runnable last = closing;
    closing = () -> {};
    last.run();
  }
}
