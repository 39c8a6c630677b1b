package org.mlora.train;

import java.util.ArrayList;
import java.util.List;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.random.Philox;

/** What each stage trains, as an {@link Optimization}. */
final class Rules {
  private static final Optimization.Rule FROZEN = new Optimization.Rule(0, 0, 1, 0);

  private Rules() {}

  /**
   * What a stage trains.
   *
   * @param step optimizer steps of the stage so far
   */
  static Optimization of(Network network, Stage stage, TrainingConfig config, long step) {
    List<Optimization.Rule> rules =
        network.parameters().stream().map(p -> rule(network, p, stage, config, step)).toList();
    // Steps count from 1 in each stage: a seed of its own keeps dropout masks from repeating.
    long seed = Philox.key(config.seed(), "dropout " + stage.key());
    return new Optimization(config.optimizer(), seed, rules);
  }

  /**
   * The first step, not before {@code step}, at which a penalty begins; the largest if none does.
   */
  static long nextChange(Network network, long step) {
    return network.parameters().stream()
        .mapToLong(Parameter::l2From)
        .filter(from -> from > 0 && from >= step)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** The rows of one domain alone, in a stage. */
  static Optimization ofDomain(
      Network network, Stage stage, TrainingConfig config, long step, int domain) {
    Optimization all = of(network, stage, config.withRegularization(Regularization.NONE), step);
    List<Optimization.Rule> rules = new ArrayList<>();
    for (Parameter p : network.parameters()) {
      Optimization.Rule rule = all.rules().get(p.index());
      boolean moves = rule.rowCount() > 0 && DomainRegularization.trains(config, stage, p);
      rules.add(
          moves ? new Optimization.Rule(domain, 1, rule.learningRateScale(), rule.l2()) : FROZEN);
    }
    return new Optimization(all.optimizer(), all.seed(), rules);
  }

  /** Whether a penalty would move rows that are to stay: Adam alone can leave those out of it. */
  private static boolean movesUntouched(Parameter parameter, Stage stage, TrainingConfig config) {
    return stage.further()
        && parameter.rowKind() != RowKind.WHOLE
        && !(config.optimizer() instanceof Optimizer.Adam);
  }

  private static Optimization.Rule rule(
      Network network, Parameter parameter, Stage stage, TrainingConfig config, long step) {
    boolean moves = parameter.trained() || parameter.role() == Role.STATISTICS;
    boolean kept = DomainRegularization.trains(config, stage, parameter);
    if (!moves || kept || !stage.isAbout(network, parameter)) {
      return FROZEN;
    }
    double scale = parameter.role() == Role.ADAPTER ? config.adapterRateScale() : 1;
    double l2 =
        step < parameter.l2From() || movesUntouched(parameter, stage, config) ? 0 : parameter.l2();
    if (stage.phase() == Phase.ONBOARD) {
      return parameter.rowKind() == RowKind.BY_DOMAIN
          ? new Optimization.Rule(network.domains() - 1, 1, scale, l2)
          : FROZEN;
    }
    return new Optimization.Rule(0, parameter.rows(), scale, l2);
  }
}
