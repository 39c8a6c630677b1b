package org.mlora.network;

/** What a parameter is for; phases, learning rates and reports select parameters by it. */
public enum Role {
  /** Embedding tables and vectors of fields. */
  EMBEDDING,
  /** Shared weights and biases of dense layers and interactions. */
  BACKBONE,
  /** Per-domain low-rank factors A, B and biases c (MLoRA, RecSys 2024, section 3). */
  ADAPTER,
  /** What weighs experts among adapters. */
  GATE,
  /** Weights and biases of layers that each domain has for itself. */
  TOWER,
  /** The last layer, which makes the logit. */
  HEAD,
  /**
   * Moving statistics of the rows seen in training, see {@link Op.PartitionedNorm}: a step moves
   * them, but not along a gradient.
   */
  STATISTICS
}
