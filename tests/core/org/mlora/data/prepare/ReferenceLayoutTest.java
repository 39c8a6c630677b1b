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
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

class ReferenceLayoutTest {
  private static final String HEADER = "uid,pid,domain,label\n";

  @TempDir Path folder;

  private void write(String file, String rows) throws IOException {
    Path path = folder.resolve("in").resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, HEADER + rows);
  }

  private PreparationReport prepare() {
    return new ReferencePreparation(
            new ReferencePreparation.Options(folder.resolve("in"), false, folder.resolve("data")),
            Progress.none())
        .run();
  }

  @Test
  void layoutComesBackUnchangedThroughPreparedData() throws IOException {
    write("domain_2/train.csv", "7,3,2,1\n9,0,2,0\n7,3,2,1\n");
    write("domain_2/val.csv", "11,3,2,0\n");
    write("domain_2/test.csv", "9,5,2,1\n");
    write("domain_10/train.csv", "7,4,10,0\n");
    write("domain_10/val.csv", "");
    write("domain_10/test.csv", "7,3,10,1\n");
    PreparationReport report = prepare();
    assertThat(report.domains())
        .containsExactly(
            new PreparationReport.Domain("2", 5, 3, 3, 1, 1),
            new PreparationReport.Domain("10", 2, 1, 1, 0, 1));
    assertThat(report.idCounts()).containsEntry("uid", 4).containsEntry("pid", 5);
    try (Dataset data = Dataset.open(folder.resolve("data"))) {
      ReferenceLayout.write(data, folder.resolve("back"), false);
    }
    for (String domain : List.of("domain_2", "domain_10")) {
      for (String file : List.of("train.csv", "val.csv", "test.csv")) {
        assertThat(folder.resolve("back").resolve(domain).resolve(file))
            .hasSameTextualContentAs(folder.resolve("in").resolve(domain).resolve(file));
      }
    }
    assertThat(folder.resolve("back/domain_2/domain_property.json"))
        .content()
        .contains("\"domain_name\":\"2\"", "\"n_uid\":12", "\"n_pid\":6", "\"ctr_ratio\":0.6");
    assertThat(folder.resolve("back/processed_data/pid2id.json")).hasContent("{\"id\":6}");
  }

  @Test
  void namesThatAreNoNumbersAreNumbered() throws IOException {
    Path input =
        Files.writeString(folder.resolve("in.csv"), "u,i,d,r,p\nann,x,b,1,0\nbob,y,a,0,2\n");
    new TablePreparation(
            TablePreparation.Options.of(
                    TableSource.file(input), "r", "d", "u,i", folder.resolve("data"))
                .withSplit(new SplitRule.ByColumn("p")),
            Progress.none())
        .run();
    try (Dataset data = Dataset.open(folder.resolve("data"))) {
      ReferenceLayout.write(data, folder.resolve("back"), false);
    }
    assertThat(folder.resolve("back/domain_1/train.csv")).hasContent(HEADER + "1,1,1,1\n");
    // bob and y are not among the training rows: unknown, id 0.
    assertThat(folder.resolve("back/domain_0/test.csv")).hasContent(HEADER + "0,0,0,0\n");
    assertThat(folder.resolve("back/domain_1/domain_property.json")).content().contains("\"b\"");
  }

  @Test
  void missingFileAndFolderAreNamed() throws IOException {
    Files.createDirectory(folder.resolve("in"));
    assertThatThrownBy(this::prepare)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("holds no folders domain_0");
    write("domain_0/train.csv", "1,1,0,1\n");
    assertThatThrownBy(this::prepare)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("val.csv: no such file");
  }
}
