package org.mlora.bench.micro;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.mlora.data.Vocabulary;
import org.mlora.data.VocabularyQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Finding the ids of known texts, in random order: what preparing a file does for every cell. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class VocabularyBenchmark {
  private static final int CELLS = 1 << 16;

  /** Decimal numbers from 1 on, or texts of the same length that are none. */
  @Param({"number", "text"})
  String kind = "number";

  @Param({"20000", "1000000"})
  int size;

  private final Vocabulary vocabulary = new Vocabulary();
  private byte[] cells = new byte[0];
  private final int[] ends = new int[CELLS + 1];
  private int sum;
  private final VocabularyQueue queue = VocabularyQueue.adding(vocabulary, this::take);

  private void take(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      sum += ids[i];
    }
  }

  /** Fills the vocabulary and draws the cells. */
  @Setup
  public void fill() {
    for (int i = 1; i <= size; i++) {
      vocabulary.add(text(i));
    }
    Random random = new Random(7);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < CELLS; i++) {
      all.append(text(1 + random.nextInt(size)));
      ends[i + 1] = all.length();
    }
    cells = all.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private String text(int i) {
    return kind.equals("number") ? Integer.toString(i) : Integer.toString(i, 36) + "-";
  }

  /** One text after the other. */
  @Benchmark
  @OperationsPerInvocation(CELLS)
  public int oneByOne() {
    int found = 0;
    for (int i = 0; i < CELLS; i++) {
      found += vocabulary.id(cells, ends[i], ends[i + 1]);
    }
    return found;
  }

  /** Some hundred together. */
  @Benchmark
  @OperationsPerInvocation(CELLS)
  public int queued() {
    for (int i = 0; i < CELLS; i++) {
      queue.add(cells, ends[i], ends[i + 1]);
    }
    queue.flush();
    return sum;
  }
}
