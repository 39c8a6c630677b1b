package org.mlora.train;

import java.util.List;
import org.mlora.data.EnumLabel;
import org.mlora.model.AdapterSpec;

/** What is trained in which order. */
public enum Phases {
  /** Everything at once. */
  JOINT(List.of(Phase.JOINT)),
  /**
   * The model without its adapters, then everything from the start again; validation keeps the
   * better of the two, each of which has the bits that it has when trained alone. Joint adapters
   * help where domains disagree and overfit where they do not: this finds out which.
   */
  CONTROL_JOINT(List.of(Phase.CONTROL, Phase.JOINT)),
  /** The backbone alone, then the adapters alone on top of the best backbone. */
  PRETRAIN_FINETUNE(List.of(Phase.PRETRAIN, Phase.FINETUNE)),
  /**
   * The three of MoE-MLoRA (arXiv 2506.07563): the backbone alone, then each expert alone on the
   * rows of its own domains, one expert after the other, then the gate alone.
   */
  PRETRAIN_SPECIALIZE_GATE(List.of(Phase.PRETRAIN, Phase.SPECIALIZE, Phase.GATE));

  private final List<Phase> phases;

  Phases(List<Phase> phases) {
    this.phases = phases;
  }

  /** Those of a training with such adapters unless told otherwise. */
  public static Phases of(AdapterSpec adapter) {
    return adapter instanceof AdapterSpec.MoeMlora ? PRETRAIN_SPECIALIZE_GATE : CONTROL_JOINT;
  }

  /** The same, but that adapters stay whatever validation says, as where they are judged. */
  public Phases withoutControl() {
    return this == CONTROL_JOINT ? JOINT : this;
  }

  /** Its name in flags and files. */
  public String label() {
    return EnumLabel.of(this);
  }

  /** Its phases, in order. */
  List<Phase> phases() {
    return phases;
  }

  /** Whether each phase begins with the initial weights, not with the best so far. */
  boolean startAfresh() {
    return this == CONTROL_JOINT;
  }
}
