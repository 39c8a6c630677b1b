package org.mlora.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.mlora.error.InvalidInputException;

/** Whether and how dense layers get per-domain adapters. */
public sealed interface AdapterSpec {
  /** Its name in flags and files. */
  String kind();

  /** Alpha, ranks, penalty and scaling of its products of A and B; empty where there are none. */
  Optional<Mlora> factors();

  /** The same with other factors; itself where there are none. */
  AdapterSpec withFactors(Mlora factors);

  /** No adapters: the control. */
  record None() implements AdapterSpec {
    @Override
    public String kind() {
      return "none";
    }

    @Override
    public Optional<Mlora> factors() {
      return Optional.empty();
    }

    @Override
    public None withFactors(Mlora factors) {
      return this;
    }
  }

  /**
   * MLoRA (RecSys 2024, section 3).
   *
   * @param alpha the paper's temperature: rank of a layer of width U is max(U / alpha, 1); at least
   *     1
   * @param ranks rank of each layer of the tower in place of the rule, each at least 1; empty: by
   *     the rule
   * @param l2 lambda on A, B and c; at least 0
   * @param scaling of the product of A and B
   * @param sharedA whether all domains share each layer's A, and have only B and c of their own
   * @param places which layers get adapters; not empty
   * @param domainRanks what bounds the ranks of single domains
   */
  record Mlora(
      int alpha,
      List<Integer> ranks,
      double l2,
      AdapterScaling scaling,
      boolean sharedA,
      Set<AdapterPlace> places,
      DomainRanks domainRanks)
      implements AdapterSpec {
    /** Alpha unless told otherwise, the paper's. */
    public static final int ALPHA = 16;

    /** Lambda on A, B and c unless told otherwise, see {@link ModelSpec#EMBEDDING_L2}. */
    public static final double L2 = 5e-5;

    /**
     * Checks the values.
     *
     * @throws InvalidInputException when one is out of its range
     */
    public Mlora {
      ranks = List.copyOf(ranks);
      places = Collections.unmodifiableSet(new TreeSet<>(places));
      if (places.isEmpty()) {
        throw new InvalidInputException("adapters are on no layers; use adapter none for that");
      }
      if (sharedA && domainRanks.bounds()) {
        throw new InvalidInputException(
            "ranks of single domains need factors A of their own; leave the shared A out");
      }
      if (alpha < 1) {
        throw new InvalidInputException("alpha is " + alpha + "; it must be at least 1");
      }
      for (int i = 0; i < ranks.size(); i++) {
        if (ranks.get(i) < 1) {
          throw new InvalidInputException(
              "the rank of layer " + (i + 1) + " is " + ranks.get(i) + "; it must be at least 1");
        }
      }
      if (!(l2 >= 0 && l2 < Double.POSITIVE_INFINITY)) {
        throw new InvalidInputException("the adapters' l2 is " + l2 + "; it must be 0 or more");
      }
    }

    /** The paper's: on the tower, A of each domain's own and of full rank, no scaling. */
    public Mlora(int alpha, List<Integer> ranks, double l2) {
      this(
          alpha,
          ranks,
          l2,
          AdapterScaling.NONE,
          false,
          Set.of(AdapterPlace.TOWER),
          DomainRanks.FULL);
    }

    /** The same with ranks by the paper's rule, and the usual {@link #L2}. */
    public Mlora(int alpha) {
      this(alpha, List.of(), L2);
    }

    /** The same with the usual {@link #ALPHA}: what is trained unless told otherwise. */
    public Mlora() {
      this(ALPHA);
    }

    @Override
    public String kind() {
      return "mlora";
    }

    @Override
    public Optional<Mlora> factors() {
      return Optional.of(this);
    }

    @Override
    public Mlora withFactors(Mlora factors) {
      return factors;
    }

    /** The same with another alpha. */
    public Mlora withAlpha(int alpha) {
      return new Mlora(alpha, ranks, l2, scaling, sharedA, places, domainRanks);
    }

    /** The same with another lambda. */
    public Mlora withL2(double l2) {
      return new Mlora(alpha, ranks, l2, scaling, sharedA, places, domainRanks);
    }

    /** The same with another scaling. */
    public Mlora withScaling(AdapterScaling scaling) {
      return new Mlora(alpha, ranks, l2, scaling, sharedA, places, domainRanks);
    }

    /** The same with an A that all domains share, or not. */
    public Mlora withSharedA(boolean sharedA) {
      return new Mlora(alpha, ranks, l2, scaling, sharedA, places, domainRanks);
    }

    /** The same on other layers. */
    public Mlora withPlaces(Set<AdapterPlace> places) {
      return new Mlora(alpha, ranks, l2, scaling, sharedA, places, domainRanks);
    }

    /** The same with other bounds of domains' ranks. */
    public Mlora withDomainRanks(DomainRanks domainRanks) {
      return new Mlora(alpha, ranks, l2, scaling, sharedA, places, domainRanks);
    }

    /** The rank of a layer of this width by the rule of alpha. */
    public int rank(int width) {
      return Math.max(width / alpha, 1);
    }

    /**
     * The rank of each layer of a tower with these widths.
     *
     * @throws InvalidInputException when ranks are given, but not one for each layer
     */
    public List<Integer> ranks(List<Integer> widths) {
      if (!ranks.isEmpty()) {
        if (ranks.size() != widths.size()) {
          throw new InvalidInputException(
              ranks.size()
                  + " adapter ranks are given for "
                  + widths.size()
                  + " hidden layers; give one for each, or none to follow alpha");
        }
        return ranks;
      }
      List<Integer> byRule = new ArrayList<>();
      for (int width : widths) {
        byRule.add(rank(width));
      }
      return List.copyOf(byRule);
    }
  }

  /**
   * MoE-MLoRA (Yaggel et al., arXiv 2506.07563): experts, each an adapter A, B and c of every dense
   * layer, mixed by a gate.
   *
   * @param expert the factors of each expert
   * @param experts how many; 0: one for each domain
   * @param gate what the experts' weights depend on
   */
  record MoeMlora(Mlora expert, int experts, Gate gate) implements AdapterSpec {
    /** What the weights of experts depend on. */
    public enum Gate {
      /** The domain of the row, as in the paper. */
      DOMAIN,
      /** The domain, and what the tower reads of the row. */
      SAMPLE
    }

    /**
     * Checks the values.
     *
     * @throws InvalidInputException when one is out of its range, or experts cannot have it
     */
    public MoeMlora {
      if (experts < 0) {
        throw new InvalidInputException(
            "the number of experts is " + experts + "; it must be 0 (one a domain) or more");
      }
      if (expert.sharedA()
          || expert.scaling().rule() != AdapterScaling.Rule.NONE
          || !expert.places().equals(Set.of(AdapterPlace.TOWER))
          || expert.domainRanks().bounds()) {
        throw new InvalidInputException(
            "experts of moe-mlora are on the tower, with factors of their own, without scaling and"
                + " ranks of single domains; use adapter mlora for those");
      }
    }

    /** What {@code --adapter moe-mlora} is: an expert for each domain, mixed by the domain. */
    public MoeMlora() {
      this(new Mlora(), 0, Gate.DOMAIN);
    }

    @Override
    public String kind() {
      return "moe-mlora";
    }

    @Override
    public Optional<Mlora> factors() {
      return Optional.of(expert);
    }

    @Override
    public MoeMlora withFactors(Mlora factors) {
      return new MoeMlora(factors, experts, gate);
    }

    /** The number of experts for so many domains. */
    public int experts(int domains) {
      return experts == 0 ? domains : experts;
    }
  }
}
