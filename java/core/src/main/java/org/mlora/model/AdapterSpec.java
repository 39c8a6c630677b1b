package org.mlora.model;

import java.util.List;

/** Whether and how dense layers get per-domain adapters. */
public sealed interface AdapterSpec {
  /** No adapters: the control. */
  record None() implements AdapterSpec {}

  /**
   * MLoRA (RecSys 2024, section 3).
   *
   * @param alpha rank of a layer of width U is max(U / alpha, 1)
   * @param ranks rank of each layer in place of the rule; empty: by the rule
   * @param l2 lambda on A, B and c
   */
  record Mlora(int alpha, List<Integer> ranks, double l2) implements AdapterSpec {
    public Mlora {
      ranks = List.copyOf(ranks);
    }
  }
}
