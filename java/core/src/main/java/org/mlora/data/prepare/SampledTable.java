package org.mlora.data.prepare;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;

/**
 * Clicks and the negatives drawn for them as a table: domain by domain and user by user, positives
 * before negatives.
 */
final class SampledTable implements TableReader {
  static final String USER = "user_id";
  static final String ITEM = "item_id";
  static final String DOMAIN = "domain";
  static final String LABEL = "label";

  private static final List<String> HEADER = List.of(USER, ITEM, DOMAIN, LABEL);

  private final String source;
  private final Clicks clicks;
  private final List<Double> ratios;
  private final long seed;
  private final long bytesRead;
  private final int[] ends = new int[HEADER.size()];
  private byte[] cells = new byte[256];
  private long row;

  private int domain = -1;
  private String domainName = "";
  private long[] pairs = {};
  private NegativeDraw draw = new NegativeDraw(new int[0], 1, 0, "");
  private int nextUser;
  private int user;
  private int[] items = {};
  private int positives;
  private int at;

  /**
   * The table of some clicks.
   *
   * @param input named in messages
   * @param seed of ratios and draws
   * @param size of what the clicks were read from, in bytes
   */
  static TableSource of(Path input, Clicks clicks, int seed, long size) {
    return new TableSource(() -> new SampledTable(input, clicks, seed, size), size);
  }

  private SampledTable(Path input, Clicks clicks, int seed, long bytesRead) {
    this.source = input.toString();
    this.clicks = clicks;
    this.ratios = NegativeDraw.ratios(clicks.names().size(), seed);
    this.seed = seed;
    this.bytesRead = bytesRead;
  }

  @Override
  public boolean next() {
    while (at == items.length) {
      if (nextUser == pairs.length && !nextDomain()) {
        return false;
      }
      if (nextUser < pairs.length) {
        nextUser();
      }
    }
    int end = put(0, text(clicks.users(), user));
    ends[0] = end;
    ends[1] = put(ends[0], text(clicks.items(), items[at]));
    ends[2] = put(ends[1], domainName.getBytes(StandardCharsets.UTF_8));
    ends[3] = put(ends[2], new byte[] {(byte) (at < positives ? '1' : '0')});
    at++;
    row++;
    return true;
  }

  private boolean nextDomain() {
    if (++domain == clicks.names().size()) {
      return false;
    }
    domainName = clicks.names().get(domain);
    pairs = clicks.pairs(domain);
    int[] ofDomain = Arrays.stream(pairs).mapToInt(Clicks::item).sorted().distinct().toArray();
    draw = new NegativeDraw(ofDomain, ratios.get(domain), seed, domainName);
    nextUser = 0;
    return true;
  }

  private void nextUser() {
    user = Clicks.user(pairs[nextUser]);
    int from = nextUser;
    while (nextUser < pairs.length && Clicks.user(pairs[nextUser]) == user) {
      nextUser++;
    }
    int[] own = Arrays.stream(pairs, from, nextUser).mapToInt(Clicks::item).toArray();
    int[] negatives = draw.draw(user, own);
    items = Arrays.copyOf(own, own.length + negatives.length);
    System.arraycopy(negatives, 0, items, own.length, negatives.length);
    positives = own.length;
    at = 0;
  }

  private static byte[] text(Vocabulary vocabulary, int id) {
    return vocabulary.text(id).getBytes(StandardCharsets.UTF_8);
  }

  private int put(int from, byte[] cell) {
    if (from + cell.length > cells.length) {
      cells = Arrays.copyOf(cells, 2 * (from + cell.length));
    }
    System.arraycopy(cell, 0, cells, from, cell.length);
    return from + cell.length;
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public List<String> header() {
    return HEADER;
  }

  @Override
  public long line() {
    return row;
  }

  @Override
  public byte[] bytes() {
    return cells;
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
    return bytesRead;
  }

  @Override
  public void close() {
    // Holds no file.
  }
}
