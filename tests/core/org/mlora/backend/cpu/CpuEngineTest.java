package org.mlora.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.mlora.backend.cpu.SmallNetwork.expectedLogits;
import static org.mlora.backend.cpu.SmallNetwork.floats;
import static org.mlora.backend.cpu.SmallNetwork.ints;
import static org.mlora.backend.cpu.SmallNetwork.longs;
import static org.mlora.backend.cpu.SmallNetwork.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.backend.Session;
import org.mlora.backend.Session.Resident;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.error.ClosedException;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;
import org.mlora.random.RowOrder;
import org.mlora.train.Optimization;

/** The way from a network to the native library and back, and what is refused on it. */
class CpuEngineTest extends SmallEngineTest {
  @Test
  void predicts_what_the_network_describes() {
    assertThat(logits(small.columns(), 0, 3)).containsExactly(expectedLogits(), within(1e-4f));
  }

  @Test
  void keeps_its_parameters_while_a_session_predicts_from_them() {
    FloatBuffer ones = floats(1, 1);
    try (Session session = engine.share();
        Resident data = session.load(small.columns())) {
      FloatBuffer logits = floats(7, 7, 7);
      session.predict(data, 0, 3, logits, NONE);
      assertThat(logits.get(1)).isCloseTo(expectedLogits()[1], within(1e-4f));
      assertThatThrownBy(() -> engine.write(small.a, Slot.VALUE, 0, ones))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("1 engines predict from the weights of this one");
    }
    engine.write(small.a, Slot.VALUE, 0, ones);
  }

  @Test
  void closes_its_sessions_with_itself() {
    Session session = engine.share();
    try (Resident data = session.load(small.columns())) {
      engine.close();
      assertThatThrownBy(() -> session.predict(data, 0, 1, floats(7), NONE))
          .isInstanceOf(ClosedException.class)
          .hasMessage("the session is used after it was closed");
      for (ThrowingCallable late :
          List.<ThrowingCallable>of(engine::share, () -> engine.load(small.columns()))) {
        assertThatThrownBy(late)
            .isInstanceOf(ClosedException.class)
            .hasMessage("the model's engine is used after it was closed");
      }
    }
    session.close();
  }

  @Test
  void predicts_a_range_of_rows_into_a_buffer_from_its_position() {
    FloatBuffer logits = floats(7, 7, 7, 7);
    FloatBuffer probabilities = FloatBuffer.allocate(2);
    try (Resident data = engine.load(small.columns())) {
      engine.predict(data, 1, 2, logits.position(1), probabilities);
    }

    assertThat(logits.get(0)).isEqualTo(7);
    assertThat(logits.get(1)).isCloseTo(expectedLogits()[1], within(1e-4f));
    assertThat(logits.get(2)).isCloseTo(expectedLogits()[2], within(1e-4f));
    assertThat(logits.get(3)).isEqualTo(7);
    assertThat(probabilities.get(0)).isEqualTo(1);
    assertThat(probabilities.get(1)).isCloseTo(0.010987f, within(1e-5f));
  }

  @Test
  void values_come_back_as_they_were_written() {
    assertThat(read(engine, small.a, Slot.VALUE)).containsExactly(1, 0, 0, 0, 0, 1, 0, 0);

    engine.write(small.a, Slot.VALUE, 3, floats(5, 6));
    FloatBuffer part = FloatBuffer.allocate(3);
    engine.read(small.a, Slot.VALUE, 2, part);

    assertThat(part.array()).containsExactly(0, 5, 6);
  }

  @Test
  void trains_by_the_gradient_of_the_mean_loss() {
    engine.optimize(small.sgd(1));
    int[] rows = {2};
    try (Resident data = engine.load(small.columns())) {
      // The logit is -4.5 and the label 1.
      double error = 1 / (1 + Math.exp(4.5)) - 1;
      assertThat(engine.gradients(data, rows, false))
          .isCloseTo(Math.log1p(Math.exp(4.5)), within(1e-5));
      assertThat(read(engine, small.bias, Slot.GRADIENT)[0])
          .isCloseTo((float) error, within(1e-5f));

      engine.order(data, RowOrder.of(rows));
      engine.train(0, 1);
      assertThat(engine.takeLoss()).isCloseTo(Math.log1p(Math.exp(4.5)), within(1e-5));
      assertThat(engine.takeLoss()).isNaN();
      assertThat(engine.step()).isEqualTo(1);
      assertThat(read(engine, small.bias, Slot.VALUE)[0])
          .isCloseTo((float) (0.5 - error), within(1e-5f));
    }
    engine.setStep(41);
    assertThat(engine.step()).isEqualTo(41);
    engine.resetOptimizer();
    assertThat(engine.step()).isZero();
  }

