package org.mlora.cuda.gpu;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.gemm.Precision;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.model.AdapterSpec;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.random.RowOrder;
import org.mlora.testing.Buffers;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/**
 * Times one row of the GPU table: the MLP with adapters, hidden layers 256, 128 and 64, two fields
 * of 100,000 ids and the domain, dropout 0.5, Adam. Prints a JSON line with medians over blocks of
 * steps, in the terms of the peer beside it.
 *
 * <p>Arguments: train or infer, batch, embedding width, domains, precision, adapter (mlora or
 * none), tables (trained or frozen), steps, blocks.
 */
public final class Rows {
  private static final int IDS = 100_000;

  private Rows() {}

  private record Case(
      boolean trains,
      int batch,
      int width,
      int domains,
      Precision precision,
      boolean adapter,
      boolean frozen,
      int steps,
      int blocks) {
    static Case of(String[] a) {
      return new Case(
          a[0].equals("train"),
          Integer.parseInt(a[1]),
          Integer.parseInt(a[2]),
          Integer.parseInt(a[3]),
          Precision.valueOf(a[4].toUpperCase(Locale.ROOT)),
          a[5].equals("mlora"),
          a[6].equals("frozen"),
          Integer.parseInt(a[7]),
          Integer.parseInt(a[8]));
    }
  }

  public static void main(String[] arguments) throws Exception {
    Case row = Case.of(arguments);
    Network network = network(row);
    Columns columns = columns(row, Math.max(row.batch * 8, TestDevice.isGpu() ? 1 << 20 : 0));
    try (Backend backend = TestDevice.backend(row.precision);
        Engine engine = backend.compile(network);
        Session.Resident data = engine.load(columns)) {
      Initialization.fill(engine, 1, name -> FloatBuffer.allocate(0));
      engine.optimize(optimization(row, network));
      engine.order(data, RowOrder.of(IntStream.range(0, columns.rows()).toArray()));
      double[] seconds = new double[row.blocks];
      FloatBuffer probabilities = Buffers.floats((long) row.batch);
      run(row, engine, data, probabilities, 4); // eager, captured, replayed
      for (int block = 0; block < row.blocks; block++) {
        long start = System.nanoTime();
        run(row, engine, data, probabilities, row.steps);
        seconds[block] = (System.nanoTime() - start) / 1e9 / row.steps;
      }
      Arrays.sort(seconds);
      print(row, backend.description(), seconds[row.blocks / 2]);
    }
  }

  /** Some steps, done when it returns. */
  private static void run(
      Case row, Engine engine, Session.Resident data, FloatBuffer probabilities, int steps) {
    int perEpoch = data.rows() / row.batch;
    for (int step = 0; step < steps; step++) {
      int from = step % perEpoch * row.batch;
      if (row.trains) {
        engine.train(from, row.batch);
      } else {
        // Like the peer's, predictions stay on the device; the last ones are fetched, which waits
        // for all.
        FloatBuffer wanted = step == steps - 1 ? probabilities : Buffers.floats(0L);
        engine.predict(data, from, row.batch, Buffers.floats(0L), wanted);
      }
    }
    if (row.trains) {
      engine.takeLoss();
    }
  }

  private static Network network(Case row) {
    Field.IdRule words = new Field.IdRule.Vocabulary();
    List<String> domains = IntStream.range(0, row.domains).mapToObj(d -> "d" + d).toList();
    Schema schema =
        new Schema(
            "label",
            "label",
            "domain",
            domains,
            List.of(
                new Field.Categorical("user", IDS, words, OptionalInt.empty()),
                new Field.Categorical("item", IDS, words, OptionalInt.empty())));
    ModelSpec spec =
        ModelSpec.defaults()
            .withHidden(List.of(256, 128, 64))
            .withEmbeddingDim(row.width)
            .withDropout(0.5)
            .withAdapter(
                row.adapter ? new AdapterSpec.Mlora(16, List.of(), 0) : new AdapterSpec.None());
    return Models.build(spec, schema);
  }

  private static Columns columns(Case row, int rows) {
    Random random = new Random(1);
    int[] users = random.ints(rows, 0, IDS).toArray();
    int[] items = random.ints(rows, 0, IDS).toArray();
    int[] domains = random.ints(rows, 0, row.domains).toArray();
    float[] labels = new float[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = random.nextInt(2);
    }
    IntBuffer domain = Buffers.ints(domains);
    return new Columns(
        rows,
        List.of(new Column.Ids(Buffers.ints(users)), new Column.Ids(Buffers.ints(items))),
        domain,
        Buffers.floats(labels));
  }

  private static Optimization optimization(Case row, Network network) {
    Optimizer adam =
        new Optimizer.Adam(1e-3, 0.9, 0.999, 1e-8, EpsilonRule.PYTORCH, UntouchedRows.MOVE);
    return new Optimization(adam, 1, network.parameters().stream().map(p -> rule(row, p)).toList());
  }

  private static Optimization.Rule rule(Case row, Parameter p) {
    boolean still = row.frozen && p.role() == Role.EMBEDDING;
    return new Optimization.Rule(0, still ? 0 : p.rows(), 1, 0);
  }

  private static void print(Case row, String device, double seconds) throws Exception {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("what", row.trains ? "train" : "infer")
        .put("who", "mlora")
        .put("device", device)
        .put("batch", row.batch)
        .put("input", 3 * row.width)
        .put("domains", row.domains)
        .put("precision", row.precision.name().toLowerCase(Locale.ROOT))
        .put("adapter", row.adapter)
        .put("frozen", row.frozen)
        .put("step_us", seconds * 1e6)
        .put("samples_per_s", row.batch / seconds);
    System.out.println(new ObjectMapper().writeValueAsString(json));
  }
}
