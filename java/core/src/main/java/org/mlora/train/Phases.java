package org.mlora.train;

import java.util.List;

/** What is trained in which order. */
public enum Phases {
  /** Everything at once. */
  JOINT("joint", List.of(Phase.JOINT)),
  /**
   * The model without its adapters, then everything from the start again; validation keeps the
   * better of the two, each of which has the bits that it has when trained alone. Joint adapters
   * help where domains disagree and overfit where they do not: this finds out which.
   */
  CONTROL_JOINT("control-joint", List.of(Phase.CONTROL, Phase.JOINT)),
  /** The backbone alone, then the adapters alone on top of the best backbone. */
  PRETRAIN_FINETUNE("pretrain-finetune", List.of(Phase.PRETRAIN, Phase.FINETUNE)),
  /**
   * The three of MoE-MLoRA (arXiv 2506.07563): the backbone alone, then each expert alone on the
   * rows of its own domains, one expert after the other, then the gate alone.
   */
  PRETRAIN_SPECIALIZE_GATE(
      "pretrain-specialize-gate", List.of(Phase.PRETRAIN, Phase.SPECIALIZE, Phase.GATE));

  private final String label;
  private final List<Phase> phases;

  Phases(String label, List<Phase> phases) {
    this.label = label;
    this.phases = phases;
  }

  /** Its name in flags and files. */
  public String label() {
    return label;
  }

  public List<Phase> phases() {
    return phases;
  }

  /** Whether each phase begins with the initial weights, not with the best so far. */
  boolean startAfresh() {
    return this == CONTROL_JOINT;
  }
}
