package org.mlora.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * The vocabularies of a schema's fields, in the folder {@code vocabulary} of data sets and models.
 */
public final class Vocabularies {
  private static final String FOLDER = "vocabulary";

  private final Map<String, Vocabulary> byField;

  /** Takes the vocabulary of every field whose ids are looked up. */
  public Vocabularies(Map<String, Vocabulary> byField) {
    this.byField = new LinkedHashMap<>(byField);
  }

  /** Whether ids of the field are looked up in a vocabulary. */
  public static boolean needed(Field field) {
    return field.idRule().filter(r -> r instanceof Field.IdRule.Vocabulary).isPresent();
  }

  /** Paths below the folder of the files of all fields. */
  public static List<String> files(Schema schema) {
    return schema.fields().stream()
        .filter(Vocabularies::needed)
        .map(field -> file(field.name()))
        .toList();
  }

  /** Path below the folder of the field's file. */
  static String file(String field) {
    return FOLDER + "/" + FileNames.of(field) + ".txt";
  }

  /**
   * Reads the vocabularies of a prepared data set or a saved model.
   *
   * @throws InvalidInputException where one is missing or has another size than the schema says
   */
  public static Vocabularies read(Path folder, Schema schema) {
    return read(folder, schema, Vocabulary::read);
  }

  /**
   * Maps the files as they are now, to be read when asked for, whatever has become of the folder.
   *
   * @throws InvalidInputException where one cannot be read; the supplier, where one has another
   *     size than the schema says
   */
  static Supplier<Vocabularies> map(Path folder, Schema schema) {
    Map<Path, Supplier<Vocabulary>> mapped = new HashMap<>();
    for (String file : files(schema)) {
      Path path = folder.resolve(file);
      mapped.put(path, VocabularyFile.map(path));
    }
    return () -> read(folder, schema, path -> Objects.requireNonNull(mapped.get(path)).get());
  }

  private static Vocabularies read(Path folder, Schema schema, Function<Path, Vocabulary> reading) {
    Map<String, Vocabulary> all = new LinkedHashMap<>();
    for (Field field : schema.fields()) {
      if (needed(field)) {
        Path path = folder.resolve(file(field.name()));
        Vocabulary vocabulary = reading.apply(path);
        if (vocabulary.size() + 1 != field.tableRows().orElseThrow()) {
          throw new InvalidInputException(
              path
                  + " has "
                  + vocabulary.size()
                  + " lines where field '"
                  + field.name()
                  + "' of the schema needs "
                  + (field.tableRows().orElseThrow() - 1));
        }
        all.put(field.name(), vocabulary);
      }
    }
    return new Vocabularies(all);
  }

  /**
   * Refuses a schema that they do not fit.
   *
   * @throws InvalidInputException where one is missing or has another size than the schema says
   */
  void requireFit(Schema schema) {
    for (Field field : schema.fields()) {
      if (needed(field) && of(field.name()).size() + 1 != field.tableRows().orElseThrow()) {
        throw new InvalidInputException(
            "the vocabulary of field '"
                + field.name()
                + "' has "
                + of(field.name()).size()
                + " texts where the schema needs "
                + (field.tableRows().orElseThrow() - 1));
      }
    }
  }

  /** Writes one file a field. */
  public void write(Path folder) {
    try {
      Files.createDirectories(folder.resolve(FOLDER));
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
    byField.forEach((field, vocabulary) -> vocabulary.write(folder.resolve(file(field))));
  }

  /** The vocabulary of a field whose ids are looked up. */
  public Vocabulary of(String field) {
    Vocabulary found = byField.get(field);
    if (found == null) {
      throw new InvalidInputException("field '" + field + "' has no vocabulary");
    }
    return found;
  }
}
