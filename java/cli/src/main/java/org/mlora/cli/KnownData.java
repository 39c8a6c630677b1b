package org.mlora.cli;

import java.util.List;
import java.util.Optional;

/**
 * A public data set: where it comes from and what is known of its files.
 *
 * @param terms in a few words
 * @param md5 of the file, where its publisher gives one
 * @param use how it is prepared
 */
record KnownData(
    String name, String file, String page, String terms, Optional<String> md5, String use) {
  private static final String GROUPLENS = "research only, no redistribution, no commercial use";
  private static final String UCSD = "research; cite the papers named on the page";

  static final List<KnownData> ALL =
      List.of(
          new KnownData(
              "MovieLens 100K",
              "ml-100k.zip",
              "https://grouplens.org/datasets/movielens/100k/",
              GROUPLENS,
              Optional.of("0e33842e24a9c977be4e0107933c0723"),
              "unzip, then: mlora prepare movielens --input ml-100k --domain gender --out DIR"),
          new KnownData(
              "MovieLens 1M",
              "ml-1m.zip",
              "https://grouplens.org/datasets/movielens/1m/",
              GROUPLENS,
              Optional.of("c4d9eecfca2ab87c1945afe126590906"),
              "unzip, then: mlora prepare movielens --input ml-1m --domain gender --out DIR"),
          new KnownData(
              "Amazon 2018, 5-core",
              "CATEGORY_5.json.gz",
              "https://nijianmo.github.io/amazon/index.html",
              UCSD,
              Optional.empty(),
              "mlora prepare amazon --input FOLDER --categories 6 --out DIR"),
          new KnownData(
              "Amazon 2014, 5-core",
              "reviews_CATEGORY_5.json.gz",
              "http://jmcauley.ucsd.edu/data/amazon/index_2014.html",
              UCSD,
              Optional.empty(),
              "mlora prepare amazon --input FOLDER --out DIR"),
          new KnownData(
              "Taobao theme click log",
              "theme_click_log.csv, user_embedding.csv, item_embedding.csv",
              "https://tianchi.aliyun.com/dataset/dataDetail?dataId=9716",
              "account and consent on the page",
              Optional.empty(),
              "mlora prepare taobao --input FOLDER --themes 10 --out DIR"));

  /** The checksum that was published for a file of that name. */
  static Optional<String> md5(String file) {
    return ALL.stream()
        .filter(data -> data.file.equals(file))
        .flatMap(data -> data.md5.stream())
        .findFirst();
  }
}
