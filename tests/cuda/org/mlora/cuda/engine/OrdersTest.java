package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.emulated.EmulatedRuntime;
import org.mlora.cuda.runtime.Stream;
import org.mlora.random.RowOrder;
import org.mlora.random.Shuffle;

/** Orders of an epoch on the device. */
@Tag("emulated")
class OrdersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 90, 1023, 1024, 1025, 200_000})
  void theDeviceMakesTheShuffleOfTheHost(int rows) {
    for (long seed : new long[] {0, -7, Long.MAX_VALUE}) {
      Shuffle shuffle = Shuffle.of(seed, 3, rows);
      assertThat(onTheDevice(shuffle)).isEqualTo(shuffle.rows());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 90})
  void aListedOrderIsSentAsItIs(int rows) {
    int[] listed = Shuffle.of(1, 1, rows).rows();
    assertThat(onTheDevice(RowOrder.of(listed))).isEqualTo(listed);
  }

  private static int[] onTheDevice(RowOrder order) {
    EmulatedRuntime runtime = Emulated.runtime();
    try (Stream stream = runtime.stream();
        Transfers transfers = new Transfers(runtime, stream);
        Orders orders = new Orders(runtime, stream, transfers)) {
      assertThat(orders.ofTraining(order)).isTrue();
      assertThat(orders.ofTraining(order)).isFalse();
      ByteBuffer bytes = transfers.download(orders.training(), 4 * order.size());
      int[] rows = new int[order.size()];
      bytes.asIntBuffer().get(rows);
      return rows;
    }
  }
}
