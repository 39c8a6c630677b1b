package org.mlora.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.prepare.Progress;
import org.mlora.data.prepare.TablePreparation;
import org.mlora.data.table.TableSource;
import org.mlora.testing.Cpu;

/** The Java of the README compiles and does what it says, in a folder with a data set. */
class ReadmeTest {
  private static final String IMPORTS =
      """
      import java.nio.file.Path;
      import java.util.Map;
      import org.mlora.backend.Backend;
      import org.mlora.backend.cpu.CpuBackend;
      import org.mlora.data.Dataset;
      import org.mlora.data.Split;
      import org.mlora.data.UnknownDomain;
      import org.mlora.model.ModelSpec;
      import org.mlora.serve.Predictor;
      import org.mlora.train.Trainer;
      import org.mlora.train.TrainingConfig;
      import org.mlora.train.TrainingResult;
      """;

  @TempDir Path folder;

  @Test
  void itsJavaTrainsEvaluatesAndPredicts() throws Exception {
    Cpu.require(1).close();
    prepare();
    String source =
        IMPORTS
            + "class Readme {\npublic static void main(String[] arguments) {\n"
            + JavaProgram.firstOf("README.md")
            + "}\n}\n";
    List<String> lines = JavaProgram.run("Readme.java", source, folder);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).matches("test WAUC 0\\.\\d+");
    assertThat(Double.parseDouble(lines.get(0).substring(10))).isBetween(0.6, 1.0);
    assertThat(lines.get(1)).matches("CTR 0\\.\\d+");
    assertThat(folder.resolve("run/best/weights.safetensors")).isRegularFile();
  }

  private void prepare() throws IOException {
    Random random = new Random(3);
    StringBuilder csv = new StringBuilder("user_id,item_id,category,rating\n");
    for (int row = 0; row < 3000; row++) {
      int item = random.nextInt(20);
      boolean toys = random.nextBoolean();
      boolean liked = random.nextInt(10) < (toys == (item % 2 == 0) ? 8 : 2);
      csv.append('u').append(random.nextInt(50)).append(",i").append(item);
      csv.append(toys ? ",toys," : ",books,").append(liked ? 5 : 2).append('\n');
    }
    Path input = Files.writeString(folder.resolve("ratings.csv"), csv);
    new TablePreparation(
            TablePreparation.Options.of(
                TableSource.file(input),
                "rating>=4",
                "category",
                "user_id,item_id",
                folder.resolve("data")),
            Progress.none())
        .run();
  }
}
