package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Dataset;
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
    TablePreparation.Options ofRows =
        options(TableSource.rows(COLUMNS, List.of(row(0), row(1))), "joined");
    TablePreparation.Options joined =
        new TablePreparation.Options(
            List.of(TableSource.file(file), ofRows.inputs().get(0)),
            ofRows.label(),
            ofRows.domainColumn(),
            ofRows.weightColumn(),
            ofRows.fields(),
            ofRows.selection(),
            true,
            ofRows.split(),
            false,
            ofRows.out());
    PreparationReport report = new TablePreparation(joined, Progress.none()).run();
    assertThat(report.rowsRead()).isEqualTo(3);
    assertThat(report.bytesRead()).isEqualTo(Files.size(file));
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
        .hasMessage("row 2 is null");
    assertNothingIsLeft();
  }

  @Test
  void noRowsAtAllAreRefused() throws IOException {
    assertThatThrownBy(() -> prepare(List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("the rows: there is a header but no rows");
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