  @Test
  void refuses_an_id_outside_its_table() {
    Columns columns = withIds(ints(1, 3, 0));
    try (Resident data = engine.load(columns)) {
      assertThatThrownBy(() -> engine.predict(data, 0, 3, FloatBuffer.allocate(3), NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("3");
    }
  }

  @Test
  void refuses_columns_that_the_library_cannot_borrow() {
    assertRefused(withIds(IntBuffer.allocate(3)), "column 'item' is not a direct buffer");
    assertRefused(
        withIds(ByteBuffer.allocateDirect(12).order(ByteOrder.BIG_ENDIAN).asIntBuffer()),
        "column 'item' is not a direct buffer of native byte order");
    assertRefused(withIds(ints(1, 2)), "column 'item' has 2 entries, 3 are needed");
  }

  @Test
  void refuses_columns_of_another_kind_or_number() {
    Columns good = small.columns();
    assertRefused(
        new Columns(
            3,
            List.of(good.fields().get(2), good.fields().get(1), good.fields().get(0)),
            good.domains(),
            good.labels()),
        "column 'item' holds Numbers, the network reads ID");
    assertRefused(
        new Columns(3, good.fields().subList(0, 2), good.domains(), good.labels()),
        "reads 3 columns, the data has 2");
  }

  @Test
  void refuses_bags_that_reach_outside_their_ids() {
    for (long[] offsets : new long[][] {{0, 2, 1, 3}, {0, 2, 2, 4}, {-1, 2, 2, 3}}) {
      assertRefused(
          with(1, new Column.Bags(longs(offsets), ints(1, 3, 2))), "the offsets of column 'tags'");
    }
  }

  @Test
  void refuses_bags_that_reach_outside_their_ids_since_they_were_loaded() {
    LongBuffer offsets = longs(0, 2, 2, 3);
    try (Resident data = engine.load(with(1, new Column.Bags(offsets, ints(1, 3, 2))))) {
      for (long reach : new long[] {1, 1L << 40}) {
        offsets.put(2, 2 + reach).put(3, 3 + reach);
        assertThatThrownBy(() -> engine.predict(data, 2, 1, FloatBuffer.allocate(1), NONE))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("row 2, input 1: offsets " + (2 + reach) + " to " + (3 + reach))
            .hasMessageContaining("at most 3");
      }
    }
  }

  @Test
  void refuses_numbers_that_are_not_finite() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      try (Resident data = engine.load(with(2, new Column.Numbers(floats(1, bad, -1))))) {
        assertThatThrownBy(() -> engine.predict(data, 0, 3, FloatBuffer.allocate(3), NONE))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("row 1, input 2")
            .hasMessageContaining("not a finite number");
        assertThatThrownBy(() -> engine.order(data, RowOrder.of(0, 1)))
            .isInstanceOf(InvalidInputException.class);
      }
    }
  }

  @Test
  void refuses_rows_outside_the_data() {
    try (Resident data = engine.load(small.columns())) {
      FloatBuffer logits = FloatBuffer.allocate(9);
      for (int[] range : new int[][] {{-1, 1}, {0, 4}, {3, 1}, {0, -1}, {Integer.MAX_VALUE, 2}}) {
        assertThatThrownBy(() -> engine.predict(data, range[0], range[1], logits, NONE))
            .as(Arrays.toString(range))
            .isInstanceOf(InvalidShapeException.class);
      }
      assertThatThrownBy(() -> engine.order(data, RowOrder.of(0, 3)))
          .isInstanceOf(InvalidShapeException.class)
          .hasMessageContaining("row 3 is not among the 3 rows");
      assertThatThrownBy(() -> engine.gradients(data, new int[] {-1}, false))
          .isInstanceOf(InvalidShapeException.class);

      engine.order(data, RowOrder.of(0, 1));
      assertThatThrownBy(() -> engine.train(1, 2)).isInstanceOf(InvalidShapeException.class);
    }
  }

  @Test
  void refuses_buffers_without_room() {
    try (Resident data = engine.load(small.columns())) {
      assertThatThrownBy(() -> engine.predict(data, 0, 3, FloatBuffer.allocate(2), NONE))
          .isInstanceOf(InvalidShapeException.class)
          .hasMessageContaining("no room for 3");
      assertThatThrownBy(() -> engine.predict(data, 0, 1, floats(0, 0).asReadOnlyBuffer(), NONE))
          .isInstanceOf(InvalidShapeException.class);
    }
    assertThatThrownBy(() -> engine.write(small.bias, Slot.VALUE, 0, floats(1, 2)))
        .isInstanceOf(InvalidShapeException.class)
        .hasMessageContaining("outside VALUE of 'bias', which has 1");
    assertThatThrownBy(() -> engine.read(small.a, Slot.VALUE, 7, floats(1, 2)))
        .isInstanceOf(InvalidShapeException.class);
    assertThatThrownBy(() -> engine.read(small.a, Slot.VALUE, -1, floats(1, 2)))
        .isInstanceOf(InvalidShapeException.class);
  }

