package org.mlora.data.prepare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Vocabulary;
import org.mlora.data.store.AtomicFolder;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

/**
 * {@code prepare taobao}: the theme click log of Taobao by the rules of the published code (spec
 * §2.1): a theme is a domain, themes count in the order of their first appearance in the log, rows
 * whose user or item has no embedding are left out, every click is a positive, and negatives are
 * drawn.
 */
public final class TaobaoPreparation {
  private static final String LOG = "theme_click_log.csv";
  private static final String USERS = "user_embedding.csv";
  private static final String ITEMS = "item_embedding.csv";

  /** What becomes of the embeddings that come with the data. */
  public enum Embeddings {
    /** They are used and never move, as in the paper. */
    FROZEN,
    /** They are used and trained. */
    TRAINED,
    /** They decide which rows count, and no more. */
    NONE
  }

  /**
   * What to prepare.
   *
   * @param input folder of the three files, each plain or gzip
   * @param themes how many; empty: all
   * @param split for example 60/20/20 within every domain and label
   * @param seed of the negatives
   */
  public record Options(
      Path input,
      OptionalInt themes,
      Embeddings embeddings,
      SplitRule.Stratified split,
      int seed,
      boolean overwrite,
      Path out) {}

  private final Options options;
  private final Progress progress;
  private final long size;

  /**
   * Prepares nothing yet, see {@link #run}.
   *
   * @throws InvalidInputException when one of the three files is not there
   */
  public TaobaoPreparation(Options options, Progress progress) {
    this.options = options;
    this.progress = progress;
    this.size = Stream.of(LOG, USERS, ITEMS).map(this::file).mapToLong(TableSource::size).sum();
  }

  private Path file(String name) {
    Path packed = options.input().resolve(name + ".gz");
    Path plain = options.input().resolve(name);
    if (!Files.exists(plain) && !Files.exists(packed)) {
      throw new InvalidInputException(
          options.input() + " lacks " + name + "; see 'mlora data' for where it comes from");
    }
    return Files.exists(plain) ? plain : packed;
  }

  /**
   * Reads, writes, and tells what was done.
   *
   * @throws InvalidInputException with file and line; nothing is left behind
   */
  public PreparationReport run() {
    // Its files of embeddings lie beside the data set, and go with it where the work is cut short.
    try (AtomicFolder folder = DatasetWriter.begin(options.out(), options.overwrite())) {
      return run(folder.path());
    }
  }

  private PreparationReport run(Path folder) {
    GivenEmbeddings users = new GivenEmbeddings(file(USERS));
    GivenEmbeddings items = new GivenEmbeddings(file(ITEMS));
    Clicks clicks = clicks(users.ids(this::advance), items.ids(this::advance));
    List<FieldRequest> fields =
        List.of(
            field(SampledTable.USER, users, clicks.users(), folder),
            field(SampledTable.ITEM, items, clicks.items(), folder));
    Source source =
        new Source(
            List.of(SampledTable.of(file(LOG), clicks, options.seed(), size)),
            LabelRule.parse(SampledTable.LABEL),
            SampledTable.DOMAIN,
            Optional.empty(),
            Optional.of(clicks.names()),
            fields,
            options.split(),
            true);
    return Preparation.run(source, Selection.all(), options.out(), options.overwrite(), progress);
  }

  private void advance(long bytes) {
    progress.advance(0, Math.min(bytes, size), size);
  }

  private FieldRequest field(String name, GivenEmbeddings given, Vocabulary used, Path folder) {
    if (options.embeddings() == Embeddings.NONE) {
      return FieldRequest.parseAll(name).get(0);
    }
    Path matrix = folder.resolve(name + ".npy");
    Path ids = folder.resolve(name + ".txt");
    given.write(used, matrix, ids, this::advance);
    boolean trained = options.embeddings() == Embeddings.TRAINED;
    return new FieldRequest(name, new FieldRequest.Kind.Pretrained(matrix, ids, trained));
  }

  /** The clicks of the themes that are wanted, of users and items with an embedding. */
  private Clicks clicks(Vocabulary users, Vocabulary items) {
    List<String> themes = themes(users, items);
    if (themes.isEmpty()) {
      throw new InvalidInputException(
          file(LOG) + ": no click has a user in " + USERS + " and an item in " + ITEMS);
    }
    Clicks clicks = new Clicks();
    Vocabulary wanted = new Vocabulary();
    for (String theme : themes) {
      wanted.add(theme);
      clicks.domain(theme);
    }
    try (TableReader log = log()) {
      int user = log.column("user_id");
      int item = log.column("item_id");
      int theme = log.column("theme_id");
      while (log.next()) {
        int domain = id(wanted, log, theme) - 1;
        if (domain >= 0 && id(users, log, user) > 0 && id(items, log, item) > 0) {
          clicks.add(domain, log, user, item);
        }
        advance(log.bytesRead());
      }
    }
    return clicks;
  }

  /** Themes by first appearance in the whole log, those without a click that counts left out. */
  private List<String> themes(Vocabulary users, Vocabulary items) {
    Vocabulary all = new Vocabulary();
    List<Boolean> counts = new ArrayList<>();
    try (TableReader log = log()) {
      int user = log.column("user_id");
      int item = log.column("item_id");
      int theme = log.column("theme_id");
      while (log.next()) {
        int id = all.add(log.bytes(), log.start(theme), log.end(theme));
        if (id > counts.size()) {
          counts.add(false);
        }
        if (id(users, log, user) > 0 && id(items, log, item) > 0) {
          counts.set(id - 1, true);
        }
        advance(log.bytesRead());
      }
    }
    List<String> names = new ArrayList<>();
    for (int id = 1; id <= all.size(); id++) {
      if (counts.get(id - 1) && names.size() < options.themes().orElse(Integer.MAX_VALUE)) {
        names.add(all.text(id));
      }
    }
    return names;
  }

  private TableReader log() {
    return DelimitedReader.open(file(LOG), new DelimitedFormat(Optional.of(","), List.of(), true));
  }

  private static int id(Vocabulary vocabulary, TableReader row, int column) {
    return vocabulary.id(row.bytes(), row.start(column), row.end(column));
  }
}
