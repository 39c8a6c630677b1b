package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mlora.data.prepare.TaobaoPreparation.Embeddings.FROZEN;
import static org.mlora.data.prepare.TaobaoPreparation.Embeddings.NONE;
import static org.mlora.data.prepare.TaobaoPreparation.Embeddings.TRAINED;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InvalidInputException;

class TaobaoPreparationTest {
  private static final String HEADER =
      "user_id,theme_id,item_id,leaf_cate_id,cate_level1_id,reach_time\n";

  @TempDir Path folder;
  private Path input;

  /** Themes 90, 7 and 30 in this order, and 55 of users without embeddings only. */
  @BeforeEach
  void writeFiles() throws IOException {
    input = Files.createDirectory(folder.resolve("taobao"));
    StringBuilder log = new StringBuilder(HEADER);
    log.append("999,55,100,1,2,2018-01-01 00:00:00\n");
    int[] themes = {90, 7, 30};
    for (int theme : themes) {
      for (int user = 1; user <= 10; user++) {
        for (int i = 0; i < 4; i++) {
          log.append(
              "%d,%d,%d,1,2,2018-01-01 00:00:%02d%n"
                  .formatted(user, theme, 100 + (5 * user + i * theme) % 40, i));
        }
      }
    }
    // The same click twice, and an item without an embedding.
    log.append("1,90,105,1,2,2018-01-02 00:00:00\n1,90,105,1,2,2018-01-03 00:00:00\n");
    log.append("1,90,777,1,2,2018-01-02 00:00:00\n");
    Files.writeString(input.resolve("theme_click_log.csv"), log);
    Files.writeString(input.resolve("user_embedding.csv"), embeddings("user_id", 1, 20));
    Files.writeString(input.resolve("item_embedding.csv"), embeddings("item_id", 100, 150));
  }

  /** Id n has the embedding n, n + 0.5, -n. */
  private static String embeddings(String id, int from, int to) {
    StringBuilder text = new StringBuilder(id + ",emb\n");
    for (int n = to - 1; n >= from; n--) {
      text.append("%d,%d %d.5 -%d%n".formatted(n, n, n, n));
    }
    return text.toString();
  }

  private PreparationReport prepare(String out, int themes, TaobaoPreparation.Embeddings how) {
    return new TaobaoPreparation(options(out, themes, how), Progress.none()).run();
  }

  private TaobaoPreparation.Options options(
      String out, int themes, TaobaoPreparation.Embeddings how) {
    return new TaobaoPreparation.Options(
        input,
        themes == 0 ? OptionalInt.empty() : OptionalInt.of(themes),
        how,
        new SplitRule.Stratified(60, 20, 20, 123),
        123,
        false,
        folder.resolve(out));
  }

