package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.data.Dataset;
import org.mlora.data.store.FolderTree;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

/** Rows that a program has become a data set without a file between. */
class ProgramRowsTest {
  private static final List<String> COLUMNS = List.of("user", "shop", "clicked");

  @TempDir Path folder;

  private static Map<String, String> row(int number) {
    return Map.of(
        "user", "u" + number % 7, "shop", "s" + number % 3, "clicked", "" + number % 2, "more", "");
  }

  private TablePreparation.Options options(TableSource rows, String out) {
    return TablePreparation.Options.of(rows, "clicked", "shop", "user", folder.resolve(out));
  }

  private PreparationReport prepare(Iterable<Map<String, String>> rows) {
    return new TablePreparation(
            options(TableSource.rows(COLUMNS, rows), "of rows"), Progress.none())
        .run();
  }

  private void assertNothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void theyGiveTheDataSetThatTheirTableGives() throws IOException {
    StringBuilder csv = new StringBuilder("user,shop,clicked\n");
    for (int i = 0; i < 300; i++) {
      Map<String, String> row = row(i);
      csv.append(row.get("user")).append(',').append(row.get("shop")).append(',');
      csv.append(row.get("clicked")).append('\n');
    }
    Path file = Files.writeString(folder.resolve("rows.csv"), csv);
    new TablePreparation(options(TableSource.file(file), "of a file"), Progress.none()).run();
    PreparationReport report = prepare(IntStream.range(0, 300).mapToObj(i -> row(i))::iterator);
    assertThat(report.rowsRead()).isEqualTo(300);
    assertThat(report.bytesRead()).isZero();
    try (Dataset ofFile = Dataset.open(folder.resolve("of a file"));
        Dataset ofRows = Dataset.open(folder.resolve("of rows"))) {
      assertThat(ofRows.checksum()).isEqualTo(ofFile.checksum());
    }
  }

  @Test
  void theyJoinATableOfTheSameColumns() throws IOException {
    Path file = Files.writeString(folder.resolve("rows.csv"), "clicked,user,shop\n1,a,s0\n");
    TableSource rows = TableSource.rows(COLUMNS, List.of(row(0), row(1)));
    TablePreparation.Options joined =
        options(rows, "joined").withInputs(List.of(TableSource.file(file), rows));
    PreparationReport report = new TablePreparation(joined, Progress.none()).run();
    assertThat(report.rowsRead()).isEqualTo(3);
    assertThat(report.bytesRead()).isEqualTo(Files.size(file));
  }

  @Test
  void aRowOfOneOfSeveralTablesIsFoundByTheTablesName() throws IOException {
    TableSource monday = TableSource.rows("clicks of Monday", COLUMNS, List.of(row(0)));
    TableSource tuesday =
        TableSource.rows("clicks of Tuesday", COLUMNS, List.of(row(0), Map.of("user", "u")));
    TablePreparation.Options joined =
        options(monday, "joined").withInputs(List.of(monday, tuesday));
    assertThatThrownBy(() -> new TablePreparation(joined, Progress.none()).run())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("clicks of Tuesday: row 2 has no 'shop'; ");
    TableSource none = TableSource.rows("clicks of Sunday", COLUMNS, List.of());
    assertThatThrownBy(() -> new TablePreparation(options(none, "none"), Progress.none()).run())
        .hasMessage("clicks of Sunday has no rows");
    assertNothingIsLeft();
  }

  @Test
  void aColumnThatTheyLackIsNamedBesideThoseThatTheyHave() {
    TableSource rows = TableSource.rows(List.of("user", "clicked"), List.of(row(0)));
    assertThatThrownBy(() -> new TablePreparation(options(rows, "out"), Progress.none()).run())
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("the program's table has no column 'shop'; its columns are user, clicked");
  }

