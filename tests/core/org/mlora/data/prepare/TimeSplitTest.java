package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;
import org.mlora.testing.OpenFiles;

class TimeSplitTest {
  @TempDir Path folder;

  private TablePreparation.Options options(String split, List<String> times) throws IOException {
    StringBuilder text = new StringBuilder("u,d,r,when\n");
    for (int row = 0; row < times.size(); row++) {
      text.append("u" + row + "," + row % 2 + "," + row % 3 / 2 + "," + times.get(row) + "\n");
    }
    Path input = Files.writeString(folder.resolve("in.csv"), text.toString());
    return TablePreparation.Options.of(
            TableSource.file(input), "r", "d", "u", folder.resolve("out"))
        .withSplit(SplitRule.parse(split, 1).byTime("when"));
  }

  /** The times of the rows of each part, whose users have the number of their row. */
  private List<List<String>> parts(String split, List<String> times) throws IOException {
    TablePreparation.Options options =
        options(split, times).withVocabularyOfAllRows(true).withOverwrite(true);
    new TablePreparation(options, Progress.none()).run();
    List<List<String>> parts = new ArrayList<>();
    try (Dataset data = Dataset.open(options.out())) {
      data.verify();
      for (Split part : Split.values()) {
        Columns columns = data.columns(part);
        Column.Ids users = (Column.Ids) columns.fields().get(0);
        parts.add(
            IntStream.range(0, columns.rows())
                .mapToObj(row -> data.vocabularies().of("u").text(users.ids().get(row)))
                .map(user -> times.get(Integer.parseInt(user.substring(1))))
                .toList());
      }
    }
    return parts;
  }

  @Test
  void theEarliestRowsTrainAndTheLatestTestWhateverTheirOrder() throws IOException {
    assertThat(parts("60/20/20", List.of("9", "-1.5", "3", "1e3", "4", "0", "7", "5", "2", "6")))
        .containsExactly(
            List.of("-1.5", "3", "4", "0", "5", "2"), List.of("7", "6"), List.of("9", "1e3"));
  }

  /** A double has one number for 256 of them. */
  @Test
  void nanosecondsThatAreNeighboursSortExactly() throws IOException {
    List<String> times = new ArrayList<>();
    for (long nano : new long[] {9, 2, 0, 7, 4, 6, 1, 8, 3, 5}) {
      times.add(Long.toString(1_717_171_717_171_717_000L + nano));
    }
    List<List<String>> parts = parts("60/20/20", times);
    assertThat(parts.get(1)).containsExactly("1717171717171717007", "1717171717171717006");
    assertThat(parts.get(2)).containsExactly("1717171717171717009", "1717171717171717008");
    assertThat(
            parts(
                "40/20/40",
                List.of(
                    "9007199254740993",
                    "9007199254740992",
                    "0.5",
                    "-9007199254740993",
                    "4e18",
                    "-9007199254740992",
                    "9.007199254740994e15",
                    "-4e18",
                    "-2.5",
                    "4000000000000000001")))
        .containsExactly(
            List.of("-9007199254740993", "-9007199254740992", "-4e18", "-2.5"),
            List.of("9007199254740992", "0.5"),
            List.of("9007199254740993", "4e18", "9.007199254740994e15", "4000000000000000001"));
  }

  @Test
  void aColumnOfTimesThatCannotBeSetAsideLeavesNoneOpen() throws IOException {
    Files.writeString(folder.resolve("spool-times"), "in the way");
    Source source =
        new Source(
            List.of(),
            LabelRule.parse("r"),
            "d",
            Optional.empty(),
            Optional.empty(),
            List.of(),
            SplitRule.parse("60/20/20", 1).byTime("when"),
            false);
    assertThatThrownBy(
            () -> new RowScan(source, List.of(), Optional.empty(), folder, Progress.none()))
        .isInstanceOf(InvalidInputException.class);
    assertThat(OpenFiles.below(folder)).isEmpty();
  }

  @Test
  void datesAndTimesSortAsTimesNotAsTexts() throws IOException {
    List<String> times =
        List.of(
            "2024-05-31T23:30:00-02:00",
            "2024-06-01",
            "2024-06-01 01:29:59",
            "2024-06-01T01:29:59.5",
            "0999-01-01",
            "2024-05-31T23:59Z");
    assertThat(parts("50/17/33", times))
        .containsExactly(
            List.of("2024-06-01", "0999-01-01", "2024-05-31T23:59Z"),
            List.of("2024-06-01 01:29:59"),
            List.of("2024-05-31T23:30:00-02:00", "2024-06-01T01:29:59.5"));
  }

