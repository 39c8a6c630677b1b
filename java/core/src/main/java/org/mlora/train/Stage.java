package org.mlora.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;

/**
 * A phase as it is run, once for each expert where the phase is about one.
 *
 * @param expert number of the expert; -1 where the phase is not about one
 * @param afresh whether it begins with the initial weights, and has a best result of its own
 * @param further whether it trains a model with new rows, which say nothing about ids and domains
 *     that are not among them
 */
record Stage(Phase phase, int expert, boolean afresh, boolean further) {
  private static final int NONE = -1;

  static Stage of(Phase phase) {
    return new Stage(phase, NONE, false, false);
  }

  /** That of an update of a model. */
  static Stage further(Phase phase) {
    return new Stage(phase, NONE, false, true);
  }

  /**
   * The stages of a training, in order.
   *
   * @throws InvalidInputException when experts are to specialize in a network whose adapters are
   *     none
   */
  static List<Stage> of(Phases phases, Network network) {
    int experts = network.experts().size();
    List<Stage> stages = new ArrayList<>();
    if (phases.startAfresh() && !adapted(network)) {
      return List.of(of(Phase.JOINT)); // there is nothing to choose
    }
    for (Phase phase : phases.phases()) {
      if (phase == Phase.SPECIALIZE && experts == 0) {
        throw new InvalidInputException(
            "phases "
                + phases.label()
                + " train experts, and the model has none; use adapter moe-mlora or other phases");
      }
      if (phase == Phase.SPECIALIZE) {
        IntStream.range(0, experts)
            .mapToObj(e -> new Stage(phase, e, false, false))
            .forEach(stages::add);
      } else {
        stages.add(new Stage(phase, NONE, phases.startAfresh(), false));
      }
    }
    return stages;
  }

  /** Whether it has adapters. */
  static boolean adapted(Network network) {
    return network.parameters().stream().anyMatch(p -> p.role() == Role.ADAPTER);
  }

  /**
   * What its random numbers are drawn for: no two stages that continue each other share it. A
   * control draws those of a joint training, so that it is what a model without adapters becomes.
   */
  String key() {
    if (phase == Phase.CONTROL) {
      return Phase.JOINT.label();
    }
    return expert == NONE ? phase.label() : phase.label() + " " + expert;
  }

  /** Whether it trains a parameter, where that is trained at all, or moves statistics. */
  boolean isAbout(Network network, Parameter parameter) {
    return phase.trains(parameter.role())
        && (expert == NONE || network.experts().get(expert).contains(parameter));
  }

  /**
   * What it reads: all of the material, or the rows of the expert's domains. With at least as many
   * experts as domains, an expert's domain is its number modulo the number of domains, as in the
   * paper; with fewer, the domain's number modulo that of the experts is its expert's.
   *
   * @return empty where the expert's domains have no training rows or no validation rows
   */
  Optional<Material> of(Material material, Network network) {
    if (expert == NONE) {
      return Optional.of(material);
    }
    int domains = network.domains();
    int experts = network.experts().size();
    return material.of(
        d -> d >= 0 && (experts >= domains ? d == expert % domains : d % experts == expert));
  }
}
