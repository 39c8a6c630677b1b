package org.mlora.data.prepare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.Split;
import org.mlora.data.Vocabulary;
import org.mlora.data.store.AtomicFolder;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * The layout of the published code (spec §1): {@code domain_<k>/{train,val,test}.csv} with the
 * columns uid, pid, domain, label, a {@code domain_property.json} beside them, and table sizes in
 * {@code processed_data}.
 */
public final class ReferenceLayout {
  /** File names of the splits. */
  static final Map<Split, String> FILES =
      Map.of(Split.TRAIN, "train.csv", Split.VALIDATION, "val.csv", Split.TEST, "test.csv");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final AtomicFolder.Kind KIND =
      new AtomicFolder.Kind(
          "processed_data/uid2id.json",
          folder ->
              file ->
                  file.equals("processed_data/pid2id.json")
                      || file.matches(
                          "domain_\\d+/(train\\.csv|val\\.csv|test\\.csv|domain_property\\.json)"),
          "choose another folder, or overwrite it (--overwrite)");

  private final Dataset data;
  private final Ids users;
  private final Ids items;
  private final List<String> suffixes;

  private ReferenceLayout(Dataset data) {
    this.data = data;
    List<Integer> fields = new ArrayList<>();
    for (int i = 0; i < data.schema().fields().size(); i++) {
      if (data.schema().fields().get(i) instanceof Field.Categorical) {
        fields.add(i);
      }
    }
    if (data.schema().weight().isPresent()) {
      throw new InvalidInputException(
          "the reference layout has no place for row weights; prepare the data without"
              + " --weight-column");
    }
    if (fields.size() < 2) {
      throw new InvalidInputException(
          "the reference layout holds a user and an item; the data set has "
              + fields.size()
              + " categorical fields");
    }
    this.users = Ids.of(data, fields.get(0));
    this.items = Ids.of(data, fields.get(1));
    List<String> names = data.schema().domains();
    boolean numbers = names.stream().allMatch(Ids::isNumber);
    this.suffixes =
        numbers ? names : IntStream.range(0, names.size()).mapToObj(Integer::toString).toList();
  }

  /**
   * Writes a prepared data set in that layout. The first two categorical fields are user and item.
   * Numbers stay as they were in the source; where users, items or domains are no numbers, they are
   * numbered.
   *
   * @throws InvalidInputException where there are no two such fields, or the folder exists
   */
  public static void write(Dataset data, Path out, boolean overwrite) {
    try (AtomicFolder folder = AtomicFolder.begin(out, overwrite, KIND)) {
      new ReferenceLayout(data).write(folder.path());
      folder.commit();
    } catch (IOException e) {
      throw FileErrors.cannotWrite(out, e);
    }
  }

  private void write(Path folder) throws IOException {
    Path sizes = Files.createDirectory(folder.resolve("processed_data"));
    writeJson(sizes.resolve("uid2id.json"), JSON.createObjectNode().put("id", users.count()));
    writeJson(sizes.resolve("pid2id.json"), JSON.createObjectNode().put("id", items.count()));
    List<DomainFiles> domains = new ArrayList<>();
    for (String suffix : suffixes) {
      domains.add(new DomainFiles(Files.createDirectory(folder.resolve("domain_" + suffix))));
    }
    for (Split split : Split.values()) {
      write(split, domains);
    }
    for (int d = 0; d < domains.size(); d++) {
      DomainFiles files = domains.get(d);
      ObjectNode property = JSON.createObjectNode();
      property.put("domain_name", data.schema().domains().get(d));
      property.put("n_uid", users.count()).put("n_pid", items.count());
      property.put("ctr_ratio", files.rows == 0 ? 0 : files.positives / (double) files.rows);
      property.putArray("pid_range").add(files.leastItem).add(files.mostItem);
      writeJson(files.folder.resolve("domain_property.json"), property);
    }
  }

