package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.prepare.Progress;
import org.mlora.data.prepare.SplitRule;
import org.mlora.data.prepare.TablePreparation;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

class RowEncoderTest {
  private static final String TEXT =
      "u,d,r,part,price,age,tags,h\n"
          + "a,x,5,0,1,10,p|q,k1\nb,y,4,0,3,20,,k2\na,x,5,0,,30,q||r,k3\nb,x,1,0,5,,r|p,\n";

  @TempDir Path folder;

  private Dataset prepared() throws IOException {
    Path input = Files.writeString(folder.resolve("in.csv"), TEXT);
    String fields =
        "u,price:numeric(log1p),age:numeric(bucketise=3),tags:multi(|,sum),h:hashed(50)";
    new TablePreparation(
            TablePreparation.Options.of(
                    TableSource.file(input), "r>=4", "d", fields, folder.resolve("out"))
                .withSplit(new SplitRule.ByColumn("part")),
            Progress.none())
        .run();
    return Dataset.open(folder.resolve("out"));
  }

  private static TableReader table(String text) {
    return DelimitedReader.of(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
        "rows.csv",
        DelimitedFormat.automatic());
  }

  private static RowEncoder encoder(
      Dataset data, TableReader table, UnknownDomain unknown, boolean labelled) {
    return new RowEncoder(data.schema(), data.vocabularies(), table, unknown, labelled, 4);
  }

  @Test
  void encodedTextEqualsThePreparedColumns() throws IOException {
    try (Dataset data = prepared();
        TableReader table = table(TEXT)) {
      RowEncoder encoder = encoder(data, table, UnknownDomain.ERROR, true);
      while (table.next()) {
        assertThat(encoder.add()).isTrue();
      }
      assertThat(encoder.full()).isTrue();
      assertSame(data.columns(Split.TRAIN), encoder.columns());
    }
  }

  @Test
  void numbersThatDifferInDoublePrecisionOnlyAreApartInBoth() throws IOException {
    StringBuilder text = new StringBuilder("u,d,r,part,t,s\n");
    for (int second = 0; second < 4; second++) {
      text.append("a,x,").append(second % 2).append(",0,");
      text.append(1_700_000_000 + second).append(',').append(1_700_000_000 + second).append('\n');
    }
    Path input = Files.writeString(folder.resolve("in.csv"), text);
    String fields = "u,t:numeric(standardise),s:numeric(bucketise=4)";
    new TablePreparation(
            TablePreparation.Options.of(
                    TableSource.file(input), "r", "d", fields, folder.resolve("out"))
                .withSplit(new SplitRule.ByColumn("part")),
            Progress.none())
        .run();
    try (Dataset data = Dataset.open(folder.resolve("out"));
        TableReader table = table(text.toString())) {
      Columns columns = data.columns(Split.TRAIN);
      float[] numbers = new float[4];
      ((Column.Numbers) columns.fields().get(1)).numbers().get(0, numbers);
      assertThat(numbers)
          .containsExactly(
              (float) (-1.5 / Math.sqrt(1.25)),
              (float) (-0.5 / Math.sqrt(1.25)),
              (float) (0.5 / Math.sqrt(1.25)),
              (float) (1.5 / Math.sqrt(1.25)));
      assertThat(((Column.Ids) columns.fields().get(2)).ids())
          .isEqualTo(IntBuffer.wrap(new int[] {1, 2, 3, 4}));
      RowEncoder encoder = encoder(data, table, UnknownDomain.ERROR, true);
      while (table.next()) {
        encoder.add();
      }
      assertSame(columns, encoder.columns());
    }
  }

  private static void assertSame(Columns expected, Columns actual) {
    assertThat(actual.rows()).isEqualTo(expected.rows());
    assertThat(actual.domains()).isEqualTo(expected.domains());
    assertThat(actual.labels()).isEqualTo(expected.labels());
    assertThat(actual.fields()).isEqualTo(expected.fields());
    for (Column column : actual.fields()) {
      IntBuffer ids =
          column instanceof Column.Ids c
              ? c.ids()
              : column instanceof Column.Bags b ? b.ids() : IntBuffer.allocate(0);
      assertThat(ids.capacity() == 0 || ids.isDirect() && ids.order() == ByteOrder.nativeOrder())
          .isTrue();
    }
  }

  @Test
  void batchesReuseBuffersAndListsStartAtZeroAgain() throws IOException {
    try (Dataset data = prepared();
        TableReader table = table(TEXT)) {
      RowEncoder encoder = encoder(data, table, UnknownDomain.ERROR, false);
      table.next();
      encoder.add();
      encoder.clear();
      table.next();
      table.next();
      encoder.add();
      Columns columns = encoder.columns();
      assertThat(columns.labels().limit()).isZero();
      Column.Bags bags = (Column.Bags) columns.fields().get(3);
      assertThat(bags.offsets()).isEqualTo(LongBuffer.wrap(new long[] {0, 2}));
      assertThat(bags.ids()).isEqualTo(IntBuffer.wrap(new int[] {2, 3}));
    }
  }

  @Test
  void unknownDomainIsRefusedSkippedOrPassedOnAsAskedFor() throws IOException {
    String text = "u,d,price,age,tags,h\nnew,z,,,s,\n";
    try (Dataset data = prepared()) {
      TableReader first = table(text);
      first.next();
      assertThatThrownBy(encoder(data, first, UnknownDomain.ERROR, false)::add)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("rows.csv line 2: d 'z' is not in the schema (2 known domains)");
      assertThat(encoder(data, first, UnknownDomain.SKIP, false).add()).isFalse();
      RowEncoder fallback = encoder(data, first, UnknownDomain.FALLBACK, false);
      assertThat(fallback.add()).isTrue();
      Columns columns = fallback.columns();
      assertThat(columns.domains().get(0)).isEqualTo(-1);
      assertThat(((Column.Ids) columns.fields().get(0)).ids().get(0)).isZero();
      assertThat(((Column.Bags) columns.fields().get(3)).ids().get(0)).isZero();
    }
  }

  @Test
  void missingColumnAndBadNumberAreNamed() throws IOException {
    try (Dataset data = prepared()) {
      TableReader missing = table("u,d,age,tags,h\n");
      assertThatThrownBy(() -> encoder(data, missing, UnknownDomain.ERROR, false))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("no column 'price'");
      TableReader bad = table("u,d,price,age,tags,h\na,x,1,old,,\n");
      bad.next();
      assertThatThrownBy(encoder(data, bad, UnknownDomain.ERROR, false)::add)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("rows.csv line 2: field 'age' is 'old'");
    }
  }
}
