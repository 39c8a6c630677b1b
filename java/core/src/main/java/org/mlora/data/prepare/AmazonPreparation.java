package org.mlora.data.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.mlora.data.store.FileErrors;
import org.mlora.data.table.JsonLinesReader;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

/**
 * {@code prepare amazon}: the 5-core review files of Amazon, 2014 ({@code
 * reviews_Video_Games_5.json.gz}) or 2018 ({@code Video_Games_5.json.gz}), by the rules of the
 * published code (spec §2.2): a category is a domain, every review a positive whatever its rating,
 * and negatives are drawn. The same user and item count once in a category.
 */
public final class AmazonPreparation {
  /** The six categories of the paper. */
  public static final List<String> SIX =
      List.of(
          "Musical Instruments",
          "Office Products",
          "Patio Lawn and Garden",
          "Prime Pantry",
          "Toys and Games",
          "Video Games");

  /** Thirteen categories, the six among them. */
  public static final List<String> THIRTEEN =
      List.of(
          "Arts Crafts and Sewing",
          "Digital Music",
          "Gift Cards",
          "Industrial and Scientific",
          "Luxury Beauty",
          "Magazine Subscriptions",
          "Musical Instruments",
          "Office Products",
          "Patio Lawn and Garden",
          "Prime Pantry",
          "Software",
          "Toys and Games",
          "Video Games");

  /**
   * What to prepare.
   *
   * @param input folder of the files
   * @param categories that are wanted; empty: all that are there
   * @param split for example 60/20/20 within every domain and label
   * @param seed of the negatives
   */
  public record Options(
      Path input,
      List<String> categories,
      SplitRule.Stratified split,
      int seed,
      boolean overwrite,
      Path out) {
    /** Copies the list. */
    public Options {
      categories = List.copyOf(categories);
    }
  }

  private final Options options;
  private final Progress progress;

  /** Prepares nothing yet, see {@link #run}. */
  public AmazonPreparation(Options options, Progress progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Reads, writes, and tells what was done.
   *
   * @throws InvalidInputException with file and line; nothing is left behind
   */
  public PreparationReport run() {
    TreeMap<String, Path> files = files();
    long size = files.values().stream().mapToLong(TableSource::size).sum();
    Clicks clicks = new Clicks();
    long[] read = {0};
    files.forEach(
        (category, file) -> {
          read(clicks, clicks.domain(category), file, read[0], size);
          read[0] += TableSource.size(file);
        });
    Source source =
        new Source(
            List.of(SampledTable.of(options.input(), clicks, options.seed(), size)),
            LabelRule.parse(SampledTable.LABEL),
            SampledTable.DOMAIN,
            Optional.empty(),
            Optional.of(clicks.names()),
            FieldRequest.parseAll(SampledTable.USER + "," + SampledTable.ITEM),
            options.split(),
            true);
    return Preparation.run(source, Selection.all(), options.out(), options.overwrite(), progress);
  }

  private void read(Clicks clicks, int domain, Path file, long before, long size) {
    try (TableReader reader = JsonLinesReader.open(file, List.of("reviewerID", "asin"))) {
      boolean any = false;
      while (reader.next()) {
        any = true;
        clicks.add(domain, reader, 0, 1);
        if ((reader.line() & 0xFFF) == 0) {
          progress.advance(0, before + reader.bytesRead(), size);
        }
      }
      if (!any) {
        throw new InvalidInputException(file + " holds no reviews; get it again, or take it away");
      }
    }
  }

  /** The files by category, in the order of the alphabet. */
  private TreeMap<String, Path> files() {
    TreeMap<String, Path> found = new TreeMap<>();
    try (Stream<Path> children = Files.list(options.input())) {
      for (Path file : children.sorted(Comparator.naturalOrder()).toList()) {
        category(file.getFileName().toString())
            .ifPresent(
                name -> {
                  Path other = found.putIfAbsent(name, file);
                  if (other != null) {
                    throw new InvalidInputException(
                        options.input()
                            + " holds category '"
                            + name
                            + "' twice, "
                            + other.getFileName()
                            + " and "
                            + file.getFileName()
                            + "; keep one");
                  }
                });
      }
    } catch (IOException e) {
      throw FileErrors.cannotRead(options.input(), e);
    }
    if (found.isEmpty()) {
      throw new InvalidInputException(
          options.input() + " holds no files such as Video_Games_5.json.gz; see 'mlora data'");
    }
    if (options.categories().isEmpty()) {
      return found;
    }
    for (String wanted : options.categories()) {
      if (!found.containsKey(wanted)) {
        throw new InvalidInputException(
            options.input()
                + " lacks category '"
                + wanted
                + "'; put "
                + wanted.replace(' ', '_')
                + "_5.json.gz there, see 'mlora data'");
      }
    }
    found.keySet().retainAll(options.categories());
    return found;
  }

  /** The category of a file by its name: words between {@code reviews_} and {@code _5.json}. */
  private static Optional<String> category(String file) {
    return file.matches("(reviews_)?[A-Za-z_]+_5\\.json(\\.gz)?")
        ? Optional.of(
            file.replaceFirst("^reviews_", "").replaceFirst("_5\\.json.*", "").replace('_', ' '))
        : Optional.empty();
  }
}
