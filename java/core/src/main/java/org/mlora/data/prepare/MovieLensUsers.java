package org.mlora.data.prepare;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;

/** One attribute of every MovieLens user, as the text of a domain. */
final class MovieLensUsers {
  /** Names of the age groups, youngest first. */
  static final List<String> AGES =
      List.of("<18", "18-24", "25-34", "35-44", "45-49", "50-55", "56+");

  /** First year of each age group, which is also its code in MovieLens 1M. */
  private static final List<Integer> FIRST_YEARS = List.of(1, 18, 25, 35, 45, 50, 56);

  private final Path file;
  private final Vocabulary users = new Vocabulary();
  private final List<byte[]> domains = new ArrayList<>();

  private MovieLensUsers(Path file) {
    this.file = file;
  }

  /** Reads {@code u.user}: user|age|gender|occupation|zip code. */
  static MovieLensUsers read100K(Path file, MovieLensPreparation.Domain domain) {
    int column =
        switch (domain) {
          case AGE -> 1;
          case GENDER -> 2;
          case OCCUPATION -> 3;
        };
    return read(file, "|", column, domain);
  }

  /** Reads {@code users.dat}: user::gender::age::occupation::zip code. */
  static MovieLensUsers read1M(Path file, MovieLensPreparation.Domain domain) {
    int column =
        switch (domain) {
          case GENDER -> 1;
          case AGE -> 2;
          case OCCUPATION -> 3;
        };
    return read(file, "::", column, domain);
  }

  private static MovieLensUsers read(
      Path file, String delimiter, int column, MovieLensPreparation.Domain domain) {
    MovieLensUsers all = new MovieLensUsers(file);
    DelimitedFormat format = DelimitedFormat.plain(delimiter, "1", "2", "3", "4", "5");
    try (TableReader reader = DelimitedReader.open(file, format)) {
      while (reader.next()) {
        all.users.add(reader.text(0));
        if (all.users.size() != all.domains.size() + 1) {
          throw new InvalidInputException(reader.place() + ": the user is there twice");
        }
        String text = reader.text(column);
        String name = domain == MovieLensPreparation.Domain.AGE ? age(reader, text) : text;
        all.domains.add(name.getBytes(StandardCharsets.UTF_8));
      }
    }
    return all;
  }

  private static String age(TableReader reader, String text) {
    int years;
    try {
      years = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(reader.place() + ": age '" + text + "' is no number", e);
    }
    int group = 0;
    while (group + 1 < AGES.size() && FIRST_YEARS.get(group + 1) <= years) {
      group++;
    }
    return AGES.get(group);
  }

  /** The domain of the user in a cell of the row. */
  byte[] domain(TableReader row, int column) {
    int id = users.id(row.bytes(), row.start(column), row.end(column));
    if (id == 0) {
      throw new InvalidInputException(
          row.place() + ": user '" + row.text(column) + "' is not in " + file);
    }
    return domains.get(id - 1);
  }
}
