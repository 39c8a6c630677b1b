package org.mlora.cuda.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;
import org.mlora.data.Columns;
import org.mlora.network.Network;
import org.mlora.random.RowOrder;

/**
 * Columns that stay on the host. The rows of each batch are gathered into pinned memory and copied
 * to one of two blocks on the device, on a stream of its own, so that a batch is on its way while
 * the one before is computed.
 */
final class StreamedColumns extends LoadedColumns {
  private static final int BLOCKS = 2;

  private final DeviceRuntime runtime;
  private final Stream compute;
  private final Stream copies;
  private final Map<Integer, List<ColumnBlock>> blocks = new HashMap<>();
  private int turn;

  /**
   * Over columns of the host.
   *
   * @param compute the stream that batches are computed on
   */
  StreamedColumns(
      CudaEngine engine, Network network, DeviceRuntime runtime, Stream compute, Columns columns) {
    super(engine, network, columns);
    this.runtime = runtime;
    this.compute = compute;
    this.copies = runtime.stream();
  }

  /** Gathers a batch of these rows, and queues its copy. */
  private Batch stage(int[] rows, int capacity) {
    ColumnBlock block = blocks(capacity).get(turn);
    turn = (turn + 1) % BLOCKS;
    block.send(rows, copies, compute);
    return new Batch(block, 0, 0, rows.length, rows.length);
  }

  private List<ColumnBlock> blocks(int capacity) {
    List<ColumnBlock> found = blocks.computeIfAbsent(capacity, c -> new ArrayList<>());
    while (found.size() < BLOCKS) {
      found.add(new ColumnBlock(runtime, columns, capacity));
    }
    return found;
  }

  @Override
  Batch ofEpoch(RowOrder order, int from, int count, int capacity) {
    return stage(IntStream.range(from, from + count).map(order::row).toArray(), capacity);
  }

  @Override
  Batch of(int[] rows, int capacity) {
    return stage(rows, capacity);
  }

  @Override
  Batch stored(int from, int count, int capacity) {
    return stage(IntStream.range(from, from + count).toArray(), capacity);
  }

  @Override
  void queued(Batch batch) {
    if (batch.places() instanceof ColumnBlock block) {
      block.used(compute);
    }
  }

  @Override
  boolean staysInPlace() {
    return false;
  }

  @Override
  boolean owns(ColumnPlaces places) {
    return blocks.values().stream().anyMatch(all -> all.stream().anyMatch(b -> b == places));
  }

  /** Nothing of the columns stays on the device, but lists may no longer fit into its blocks. */
  @Override
  void upload(int rows) {
    boolean fit = blocks.values().stream().flatMap(List::stream).allMatch(ColumnBlock::fits);
    if (!fit) {
      engine.forgetPlaces(this);
      freeBlocks();
    }
  }

  private void freeBlocks() {
    copies.synchronize();
    Closing all = new Closing();
    blocks.values().forEach(pair -> pair.forEach(all::add));
    blocks.clear();
    all.close();
  }

  @Override
  void release() {
    Closing all = new Closing();
    all.add(copies);
    all.add(this::freeBlocks);
    all.close();
  }
}
