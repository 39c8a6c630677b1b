package org.mlora.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.NumberCell;
import org.mlora.data.RowEncoder;
import org.mlora.data.Split;
import org.mlora.data.UnknownDomain;
import org.mlora.data.prepare.Progress;
import org.mlora.data.prepare.SplitRule;
import org.mlora.data.prepare.TablePreparation;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.data.table.Tables;

class TranslationTest {
  @TempDir Path folder;

  private Path table(String name, String... prices) throws IOException {
    StringBuilder text = new StringBuilder("u,d,r,part,price\n");
    for (int row = 0; row < prices.length; row++) {
      text.append("u,x," + row % 2 + ",0," + prices[row] + "\n");
    }
    return Files.writeString(folder.resolve(name + ".csv"), text.toString());
  }

  private Dataset prepare(Path table, String name) {
    TablePreparation.Options options =
        TablePreparation.Options.of(
                TableSource.file(table),
                "r",
                "d",
                "u,price:numeric(standardise)",
                folder.resolve(name))
            .withSplit(new SplitRule.ByColumn("part"));
    new TablePreparation(options, Progress.none()).run();
    return Dataset.open(options.out());
  }

  private static FloatBuffer prices(Columns columns) {
    return ((Column.Numbers) columns.fields().get(1)).numbers();
  }

  @Test
  void rowsOfOtherDataBecomeWhatTheyWouldBeReadAsMissingNumbersToo() throws IOException {
    // 30 is the mean of the other data, which a missing number must not be taken for; -0 is a zero.
    Path rows = table("other", "20", "", "30", "40", "-0", "60");
    try (Dataset model = prepare(table("model", "1", "", "3", "5"), "a");
        Dataset other = prepare(rows, "b");
        TableReader reader = Tables.open(rows, DelimitedFormat.automatic())) {
      RowEncoder encoder =
          new RowEncoder(
              model.schema(), model.vocabularies(), reader, UnknownDomain.ERROR, false, 8);
      while (reader.next()) {
        encoder.add();
      }
      FloatBuffer expected = prices(encoder.columns());
      Translation translation =
          Translation.between(
              other.schema(), other.vocabularies(), model.schema(), model.vocabularies());
      FloatBuffer actual = prices(translation.apply(other.columns(Split.TRAIN)));
      assertThat(actual.limit()).isEqualTo(6);
      for (int row = 0; row < 6; row++) {
        assertThat(actual.get(row)).isCloseTo(expected.get(row), within(1e-5f));
        assertThat(NumberCell.isMissing(actual.get(row))).as("row %d", row).isEqualTo(row == 1);
      }
      assertThat(actual.get(1)).isZero();
    }
  }
}