  @Test
  void refuses_to_train_without_labels() {
    Columns good = small.columns();
    try (Resident data =
        engine.load(new Columns(3, good.fields(), good.domains(), FloatBuffer.allocate(0)))) {
      assertThatThrownBy(() -> engine.order(data, RowOrder.of(0)))
          .isInstanceOf(InvalidShapeException.class)
          .hasMessageContaining("no labels");
    }
  }

  @Test
  void refuses_closed_columns_and_those_of_another_network() {
    Resident closed = engine.load(small.columns());
    engine.order(closed, RowOrder.of(0));
    closed.close();
    assertThatThrownBy(() -> engine.train(0, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");

    Network.Builder builder = new Network.Builder(1);
    Value logit = builder.value(1);
    Parameter table =
        builder.parameter(
            "t", List.of(1, 1), RowKind.BY_DOMAIN, Role.EMBEDDING, new Initializer.Zeros(), 0);
    builder.add(new Op.Lookup(Network.DOMAIN, table, logit, 0));
    try (Engine other = backend.compile(builder.build(logit));
        Resident foreign =
            other.load(new Columns(1, List.of(), ints(0), FloatBuffer.allocate(0)))) {
      assertThatThrownBy(() -> engine.predict(foreign, 0, 1, FloatBuffer.allocate(1), NONE))
          .isInstanceOf(InvalidShapeException.class)
          .hasMessageContaining("another network");
    }
  }

  @Test
  void refuses_a_closed_engine() {
    engine.close();
    assertThatThrownBy(() -> engine.step()).isInstanceOf(IllegalStateException.class);
    engine.close();
  }

  @Test
  void refuses_rules_that_do_not_fit_the_parameters() {
    Optimization good = small.sgd(1);
    assertThatThrownBy(
            () ->
                engine.optimize(new Optimization(good.optimizer(), 1, good.rules().subList(0, 2))))
        .isInstanceOf(InvalidShapeException.class)
        .hasMessageContaining("rules for 2");
    List<Optimization.Rule> rules =
        good.rules().stream().map(r -> new Optimization.Rule(1, r.rowCount(), 1, 0)).toList();
    assertThatThrownBy(() -> engine.optimize(new Optimization(good.optimizer(), 1, rules)))
        .isInstanceOf(InvalidShapeException.class)
        .hasMessageContaining("of 'items', which has 3");
  }

  @Test
  void refuses_tables_beyond_all_memory_with_their_size() {
    Network.Builder builder = new Network.Builder(1);
    Value wide = builder.value(1000);
    Value logit = builder.value(1);
    int input = builder.input("item", Input.Kind.ID, Integer.MAX_VALUE).index();
    Parameter table =
        builder.parameter(
            "t",
            List.of(Integer.MAX_VALUE, 1000),
            RowKind.BY_ID,
            Role.EMBEDDING,
            new Initializer.Zeros(),
            0);
    Parameter weight =
        builder.parameter(
            "w", List.of(1000, 1), RowKind.WHOLE, Role.HEAD, new Initializer.Zeros(), 0);
    Parameter bias =
        builder.parameter("b", List.of(1), RowKind.WHOLE, Role.HEAD, new Initializer.Zeros(), 0);
    builder.add(new Op.Lookup(input, table, wide, 0));
    builder.add(new Op.Dense(wide, weight, bias, Optional.empty(), Activation.NONE, 0, 0, logit));
    assertThatThrownBy(() -> backend.compile(builder.build(logit)).close())
        .isInstanceOf(OutOfDeviceMemoryException.class)
        .hasMessageMatching("out of memory: \\d{10,} x 4 bytes for .*");
    assertThat(logits(small.columns(), 0, 3)).as("other engines go on").hasSize(3);
  }

  @Test
  void refuses_a_backend_without_threads() {
    assertThatThrownBy(() -> new CpuBackend(0)).isInstanceOf(InvalidInputException.class);
  }

  private float[] logits(Columns columns, int from, int count) {
    FloatBuffer logits = FloatBuffer.allocate(count);
    try (Resident data = engine.load(columns)) {
      engine.predict(data, from, count, logits, NONE);
    }
    return logits.array();
  }

  private Columns withIds(IntBuffer ids) {
    return with(0, new Column.Ids(ids));
  }

  private Columns with(int input, Column column) {
    Columns good = small.columns();
    List<Column> fields = new ArrayList<>(good.fields());
    fields.set(input, column);
    return new Columns(3, fields, good.domains(), good.labels());
  }

  private void assertRefused(Columns columns, String message) {
    assertThatThrownBy(() -> engine.load(columns))
        .isInstanceOf(InvalidShapeException.class)
        .hasMessageContaining(message);
  }
}
