package org.mlora.cli;

import java.util.Random;

/** Small tables of ratings: shops that disagree about the items. */
final class TestData {
  private static final String HEADER = "user,item,shop,rating\n";

  private TestData() {}

  /** Ratings of two shops, one liking what the other does not; the same for the same rows. */
  static String csv(int rows) {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder(HEADER);
    for (int row = 0; row < rows; row++) {
      int item = random.nextInt(20);
      boolean books = random.nextInt(3) > 0;
      row(text, random, item, books ? "books" : "toys", item % 2 == 0 == books);
    }
    return text.toString();
  }

  /** As many ratings of each of up to four shops; shop s likes items whose bit s is 0. */
  static String csv(int rows, String... shops) {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder(HEADER);
    for (int row = 0; row < rows; row++) {
      int shop = row % shops.length;
      int item = random.nextInt(20);
      row(text, random, item, shops[shop], (item >> shop & 1) == 0);
    }
    return text.toString();
  }

  private static void row(
      StringBuilder text, Random random, int item, String shop, boolean likely) {
    boolean liked = random.nextInt(10) < (likely ? 8 : 2);
    text.append("u").append(random.nextInt(30)).append(",i").append(item);
    text.append(',').append(shop).append(',').append(liked ? 5 : 1 + random.nextInt(3));
    text.append('\n');
  }
}
