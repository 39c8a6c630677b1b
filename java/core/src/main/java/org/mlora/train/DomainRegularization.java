package org.mlora.train;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.data.Columns;
import org.mlora.network.Parameter;
import org.mlora.network.RowKind;
import org.mlora.random.Philox;
import org.mlora.random.Shuffle;

/**
 * Domain regularization (MAMDR, ICDE 2023, algorithm 2): what a domain has of its own learns on
 * rows of other domains first and on its own next, and keeps a part of what it learned, so that
 * domains of few rows overfit them less.
 *
 * <p>Of a model, a domain's own are its rows of all parameters that have a row for each domain: A,
 * B and c of adapters, towers, its embedding, its scores of experts. All else is shared, and stays.
 * A row of another domain goes through the layers of the domain that learns.
 *
 * <p>For each domain d, in an order drawn anew each epoch, and for each helper, some other domains
 * and then d itself: from its numbers t, train on the rows of the helper as if they were of d, then
 * on those of d, which gives t'; its numbers are then t + rate (t' - t).
 */
final class DomainRegularization implements AutoCloseable {
  private final Engine engine;
  private final TrainingConfig config;
  private final Stage stage;

  /** The rows of each domain, perhaps none. */
  private final List<Rows> parts = new ArrayList<>();

  /** The rows of a domain. Their domain can be changed: it is nobody else's column. */
  private record Rows(Columns columns, Session.Resident resident) {
    /** Lets them be rows of a domain. */
    void as(int domain) {
      IntBuffer domains = columns.domains();
      for (int i = 0; i < columns.rows(); i++) {
        domains.put(i, domain);
      }
      resident.changed(columns.rows());
    }

    int count() {
      return columns.rows();
    }
  }

  /** Loads the training rows of each domain, where the stage regularizes. */
  DomainRegularization(Engine engine, Material material, TrainingConfig config, Stage stage) {
    this.engine = engine;
    this.config = config;
    this.stage = stage;
    if (regularizes(config, stage)) {
      for (Columns columns : DomainRows.each(material.train(), engine.network().domains())) {
        parts.add(new Rows(columns, engine.load(columns)));
      }
    }
  }

  private static boolean regularizes(TrainingConfig config, Stage stage) {
    boolean joint = stage.phase() == Phase.JOINT || stage.phase() == Phase.CONTROL;
    return config.regularization().helpers() > 0 && joint;
  }

  /** Whether a parameter's rows are domains' own, which regularization trains and nothing else. */
  static boolean trains(TrainingConfig config, Stage stage, Parameter parameter) {
    return regularizes(config, stage)
        && parameter.rowKind() == RowKind.BY_DOMAIN
        && parameter.trained();
  }

  /**
   * All domains once; nothing where the stage does not regularize. The engine then trains what the
   * stage trains again.
   *
   * @param epoch counted from 1
   * @param givenUp asked before each step
   * @return whether it came to its end, not given up: a domain may then be half-trained
   */
  boolean run(int epoch, BooleanSupplier givenUp) {
    for (int domain : drawn("regularized domains", epoch).toArray()) {
      List<Integer> helpers = helpers(domain, epoch);
      engine.optimize(Rules.ofDomain(engine.network(), stage, config, engine.step(), domain));
      for (int helper : helpers) {
        Weights start = Weights.ofRow(engine, domain, p -> trains(config, stage, p));
        if (!pass(helper, domain, epoch, "helper", givenUp)
            || !pass(domain, domain, epoch, "own", givenUp)) {
          return false;
        }
        start.leave(engine, (float) config.regularization().rate());
      }
    }
    if (!parts.isEmpty()) {
      engine.takeLoss(); // of rows in other domains' layers: the epoch's is that of its own steps
      engine.optimize(Rules.of(engine.network(), stage, config, engine.step()));
    }
    return true;
  }

  /** Other domains with rows, and the domain itself, last. */
  private List<Integer> helpers(int domain, int epoch) {
    IntStream others = drawn("helpers of domain " + domain, epoch).filter(d -> d != domain);
    return IntStream.concat(others.limit(config.regularization().helpers()), IntStream.of(domain))
        .boxed()
        .toList();
  }

  /** Domains that have rows, in an order of the epoch's; no more are drawn than are taken. */
  private IntStream drawn(String purpose, int epoch) {
    Shuffle order = Shuffle.of(Philox.key(config.seed(), purpose), epoch, parts.size());
    return IntStream.range(0, parts.size())
        .map(order::row)
        .filter(domain -> parts.get(domain).count() > 0);
  }

  /** Trains on the rows of a domain once, as rows of another. */
  private boolean pass(int of, int as, int epoch, String purpose, BooleanSupplier givenUp) {
    Rows rows = parts.get(of);
    rows.as(as);
    long seed = Philox.key(config.seed(), purpose + " " + of + " of domain " + as);
    engine.order(rows.resident, Shuffle.of(seed, epoch, rows.count()));
    for (int from = 0; from < rows.count(); from += config.batch()) {
      if (givenUp.getAsBoolean()) {
        return false;
      }
      engine.train(from, Math.min(config.batch(), rows.count() - from));
    }
    return true;
  }

  @Override
  public void close() {
    parts.forEach(rows -> rows.resident.close());
  }
}
