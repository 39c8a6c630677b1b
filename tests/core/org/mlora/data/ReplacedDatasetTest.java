package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.DatasetWriter.SplitWriter;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InvalidInputException;

/** A data set is what it was when it was opened, whatever comes in its place. */
class ReplacedDatasetTest {
  private static final Schema SCHEMA =
      new Schema(
          "click",
          "click",
          Optional.empty(),
          "shop",
          List.of("a"),
          List.of(
              new Field.Categorical(
                  "user", 3, new Field.IdRule.Vocabulary(), OptionalInt.empty())));

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("data");
  }

  /** A row of each user in each split. */
  private void put(String... users) {
    Vocabulary texts = new Vocabulary();
    List.of(users).forEach(texts::add);
    try (DatasetWriter writer = DatasetWriter.create(DatasetWriter.begin(path, true), SCHEMA)) {
      for (Split split : Split.values()) {
        SplitWriter rows = writer.split(split);
        for (int id = 1; id <= users.length; id++) {
          rows.id(0, id);
          rows.endRow(0, id == 1);
        }
      }
      writer.write(new Vocabularies(Map.of("user", texts)));
      writer.commit();
    }
  }

  private static List<String> users(Dataset data) {
    Vocabulary texts = data.vocabularies().of("user");
    return List.of(texts.text(1), texts.text(2));
  }

  @Test
  void idsKeepTheTextsThatTheyWereOpenedWith() {
    put("anna", "bert");
    try (Dataset data = Dataset.open(path)) {
      put("bert", "anna");
      assertThat(users(data)).containsExactly("anna", "bert");
      FolderTree.delete(path);
      assertThat(users(data)).containsExactly("anna", "bert");
    }
  }

  @Test
  void verifyingSaysThatItWasReplaced() {
    put("anna", "bert");
    try (Dataset data = Dataset.open(path)) {
      put("anna", "bert");
      data.verify();
      put("bert", "anna");
      assertThatThrownBy(data::verify)
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(path + " was replaced since it was opened; open it again");
    }
    try (Dataset data = Dataset.open(path)) {
      data.verify();
      assertThat(users(data)).containsExactly("bert", "anna");
    }
  }
}
