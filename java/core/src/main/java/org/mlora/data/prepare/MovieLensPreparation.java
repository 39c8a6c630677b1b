package org.mlora.data.prepare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.ExtendedTable;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

/**
 * {@code prepare movielens}: MovieLens 100K or 1M with the rules of the paper (spec §2.3): the
 * label is rating == 5, the other ratings are the negatives, and an attribute of the user is the
 * domain.
 */
public final class MovieLensPreparation {
  /** The user's attribute that is the domain. */
  public enum Domain {
    /** {@code F} or {@code M}. */
    GENDER,
    /** Seven groups, from {@code <18} to {@code 56+}. */
    AGE,
    /** A word in MovieLens 100K, a number in 1M. */
    OCCUPATION;

    /** Its name in flags and data. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The attribute of that name. */
    public static Domain parse(String text) {
      for (Domain domain : values()) {
        if (domain.label().equals(text)) {
          return domain;
        }
      }
      throw new InvalidInputException(
          "domain '" + text + "' is not one of gender, age, occupation");
    }
  }

  /**
   * What to prepare.
   *
   * @param input folder of {@code u.data} and {@code u.user}, or {@code ratings.dat} and {@code
   *     users.dat}
   * @param excludedDomains domains that are left out
   * @param split for example 60/20/20 within every domain and label
   */
  public record Options(
      Path input,
      Domain domain,
      List<String> excludedDomains,
      SplitRule split,
      boolean overwrite,
      Path out) {
    /** Copies the list. */
    public Options {
      excludedDomains = List.copyOf(excludedDomains);
    }
  }

  private final Options options;
  private final Progress progress;

  /** Prepares nothing yet, see {@link #run}. */
  public MovieLensPreparation(Options options, Progress progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Reads, writes, and tells what was done.
   *
   * @throws InvalidInputException with file and line; nothing is left behind
   */
  public PreparationReport run() {
    Path folder = options.input();
    boolean million = Files.exists(folder.resolve("ratings.dat"));
    if (!million && !Files.exists(folder.resolve("u.data"))) {
      throw new InvalidInputException(
          folder + " holds neither ratings.dat (MovieLens 1M) nor u.data (100K); unpack one there");
    }
    Path ratings = folder.resolve(million ? "ratings.dat" : "u.data");
    MovieLensUsers users =
        million
            ? MovieLensUsers.read1M(folder.resolve("users.dat"), options.domain())
            : MovieLensUsers.read100K(folder.resolve("u.user"), options.domain());
    DelimitedFormat format =
        DelimitedFormat.plain(million ? "::" : "\t", "user_id", "item_id", "rating", "timestamp");
    Source source =
        new Source(
            List.of(
                new TableSource(() -> table(ratings, format, users), TableSource.size(ratings))),
            LabelRule.parse("rating==5"),
            options.domain().label(),
            Optional.empty(),
            options.domain() == Domain.AGE ? Optional.of(MovieLensUsers.AGES) : Optional.empty(),
            FieldRequest.parseAll("user_id,item_id"),
            options.split(),
            false);
    return Preparation.run(
        source,
        Selection.without(options.excludedDomains()),
        options.out(),
        options.overwrite(),
        progress);
  }

  private TableReader table(Path ratings, DelimitedFormat format, MovieLensUsers users) {
    return new ExtendedTable(
        DelimitedReader.open(ratings, format),
        List.of(options.domain().label()),
        List.of(row -> users.domain(row, 0)));
  }
}
