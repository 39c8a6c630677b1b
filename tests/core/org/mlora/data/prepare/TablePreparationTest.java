package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;
import org.mlora.testing.SharedFiles;

class TablePreparationTest {
  @TempDir Path folder;

  private Path csv(String text) throws IOException {
    return Files.writeString(folder.resolve("in.csv"), text);
  }

  private TablePreparation.Options options(Path input, String label, String fields) {
    return TablePreparation.Options.of(
        TableSource.file(input), label, "d", fields, folder.resolve("out"));
  }

  private static PreparationReport run(TablePreparation.Options options) {
    return new TablePreparation(options, Progress.none()).run();
  }

  @Test
  void everyRowComesBackWithItsIdsDomainAndLabelInItsPart() throws IOException {
    Path input =
        csv(
            "u,d,i,r,part\na,x,p,5,train\nb,y,q,3,0\na,y,q,4,1\nc,x,p,1,val\nb,x,r,5,test\na,x,q,4,2\n");
    TablePreparation.Options options =
        options(input, "r>=4", "u,i").withSplit(new SplitRule.ByColumn("part"));
    PreparationReport report = run(options);
    assertThat(report.rowsRead()).isEqualTo(6);
    assertThat(report.positives()).isEqualTo(4);
    assertThat(report.idCounts()).containsExactly(Map.entry("u", 3), Map.entry("i", 3));
    assertThat(report.domains())
        .containsExactly(
            new PreparationReport.Domain("x", 4, 3, 1, 1, 2),
            new PreparationReport.Domain("y", 2, 1, 1, 1, 0));
    try (Dataset data = Dataset.open(options.out())) {
      data.verify();
      assertThat(data.schema().domains()).containsExactly("x", "y");
      assertThat(data.schema().labelRule()).isEqualTo("r>=4");
      assertThat(rows(data, Split.TRAIN)).containsExactly("a p x 1.0", "b q y 0.0");
      assertThat(rows(data, Split.VALIDATION)).containsExactly("a q y 1.0", "? p x 0.0");
      assertThat(rows(data, Split.TEST)).containsExactly("b ? x 1.0", "a q x 1.0");
    }
  }

  private static List<String> rows(Dataset data, Split split) {
    Columns columns = data.columns(split);
    Vocabularies words = data.vocabularies();
    return java.util.stream.IntStream.range(0, columns.rows())
        .mapToObj(
            row -> {
              StringBuilder text = new StringBuilder();
              for (int f = 0; f < columns.fields().size(); f++) {
                int id = ((Column.Ids) columns.fields().get(f)).ids().get(row);
                String field = data.schema().fields().get(f).name();
                text.append(id == 0 ? "?" : words.of(field).text(id)).append(' ');
              }
              String domain = data.schema().domains().get(columns.domains().get(row));
              return text + domain + " " + columns.labels().get(row);
            })
        .toList();
  }

  @Test
  void stratifiedSplitDividesEveryDomainAndLabelExactly() throws IOException {
    StringBuilder text = new StringBuilder("u,d,r\n");
    for (int i = 0; i < 1000; i++) {
      text.append(i).append(',').append(i % 10 == 0 ? "s" : "t").append(',').append(i % 4 / 3);
      text.append('\n');
    }
    TablePreparation.Options options = options(csv(text.toString()), "r", "u");
    run(options);
    Map<String, Integer> counts = new TreeMap<>();
    try (Dataset data = Dataset.open(options.out())) {
      for (Split split : Split.values()) {
        Columns c = data.columns(split);
        for (int row = 0; row < c.rows(); row++) {
          counts.merge(
              split + " " + c.domains().get(row) + " " + c.labels().get(row), 1, Integer::sum);
        }
      }
    }
    // Domain s has the rows with i % 20 == 0 or 10, of which none has i % 4 == 3.
    Map<String, Integer> expected = new HashMap<>();
    for (String stratum : List.of("0 0.0=100", "1 0.0=650", "1 1.0=250")) {
      int rows = Integer.parseInt(stratum.substring(stratum.indexOf('=') + 1));
      String name = stratum.substring(0, stratum.indexOf('='));
      expected.put("TRAIN " + name, rows * 6 / 10);
      expected.put("VALIDATION " + name, rows * 2 / 10);
      expected.put("TEST " + name, rows * 2 / 10);
    }
    assertThat(counts).containsExactlyInAnyOrderEntriesOf(expected);
  }

