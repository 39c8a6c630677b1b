package org.mlora.train;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.mlora.data.Dataset;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.random.RandomStream;

/**
 * A small click log whose domains disagree about items: the logit is a user's taste plus an item's
 * appeal, whose sign and size depend on the domain.
 */
final class Clicks {
  static final int USERS = 40;
  static final int ITEMS = 30;

  private Clicks() {}

  /** Writes and opens a data set with these domains, {@code rows} each. */
  static Dataset dataset(Path folder, List<String> domains, int rows) {
    return dataset(folder, domains, Collections.nCopies(domains.size(), rows));
  }

  /** The same with as many rows of each domain as are said. */
  static Dataset dataset(Path folder, List<String> domains, List<Integer> rows) {
    return dataset(folder, domains, rows, 1, USERS);
  }

  /** The same of the users in [first, last] alone, the first of whom has id 1. */
  static Dataset dataset(
      Path folder, List<String> domains, List<Integer> rows, int first, int last) {
    OptionalInt width = OptionalInt.empty();
    Field.IdRule rule = new Field.IdRule.Vocabulary();
    Schema schema =
        new Schema(
            "label",
            "label==1",
            "domain",
            domains,
            List.of(
                new Field.Categorical("uid", last - first + 2, rule, width),
                new Field.Categorical("pid", ITEMS + 1, rule, width)));
    try (DatasetWriter writer = DatasetWriter.create(DatasetWriter.begin(folder, false), schema)) {
      for (int domain = 0; domain < domains.size(); domain++) {
        rows(writer, domain, domains.get(domain), rows.get(domain), first, last);
      }
      Map<String, Vocabulary> words = new LinkedHashMap<>();
      words.put("uid", vocabulary("u", IntStream.rangeClosed(first, last)));
      words.put("pid", vocabulary("p", IntStream.rangeClosed(1, ITEMS)));
      writer.write(new Vocabularies(words));
      writer.commit();
    }
    return Dataset.open(folder);
  }

  private static Vocabulary vocabulary(String prefix, IntStream numbers) {
    Vocabulary words = new Vocabulary();
    numbers.forEach(i -> words.add(prefix + i));
    return words;
  }

  private static void rows(
      DatasetWriter writer, int domain, String name, int rows, int first, int last) {
    RandomStream random = new RandomStream(5, "clicks " + name);
    RandomStream shared = new RandomStream(5, "tastes");
    for (int row = 0; row < rows; row++) {
      int user = first + (int) (random.uniform(4L * row) * (last - first + 1));
      int item = 1 + (int) (random.uniform(4L * row + 1) * ITEMS);
      double appeal = shared.normal(1000 + item) + 1.5 * random.normal(1_000_000 + item);
      double logit = shared.normal(user) + appeal;
      boolean positive = random.uniform(4L * row + 2) < 1 / (1 + Math.exp(-logit));
      double part = random.uniform(4L * row + 3);
      Split split = part < 0.6 ? Split.TRAIN : part < 0.8 ? Split.VALIDATION : Split.TEST;
      writer.split(split).id(0, user - first + 1);
      writer.split(split).id(1, item);
      writer.split(split).endRow(domain, positive);
    }
  }
}