  /** Cut texts would be question marks, and one id. */
  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "a\uDE00", "?\uD83D\uD83D\uDE00", "\uDE00\uD83D"})
  void aTextThatIsCutWithinACharacterIsRefusedByItsRow(String cut) throws IOException {
    Map<String, String> whole = Map.of("user", "a?\uD83D\uDE00?", "shop", "\u00e9", "clicked", "1");
    assertThat(prepare(List.of(whole)).rowsRead()).isEqualTo(1);
    FolderTree.delete(folder.resolve("of rows"));
    Map<String, String> bad = Map.of("user", cut, "shop", "s", "clicked", "1");
    assertThatThrownBy(() -> prepare(List.of(row(0), bad)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "row 2: the text of 'user' is cut within a character (it holds half a surrogate pair);"
                + " give it whole");
    assertNothingIsLeft();
  }

  @Test
  void aStreamIsMadeWhenItIsReadAndClosedWhereverReadingEnds() throws IOException {
    List<String> seen = new ArrayList<>();
    Supplier<Stream<Map<String, String>>> query =
        () -> {
          seen.add("made");
          return IntStream.range(0, 10).mapToObj(i -> row(i)).onClose(() -> seen.add("closed"));
        };
    TablePreparation.Options good = options(TableSource.stream(COLUMNS, query), "out");
    PreparationReport report = new TablePreparation(good, Progress.none()).run();
    assertThat(report.rowsRead()).isEqualTo(10);
    assertThat(seen).containsExactly("made", "closed");
    assertThatThrownBy(() -> new TablePreparation(good, Progress.none()).run())
        .hasMessageContaining("exists already");
    assertThat(seen).as("not made where it is not read").hasSize(2);
    TablePreparation.Options bad =
        options(
            TableSource.stream("clicks", COLUMNS, () -> query.get().map(row -> Map.of())), "bad");
    assertThatThrownBy(() -> new TablePreparation(bad, Progress.none()).run())
        .hasMessageStartingWith("clicks: row 1 has no 'user'");
    assertThat(seen).containsExactly("made", "closed", "made", "closed");
  }

  @Test
  void progressTellsTheRowsRead() {
    List<Long> told = new ArrayList<>();
    TableSource rows =
        TableSource.rows(COLUMNS, IntStream.range(0, 70_000).mapToObj(i -> row(i))::iterator);
    new TablePreparation(
            options(rows, "out"),
            (done, bytes, total) -> {
              told.add(done);
              assertThat(bytes).isZero();
              assertThat(total).isZero();
            })
        .run();
    assertThat(told).startsWith(65_536L, 70_000L).isSorted().endsWith(70_000L);
  }

  @Test
  void labelAndFieldsNeedNotBeWrittenAsTexts() {
    TableSource rows = TableSource.rows(COLUMNS, List.of(row(0), row(1), row(2)));
    FieldRequest user = new FieldRequest("user", new FieldRequest.Kind.Hashed(9));
    LabelRule label = LabelRule.parse("clicked");
    Path out = folder.resolve("out");
    new TablePreparation(
            TablePreparation.Options.of(rows, label, "shop", List.of(user), out), Progress.none())
        .run();
    try (Dataset data = Dataset.open(out)) {
      assertThat(data.schema().fields().get(0).tableRows()).hasValue(9);
    }
    assertThatThrownBy(
            () -> TablePreparation.Options.of(rows, label, "shop", List.of(user, user), out))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("field 'user' is named twice (--fields); leave one of them out");
  }

  @Test
  void aRowThatLacksAColumnIsNamedByItsNumber() throws IOException {
    Map<String, String> lacking = Map.of("user", "u", "shop", "s");
    assertThatThrownBy(() -> prepare(List.of(row(0), row(1), lacking)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "row 3 has no 'clicked'; give all of user, shop, clicked, empty where a value is missing");
    assertNothingIsLeft();
  }

  @Test
  void aRowThatCannotBeReadIsNamedByItsNumber() throws IOException {
    Map<String, String> bad = Map.of("user", "u", "shop", "s", "clicked", "perhaps");
    assertThatThrownBy(() -> prepare(List.of(row(0), bad)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("row 2: ");
    assertThatThrownBy(() -> prepare(Arrays.asList(row(0), null)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("row 2 is null; give a map of its texts");
    assertNothingIsLeft();
  }

  @Test
  void noRowsAtAllAreRefused() throws IOException {
    assertThatThrownBy(() -> prepare(List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("the program's table has no rows");
    assertNothingIsLeft();
  }

  @Test
  void whatTheRowsThrowPassesThroughAndNothingIsLeft() throws IOException {
    IllegalStateException lost = new IllegalStateException("the connection is lost");
    Iterator<Map<String, String>> rows =
        new Iterator<>() {
          private int at;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Map<String, String> next() {
            if (at == 5000) {
              throw lost;
            }
            return row(at++);
          }
        };
    assertThatThrownBy(() -> prepare(() -> rows)).isSameAs(lost);
    assertNothingIsLeft();
  }

  @Test
  void aDataSetThatIsThereIsReplacedWhereThatIsAskedFor() {
    prepare(List.of(row(0), row(1), row(2)));
    TablePreparation.Options again =
        options(TableSource.rows(COLUMNS, List.of(row(0), row(1))), "of rows");
    assertThatThrownBy(() -> new TablePreparation(again, Progress.none()).run())
        .isInstanceOf(InvalidInputException.class);
    PreparationReport report =
        new TablePreparation(again.withOverwrite(true), Progress.none()).run();
    assertThat(report.rowsRead()).isEqualTo(2);
  }
}