  @Test
  void sameInputAndSeedGiveTheSameBytesAndAnotherSeedOthers() throws IOException {
    StringBuilder text = new StringBuilder("u,d,r\n");
    for (int i = 0; i < 500; i++) {
      text.append(i * 7919 % 97).append(',').append(i % 3).append(',').append(i % 2).append('\n');
    }
    Path input = csv(text.toString());
    String first = checksum(input, 1, "one");
    assertThat(checksum(input, 1, "two")).isEqualTo(first);
    assertThat(checksum(input, 2, "three")).isNotEqualTo(first);
  }

  private String checksum(Path input, long seed, String name) {
    TablePreparation.Options options =
        TablePreparation.Options.of(TableSource.file(input), "r", "d", "u", folder.resolve(name))
            .withSplit(SplitRule.parse("60/20/20", seed));
    run(options);
    try (Dataset data = Dataset.open(options.out())) {
      return data.checksum();
    }
  }

  @Test
  void smallDomainsAndRareIdsAreLeftOutAndReported() throws IOException {
    Path input =
        csv("u,d,r,part\na,1,0,0\na,1,1,0\nb,1,0,0\na,2,1,0\nb,10,0,0\nb,10,1,1\nb,10,1,1\n");
    TablePreparation.Options options =
        options(input, "r", "u")
            .withSelection(new Selection(3, List.of(), Map.of("u", 2)))
            .withSplit(new SplitRule.ByColumn("part"));
    PreparationReport report = run(options);
    assertThat(report.tooSmall()).containsExactly(Map.entry("2", 1L));
    assertThat(report.domains())
        .extracting(PreparationReport.Domain::name)
        .containsExactly("1", "10");
    assertThat(report.rows()).isEqualTo(6);
    try (Dataset data = Dataset.open(options.out())) {
      // Both have two training rows in the kept domains.
      assertThat(rows(data, Split.TRAIN))
          .containsExactly("a 1 0.0", "a 1 1.0", "b 1 0.0", "b 10 0.0");
    }
  }

  @Test
  void aRowCountsOnceForAnIdHoweverOftenItsListHoldsIt() throws IOException {
    Path input = csv("d,r,t\nx,0,p|p|p\nx,1,q|r\nx,0,q|p|q\nx,1,r\nx,0,s|s\n");
    TablePreparation.Options options =
        options(input, "r", "t:multi(|)")
            .withSelection(new Selection(1, List.of(), Map.of("t", 2)))
            .withSplit(SplitRule.parse("100/0/0", 1));
    run(options);
    try (Dataset data = Dataset.open(options.out())) {
      Vocabulary texts = data.vocabularies().of("t");
      assertThat(texts.size()).isEqualTo(3);
      assertThat(texts.id("s")).isZero();
    }
  }

