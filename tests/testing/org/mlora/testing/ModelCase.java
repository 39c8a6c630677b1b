package org.mlora.testing;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.mlora.model.AdapterPlace;
import org.mlora.model.AdapterScaling;
import org.mlora.model.AdapterSpec;
import org.mlora.model.AdapterSpec.MoeMlora.Gate;
import org.mlora.model.Models;

/**
 * A model of the registry with adapters of some kind.
 *
 * @param options those that are not random
 */
public record ModelCase(String model, AdapterSpec adapter, Map<String, String> options) {
  /** With random options. */
  public ModelCase(String model, AdapterSpec adapter) {
    this(model, adapter, Map.of());
  }

  /** Every model with the paper's adapters, or none; some with every other kind of them. */
  public static Stream<ModelCase> all() {
    AdapterSpec.Mlora paper = new AdapterSpec.Mlora(2, List.of(), 0);
    AdapterScaling byRank = AdapterScaling.parse("rank:3");
    AdapterScaling byRoot = AdapterScaling.parse("root_rank:0.7");
    Set<AdapterPlace> everywhere = EnumSet.allOf(AdapterPlace.class);
    Stream<ModelCase> every =
        Models.names().stream()
            .map(
                model ->
                    new ModelCase(model, Models.adapts(model) ? paper : new AdapterSpec.None()));
    Stream<ModelCase> others =
        Stream.of(
            new ModelCase("mlp", paper.withScaling(byRank)),
            new ModelCase(
                "star",
                new AdapterSpec.None(),
                Map.of("norm", "partitioned", "norm_epsilon", "0.05")),
            new ModelCase("mlp", paper, Map.of("norm", "partitioned", "norm_epsilon", "0.05")),
            new ModelCase("nfm", paper.withSharedA(true)),
            new ModelCase("wdl", paper.withScaling(byRoot).withSharedA(true)),
            new ModelCase("nfm", paper.withPlaces(everywhere)),
            new ModelCase("autoint", paper.withPlaces(everywhere).withScaling(byRoot)),
            new ModelCase("dcn", paper.withPlaces(everywhere).withScaling(byRank)),
            new ModelCase("mlp", new AdapterSpec.MoeMlora(paper, 3, Gate.DOMAIN)),
            new ModelCase("deepfm", new AdapterSpec.MoeMlora(paper, 1, Gate.SAMPLE)),
            new ModelCase("ppnet", new AdapterSpec.MoeMlora(paper, 2, Gate.SAMPLE)));
    return Stream.concat(every, others);
  }

  /** A problem for it, see {@link RandomProblem}. */
  public RandomProblem problem(long seed, int rows, double dropout) {
    return new RandomProblem(model, adapter, options, seed, rows, dropout);
  }
}
