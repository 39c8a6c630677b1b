package org.mlora.cli;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mlora.error.InvalidInputException;
import org.mlora.train.Phases;
import picocli.CommandLine.Model.CommandSpec;

/** Flags of a command line that change nothing beside the others. */
final class IdleFlags {
  private IdleFlags() {}

  /**
   * Some flags.
   *
   * @param idle whether they change nothing
   * @param why after the flag's name
   */
  private record Rule(List<String> flags, boolean idle, String why) {}

  /**
   * Refuses those that were given on the command line; a config file may hold more than one command
   * needs.
   *
   * @param adapters that are trained
   */
  static void refuse(CommandSpec command, TrainingFlags training, List<AdapterName> adapters) {
    Set<String> given = GivenFlags.names(command);
    boolean adapted = adapters.stream().anyMatch(adapter -> adapter != AdapterName.NONE);
    boolean finetunes = training.phases.equals(Optional.of(Phases.PRETRAIN_FINETUNE));
    List<Rule> rules =
        List.of(
            new Rule(
                List.of("--adam-epsilon", "--adam-epsilon-rule"),
                training.optimizer != TrainingFlags.Method.ADAM,
                "goes with --optimizer adam"),
            new Rule(List.of("--dr-lr"), training.drDomains == 0, "goes with --dr-domains"),
            new Rule(
                List.of(
                    "--alpha",
                    "--ranks",
                    "--adapter-lr",
                    "--adapter-l2",
                    "--adapter-scaling",
                    "--adapter-layers",
                    "--shared-a",
                    "--domain-ranks"),
                !adapted,
                "goes with adapters, not with --adapter none"),
            new Rule(
                List.of("--phases"),
                finetunes && !adapted,
                "pretrain-finetune has adapters to tune"),
            new Rule(
                List.of("--compat"),
                training.compat.contains(Quirk.ZERO_FACTORS) && !finetunes,
                "zero-factors goes with --phases pretrain-finetune"),
            new Rule(
                List.of("--experts", "--gate"),
                !adapters.contains(AdapterName.MOE_MLORA),
                "goes with --adapter moe-mlora"),
            new Rule(
                List.of("--alpha"),
                given.contains("--ranks"),
                "is what --ranks takes the place of"));
    for (Rule rule : rules) {
      rule.flags().stream()
          .filter(flag -> rule.idle() && given.contains(flag))
          .findFirst()
          .ifPresent(
              flag -> {
                throw new InvalidInputException(
                    flag + " " + rule.why() + "; it would change nothing, leave it out");
              });
    }
  }
}