  @Test
  void aLeastCountBelowOneIsRefused() {
    assertThatThrownBy(() -> new Selection(1, List.of(), Map.of("u", 0)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("(--min-count) u=0 must be 1 or more");
  }

  @Test
  void excludedDomainsAreLeftOutAndAllOtherRowsFallIntoTheSameParts() throws IOException {
    StringBuilder text = new StringBuilder("u,d,r\n");
    for (int row = 0; row < 300; row++) {
      text.append("u").append(row).append(",d").append(row % 3).append(',').append(row % 2);
      text.append('\n');
    }
    Path input = csv(text.toString());
    TablePreparation.Options all = options(input, "r", "u");
    TablePreparation.Options some =
        TablePreparation.Options.of(TableSource.file(input), "r", "d", "u", folder.resolve("some"))
            .withSelection(Selection.without(List.of("d1")));
    run(all);
    PreparationReport report = run(some);
    assertThat(report.excluded()).containsExactly(Map.entry("d1", 100L));
    assertThat(report.tooSmall()).isEmpty();
    try (Dataset with = Dataset.open(all.out());
        Dataset without = Dataset.open(some.out())) {
      assertThat(without.schema().domains()).containsExactly("d0", "d2");
      assertThat(rows(without, Split.TRAIN))
          .isEqualTo(rows(with, Split.TRAIN).stream().filter(r -> !r.contains(" d1 ")).toList())
          .hasSize(120);
      assertThat(without.columns(Split.VALIDATION).rows()).isEqualTo(40);
      assertThat(without.vocabularies().of("u").size()).isEqualTo(120);
    }
  }

  @Test
  void excludingADomainThatNoRowHasOrAllOfThemIsRefused() throws IOException {
    TablePreparation.Options options = options(csv("u,d,r\na,x,1\nb,y,0\n"), "r", "u");
    assertThatThrownBy(() -> run(options.withSelection(Selection.without(List.of("z")))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("names 'z', which no row has; the domains are x, y");
    assertThatThrownBy(() -> run(options.withSelection(Selection.without(List.of("x", "y")))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("every domain is excluded");
    assertThat(options.out()).doesNotExist();
  }

  @Test
  void numbersBucketsHashesAndListsAreStoredByTheirRules() throws IOException {
    Path input =
        csv(
            "u,d,r,part,price,age,tags\n"
                + "a,x,0,0,1,10,p|q\nb,x,1,0,3,20,\na,x,0,0,,30,q||r\nc,x,1,2,5,,z|p\n");
    TablePreparation.Options options =
        options(
                input,
                "r",
                "u:hashed(16)@4,price:numeric(standardise),age:numeric(bucketise=3),tags:multi(|,sum)")
            .withSplit(new SplitRule.ByColumn("part"));
    run(options);
    try (Dataset data = Dataset.open(options.out())) {
      Columns train = data.columns(Split.TRAIN);
      assertThat(data.schema().fields().get(0).embeddingWidth()).hasValue(4);
      assertThat(data.schema().fields().get(1))
          .isEqualTo(
              new Field.Numeric(
                  "price", new Field.NumberRule.Standardised(2, 1), java.util.OptionalInt.empty()));
      Column.Ids hashed = (Column.Ids) train.fields().get(0);
      assertThat(hashed.ids().get(0)).isEqualTo(hashed.ids().get(2)).isBetween(1, 15);
      Column.Numbers price = (Column.Numbers) train.fields().get(1);
      assertThat(List.of(price.numbers().get(0), price.numbers().get(1), price.numbers().get(2)))
          .containsExactly(-1f, 1f, -0f);
      Column.Ids age = (Column.Ids) train.fields().get(2);
      assertThat(List.of(age.ids().get(0), age.ids().get(1), age.ids().get(2)))
          .containsExactly(1, 2, 3);
      assertThat(((Column.Ids) data.columns(Split.TEST).fields().get(2)).ids().get(0)).isZero();
      Column.Bags tags = (Column.Bags) train.fields().get(3);
      long[] offsets = new long[4];
      tags.offsets().get(offsets);
      assertThat(offsets).containsExactly(0, 2, 2, 4);
      int[] ids = new int[4];
      tags.ids().get(ids);
      assertThat(ids).containsExactly(1, 2, 2, 3);
      Column.Bags test = (Column.Bags) data.columns(Split.TEST).fields().get(3);
      assertThat(test.ids().get(0)).isZero();
      assertThat(test.ids().get(1)).isEqualTo(1);
    }
  }

  @Test
  void zeroAndMinusZeroAreOneNumberToBuckets() throws IOException {
    Path input = csv("d,r,x\nx,0,-5\nx,1,-0\nx,0,0\nx,1,7\n");
    TablePreparation.Options options =
        options(input, "r", "x:numeric(bucketise=4)").withSplit(SplitRule.parse("100/0/0", 1));
    run(options);
    try (Dataset data = Dataset.open(options.out())) {
      assertThat(data.schema().fields().get(0).idRule())
          .contains(new Field.IdRule.Buckets(List.of(0.0, 7.0)));
    }
  }

  @Test
  void badInputGivesOneClearLineAndLeavesNothing() throws IOException {
    assertBad("u,d,r\na,x,2\n", "r", "u", "in.csv line 2: label column 'r' is '2'");
    assertBad("u,d,r\na,x,NaN\n", "r>=4", "u", "is not a number");
    assertBad("u,d,r\na,,1\n", "r", "u", "domain column 'd' is empty");
    assertBad("u;d;r\na;x;1\n", "rating", "u", "has no column 'rating'; its columns are u, d, r");
    assertBad("u,d,r\na,x\n", "r", "u", "line 2 has 2 columns where 3 are expected");
    assertBad("u,d,r\n", "r", "u", "no rows");
    assertBad("", "r", "u", "is empty");
    assertBad("u,d,r,p\na,x,1,cheap\n", "r", "u,p:numeric", "field 'p' is 'cheap'");
    assertBad(
        "u,d,r,p\na,x,1,1e39\n", "r", "u,p:numeric", "field 'p' is '1e39', which is beyond 3.4e38");
    assertBad("u,d,r\n\"a,x,1\n", "r", "u", "never closed");
    assertBad(
        "u;d;r;p\na;x;1;580,85\n", "r", "u,p:numeric", "a decimal comma; write a decimal point");
    String longest = "u".repeat(242);
    assertThatThrownBy(() -> FieldRequest.parseAll(longest))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("242 bytes where 241 are possible")
        .hasMessageEndingWith("rename the column");
  }

  private void assertBad(String text, String label, String fields, String message)
      throws IOException {
    TablePreparation.Options options = options(csv(text), label, fields);
    assertThatThrownBy(() -> run(options))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(p -> p.getFileName().toString())).containsExactly("in.csv");
    }
  }

  @Test
  void whereverItIsStoppedNothingIsLeft() throws IOException {
    TablePreparation.Options options =
        options(csv("u,d,r,p\na,x,1,2\nb,x,0,3\nc,x,1,4\nd,x,0,5\n"), "r", "u,p:numeric");
    AtomicInteger stops = new AtomicInteger();
    for (boolean done = false; !done; ) {
      AtomicInteger left = new AtomicInteger(stops.getAndIncrement());
      Progress stopping =
          (rows, bytes, total) -> {
            if (left.getAndDecrement() == 0) {
              throw new CancellationException();
            }
          };
      try {
        new TablePreparation(options, stopping).run();
        done = true;
      } catch (CancellationException e) {
        try (Stream<Path> files = Files.list(folder)) {
          assertThat(files).containsExactly(folder.resolve("in.csv"));
        }
      }
    }
    // After the text, before rows are assigned, two fields are studied and written, each of eleven
    // files is hashed, and the data set appears.
    assertThat(stops.get() - 1).isGreaterThan(1 + 1 + 4 + 11);
  }

  @Test
  void existingTargetIsKeptUnlessItMayBeOverwritten() throws IOException {
    TablePreparation.Options options = options(csv("u,d,r\na,x,1\nb,x,0\n"), "r", "u");
    run(options);
    assertThatThrownBy(() -> run(options))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("exists already");
  }

  @Test
  void fixedSplitOfMovieLensComesOutWhole() {
    Path input = SharedFiles.require("data/ml-100k-splits/gender.csv");
    TablePreparation.Options options =
        TablePreparation.Options.of(
                TableSource.file(input), "label", "domain", "uid,pid", folder.resolve("out"))
            .withSplit(new SplitRule.ByColumn("part"));
    PreparationReport report = run(options);
    assertThat(report.rows()).isEqualTo(100_000);
    assertThat(report.positives()).isEqualTo(21_201);
    assertThat(report.idCounts()).containsEntry("uid", 944);
    try (Dataset data = Dataset.open(options.out())) {
      assertThat(data.columns(Split.TRAIN).rows()).isBetween(59_990, 60_010);
    }
  }
}