  @Test
  void whatItSetsAsideLiesBesideTheDataSetUntilItIsDone() throws IOException {
    Set<String> seen = new TreeSet<>();
    Progress watching =
        (rows, done, total) -> {
          for (String file : FolderTree.files(folder)) {
            seen.add(file.replaceAll("[0-9]+\\.[0-9a-f-]{36}", "*"));
          }
        };
    new TaobaoPreparation(options("out", 0, FROZEN), watching).run();
    assertThat(seen).contains(".out.part-*/user_id.npy", ".out.part-*/item_id.txt");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactlyInAnyOrder(input, folder.resolve("out"));
    }
  }

  @Test
  void anExistingTargetIsRefusedBeforeAnythingIsRead() throws IOException {
    prepare("out", 0, NONE);
    Files.writeString(input.resolve("user_embedding.csv"), "not read");
    assertThatThrownBy(() -> prepare("out", 0, NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("out exists already");
  }

  @Test
  void themesCountInTheOrderOfTheLogAndWithoutClicksThatCountNotAtAll() {
    assertThat(prepare("all", 0, FROZEN).domains())
        .extracting(PreparationReport.Domain::name)
        .containsExactly("90", "7", "30");
    assertThat(prepare("two", 2, FROZEN).domains())
        .extracting(PreparationReport.Domain::name)
        .containsExactly("90", "7");
  }

  @Test
  void clicksArePositivesOnceAndNegativesFollowTheRatioOfTheTheme() {
    PreparationReport report = prepare("out", 2, FROZEN);
    long positives =
        PreparedRows.of(folder.resolve("out")).stream()
            .filter(PreparedRows.Row::positive)
            .map(row -> row.user() + " " + row.item() + " " + row.domain())
            .distinct()
            .count();
    assertThat(report.positives()).isEqualTo(positives);
    assertThat(PreparedRows.of(folder.resolve("out")))
        .noneMatch(row -> row.item().equals("777") || row.user().equals("999"));
    // Theme 7: four clicks a user, floor(4 / 0.23) = 17 negatives.
    assertThat(report.domains().get(1).positives()).isEqualTo(40);
    assertThat(report.domains().get(1).rows()).isEqualTo(10 * (4 + 17));
  }

  @Test
  void usersAndItemsBringTheirEmbeddings() {
    prepare("frozen", 0, FROZEN);
    prepare("trained", 0, TRAINED);
    try (Dataset frozen = Dataset.open(folder.resolve("frozen"));
        Dataset trained = Dataset.open(folder.resolve("trained"))) {
      Field.Pretrained field = (Field.Pretrained) frozen.schema().fields().get(0);
      assertThat(field.trained()).isFalse();
      assertThat(((Field.Pretrained) trained.schema().fields().get(1)).trained()).isTrue();
      // Ten users of twenty are in the log, and the row of the unknown.
      assertThat(field.idCount()).isEqualTo(11);
      assertThat(field.width()).isEqualTo(3);
      FloatBuffer values = frozen.pretrained("user_id");
      assertThat(values.get(0)).isZero();
      for (int id = 1; id < field.idCount(); id++) {
        float user = Float.parseFloat(frozen.vocabularies().of("user_id").text(id));
        assertThat(values.get(3 * id)).isEqualTo(user);
        assertThat(values.get(3 * id + 1)).isEqualTo(user + 0.5f);
        assertThat(values.get(3 * id + 2)).isEqualTo(-user);
      }
    }
  }

  @Test
  void withoutEmbeddingsTheRowsAreTheSame() {
    PreparationReport with = prepare("with", 0, FROZEN);
    PreparationReport without = prepare("without", 0, NONE);
    assertThat(without.domains()).isEqualTo(with.domains());
    try (Dataset data = Dataset.open(folder.resolve("without"))) {
      assertThat(data.schema().fields()).allMatch(field -> field instanceof Field.Categorical);
    }
    assertThat(PreparedRows.of(folder.resolve("without")))
        .isEqualTo(PreparedRows.of(folder.resolve("with")));
  }

  @Test
  void theSameFilesGiveTheSameBytes() {
    prepare("one", 0, FROZEN);
    prepare("two", 0, FROZEN);
    try (Dataset one = Dataset.open(folder.resolve("one"));
        Dataset two = Dataset.open(folder.resolve("two"))) {
      one.verify();
      assertThat(one.checksum()).isEqualTo(two.checksum());
    }
  }

  @Test
  void clicksWithoutAnItemAreLeftOutThoughAnEmbeddingHasNoIdEither() throws IOException {
    prepare("before", 0, FROZEN);
    Path log = input.resolve("theme_click_log.csv");
    Files.writeString(log, Files.readString(log) + "1,90,,1,2,2018-01-02 00:00:00\n");
    Path items = input.resolve("item_embedding.csv");
    Files.writeString(items, Files.readString(items) + ",1 2 3\n");
    prepare("after", 0, FROZEN);
    assertThat(PreparedRows.of(folder.resolve("after")))
        .isEqualTo(PreparedRows.of(folder.resolve("before")));
  }

  @Test
  void whatIsWrongIsNamedByFileAndLine() throws IOException {
    Files.writeString(input.resolve("user_embedding.csv"), "user_id,emb\n1,1 2\n2,1 2 3\n");
    assertRefused("user_embedding.csv line 3", "has 3 numbers, the rows above 2");
    Files.writeString(input.resolve("user_embedding.csv"), "user_id,emb\n1,1 x 2\n");
    assertRefused("user_embedding.csv line 2", "number 2 is no finite number");
    Files.writeString(input.resolve("user_embedding.csv"), "user_id,emb\n1,1 1e300\n");
    assertRefused("user_embedding.csv line 2", "number 2 is no finite number of 32 bits");
    Files.writeString(input.resolve("user_embedding.csv"), "user_id,emb\n1,\n");
    assertRefused("user_embedding.csv line 2", "has an empty embedding");
    Files.writeString(input.resolve("user_embedding.csv"), "user_id,a,b\n1,1,2\n");
    assertRefused("user_embedding.csv", "has 3 columns");
    Files.writeString(input.resolve("user_embedding.csv"), "user_id,emb\n5000,1 2\n");
    assertRefused("theme_click_log.csv", "no click has a user in user_embedding.csv");
    Files.delete(input.resolve("user_embedding.csv"));
    assertRefused("lacks user_embedding.csv", "mlora data");
    assertThat(folder.resolve("bad")).doesNotExist();
  }

  private void assertRefused(String first, String second) {
    assertThatThrownBy(() -> prepare("bad", 0, FROZEN))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(first, second);
  }
}
