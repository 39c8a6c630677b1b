package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.RowEncoder;
import org.mlora.data.Split;
import org.mlora.data.UnknownDomain;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.prepare.Progress;
import org.mlora.data.prepare.SplitRule;
import org.mlora.data.prepare.TablePreparation;
import org.mlora.data.prepare.Template;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.data.table.Tables;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.network.Parameter;
import org.mlora.serve.MloraModel;
import org.mlora.testing.Buffers;
import org.mlora.train.Trainer;
import org.mlora.train.TrainingConfig;
import org.mlora.train.TrainingResult;

/** Tables that are prepared like a model with every kind of field. */
class TemplateFolderTest {
  private static final int ROWS = 200;
  private static final String HEADER = "u,price,age,size,raw,h,tags,brand,d,r,part\n";

  @TempDir static Path folder;

  private static final Backend BACKEND = new ReferenceBackend();

  @BeforeAll
  static void train() throws IOException {
    try (NpyWriter out = NpyWriter.matrix(path("e.npy"), NpyType.FLOAT32, 2)) {
      out.put(new float[] {1, 2, 3, 4, 5, 6}, 6);
    }
    Files.writeString(path("ids.txt"), "b0\nb1\nb2\n");
    String fields =
        "u,price:numeric(bucketise=6),age:numeric(standardise),size:numeric(log1p),raw:numeric(raw),"
            + "h:hashed(20)@3,tags:multi(|,sum),brand:pretrained("
            + path("e.npy")
            + ","
            + path("ids.txt")
            + ",trained)";
    Path table = Files.writeString(path("first.csv"), rows(1, 10));
    TablePreparation.Options options =
        TablePreparation.Options.of(TableSource.file(table), "r>=4", "d", fields, path("data"));
    new TablePreparation(options.withSplit(new SplitRule.ByColumn("part")), Progress.none()).run();
    ModelSpec spec = ModelSpec.defaults().withHidden(List.of(4)).withEmbeddingDim(2);
    TrainingConfig config = TrainingConfig.defaults().withMaxEpochs(1).withBatch(32);
    try (Dataset data = Dataset.open(path("data"));
        TrainingResult result = new Trainer(spec, config, BACKEND).train(data, path("run"))) {
      result.model().save(path("saved"));
    }
  }

  private static Path path(String name) {
    return folder.resolve(name);
  }

  /** Rows of so many users whose numbers grow with the seed; every fourth is a test row. */
  private static String rows(int seed, int users) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder(HEADER);
    for (int row = 0; row < ROWS; row++) {
      text.append("u").append(random.nextInt(users));
      for (int number = 0; number < 4; number++) {
        text.append(',');
        if (random.nextInt(8) > 0) {
          text.append(seed * 10 * random.nextGaussian());
        }
      }
      text.append(",h").append(random.nextInt(40));
      text.append(",t").append(random.nextInt(5)).append("|t").append(random.nextInt(5 * seed));
      text.append(",b").append(random.nextInt(4));
      text.append(random.nextInt(3) > 0 ? ",x," : ",y,").append(1 + random.nextInt(5));
      text.append(',').append(row % 4 == 3 ? 2 : row % 4 == 2 ? 1 : 0).append('\n');
    }
    return text.toString();
  }

  /** The rows of a part of a table, as the model reads them. */
  private static Columns read(MloraModel model, Path table, Split split) {
    try (TableReader reader = Tables.open(table, DelimitedFormat.automatic())) {
      RowEncoder encoder =
          new RowEncoder(
              model.schema(), model.vocabularies(), reader, UnknownDomain.ERROR, true, ROWS);
      int part = reader.column("part");
      while (reader.next()) {
        if (reader.text(part).equals("" + split.ordinal())) {
          encoder.add();
        }
      }
      return encoder.columns();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "run/best", "saved", "data"})
  void rowsBecomeWhatTheModelReadsAndPredictsToTheBit(String like) throws IOException {
    // Users and tags beyond those of the first table, some in test rows alone.
    Path table = Files.writeString(path("second.csv"), rows(2, 300));
    Path out = path("like-" + like.replace('/', '-'));
    Template template = TemplateFolder.open(path(like));
    TablePreparation.Options options =
        TablePreparation.Options.like(TableSource.file(table), template, out);
    new TablePreparation(options.withSplit(new SplitRule.ByColumn("part")), Progress.none()).run();
    try (Dataset more = Dataset.open(out);
        MloraModel model = MloraModel.open(path("run"), BACKEND)) {
      for (Split split : Split.values()) {
        Columns expected = read(model, table, split);
        Columns actual = model.columns(more, split);
        assertThat(actual.fields()).as(split.label()).isEqualTo(expected.fields());
        assertThat(actual.domains()).isEqualTo(expected.domains());
        assertThat(actual.labels()).isEqualTo(expected.labels());
        assertThat(model.predict(actual)).isEqualTo(model.predict(expected));
      }
    }
  }

  @Test
  void givenEmbeddingsAreAsTheTrainingLeftThem() {
    FloatBuffer before = TemplateFolder.open(path("data")).embeddings().get("brand");
    FloatBuffer after = TemplateFolder.open(path("run")).embeddings().get("brand");
    assertThat(after.limit()).isEqualTo(before.limit()).isEqualTo(8);
    assertThat(after).isNotEqualTo(before);
    try (MloraModel model = MloraModel.open(path("run"), BACKEND)) {
      Parameter table =
          model.network().parameters().stream()
              .filter(p -> p.name().equals("emb_brand"))
              .findFirst()
              .orElseThrow();
      FloatBuffer values = Buffers.floats(table.size());
      model.engine().read(table, Engine.Slot.VALUE, 0, values);
      assertThat(after).isEqualTo(values.rewind());
    }
  }

  @Test
  void whatIsNeitherIsRefused() throws IOException {
    Path empty = Files.createDirectories(path("empty"));
    assertRefused(empty, "neither a trained model nor a prepared data set");
    assertRefused(path("none"), "none: no such folder");
    assertRefused(path("first.csv"), "first.csv is a file, not a folder");
  }

  private static void assertRefused(Path path, String message) {
    assertThatThrownBy(() -> TemplateFolder.open(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }
}
