package org.mlora.bench.workload;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * A CSV file like Epinions': user, item, category and rating, users and items with long tails,
 * about 16 bytes a row.
 */
public final class ClickFile {
  private static final int USERS = 22_000;
  private static final int ITEMS = 300_000;
  private static final int CATEGORIES = 27;

  private ClickFile() {}

  /** Writes at least so many bytes; the same arguments give the same file. */
  public static void write(Path path, long bytes) throws IOException {
    Random random = new Random(7);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path), 1 << 16)) {
      out.write("user_id,item_id,category,rating\n".getBytes(StandardCharsets.US_ASCII));
      StringBuilder row = new StringBuilder();
      for (long written = 0; written < bytes; written += row.length()) {
        row.setLength(0);
        row.append(tailed(random, USERS)).append(',').append(tailed(random, ITEMS)).append(',');
        row.append(1 + tailed(random, CATEGORIES)).append(',');
        row.append(1 + random.nextInt(5)).append('\n');
        out.write(row.toString().getBytes(StandardCharsets.US_ASCII));
      }
    }
  }

  /** Half of the draws fall on a seventh of the numbers. */
  private static int tailed(Random random, int count) {
    double u = random.nextDouble();
    return (int) (count * u * u * Math.sqrt(u) * Math.sqrt(Math.sqrt(u)));
  }
}
