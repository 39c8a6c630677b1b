package org.mlora.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.mlora.backend.cpu.SmallNetwork.expectedLogits;
import static org.mlora.backend.cpu.SmallNetwork.floats;
import static org.mlora.backend.cpu.SmallNetwork.read;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.backend.Session.Resident;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/** Buffers of every kind, of which the library touches what remains and nothing else. */
class CpuBuffersTest extends SmallEngineTest {
  @Test
  void predicts_into_a_slice_of_an_array() {
    float[] all = new float[40];
    FloatBuffer slice = FloatBuffer.wrap(all, 7, 20).slice().position(2);
    try (Resident data = engine.load(small.columns())) {
      engine.predict(data, 0, 3, slice, NONE);
    }

    assertThat(Arrays.copyOfRange(all, 9, 12)).containsExactly(expectedLogits(), within(1e-4f));
    Arrays.fill(all, 9, 12, 0);
    assertThat(all).containsOnly(0);
    assertThat(slice.position()).isEqualTo(2);
  }

  @Test
  void writes_from_and_reads_into_slices_of_arrays() {
    float[] all = {9, 9, 9, 1, 2, 3, 9};
    engine.write(small.items, Slot.VALUE, 0, FloatBuffer.wrap(all, 3, 3).slice());
    assertThat(read(engine, small.items, Slot.VALUE)).containsExactly(1, 2, 3);

    float[] target = new float[5];
    engine.read(small.items, Slot.VALUE, 0, FloatBuffer.wrap(target, 1, 3).slice());
    assertThat(target).containsExactly(0, 1, 2, 3, 0);
  }

  @Test
  void engines_that_share_an_array_keep_their_results() throws InterruptedException {
    float[] all = new float[1 << 16];
    try (Engine other = backend.compile(small.network)) {
      small.fill(other);
      for (int round = 0; round < 300; round++) {
        Arrays.fill(all, -1);
        Thread beside = new Thread(() -> predictInto(all, 1000, other));
        beside.start();
        predictInto(all, 0, engine);
        beside.join();
        assertThat(all[0]).isEqualTo(all[1000]).isNotEqualTo(-1);
      }
    }
  }

  private void predictInto(float[] all, int at, Engine engine) {
    try (Resident data = engine.load(small.columns())) {
      engine.predict(data, 0, 3, FloatBuffer.wrap(all, at, 3), NONE);
    }
  }

  @Test
  void more_values_than_go_at_once_come_back_as_they_were_written() {
    int rows = 2 * DirectFloats.PIECE + 3;
    Network.Builder builder = new Network.Builder(rows);
    Value logit = builder.value(1);
    Parameter table =
        builder.parameter(
            "t", List.of(rows, 1), RowKind.BY_DOMAIN, Role.EMBEDDING, new Initializer.Zeros(), 0);
    builder.add(new Op.Lookup(Network.DOMAIN, table, logit, 0));
    float[] values = new float[rows];
    for (int row = 0; row < rows; row++) {
      values[row] = row;
    }
    try (Engine large = backend.compile(builder.build(logit))) {
      large.write(table, Slot.VALUE, 1, FloatBuffer.wrap(values, 1, rows - 1));
      FloatBuffer back = FloatBuffer.allocate(rows);
      large.read(table, Slot.VALUE, 0, back);

      assertThat(back.array()).isEqualTo(values);
    }
  }

  @Test
  void values_are_written_from_and_read_into_buffers_of_another_byte_order() {
    FloatBuffer foreign = ByteBuffer.allocateDirect(12).asFloatBuffer();
    engine.write(small.items, Slot.VALUE, 0, foreign.put(0, new float[] {4, 5, 6}));
    assertThat(read(engine, small.items, Slot.VALUE)).containsExactly(4, 5, 6);

    FloatBuffer back = ByteBuffer.allocate(12).asFloatBuffer();
    engine.read(small.items, Slot.VALUE, 0, back);
    assertThat(back).isEqualTo(foreign);
  }

  @Test
  void refuses_to_write_into_read_only_buffers() {
    FloatBuffer target = floats(0, 0, 0);
    assertThatThrownBy(() -> engine.read(small.items, Slot.VALUE, 0, target.asReadOnlyBuffer()))
        .isInstanceOf(InvalidShapeException.class)
        .hasMessage("the buffer for values is read-only");
    assertThat(target).isEqualTo(floats(0, 0, 0));
    try (Resident data = engine.load(small.columns())) {
      assertThatThrownBy(() -> engine.predict(data, 0, 3, target.asReadOnlyBuffer(), NONE))
          .isInstanceOf(InvalidShapeException.class)
          .hasMessage("the buffer for logits is read-only");
    }
  }

  @Test
  void writes_from_a_read_only_buffer() {
    engine.write(small.items, Slot.VALUE, 0, floats(7, 8, 9).asReadOnlyBuffer());
    engine.write(small.tags, Slot.VALUE, 0, FloatBuffer.wrap(new float[4]).asReadOnlyBuffer());

    assertThat(read(engine, small.items, Slot.VALUE)).containsExactly(7, 8, 9);
    assertThat(read(engine, small.tags, Slot.VALUE)).containsOnly(0);
  }
}
