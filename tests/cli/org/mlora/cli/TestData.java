package org.mlora.cli;

import java.util.Random;

/** Small tables of ratings: two shops that disagree about the items. */
final class TestData {
  private TestData() {}

  /** A table with the columns user, item, shop and rating; the same for the same number of rows. */
  static String csv(int rows) {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder("user,item,shop,rating\n");
    for (int row = 0; row < rows; row++) {
      int item = random.nextInt(20);
      boolean books = random.nextInt(3) > 0;
      boolean liked = random.nextInt(10) < (item % 2 == 0 == books ? 8 : 2);
      text.append("u").append(random.nextInt(30)).append(",i").append(item);
      text.append(books ? ",books," : ",toys,").append(liked ? 5 : 1 + random.nextInt(3));
      text.append('\n');
    }
    return text.toString();
  }
}
