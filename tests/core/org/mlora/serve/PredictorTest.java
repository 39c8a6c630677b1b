package org.mlora.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.LogitLine;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.ModelFile;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.TextHash;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabularies;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class PredictorTest {
  private static final ModelSpec SPEC = ModelSpec.defaults().withHidden(List.of(16, 8));

  static final Schema SCHEMA =
      new Schema(
          "label",
          "label==1",
          "domain",
          List.of("toys", "books"),
          List.of(
              new Field.Categorical("uid", 9, new Field.IdRule.Hashed(), OptionalInt.empty()),
              new Field.Numeric("price", new Field.NumberRule.Raw(), OptionalInt.empty()),
              new Field.Categorical("pid", 7, new Field.IdRule.Hashed(), OptionalInt.empty())));

  private static final LogitLine TOYS = new LogitLine(0.8, -0.5);
  private static final LogitLine BOOKS = new LogitLine(1.25, 0.25);
  private static final PlattScaling LINES =
      new PlattScaling(CalibrationScope.BY_DOMAIN, new LogitLine(1.5, 1), List.of(TOYS, BOOKS));

  private static final int[] UIDS = {1, 8, 0};
  private static final int[] PIDS = {2, 0, 6};
  private static final float[] PRICES = {0.5f, -1, 3};
  private static final int[] DOMAINS = {0, 1, -1};

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesTheSameForOneRowForABatchAndForColumns(boolean calibrated) {
    try (Predictor predictor =
            predictor(UnknownDomain.FALLBACK, calibrated ? Optional.of(LINES) : Optional.empty());
        PredictionBatch batch = predictor.batch(5)) {
      float[] all = predictor.predict(columns());
      for (int again = 0; again < 2; again++) {
        IntStream.range(0, 3).forEach(i -> set(batch, i, i));
        float[] batched = new float[3];
        batch.predict(3).get(batched);
        assertThat(batched).isEqualTo(all);
      }
      for (int i = 0; i < 3; i++) {
        set(batch, 0, i);
        assertThat(batch.predict(1).get(0)).isEqualTo(all[i]);
      }
      assertThat(all[0]).isNotEqualTo(all[1]);
    }
  }

  @Test
  void calibratesARowByTheLineOfItsDomain() {
    try (Predictor plain = predictor(UnknownDomain.FALLBACK);
        Predictor calibrated = predictor(UnknownDomain.FALLBACK, Optional.of(LINES))) {
      float[] raw = plain.predict(columns());
      float[] actual = calibrated.predict(columns());
      for (int i = 0; i < 3; i++) {
        LogitLine line = List.of(LINES.unknown(), TOYS, BOOKS).get(DOMAINS[i] + 1);
        double logit = Math.log(raw[i] / (1.0 - raw[i]));
        double expected = 1 / (1 + Math.exp(-line.slope() * logit - line.intercept()));
        assertThat((double) actual[i]).isCloseTo(expected, within(1e-6));
      }
    }
  }

  @Test
  void answersWithoutAnAdapterOrRefusesUnknownDomainsAsAsked() {
    try (Predictor lenient = predictor(UnknownDomain.FALLBACK)) {
      assertThat(lenient.domain("books")).isEqualTo(1);
      assertThat(lenient.domain("music")).isEqualTo(-1);
    }
    try (Predictor strict = predictor(UnknownDomain.ERROR);
        PredictionBatch batch = strict.batch(3)) {
      assertThatThrownBy(() -> strict.domain("music"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("'music'");
      assertThatThrownBy(() -> set(batch, 2, 2)).isInstanceOf(InvalidInputException.class);
    }
  }

  @Test
  void givesIdsOfTextsAndRefusesFieldsWithoutThem() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      byte[] text = {'u', '7'};
      assertThat(predictor.id("uid", "u7")).isEqualTo(TextHash.id(text, 0, 2, 9)).isBetween(1, 8);
      assertThat(predictor.id("uid", "")).isZero();
      assertThatThrownBy(() -> predictor.id("price", "3"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("field 'price' holds numbers; give a number");
      assertThatThrownBy(() -> predictor.id("nosuch", "3"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("'nosuch'");
    }
  }

  @Test
  void refusesIdsAndDomainsOutOfRangeAndRowsOfAnotherShape() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK);
        PredictionBatch batch = predictor.batch(1)) {
      assertThatThrownBy(() -> batch.set(0, new int[] {9, 0}, new float[] {0}, 0))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> batch.set(0, new int[] {1, 0}, new float[] {0}, 2))
          .isInstanceOf(InvalidInputException.class);
      for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
        assertThatThrownBy(() -> batch.set(0, new int[] {1, 0}, new float[] {bad}, 0))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("row 0: number " + bad + " of field 'price' is not finite");
      }
      assertThatThrownBy(() -> batch.set(0, new int[] {1, 0}, new float[] {0}, -2))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("row 0: domain -2 is not in [0, 2), nor -1");
      assertThatThrownBy(() -> predictor.predict(new int[] {1, 0}, 0))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("2 ids, 1 numbers and 0 lists, not 2, 0 and 0");
    }
  }

  @Test
  void refusesMoreRowsThanABufferHoldsAndColumnsThatAreTooShort() {
    try (Predictor predictor = predictor(UnknownDomain.ERROR)) {
      assertThatThrownBy(() -> predictor.batch(1 << 29))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("a column of 536870912 values")
          .hasMessageContaining("predict fewer rows at a time");
      Columns whole = columns();
      Columns cut =
          new Columns(
              3, whole.fields(), whole.domains().duplicate().limit(2).slice(), whole.labels());
      assertThatThrownBy(() -> predictor.predict(cut))
          .isInstanceOf(InvalidShapeException.class)
          .hasMessage("column 'domain' has 2 entries, 3 are needed");
    }
  }

  @Test
  void refusesToBeToldNothingOfUnknownDomains() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      assertThatThrownBy(() -> new Predictor(predictor.model(), null))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("what to do with unknown domains");
    }
  }

  @Test
  void saysWhatIsNull() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      nullNamed("the row is null", () -> predictor.predict((Map<String, String>) null));
      nullNamed(
          "the list of rows is null", () -> predictor.predict((List<Map<String, String>>) null));
      nullNamed("the text is null", () -> predictor.id("uid", null));
      nullNamed("the name of the domain is null", () -> predictor.domain(null));
    }
  }

  private static void nullNamed(String message, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(message);
  }

  static void set(PredictionBatch batch, int row, int i) {
    batch.set(row, new int[] {UIDS[i], PIDS[i]}, new float[] {PRICES[i]}, DOMAINS[i]);
  }

  static Columns columns() {
    return new Columns(
        3,
        List.of(
            new Column.Ids(Buffers.ints(UIDS)),
            new Column.Numbers(Buffers.floats(PRICES)),
            new Column.Ids(Buffers.ints(PIDS))),
        Buffers.ints(DOMAINS),
        ByteBuffer.allocateDirect(0).asFloatBuffer());
  }

  static Predictor predictor(UnknownDomain unknown) {
    return predictor(unknown, Optional.empty());
  }

  private static Predictor predictor(UnknownDomain unknown, Optional<PlattScaling> calibration) {
    Vocabularies none = new Vocabularies(Map.of());
    return predictor(new CpuBackend(1), SCHEMA, none, unknown, calibration);
  }

  /** With random weights. */
  static Predictor predictor(
      Backend backend,
      Schema schema,
      Vocabularies vocabularies,
      UnknownDomain unknown,
      Optional<PlattScaling> calibration) {
    Engine engine = backend.compile(Models.build(SPEC, schema));
    Initialization.fill(engine, 1, field -> Buffers.floats(0L));
    ModelFile file =
        new ModelFile(SPEC, schema, "", JsonNodeFactory.instance.objectNode(), calibration);
    return new Predictor(new MloraModel(file, vocabularies, engine), unknown);
  }
}
