package org.mlora.cli;

/** Quirks of the published code (spec §8, §11) that {@code --compat} turns on. */
enum Quirk {
  /** Weights go back to the best after an epoch that is not (Q24). */
  ROLLBACK(false),
  /** A is zero when fine-tuning starts (Q14). */
  ZERO_FACTORS(false),
  /** Names build what the published code builds, such as DeepFM for xdeepfm (Q19 to Q21). */
  MODEL_NAMES(true),
  /** Embeddings of models without adapters start a hundred times smaller (Q17). */
  EMBEDDING_START(true),
  /** The linear part of frozen embeddings is frozen too (Q18). */
  LINEAR_FREEZES(true),
  /** Domains' own matrices of STAR start near 0 (Q16). */
  STAR_START(true);

  private final boolean ofConfig;

  Quirk(boolean ofConfig) {
    this.ofConfig = ofConfig;
  }

  /** Whether it is about how a configuration is read, see {@link ReferenceConfig}. */
  boolean ofConfig() {
    return ofConfig;
  }
}
