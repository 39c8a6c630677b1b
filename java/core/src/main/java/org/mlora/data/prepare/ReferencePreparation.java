package org.mlora.data.prepare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.mlora.data.Split;
import org.mlora.data.store.FileErrors;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.ExtendedTable;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

/**
 * {@code prepare reference}: data in the layout of the published code, see {@link ReferenceLayout}.
 * The suffix of a folder is the domain's name (quirk Q1); all ids get rows of their own, as there.
 */
public final class ReferencePreparation {
  private static final String DOMAIN = "domain";
  private static final String DIRECTORY = "domain directory";
  private static final String PART = "part";

  /**
   * What to prepare.
   *
   * @param input folder of the {@code domain_<k>} folders
   */
  public record Options(Path input, boolean overwrite, Path out) {}

  private final Options options;
  private final Progress progress;

  /** Prepares nothing yet, see {@link #run}. */
  public ReferencePreparation(Options options, Progress progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Reads, writes, and tells what was done.
   *
   * @throws InvalidInputException with file and line; nothing is left behind
   */
  public PreparationReport run() {
    List<TableSource> tables = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Path folder : domainFolders()) {
      String name = folder.getFileName().toString().substring(DOMAIN.length() + 1);
      names.add(name);
      for (Split split : Split.values()) {
        Path file = folder.resolve(ReferenceLayout.FILES.get(split));
        tables.add(new TableSource(() -> table(file, name, split), TableSource.size(file)));
      }
    }
    Source source =
        new Source(
            tables,
            LabelRule.parse("label"),
            DIRECTORY,
            Optional.empty(),
            Optional.of(names),
            FieldRequest.parseAll("uid,pid"),
            new SplitRule.ByColumn(PART),
            true);
    return Preparation.run(source, Selection.all(), options.out(), options.overwrite(), progress);
  }

  private List<Path> domainFolders() {
    try (Stream<Path> children = Files.list(options.input())) {
      List<Path> folders =
          children
              .filter(p -> p.getFileName().toString().matches("domain_\\d{1,9}"))
              .sorted(Comparator.comparingInt(ReferencePreparation::suffix))
              .toList();
      if (folders.isEmpty()) {
        throw new InvalidInputException(
            options.input() + " holds no folders domain_0, domain_1, ... of the reference layout");
      }
      return folders;
    } catch (IOException e) {
      throw FileErrors.cannotRead(options.input(), e);
    }
  }

  private static int suffix(Path folder) {
    return Integer.parseInt(folder.getFileName().toString().substring(DOMAIN.length() + 1));
  }

  private static TableReader table(Path file, String name, Split split) {
    byte[] domain = name.getBytes(StandardCharsets.UTF_8);
    byte[] part = split.label().getBytes(StandardCharsets.UTF_8);
    return new ExtendedTable(
        DelimitedReader.open(file, DelimitedFormat.automatic()),
        List.of(DIRECTORY, PART),
        List.of(row -> domain, row -> part));
  }
}
