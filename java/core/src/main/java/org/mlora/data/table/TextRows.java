package org.mlora.data.table;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.mlora.data.Names;
import org.mlora.error.InvalidInputException;

/** Rows in memory, whose texts are given by the names of their columns. */
public final class TextRows extends BufferedTable {
  private final List<String> header;
  private Iterator<? extends Map<String, String>> rows = Collections.emptyIterator();
  private int number;

  /** A table without rows. */
  public TextRows(List<String> header) {
    this.header = List.copyOf(header);
  }

  /** This table with other rows, until it is closed. */
  public TextRows of(Iterable<? extends Map<String, String>> texts) {
    rows = texts.iterator();
    number = 0;
    return this;
  }

  /**
   * Goes to the next row, whose other texts are left out of account.
   *
   * @throws InvalidInputException where it lacks a column
   */
  @Override
  public boolean next() {
    if (!rows.hasNext()) {
      return false;
    }
    number++;
    Map<String, String> texts = rows.next();
    if (texts == null) {
      throw new InvalidInputException(place() + " is null");
    }
    row.clear();
    for (String name : header) {
      String text = texts.get(name);
      if (text == null) {
        throw new InvalidInputException(
            place()
                + " has no '"
                + name
                + "'; give all of "
                + Names.listed(header)
                + ", empty where a value is missing");
      }
      row.add(text);
    }
    return true;
  }

  @Override
  public String source() {
    return "the rows";
  }

  @Override
  public String place() {
    return number == 0 ? source() : "row " + number;
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
  }
}