  private void write(Split split, List<DomainFiles> domains) throws IOException {
    Columns columns = data.columns(split);
    IntBuffer userIds = ((Column.Ids) columns.fields().get(users.field())).ids();
    IntBuffer itemIds = ((Column.Ids) columns.fields().get(items.field())).ids();
    // One file at a time, so that thousands of domains need no thousands of open files.
    RowsByDomain order = new RowsByDomain(columns.domains(), columns.rows(), domains.size());
    for (int d = 0; d < domains.size(); d++) {
      DomainFiles files = domains.get(d);
      try (BufferedWriter out = Files.newBufferedWriter(files.folder.resolve(FILES.get(split)))) {
        out.write("uid,pid,domain,label\n");
        for (int i = order.start(d); i < order.start(d + 1); i++) {
          int row = order.row(i);
          long item = items.number(itemIds.get(row));
          boolean positive = columns.labels().get(row) == 1f;
          files.count(item, positive);
          out.write(
              users.number(userIds.get(row))
                  + ","
                  + item
                  + ","
                  + suffixes.get(d)
                  + (positive ? ",1\n" : ",0\n"));
        }
      }
    }
  }

  private static void writeJson(Path path, ObjectNode node) throws IOException {
    Files.writeString(path, node + "\n");
  }

  /** Rows of a split grouped by domain, each in stored order. */
  private static final class RowsByDomain {
    private final int[] starts;
    private final int[] rows;

    RowsByDomain(IntBuffer domains, int count, int domainCount) {
      starts = new int[domainCount + 1];
      rows = new int[count];
      for (int row = 0; row < count; row++) {
        starts[domains.get(row) + 1]++;
      }
      for (int d = 0; d < domainCount; d++) {
        starts[d + 1] += starts[d];
      }
      int[] next = starts.clone();
      for (int row = 0; row < count; row++) {
        rows[next[domains.get(row)]++] = row;
      }
    }

    int start(int domain) {
      return starts[domain];
    }

    int row(int place) {
      return rows[place];
    }
  }

  /** What is counted of one domain while its files are written. */
  private static final class DomainFiles {
    private final Path folder;
    private long rows;
    private long positives;
    private long leastItem;
    private long mostItem;

    DomainFiles(Path folder) {
      this.folder = folder;
    }

    void count(long item, boolean positive) {
      leastItem = rows == 0 ? item : Math.min(leastItem, item);
      mostItem = Math.max(mostItem, item);
      rows++;
      positives += positive ? 1 : 0;
    }
  }

  /**
   * Numbers of a field's ids: those of the source where its texts are numbers and no row is
   * unknown, else the ids themselves.
   *
   * @param numbers by id
   * @param count more than the largest number
   */
  private record Ids(int field, List<Long> numbers, long count) {
    static boolean isNumber(String text) {
      return text.matches("0|[1-9]\\d{0,8}");
    }

    static Ids of(Dataset data, int field) {
      Field.Categorical f = (Field.Categorical) data.schema().fields().get(field);
      List<Long> numbers = new ArrayList<>();
      numbers.add(0L);
      boolean keep = f.ids() instanceof Field.IdRule.Vocabulary && !anyUnknown(data, field);
      if (keep) {
        Vocabulary texts = data.vocabularies().of(f.name());
        for (int id = 1; id < f.idCount() && keep; id++) {
          keep = isNumber(texts.text(id));
          numbers.add(keep ? Long.parseLong(texts.text(id)) : 0);
        }
      }
      if (!keep) {
        numbers.clear();
        for (long id = 0; id < f.idCount(); id++) {
          numbers.add(id);
        }
      }
      long most = numbers.stream().mapToLong(Long::longValue).max().orElse(0);
      return new Ids(field, numbers, most + 1);
    }

    private static boolean anyUnknown(Dataset data, int field) {
      for (Split split : Split.values()) {
        IntBuffer ids = ((Column.Ids) data.columns(split).fields().get(field)).ids();
        for (int row = 0; row < ids.limit(); row++) {
          if (ids.get(row) == 0) {
            return true;
          }
        }
      }
      return false;
    }

    long number(int id) {
      return numbers.get(id);
    }
  }
}
