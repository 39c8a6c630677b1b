package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.testing.SharedFiles;

class MovieLensPreparationTest {
  @TempDir Path folder;

  private MovieLensPreparation.Options options(Path input, String domain, String out) {
    return new MovieLensPreparation.Options(
        input,
        MovieLensPreparation.Domain.parse(domain),
        List.of(),
        SplitRule.parse("60/20/20", 123),
        false,
        folder.resolve(out));
  }

  private static PreparationReport run(MovieLensPreparation.Options options) {
    return new MovieLensPreparation(options, Progress.none()).run();
  }

  @Test
  void millionRatingsByGenderHaveThePublishedCountsAndTheSameBytesTwice() {
    Path input = SharedFiles.require("data/ml-1m");
    PreparationReport report = run(options(input, "gender", "one"));
    assertThat(report.rowsRead()).isEqualTo(1_000_209);
    assertThat(report.positives()).isEqualTo(226_310);
    assertThat(report.domains())
        .extracting(PreparationReport.Domain::name)
        .containsExactly("F", "M");
    assertThat(report.domains())
        .extracting(PreparationReport.Domain::rows)
        .containsExactly(246_440L, 753_769L);
    run(options(input, "gender", "two"));
    try (Dataset one = Dataset.open(folder.resolve("one"));
        Dataset two = Dataset.open(folder.resolve("two"))) {
      one.verify();
      assertThat(one.checksum()).isEqualTo(two.checksum());
    }
  }

  @Test
  void domainsOfHundredThousandRatingsAreAsManyAsInTheFixedSplits() throws IOException {
    Path input = SharedFiles.require("data/ml-100k");
    assertThat(run(options(input, "gender", "g")).domains()).hasSize(2);
    PreparationReport ages = run(options(input, "age", "a"));
    assertThat(ages.domains())
        .extracting(PreparationReport.Domain::name)
        .isEqualTo(MovieLensUsers.AGES);
    Path splits = SharedFiles.require("data/ml-100k-splits/age.csv");
    long[] rows = new long[7];
    Files.readAllLines(splits).stream()
        .skip(1)
        .forEach(line -> rows[Integer.parseInt(line.split(",")[2])]++);
    assertThat(ages.domains())
        .extracting(PreparationReport.Domain::rows)
        .containsExactlyInAnyOrder(java.util.Arrays.stream(rows).boxed().toArray(Long[]::new));
    assertThat(run(options(input, "occupation", "o")).domains()).hasSize(21);
  }

  @Test
  void unknownUserAndWrongFolderAreNamed() throws IOException {
    Files.writeString(folder.resolve("users.dat"), "1::F::1::10::48067\n");
    assertThatThrownBy(() -> run(options(folder, "age", "out")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("neither ratings.dat");
    Files.writeString(folder.resolve("ratings.dat"), "1::5::5::0\n2::5::4::0\n");
    assertThatThrownBy(() -> run(options(folder, "age", "out")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("ratings.dat line 2: user '2' is not in");
  }
}