  /** As databases write them, and ISO 8601 lets them be written. */
  @Test
  void offsetsMayGoWithoutMinutesAndColon() throws IOException {
    List<String> times =
        List.of(
            "2026-01-01 10:00:04+00",
            "2026-01-01 15:30:03+0530",
            "2026-01-01 10:00:02.5Z",
            "2026-01-01T04:30:01-05:30",
            "2026-01-01T09:00-01",
            "2026-01-01T11:00:05+01:00[Europe/Paris]",
            "2026-01-01T05:00:06-05:00[Etc/GMT+5]");
    assertThat(parts("43/28/29", times))
        .containsExactly(
            List.of(times.get(2), times.get(3), times.get(4)),
            List.of(times.get(0), times.get(1)),
            List.of(times.get(5), times.get(6)));
    for (String bad : List.of("+5", "+053", "+05:3", "+", "+19", " +05")) {
      String time = "2026-01-01 10:00" + bad;
      assertThatThrownBy(() -> parts("60/20/20", List.of(time)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("time column 'when' is '" + time + "'; it must be");
    }
  }

  /** Ten rows of three days: a day is where its middle row would be. */
  @ParameterizedTest
  @CsvSource({"60/20/20, 7, 0, 3", "50/20/30, 3, 4, 3", "30/40/30, 3, 4, 3", "80/20/0, 7, 3, 0"})
  void rowsOfOneTimeStayTogether(String split, int train, int validation, int test)
      throws IOException {
    List<String> days = List.of("1", "2", "3", "1", "2", "3", "2", "1", "3", "2");
    List<List<String>> parts = parts(split, days);
    assertThat(parts.stream().map(List::size)).containsExactly(train, validation, test);
    assertThat(parts.stream().flatMap(part -> part.stream().distinct())).hasSize(3);
  }

  @Test
  void cutsAreThoseOfSortedTimes() {
    Random random = new Random(5);
    for (int repeat = 0; repeat < 200; repeat++) {
      int rows = 1 + random.nextInt(40);
      long[] times = random.longs(rows).map(t -> random.nextInt(3) == 0 ? t : t >> 61).toArray();
      long[] sorted = times.clone();
      Arrays.sort(sorted);
      TimeCuts cuts = TimeCuts.of(new SplitRule.ByTime("when", 60, 20, 20), LongBuffer.wrap(times));
      for (int[] cut : new int[][] {{0, 60}, {1, 80}}) {
        int wanted = (2 * rows * cut[1] + 100) / 200;
        long got = Arrays.stream(times).filter(t -> cuts.part(t) <= cut[0]).count();
        // As near to the wanted count as a place between two times can be.
        long nearest =
            IntStream.rangeClosed(0, rows)
                .filter(at -> at == 0 || at == rows || sorted[at - 1] < sorted[at])
                .mapToLong(at -> Math.abs(at - wanted))
                .min()
                .orElseThrow();
        assertThat(Math.abs(got - wanted)).isEqualTo(nearest);
      }
      for (long a : times) {
        for (long b : times) {
          assertThat(a < b && cuts.part(a) > cuts.part(b)).isFalse();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday",
        "2024-13-01",
        "2024-05-31T25:00",
        "NaN",
        "2024",
        "5e18",
        "+999999999-01-01T00:00:00"
      })
  void whatIsNoTimeOrOfAnotherKindIsToldWithItsLine(String bad) throws IOException {
    TablePreparation.Options options =
        options("60/20/20", List.of("2024-05-01", "2024-05-02", bad));
    assertThatThrownBy(() -> new TablePreparation(options, Progress.none()).run())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("in.csv line 4: time column 'when' is '" + bad + "'");
    assertThat(options.out()).doesNotExist();
  }

  @Test
  void rowsOfDomainsThatAreLeftOutHaveTheirPlaceInTimeAllTheSame() throws IOException {
    List<String> times = List.of("1", "5", "2", "6", "3", "7", "4", "8");
    TablePreparation.Options options =
        options("50/25/25", times).withSelection(Selection.without(List.of("1")));
    new TablePreparation(options, Progress.none()).run();
    try (Dataset data = Dataset.open(options.out())) {
      assertThat(data.columns(Split.TRAIN).rows()).isEqualTo(4);
      assertThat(data.columns(Split.VALIDATION).rows()).isZero();
    }
  }
}
